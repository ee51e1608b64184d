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
/** Imports a module as seen from the notebook's folder. */
declare function __import(specifier: string): Promise<any>;
`;
