/**
 * Python's numbers in traces: `x * 2.5` is recorded as a product with a constant tensor without dimensions, which must
 * not widen an integer or half tensor as a tensor of the user's would. PyTorch's executor computes with such constants
 * as with numbers where they are the second operand; so does this.
 */
import type { Op } from "../../dispatch/op.ts";
import { bool, float64, int64 } from "../../tensor/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Node, Value } from "../ir.ts";

const numbers = new WeakMap<Value, Tensor>();

/** Notes a constant node whose tensor may stand for a number. */
export function noteConstant(node: Node): void {
  const { value } = node.attributes;
  if (!(value instanceof Tensor) || value.sizes.length > 0) return;
  if (value.dtype !== float64 && value.dtype !== int64 && value.dtype !== bool) return;
  numbers.set(
    node.outputs[0],
    new Tensor(value.storage, value.dtype, value.sizes, value.strides, value.offset, true),
  );
}

/** The number that stands as the second operand of an arithmetic call, and its place; null if there is none. */
export function numberOperand(
  row: Op,
  node: Node,
): { readonly index: number; readonly tensor: Tensor } | null {
  if (row.facts.numbers !== true) return null;
  const index = row.schema.arguments.findIndex((argument) => argument.name === "other");
  const tensor = index < 0 ? undefined : numbers.get(node.inputs[index]);
  return tensor === undefined ? null : { index, tensor };
}
