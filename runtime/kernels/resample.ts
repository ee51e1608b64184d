/**
 * Resampling along one dimension: each output element is a weighted sum of a few input elements. Averages over windows
 * and interpolation are such sums, dimension by dimension.
 */
import { fromValues, valuesOf } from "../tensor/access.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The input elements, by place along the dimension, that one output element is made of. */
export interface Taps {
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

/** Resamples `dim`; the result has one element for each of `taps`. */
export function resample(self: Tensor, dim: number, taps: readonly Taps[]): Tensor {
  const sizes = self.sizes.with(dim, taps.length);
  const x = valuesOf(self);
  const out = allocateNumbers(self.dtype, numelOf(sizes));
  forEachTap(self.sizes, dim, taps, (from, to, places, weights, inner) => {
    let sum = 0;
    for (let k = 0; k < places.length; k++) sum += x[from + places[k] * inner] * weights[k];
    out[to] = sum;
  });
  return fromValues(out, sizes, self.dtype);
}

/** The gradient of `resample` by its input, which had `size` elements along `dim`. */
export function resampleGradient(grad: Tensor, dim: number, taps: readonly Taps[], size: number): Tensor {
  const sizes = grad.sizes.with(dim, size);
  const g = valuesOf(grad);
  const sums = new Float64Array(numelOf(sizes));
  forEachTap(sizes, dim, taps, (from, to, places, weights, inner) => {
    for (let k = 0; k < places.length; k++) sums[from + places[k] * inner] += g[to] * weights[k];
  });
  const out = allocateNumbers(grad.dtype, sums.length);
  out.set(sums);
  return fromValues(out, sizes, grad.dtype);
}

/** Visits each output element: where its line starts in the input, its own place, and its taps. */
function forEachTap(
  inputSizes: readonly number[],
  dim: number,
  taps: readonly Taps[],
  visit: (
    from: number,
    to: number,
    places: readonly number[],
    weights: readonly number[],
    inner: number,
  ) => void,
): void {
  const inner = numelOf(inputSizes.slice(dim + 1));
  const outer = numelOf(inputSizes.slice(0, dim));
  const size = inputSizes[dim];
  for (let o = 0; o < outer; o++) {
    for (let t = 0; t < taps.length; t++) {
      const { places, weights } = taps[t];
      const to = (o * taps.length + t) * inner;
      for (let i = 0; i < inner; i++) visit(o * size * inner + i, to + i, places, weights, inner);
    }
  }
}
