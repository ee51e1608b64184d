/** What Jupyter shows of a value: MIME bundles, and the method by which any object brings its own. */

/** Representations of one value by MIME type; front ends show the richest they know. `text/plain` is always there. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The key of the method by which an object says how it is displayed; Deno's convention, known to other libraries. */
export const displayKey = Symbol.for("Jupyter.display");

/** An object that brings its own MIME bundle. */
export interface Displayable {
  [displayKey](): MimeBundle | Promise<MimeBundle>;
}

/** Whether `value` brings its own MIME bundle. */
export function isDisplayable(value: unknown): value is Displayable {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Partial<Displayable>)[displayKey] === "function"
  );
}
