/** Operator sets: lowerings write nodes as set 17 has them; what later sets write otherwise is changed here. */
import type { OnnxAttribute, OnnxNode } from "../../onnx/proto.ts";

/** The sets that models can be written in. ONNX Runtime 1.2x runs all of them. */
export const [oldestOpset, newestOpset] = [17, 23];

/** Reductions whose axes became an input with set 18, as ReduceSum's had been before. */
const reductions = new Set(
  "L1 L2 LogSum LogSumExp Max Mean Min Prod SumSquare".split(" ").map((name) => `Reduce${name}`),
);

/** A node of set 17 in a given set; `vector` makes a constant of int64. */
export function inOpset(
  node: OnnxNode,
  opset: number,
  vector: (values: readonly number[]) => string,
): OnnxNode {
  if (opset < 18) return node;
  if (reductions.has(node.opType)) {
    const { axes, ...attributes } = node.attributes as Record<string, OnnxAttribute>;
    if (axes === undefined || !("ints" in axes)) return node;
    return { ...node, inputs: [...node.inputs, vector(axes.ints)], attributes };
  }
  if (node.opType === "Split" && node.inputs.length === 1)
    return { ...node, attributes: { ...node.attributes, num_outputs: { int: node.outputs.length } } };
  return node;
}
