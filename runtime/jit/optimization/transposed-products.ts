/**
 * A transposed product of matrices becomes the product of the transposed matrices in the other order, which kernels for products
 * read as they lie: the gradient of a weight is such a one, and copying it row by row takes as long as computing it.
 */
import type { Graph, Node, TensorType, Value } from "../ir.ts";
import { producersOf, rewritten, usesOf } from "./rewriting.ts";

/** The graph with transposes before products, not behind them. */
export function withTransposedFactors(graph: Graph): Graph {
  const producers = producersOf(graph);
  const uses = usesOf(graph);
  return rewritten(graph, (node, replaced) => {
    const product = node.kind === "aten::t" ? producers.get(node.inputs[0]) : undefined;
    if (product?.kind !== "aten::mm" || uses.get(product.outputs[0]) !== 1) return [node];
    const [a, b] = product.inputs.map((input) => transposeOf(replaced.get(input) ?? input, node));
    const inputs = Object.freeze([b.outputs[0], a.outputs[0]]);
    return [a, b, Object.freeze({ ...product, inputs, outputs: node.outputs })];
  });
}

function transposeOf(value: Value, like: Node): Node {
  const type = value.type as TensorType;
  const turned: Value = Object.freeze({
    kind: "value",
    name: `${value.name}.t`,
    type: Object.freeze({ ...type, sizes: type.sizes?.toReversed(), strides: type.strides?.toReversed() }),
  });
  return Object.freeze({ ...like, inputs: Object.freeze([value]), outputs: Object.freeze([turned]) });
}
