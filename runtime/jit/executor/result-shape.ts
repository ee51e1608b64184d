/** How the flat results of an executor go back into the tuples and records that the graph returns. */

import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph, Value } from "../ir.ts";

/** The nesting of a graph's result. */
export type Shape =
  | { readonly kind: "leaf" }
  | { readonly kind: "tuple"; readonly parts: readonly Shape[] }
  | { readonly kind: "record"; readonly keys: readonly string[]; readonly parts: readonly Shape[] };

/** The nesting of a value that the graph returns. */
export function shapeOf(graph: Graph, value: Value): Shape {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(value));
  if (node?.kind === "prim::TupleConstruct" || node?.kind === "prim::ListConstruct") {
    return { kind: "tuple", parts: node.inputs.map((input) => shapeOf(graph, input)) };
  }
  if (node?.kind === "prim::DictConstruct") {
    const keys = node.inputs.filter((_, i) => i % 2 === 0).map((key) => keyOf(graph, key));
    return {
      kind: "record",
      keys,
      parts: node.inputs.filter((_, i) => i % 2 === 1).map((part) => shapeOf(graph, part)),
    };
  }
  return { kind: "leaf" };
}

const keyOf = (graph: Graph, key: Value): string =>
  String(graph.nodes.find(({ outputs }) => outputs.includes(key))?.attributes.value);

/** The tensors a result consists of, in order. */
export function leavesOf(graph: Graph, value: Value): Value[] {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(value));
  if (node?.kind === "prim::TupleConstruct" || node?.kind === "prim::ListConstruct")
    return node.inputs.flatMap((input) => leavesOf(graph, input));
  if (node?.kind === "prim::DictConstruct")
    return node.inputs.filter((_, i) => i % 2 === 1).flatMap((input) => leavesOf(graph, input));
  return [value];
}

/** Nests flat results again. */
export function rebuild(shape: Shape, flat: readonly Tensor[], cursor: { next: number }): unknown {
  if (shape.kind === "leaf") return flat[cursor.next++];
  const parts = shape.parts.map((part) => rebuild(part, flat, cursor));
  return shape.kind === "tuple" ? parts : Object.fromEntries(shape.keys.map((key, i) => [key, parts[i]]));
}
