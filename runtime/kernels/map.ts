/**
 * Plain loops for functions with settings of their own (a slope, a margin), where a specialised loop for each would not
 * pay. Functions that are hot use pointwise.ts.
 */
import { fromValues, valuesOf } from "../tensor/access.ts";
import type { DType } from "../tensor/dtype.ts";
import { broadcastSizes, sameSizes } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inMemoryOrder } from "./memory-order.ts";

/** `f` of each element, as a tensor of `dtype`. */
export function mapValues(self: Tensor, f: (x: number) => number, dtype: DType = self.dtype): Tensor {
  return inMemoryOrder([self], (turned) => {
    const x = valuesOf(turned);
    const out = allocateNumbers(dtype, x.length);
    for (let i = 0; i < out.length; i++) out[i] = f(x[i]);
    return fromValues(out, turned.sizes, dtype);
  });
}

/** `f` of each pair of elements, broadcast, as a tensor of `dtype`. */
export function zipValues(
  a: Tensor,
  b: Tensor,
  f: (x: number, y: number) => number,
  dtype: DType = a.dtype,
): Tensor {
  return inMemoryOrder([a, b], (first, second) => {
    const sizes = broadcastSizes(first.sizes, second.sizes);
    const x = broadcastValues(first, sizes);
    const y = broadcastValues(second, sizes);
    const out = allocateNumbers(dtype, x.length);
    for (let i = 0; i < out.length; i++) out[i] = f(x[i], y[i]);
    return fromValues(out, sizes, dtype);
  });
}

const broadcastValues = (tensor: Tensor, sizes: readonly number[]): NumberArray =>
  valuesOf(sameSizes(tensor.sizes, sizes) ? tensor : tensor.expand(sizes));
