/**
 * The globals every cell has besides the runtime's: output, questions, modules and the entry of the magics.
 */
import process from "node:process";
import type { MimeBundle } from "../channel.ts";
import type { Autoreload } from "./autoreload.ts";
import type { Comms } from "./comms.ts";
import { type Displays, plain } from "./display.ts";
import type { Evaluator } from "./evaluate.ts";
import type { Questions } from "./input.ts";
import type { Line } from "./line.ts";
import { magicEntry } from "./magic-entry.ts";
import { html, json, md, svg, tex } from "./markup.ts";
import { importFromCell, loadModule, notebookMeta, notebookRequire } from "./modules.ts";
import { progressOf } from "./progress.ts";
import { bundleOf } from "./results.ts";
import { widgetsOf } from "./widgets.ts";

/** What cells and magics work with on the main thread. */
export interface SessionParts {
  readonly line: Line;
  readonly displays: Displays;
  readonly questions: Questions;
  readonly comms: Comms;
  readonly evaluator: Evaluator;
  readonly autoreload: Autoreload;
  /** Names that cells have declared. */
  readonly names: ReadonlySet<string>;
}

/** A cell called process.exit: that ends the cell, the kernel goes on. */
class ExitInCell extends Error {
  override readonly name = "ExitInCell";

  constructor(code: unknown) {
    super(
      `process.exit(${code ?? ""}) ends only this cell; to end the kernel use Jupyter's "Shut Down Kernel" or "Restart Kernel"`,
    );
  }
}

export function defineGlobals(parts: SessionParts): void {
  const { displays, questions, comms } = parts;
  define("__magic", magicEntry(parts));
  define("display", displays.display);
  define("clearOutput", displays.clearOutput);
  define("input", questions.input);
  define("prompt", questions.prompt);
  define("confirm", questions.confirm);
  for (const [name, value] of Object.entries({ html, md, svg, tex, json })) define(name, value);
  define("progress", progressOf(displays));
  define("comms", { open: comms.open, register: comms.register });
  define("widgets", widgetsOf(comms));
  define("__import", loadModule);
  // What the debugger shows of a variable (debug/debugger.ts). At a breakpoint no promise would ever settle.
  define("$$bundle", bundleText);
  // Stand for `import(…)` and `import.meta` in rewritten cells (cell/imports.ts): names of the same width.
  define("$$load", importFromCell);
  defineByFolder("$$meta", notebookMeta);
  defineByFolder("require", notebookRequire);
  defineByFolder("__dirname", () => notebookMeta().dirname);
  defineByFolder("__filename", () => notebookMeta().filename);
  process.exit = (code?: unknown): never => {
    throw new ExitInCell(code);
  };
}

/** A value's MIME bundle as JSON; a promise where a picture takes its time. */
function bundleText(value: unknown): string | Promise<string> {
  const bundle = bundleOf(value) ?? {};
  const text = (made: MimeBundle | null): string => JSON.stringify(plain(made ?? {}));
  return bundle instanceof Promise ? bundle.then(text) : text(bundle);
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { configurable: true, enumerable: false, writable: true, value });
}

/** A global that depends on the folder cells run in, which %cd changes. */
function defineByFolder(name: string, compute: () => unknown): void {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: false,
    get: compute,
    set: (value: unknown) => define(name, value),
  });
}
