/** The dimensions of a reduction: all of them where none is named, and put back for gradients. */
import { wrapDims } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** No dimension named: all are reduced. */
export const allDims: readonly number[] = Object.freeze([]);

/** Puts reduced dimensions back with size 1, so that a gradient can broadcast over them. */
export function restoreDims(
  grad: Tensor,
  sizes: readonly number[],
  dims: readonly number[] | null,
  keepdim: boolean,
): Tensor {
  if (keepdim || sizes.length === 0) return grad;
  const wrapped = wrapDims(dims ?? allDims, sizes.length, true);
  return grad.reshape(sizes.map((size, i) => (wrapped.includes(i) ? 1 : size)));
}
