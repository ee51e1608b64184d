/** Common subexpressions: of pure nodes that do the same with the same values, the first one serves for all. */
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Graph, Node, Value } from "../ir.ts";
import { typeText } from "../types.ts";
import { constantsOf, isPure, rewritten } from "./rewriting.ts";

/** The graph with each pure computation done once. */
export function withoutRepetition(graph: Graph): Graph {
  const constants = constantsOf(graph);
  const numbers = new Map<object, number>();
  const numberOf = (object: object): number => {
    const number = numbers.get(object) ?? numbers.size;
    numbers.set(object, number);
    return number;
  };
  const attributeKey = (value: Attribute): string =>
    value instanceof Tensor
      ? `tensor ${numberOf(value)}`
      : Array.isArray(value)
        ? `[${value.map(attributeKey)}]`
        : typeof value === "object" && value !== null
          ? `float ${floatKey((value as { readonly float: number }).float)}`
          : `${typeof value} ${typeof value === "number" ? floatKey(value) : String(value)}`;
  const keyOf = (node: Node): string =>
    [
      node.kind,
      node.inputs.map(numberOf),
      Object.entries(node.attributes).map(([name, value]) => `${name}=${attributeKey(value)}`),
      node.outputs.map(({ type }) => typeText(type)),
    ].join(";");
  const first = new Map<string, readonly Value[]>();
  return rewritten(graph, (node, replaced) => {
    if (!isPure(node, constants)) return [node];
    const key = keyOf(node);
    const same = first.get(key);
    if (same === undefined) {
      first.set(key, node.outputs);
      return [node];
    }
    for (const [i, output] of node.outputs.entries()) replaced.set(output, same[i]);
    return [];
  });
}

const floatKey = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
