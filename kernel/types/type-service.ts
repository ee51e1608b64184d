/**
 * What the types say about cells: diagnostics before a cell runs, completion and documentation while it is written.
 * An add-on: cells run without it, and while it starts they do not wait.
 */
import { join } from "node:path";
import { offsetOf } from "../cell/cell-error.ts";
import type { CellTypeScript } from "../cell/rewrite.ts";
import type { Completions, TensorCondition } from "../channel.ts";
import { type CellModule, CellModules } from "./cell-modules.ts";
import { completionsOf, prefixOf } from "./completion.ts";
import { documentationOf } from "./documentation.ts";
import { EditedFiles } from "./edited-files.ts";
import { LanguageServer } from "./language-server.ts";
import type { LspCompletion, LspDiagnostic, Position, SignatureAnswer } from "./lsp.ts";
import { ownConfig, projectDocuments, providedNames } from "./project.ts";
import { asksToAnnotate } from "./sketches.ts";
import { type ConditionProbe, conditionProbe, placeKey, tensorGiven } from "./tensor-conditions.ts";

/** A type error; line and column are one-based, in the text that was checked. */
export interface Diagnostic {
  readonly message: string;
  readonly code: number;
  readonly line: number;
  readonly column: number;
  /** How many columns it covers on its line. */
  readonly width: number;
}

/** How long a cell waits for its types: while the server starts, later, and for a trace's warnings, in ms. */
const patience = { starting: 100, running: 3000, unhurried: 15_000 };
/** Module not found, or without types: loading it says that better, or works. */
const leftToRunning = new Set([2307, 2792, 2882, 7016, 7058]);
const draft = "cell-draft.ts";
/** So many cells' conditions wait for a trace, the newest. */
const mostProbes = 1_000;
const probed = "cell-conditions.ts";

export class TypeService {
  readonly #server: LanguageServer;
  readonly #modules: CellModules;
  readonly #files: EditedFiles;
  readonly #folder: string;
  readonly #install: string;
  #started: Promise<boolean> | null = null;
  #running = false;
  /** Cells whose conditions nobody has asked about yet. */
  readonly #probes = new Map<
    string,
    { readonly module: CellModule; readonly conditions: ConditionProbe["conditions"] }
  >();

  /** `folder` is the notebook's, `install` the kernel's dist folder. */
  constructor(folder: string, install: string) {
    this.#folder = folder;
    this.#install = install;
    this.#server = new LanguageServer(folder, install);
    this.#files = new EditedFiles(folder);
    this.#modules = new CellModules(providedNames(install));
  }

  /** Starts the server in the background, and warms it up. */
  start(): Promise<boolean> {
    this.#started ??= this.#start().catch(() => false);
    return this.#started;
  }

  end(): void {
    this.#server.end();
  }

