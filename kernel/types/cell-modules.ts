/**
 * Cells as modules for the type checker: each is the user's text unchanged plus one line below it, which imports just those
 * names of earlier cells, and of the runtime, that the cell mentions, and exports what it declares. So types are those of the
 * cell that declared a name, and lines and columns are the user's. Which documents hold the modules is for kept-cells.ts.
 */
import { parse } from "../cell/syntax-tree.ts";
import { type Declared, exportedBy, isExportedAlready } from "./cell-exports.ts";
import { type DocumentChange, KeptCells } from "./kept-cells.ts";

/** What a cell exports under a name. */
interface Exported extends Declared {
  readonly cell: string;
}

/** A name a cell uses and does not declare. */
export interface Borrowed {
  /** The cell it comes from, or the module. */
  readonly from: string;
  readonly isCell: boolean;
  readonly mutable: boolean;
}

export interface CellModule {
  /** The user's text. */
  readonly source: string;
  readonly exports: ReadonlyMap<string, Declared>;
  /** Those of the exports which the text does not export itself. */
  readonly inner: readonly string[];
  readonly borrows: ReadonlyMap<string, Borrowed>;
}

/** So many names that a draft may come to need are brought into it. */
const mostComing = 40;
const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;
/** The document that declares the kernel's own globals. */
export const globalsDocument = "tracebook-globals.d.ts";

export class CellModules {
  readonly #names = new Map<string, Exported>();
  readonly #provided: ReadonlyMap<string, string>;
  readonly #kept = new KeptCells();

  /** `provided`: the names cells have without an import, with the module each comes from. */
  constructor(provided: ReadonlyMap<string, string>) {
    this.#provided = provided;
  }

  /** Names a cell can use without declaring them, with their kinds. */
  get names(): ReadonlyMap<string, string> {
    const names = new Map<string, string>([...this.#provided.keys()].map((name) => [name, "instance"]));
    for (const [name, { kind }] of this.#names) names.set(name, kind);
    return names;
  }

  /** A cell's text as a module. */
  module(source: string): CellModule {
    const body = parse(source).body;
    const exports = new Map(body.flatMap(exportedBy));
    const inner = [...exports.keys()].filter((name) => !isExportedAlready(body, name));
    return { source, exports, inner, borrows: this.#borrowed(namesMentioned(source), exports) };
  }

  /** The text of a module as the checker reads it. */
  textOf(module: CellModule): string {
    return this.#kept.textOf([module]);
  }

  /**
   * The module of a cell that is being written, which may be broken anywhere: what it needs stands on one line above it, and so
   * do the names it may come to need, which begin with `prefix`.
   */
  draft(text: string, prefix = ""): string {
    return `${this.#heading(text, prefix)}\n${text}`;
  }

  /** Where in a draft's first line a name is brought into the cell; null if it is not. */
  placeInDraft(text: string, name: string): number | null {
    const found = new RegExp(`[{,] ${name.replaceAll("$", "\\$")}(?=[, ])`, "u").exec(
      this.#heading(text, ""),
    );
    return found === null ? null : found.index + 2;
  }

  /** A cell ran, to its end or up to an error: later ones see its names. Tells which documents change by that. */
  keep(cell: string, module: CellModule, ranToEnd: boolean): readonly DocumentChange[] {
    for (const [name, declared] of module.exports) {
      const before = this.#names.get(name);
      if (before) this.#kept.supersede(before.cell, name);
      this.#names.set(name, { cell, ...declared });
    }
    return this.#kept.keep(cell, module, ranToEnd);
  }

  /** The cell, and the line in it, of a line of a document; both lines count from 0. */
  cellAt(document: string, line: number): { readonly cell: string; readonly line: number } {
    return this.#kept.cellAt(document, line);
  }

  #heading(text: string, prefix: string): string {
    const coming = prefix === "" ? [] : [...this.names.keys()].filter((name) => name.startsWith(prefix));
    const mentioned = [...namesMentioned(text), ...coming.slice(0, mostComing)];
    const own = new Map(parse(text).body.flatMap(exportedBy));
    return ["export {};", ...this.#kept.imports(this.#borrowed(new Set(mentioned), own))].join(" ");
  }

  #borrowed(
    mentioned: ReadonlySet<string>,
    own: ReadonlyMap<string, Declared>,
  ): ReadonlyMap<string, Borrowed> {
    const borrows = new Map<string, Borrowed>();
    for (const name of mentioned) {
      if (own.has(name)) continue;
      const exported = this.#names.get(name);
      const module = this.#provided.get(name);
      if (exported) borrows.set(name, { from: exported.cell, isCell: true, mutable: exported.mutable });
      else if (module !== undefined) borrows.set(name, { from: module, isCell: false, mutable: false });
    }
    return borrows;
  }
}

/** Every name that stands anywhere in a text. */
export function namesMentioned(text: string): ReadonlySet<string> {
  return new Set(text.match(identifier));
}
