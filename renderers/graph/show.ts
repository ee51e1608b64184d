/** `showGraph`: a graph as an object that Jupyter draws, with options a plain graph cannot carry. */
import type { Graph } from "../../runtime/jit/ir.ts";
import { type Displayable, displayKey, type MimeBundle } from "../display.ts";
import { type GraphOptions, graphBundle } from "./bundle.ts";

/** A graph to be drawn: the last expression of a cell, or an argument of `display`. */
export interface GraphPicture extends Displayable {
  readonly kind: "graph-picture";
  readonly graph: Graph;
  readonly options: GraphOptions;
}

/** Whether `value` is a graph of the IR. */
export function isGraph(value: unknown): value is Graph {
  return (
    value !== null &&
    typeof value === "object" &&
    "kind" in value &&
    value.kind === "graph" &&
    "nodes" in value
  );
}

/**
 * Draws a graph with options, such as the depth of modules to start with.
 * @throws TypeError if `graph` is neither a graph nor something that has one.
 * @example showGraph(traced, { depth: 1, title: "encoder" })
 */
export function showGraph(
  graph: Graph | { readonly graph: Graph },
  options: GraphOptions = {},
): GraphPicture {
  const drawn = isGraph(graph) ? graph : (graph as { readonly graph?: unknown } | null | undefined)?.graph;
  if (!isGraph(drawn)) {
    throw new TypeError(
      `showGraph: expected a graph or a traced function, but got ${graph === null ? "null" : typeof graph}`,
    );
  }
  const bundle = (): Promise<MimeBundle> => graphBundle(drawn, { text: textOf(drawn), ...options });
  return { kind: "graph-picture", graph: drawn, options, [displayKey]: bundle };
}

/** The graph's own TorchScript text, if it has one. */
export function textOf(graph: Graph): string | undefined {
  const text = String(graph);
  return text.startsWith("graph(") ? text : undefined;
}