  /** Type errors of a cell's TypeScript; empty if nobody wants them or the server is not there (yet). */
  async check(
    cell: string,
    text: string,
    wanted: boolean,
  ): Promise<{ readonly module: CellModule; readonly errors: readonly Diagnostic[] }> {
    const module = this.#modules.module(text);
    const lines = text.split("\n").length;
    this.#server.filesChanged(this.#files.changes(text));
    this.#server.write(cell, this.#modules.textOf(module));
    // What names nothing has no types to check.
    const skip = !wanted || !/[\p{ID_Start}$_]/u.test(text);
    const items = skip
      ? []
      : await this.#patiently(() => this.#diagnostics(cell), [] as readonly LspDiagnostic[]);
    const sketch = items.length > 0 && ownConfig(this.#folder) === null;
    const errors = items
      .filter(
        (item) =>
          item.severity === 1 &&
          item.range.start.line < lines &&
          !leftToRunning.has(item.code) &&
          !(sketch && asksToAnnotate(item, text)),
      )
      .map(({ message, code, range: { start, end } }) => ({
        ...inTheWordsOfCells(message, code),
        line: start.line + 1,
        column: start.character + 1,
        width: start.line === end.line ? Math.max(1, end.character - start.character) : 1,
      }));
    return { module, errors };
  }

  /** A cell is to run: its conditions can be asked for, by the types its names have now. */
  watchConditions(cell: string, typescript: CellTypeScript): void {
    const probe = conditionProbe(typescript);
    if (probe === null) return;
    const { conditions } = probe;
    this.#probes.set(cell, { module: this.#modules.module(probe.text), conditions });
    if (this.#probes.size > mostProbes) this.#probes.delete(this.#probes.keys().next().value as string);
  }

  /** The conditions that are tensors in the cells watched since the last time; cells nobody answers for wait for the next. */
  async tensorConditions(): Promise<ReadonlyMap<string, readonly TensorCondition[]>> {
    const found = new Map<string, readonly TensorCondition[]>();
    for (const [cell, { module, conditions }] of [...this.#probes]) {
      this.#server.write(probed, this.#modules.textOf(module));
      const items = await this.#patiently(() => this.#diagnostics(probed), null, false);
      if (items === null) break;
      this.#probes.delete(cell);
      const given = items.flatMap(({ code, range: { start } }) => {
        const condition =
          code === tensorGiven ? conditions.get(placeKey(start.line + 1, start.character + 1)) : undefined;
        return condition ?? [];
      });
      found.set(cell, given);
    }
    return found;
  }

  /** The cell ran, to its end or up to an error: later cells see its names. */
  keep(cell: string, module: CellModule, ranToEnd: boolean): void {
    for (const { document, text } of this.#modules.keep(cell, module, ranToEnd)) {
      if (text === null) this.#server.close(document);
      else this.#server.write(document, text);
    }
  }

  /** A name that is there without a cell; nobody knows its type. */
  declare(name: string): void {
    const cell = `cell-declares-${name}.ts`;
    const module = this.#modules.module(`let ${name}: any;`);
    this.#server.write(cell, this.#modules.textOf(module));
    this.keep(cell, module, false);
  }

  /** The cell did not run: it leaves no names. */
  drop(cell: string): void {
    this.#server.close(cell);
  }

  /** Whether the server answers; while it starts, live values are the faster source. */
  get running(): boolean {
    return this.#running;
  }

  /** Completions at a UTF-16 offset; none if the server does not know or is not there. */
  async complete(code: string, cursor: number): Promise<Completions> {
    const answer = await this.#askDraft<{ items: readonly LspCompletion[] }>(
      code,
      "textDocument/completion",
      { position: positionInDraft(code, cursor), context: { triggerKind: 1 } },
      { prefix: prefixOf(code.slice(0, cursor)), hurried: false },
    );
    return completionsOf({
      code,
      cursor,
      items: (answer?.items ?? []).filter((item) => !this.#isOwn(item)),
      names: this.#modules.names,
      offsetOf: ({ line, character }) => offsetOf(code, { line, column: character + 1 }),
      resolve: (item) => this.#server.request("completionItem/resolve", item),
    });
  }

  /** Markdown on what stands at a UTF-16 offset: type and documentation, or the signatures of the call it is in. */
  async inspect(code: string, cursor: number, withSource: boolean): Promise<string | null> {
    const askAt = <Answer>(method: string, position: Position, text = code): Promise<Answer | null> =>
      this.#askDraft<Answer>(text, method, { position });
    return documentationOf(
      {
        code,
        cursor,
        ask: (method, offset) => askAt(method, positionInDraft(code, offset)),
        askBrought: async (method, name) => {
          const character = this.#modules.placeInDraft(code, name);
          return character === null ? null : askAt(method, { line: 0, character });
        },
        askCall: (called) =>
          askAt<SignatureAnswer>(
            "textDocument/signatureHelp",
            positionInDraft(called, called.length),
            called,
          ),
        document: (uri) => {
          const found = this.#server.document(uri);
          return found && { text: found.text, cellAt: (line) => this.#modules.cellAt(found.name, line) };
        },
      },
      withSource,
    );
  }

  async #start(): Promise<boolean> {
    for (const { name, text, language } of projectDocuments(this.#folder, this.#install)) {
      this.#server.write(name, text, language);
    }
    this.#writeDraft("torch");
    await this.#server.start();
    // The first diagnostics load the libraries' types.
    await this.#diagnostics(draft);
    this.#running = true;
    // The first completion looks through all packages; front ends give up on one that takes a second.
    void this.complete("tor", 3).catch(() => undefined);
    return true;
  }

  /** Asks about a cell that is being written. Its text goes right before the question: others may be asked at the same time. */
  #askDraft<Answer>(
    text: string,
    method: string,
    params: object,
    { prefix = "", hurried = true } = {},
  ): Promise<Answer | null> {
    return this.#patiently(
      () => {
        this.#writeDraft(text, prefix);
        return this.#server.ask<Answer | null>(method, draft, params);
      },
      null,
      hurried,
    );
  }

  async #diagnostics(cell: string): Promise<readonly LspDiagnostic[]> {
    const { items } = await this.#server.ask<{ items: readonly LspDiagnostic[] }>(
      "textDocument/diagnostic",
      cell,
    );
    return items;
  }

  /** The kernel's own files are no modules to import from. */
  #isOwn({ data }: LspCompletion): boolean {
    const specifier = data?.autoImport?.moduleSpecifier;
    return specifier?.startsWith(".") === true && join(this.#folder, specifier).startsWith(this.#install);
  }

  /** The cell that is being written, with what it may need of the names that begin with `prefix`. */
  #writeDraft(code: string, prefix = ""): void {
    // A magic's name goes, so that what stands behind it is TypeScript.
    const text = code.replace(/^[ \t]*%%?\w+/gm, (magic) => " ".repeat(magic.length));
    this.#server.write(draft, this.#modules.draft(text, prefix));
  }

  async #patiently<Answer>(ask: () => Promise<Answer>, otherwise: Answer, hurried = true): Promise<Answer> {
    const started = this.start();
    const wait = !hurried ? patience.unhurried : this.#running ? patience.running : patience.starting;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => resolve(otherwise), wait);
    });
    const answer = started.then((there) => (there ? ask() : otherwise)).catch(() => otherwise);
    return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
  }
}

/**
 * An earlier cell's constant is an import to the type checker, which the user has not written; nor does it say much in which file
 * a type is, and `torch` is the type of three files.
 */
function inTheWordsOfCells(
  message: string,
  code: number,
): { readonly message: string; readonly code: number } {
  if (code === 2632)
    return { message: message.replace("because it is an import", "because it is a constant"), code: 2588 };
  const words = message
    .replace(/(typeof import\("[^"]*\/runtime\/[^"]*"\)( & )?){2,}/, "torch")
    .replace(/import\("[^"]*"\)\./g, "");
  return { message: words, code };
}

/** LSP counts lines and UTF-16 columns from 0; a draft has one line above the user's. */
function positionInDraft(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, character: lines.at(-1)!.length };
}
