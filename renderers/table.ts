/** Which values have pictures or printouts of their own: one entry each. A new renderer is a new entry. */
import { specBundle, specLanguage, type VegaLiteSpec } from "./chart/vega-lite.ts";
import { isTensorLike } from "./data/show.ts";
import { displayKey, type MimeBundle } from "./display.ts";
import { isRun } from "./graph/measured.ts";
import { type Drawable, isGraph, showGraph } from "./graph/show.ts";

/** How one kind of value is recognised and shown. */
export interface Renderer {
  readonly name: string;
  /** The value's bundle, or null if it is none of this kind. */
  readonly render: (value: object) => MimeBundle | Promise<MimeBundle> | null;
}

/**
 * The renderers, the most particular first: the first that knows a value shows it. Tensors and traces are known by what
 * they have rather than by their class, so that showing a plain object does not load the runtime.
 */
export const renderers: readonly Renderer[] = [
  {
    name: "tensor",
    render: (value) => (isTensorLike(value) ? { "text/plain": String(value) } : null),
  },
  {
    name: "graph",
    render: (value) => (isGraph(value) ? showGraph(value)[displayKey]() : null),
  },
  {
    name: "traced function or module",
    render: (value) =>
      "graph" in value && isGraph(value.graph) ? showGraph(value as Drawable)[displayKey]() : null,
  },
  {
    name: "profile or inspection of a trace",
    render: (value) => (isRun(value) ? showGraph(value)[displayKey]() : null),
  },
  {
    name: "Vega or Vega-Lite specification",
    render: (value) => {
      const language = specLanguage(value);
      return language === null ? null : specBundle(value as VegaLiteSpec, language);
    },
  },
  {
    name: "SVG element, such as an Observable Plot figure",
    render: (value) =>
      "outerHTML" in value && typeof value.outerHTML === "string" && value.outerHTML.startsWith("<svg")
        ? { "image/svg+xml": value.outerHTML, "text/plain": "SVG picture" }
        : null,
  },
];
