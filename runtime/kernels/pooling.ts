/** Pooling kernels: walking windows over the last dimensions of [planes..., spatial...] tensors. */

import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";
import { type FloatArray, heavyKernels } from "./backend.ts";
import { indicesOf } from "./indices.ts";

/** A pooling window along each spatial dimension. */
export interface PoolWindow {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;
}

/** How many windows fit along spatial dimension `dim`. Source: pooling_output_shape in aten/src/ATen/native/Pool.h. */
export function poolOutputSize(size: number, window: PoolWindow, dim: number): number {
  const { stride, padding, dilation, ceilMode } = window;
  const span = size + 2 * padding[dim] - dilation[dim] * (window.size[dim] - 1) - 1;
  const count = Math.floor((span + (ceilMode ? stride[dim] - 1 : 0)) / stride[dim]) + 1;
  // A window may not start in the border behind the data.
  return ceilMode && (count - 1) * stride[dim] >= size + padding[dim] ? count - 1 : count;
}

/**
 * The places in a plane under each output window, row-major: as many entries for each window as it has elements, -1 at the end
 * where the border cuts it short.
 */
function placesUnder(spatial: readonly number[], output: readonly number[], window: PoolWindow): Int32Array {
  const taps = numelOf(window.size);
  const places = new Int32Array(numelOf(output) * taps).fill(-1);
  const index = new Array<number>(output.length).fill(0);
  for (let start = 0; start < places.length; start += taps) {
    let next = start;
    const walk = (dim: number, base: number): void => {
      if (dim === spatial.length) {
        places[next++] = base;
        return;
      }
      const first = index[dim] * window.stride[dim] - window.padding[dim];
      for (let k = 0; k < window.size[dim]; k++) {
        const at = first + k * window.dilation[dim];
        if (at >= 0 && at < spatial[dim]) walk(dim + 1, base * spatial[dim] + at);
      }
    };
    walk(0, 0);
    for (let d = output.length - 1; d >= 0 && ++index[d] === output[d]; d--) index[d] = 0;
  }
  return places;
}

/** The greatest element of each window and its place in its plane; NaN wins. */
export function maxPoolKernel(self: Tensor, window: PoolWindow): readonly [Tensor, Tensor] {
  const rank = window.size.length;
  const planes = self.sizes.slice(0, -rank);
  const spatial = self.sizes.slice(-rank);
  const output = spatial.map((size, i) => poolOutputSize(size, window, i));
  const sizes = [...planes, ...output];
  const x = valuesOf(self);
  const backend = heavyKernels(self.dtype, numelOf(sizes) * numelOf(window.size));
  const pooled = backend?.maxPool?.({ data: x as FloatArray, sizes: self.sizes }, output, window);
  if (pooled)
    return [fromValues(pooled.values, sizes, self.dtype), tensorFromArray(pooled.indices, int64, sizes)];
  const values = allocateNumbers(self.dtype, numelOf(sizes));
  const indices = new BigInt64Array(values.length);
  // A place fits the low word of its int64 number.
  const words = new Int32Array(indices.buffer);
  const under = placesUnder(spatial, output, window);
  const [taps, planeSize] = [numelOf(window.size), numelOf(spatial)];
  for (let out = 0, from = 0; out < values.length; from += planeSize) {
    for (let start = 0; start < under.length; start += taps, out++) {
      let best = under[start];
      let greatest = x[from + best];
      for (let k = start + 1; k < start + taps && under[k] >= 0; k++) {
        const value = x[from + under[k]];
        if (value > greatest || value !== value) {
          best = under[k];
          greatest = value;
        }
      }
      values[out] = greatest;
      words[2 * out] = best;
    }
  }
  return [fromValues(values, sizes, self.dtype), tensorFromArray(indices, int64, sizes)];
}

/** Gradients added up where the greatest elements of planes of `sizes` came from. */
export function maxPoolGradient(
  grad: Tensor,
  indices: Tensor,
  sizes: readonly number[],
  rank: number,
): Tensor {
  const planeSize = numelOf(sizes.slice(-rank));
  const at = indicesOf(indices, planeSize, "scatter_add", sizes.length - rank, false);
  const g = valuesOf(grad);
  const out = allocateNumbers(grad.dtype, numelOf(sizes));
  const outputSize = numelOf(indices.sizes.slice(-rank));
  for (let i = 0, plane = 0; i < at.length; plane += planeSize) {
    for (let k = 0; k < outputSize; k++, i++) out[plane + at[i]] += g[i];
  }
  return fromValues(out, sizes, grad.dtype);
}
