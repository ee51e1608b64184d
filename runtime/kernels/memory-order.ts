/**
 * The order in which a pointwise kernel walks dimensions: that of its operands' memory, so that the result of a transposed
 * tensor is laid out like it. Source: aten/src/ATen/TensorIterator.cpp (reorder_dimensions, permute_dimensions).
 */
import { broadcastSizes, contiguousStrides, expandedStrides } from "../tensor/geometry.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";

/** Calls a kernel whose results are row-major on operands turned into the order of their memory, and turns its result back. */
export function inMemoryOrder<T extends readonly Tensor[]>(
  operands: T,
  kernel: (...operands: T) => Tensor,
): Tensor {
  if (operands.every((operand) => operand.isContiguous())) return kernel(...operands);
  const sizes = operands.map((operand) => operand.sizes).reduce(broadcastSizes);
  const strides = operands.map((operand) => expandedStrides(operand.sizes, operand.strides, sizes));
  const order = orderOf(sizes, strides);
  if (order.every((dim, i) => dim === i)) return kernel(...operands);
  const turn = (values: readonly number[]): number[] => order.map((dim) => values[dim]);
  const turned = operands.map((operand, i) =>
    operand.ndim === 0 ? operand : viewOf(operand, turn(sizes), turn(strides[i])),
  );
  const result = kernel(...(turned as readonly Tensor[] as T));
  const resultStrides = contiguousStrides(result.sizes);
  return viewOf(
    result,
    sizes,
    sizes.map((_, dim) => resultStrides[order.indexOf(dim)]),
  );
}

/** The same elements, in memory in the order that those of a tensor of as many dimensions have. */
export function laidOutAs(tensor: Tensor, model: Tensor): Tensor {
  const order = orderOf(model.sizes, [model.strides]);
  if (order.every((dim, i) => dim === i)) return tensor;
  const back = order.map((_, dim) => order.indexOf(dim));
  return tensor.permute(order).contiguous().permute(back);
}

/** The dimensions from the one with the longest steps to that with the shortest; ties and broadcast ones stay. */
function orderOf(sizes: readonly number[], strides: readonly (readonly number[])[]): number[] {
  const inner = sizes.map((_, i) => sizes.length - 1 - i);
  const compare = (a: number, b: number): number => {
    for (const steps of strides) {
      if (steps[a] === 0 || steps[b] === 0) continue;
      if (steps[a] !== steps[b]) return steps[a] - steps[b];
      if (sizes[a] > sizes[b]) return 1;
    }
    return 0;
  };
  for (let i = 1; i < inner.length; i++) {
    let at = i;
    for (let before = i - 1; before >= 0; before--) {
      const order = compare(inner[before], inner[at]);
      if (order < 0) break;
      if (order === 0) continue;
      [inner[before], inner[at]] = [inner[at], inner[before]];
      at = before;
    }
  }
  return inner.reverse();
}
