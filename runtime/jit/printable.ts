/** Graphs whose string form is TorchScript's text. */
import type { Graph } from "./ir.ts";
import { graphText } from "./print.ts";

/** A graph whose string form is TorchScript's text. */
export type PrintableGraph = Graph & { toString(): string };

/** Gives a frozen graph its text. */
export function printable(graph: Graph): PrintableGraph {
  const copy = { ...graph };
  Object.defineProperty(copy, "toString", { value: () => graphText(graph) });
  Object.defineProperty(copy, Symbol.for("nodejs.util.inspect.custom"), { value: () => graphText(graph) });
  return Object.freeze(copy) as PrintableGraph;
}
