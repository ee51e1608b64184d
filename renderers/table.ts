/** Which values have pictures or printouts of their own: one entry each. A new renderer is a new entry. */
import { displayKey, type MimeBundle } from "./display.ts";
import { isGraph, showGraph } from "./graph/show.ts";

/** How one kind of value is recognised and shown. */
export interface Renderer {
  readonly name: string;
  /** The value's bundle, or null if it is none of this kind. */
  readonly render: (value: unknown) => MimeBundle | Promise<MimeBundle> | null;
}

/** The renderers, the most particular first: the first that knows a value shows it. */
export const renderers: readonly Renderer[] = [
  {
    name: "graph",
    render: (value) => (isGraph(value) ? showGraph(value)[displayKey]() : null),
  },
];
