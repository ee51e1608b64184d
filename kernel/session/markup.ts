/**
 * Markup and JSON as values a cell shows: tagged templates `html`, `md`, `svg`, `tex`, and `json` for a tree view.
 */
import { inspect } from "node:util";
import type { MimeBundle } from "../channel.ts";

/** A value that shows itself as this bundle. */
export interface Shown {
  [key: symbol]: () => MimeBundle;
}

type Template = (texts: TemplateStringsArray, ...values: readonly unknown[]) => Shown;

const shown = (bundle: MimeBundle): Shown =>
  Object.defineProperties({} as Shown, {
    [Symbol.for("Jupyter.display")]: { value: () => bundle },
    [inspect.custom]: { value: () => String(bundle["text/plain"] ?? Object.values(bundle)[0]) },
  });

/** A template whose text is shown as this MIME type; a Shown inside is inserted as its own markup. */
const template =
  (type: string, wrap: (text: string) => string = (text) => text): Template =>
  (texts, ...values) => {
    const text = texts
      .map((part, i) => (i < values.length ? part + markupOf(values[i], type) : part))
      .join("");
    return shown({ [type]: wrap(text), "text/plain": text });
  };

export const html = template("text/html");
export const md = template("text/markdown");
export const svg = template("image/svg+xml");
export const tex = template("text/latex", (text) =>
  /^\s*(\$|\\\[|\\begin)/.test(text) ? text : `$$${text}$$`,
);

/** A value as a tree that can be folded. */
export const json = (value: unknown): Shown =>
  shown({ "application/json": value as object, "text/plain": inspect(value, { depth: 4 }) });

function markupOf(value: unknown, type: string): string {
  if (Array.isArray(value)) return value.map((one) => markupOf(one, type)).join("");
  const method = (value as Shown | null | undefined)?.[Symbol.for("Jupyter.display")];
  const own = typeof method === "function" ? method.call(value)[type] : undefined;
  return typeof own === "string" ? own : String(value);
}
