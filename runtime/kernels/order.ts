/**
 * The order of elements along a dimension, as torch sorts: NaN counts as the greatest, equal elements keep their order.
 * Source: aten/src/ATen/native/cpu/SortingKernel.cpp.
 */
import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { alongDim } from "./along-dim.ts";

/** Negative if `a` comes before `b`. */
export const ascending = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(b) ? (Number.isNaN(a) ? 0 : -1) : 1;
  return a - b || 0;
};

/** The places of a line's elements in sorted order. */
export function sortedPlaces(line: NumberArray, descending: boolean): number[] {
  const places = Array.from(line.keys());
  return descending
    ? places.sort((i, j) => (line[i] === line[j] ? 0 : ascending(line[j], line[i])))
    : places.sort((i, j) => (line[i] === line[j] ? 0 : ascending(line[i], line[j])));
}

/**
 * Picks elements of every line along `dim`: `choose` gives their places, of which there are `count` in each line.
 * The results are the elements and their places.
 */
export function pickAlong(
  self: Tensor,
  dim: number,
  count: number,
  choose: (line: NumberArray) => readonly number[],
): [values: Tensor, indices: Tensor] {
  const d = wrapDim(dim, self.ndim);
  const x = valuesOf(self);
  const sizes = self.ndim === 0 ? [] : self.sizes.with(d, count);
  const length = self.ndim === 0 ? count : sizes.reduce((n, size) => n * size, 1);
  const values = allocateNumbers(self.dtype, length);
  const indices = allocateNumbers(int64, length);
  const inner = self.sizes.slice(d + 1).reduce((n, size) => n * size, 1);
  if (x.length > 0) {
    alongDim(self.sizes, d, (start, n, step, line) => {
      const numbers = allocateNumbers(self.dtype, n);
      for (let i = 0; i < n; i++) numbers[i] = x[start + i * step];
      const outStart = Math.floor(line / inner) * count * inner + (line % inner);
      choose(numbers).forEach((place, i) => {
        values[outStart + i * inner] = numbers[place];
        indices[outStart + i * inner] = place;
      });
    });
  }
  return [fromValues(values, sizes, self.dtype), fromValues(indices, sizes, int64)];
}
