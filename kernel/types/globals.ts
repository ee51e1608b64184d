/**
 * The declarations of the globals that the kernel gives to cells, as the type checker reads them. Each magic brings its own.
 */
import type { Magic } from "../magics/magic.ts";

export function globals(magics: readonly Magic[]): string {
  const entries = magics.flatMap(({ types }) => (types === undefined ? [] : [`  ${types}`]));
  return `${kernelGlobals}
interface TracebookMagics {
  method<Owner, Key extends keyof Owner>(owner: Owner, key: Key): Owner[Key];
  help(name: string): Promise<void>;
${entries.join("\n")}
}
declare const __magic: TracebookMagics;
`;
}

const kernelGlobals = `
/** How a value is to be displayed. */
interface DisplayOptions {
  /** Names the display, so that it can be updated. */
  readonly id?: string;
  /** Updates the displays of this id instead of making a new one. */
  readonly update?: boolean;
  /** Jupyter's metadata of the bundle. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Shows the value as data even though it looks like a MIME bundle. */
  readonly raw?: false;
}
/** A display on the page. */
interface DisplayHandle {
  readonly id: string;
  /** Shows something else in its place. */
  update(value: unknown, options?: Omit<DisplayOptions, "id" | "update">): DisplayHandle;
}
/**
 * Shows a value below the cell: a MIME bundle such as \`{ "text/html": "<b>x</b>" }\` as it is, anything else as a result is shown.
 * @example display({ "text/html": "<b>bold</b>" })
 */
declare function display(value: unknown, options?: DisplayOptions): DisplayHandle;
/** Clears the cell's output; with \`wait\` only when the next output comes. */
declare function clearOutput(options?: { readonly wait?: boolean }): void;
/** Asks the user and waits: \`const name = await input("Name? ")\`. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
/** Asks the user in the middle of synchronous code. */
declare function prompt(message?: string, defaultValue?: string): string | null;
/** Asks the user yes or no. */
declare function confirm(message?: string): boolean;
/** A value that shows itself as markup or data. */
interface Shown {}
/** HTML to show, as a tagged template. */
declare function html(texts: TemplateStringsArray, ...values: readonly unknown[]): Shown;
/** Markdown to show. */
declare function md(texts: TemplateStringsArray, ...values: readonly unknown[]): Shown;
/** SVG to show. */
declare function svg(texts: TemplateStringsArray, ...values: readonly unknown[]): Shown;
/** LaTeX to show; without delimiters it is a displayed formula. */
declare function tex(texts: TemplateStringsArray, ...values: readonly unknown[]): Shown;
/** A value as a tree that can be folded. */
declare function json(value: unknown): Shown;
/** Follows a loop with a bar: \`for (const x of progress(items))\`. */
declare function progress<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  options?: { readonly label?: string; readonly total?: number },
): Iterable<Item> & AsyncIterable<Item>;
interface CommMessage { readonly data: any; readonly buffers: readonly Uint8Array[] }
interface CommOptions { readonly metadata?: object; readonly buffers?: readonly Uint8Array[] }
/** One end of an open channel to the front end. */
interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: unknown, options?: CommOptions): void;
  close(data?: unknown): void;
  onMessage: ((message: CommMessage) => void) | null;
  onClose: ((message: CommMessage) => void) | null;
}
/** Channels to code in the front end. */
declare const comms: {
  /** Opens a comm to code which the front end registered under this target. */
  open(target: string, data?: unknown, options?: CommOptions): Comm;
  /** Takes comms that the front end opens to this target. */
  register(target: string, onOpen: (comm: Comm, message: CommMessage) => void): void;
};
/** A model shared with the front end; as a cell's result it shows its view. */
interface Widget {
  readonly id: string;
  get(name: string): any;
  /** Changes a value here and on the page. */
  set(name: string, value: unknown): void;
  /** Called after the front end has changed this value. */
  onChange(name: string, listener: (value: any) => void): void;
  send(content: unknown, buffers?: readonly Uint8Array[]): void;
  onMessage(listener: (content: any, buffers: readonly Uint8Array[]) => void): void;
  close(): void;
}
/** Widgets of ipywidgets and anywidget; the front end needs their extensions. */
declare const widgets: {
  create(state: Record<string, unknown>): Widget;
  anywidget(options: { readonly esm: string; readonly css?: string; readonly state?: Record<string, unknown> }): Widget;
  slider(options?: { readonly value?: number; readonly min?: number; readonly max?: number; readonly step?: number; readonly description?: string }): Widget;
  progress(options?: { readonly value?: number; readonly min?: number; readonly max?: number; readonly description?: string }): Widget;
};
/** Imports a module as seen from the notebook's folder. */
declare function __import(specifier: string): Promise<any>;
`;
