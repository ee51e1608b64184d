/** Pooling kernels: walking windows over the last dimensions of [planes..., spatial...] tensors. */

import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

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

/** Calls `visit(place)` with the row-major place of each element under output window `index`. */
export function forEachInWindow(
  sizes: readonly number[],
  window: PoolWindow,
  index: readonly number[],
  visit: (place: number) => void,
): void {
  const walk = (dim: number, base: number): void => {
    if (dim === sizes.length) {
      visit(base);
      return;
    }
    const start = index[dim] * window.stride[dim] - window.padding[dim];
    for (let k = 0; k < window.size[dim]; k++) {
      const at = start + k * window.dilation[dim];
      if (at >= 0 && at < sizes[dim]) walk(dim + 1, base * sizes[dim] + at);
    }
  };
  walk(0, 0);
}

/** Calls `visit(index, place)` for each output window: its index along each dimension and its row-major place. */
export function forEachWindow(
  sizes: readonly number[],
  visit: (index: readonly number[], place: number) => void,
): void {
  const index = new Array<number>(sizes.length).fill(0);
  const count = numelOf(sizes);
  for (let place = 0; place < count; place++) {
    visit(index, place);
    for (let d = sizes.length - 1; d >= 0 && ++index[d] === sizes[d]; d--) index[d] = 0;
  }
}

/** The greatest element of each window and its place in its plane; NaN wins. */
export function maxPoolKernel(self: Tensor, window: PoolWindow): readonly [Tensor, Tensor] {
  const rank = window.size.length;
  const planes = self.sizes.slice(0, -rank);
  const spatial = self.sizes.slice(-rank);
  const output = spatial.map((size, i) => poolOutputSize(size, window, i));
  const sizes = [...planes, ...output];
  const x = valuesOf(self);
  const values = allocateNumbers(self.dtype, numelOf(sizes));
  const places = allocateNumbers(int64, values.length);
  const [planeCount, planeSize, outSize] = [numelOf(planes), numelOf(spatial), numelOf(output)];
  forEachWindow(output, (index, window_) => {
    const under: number[] = [];
    forEachInWindow(spatial, window, index, (place) => under.push(place));
    for (let plane = 0; plane < planeCount; plane++) {
      const from = plane * planeSize;
      let best = under[0];
      for (let i = 1; i < under.length; i++) {
        const value = x[from + under[i]];
        if (value > x[from + best] || value !== value) best = under[i];
      }
      values[plane * outSize + window_] = x[from + best];
      places[plane * outSize + window_] = best;
    }
  });
  return [fromValues(values, sizes, self.dtype), fromValues(places, sizes, int64)];
}
