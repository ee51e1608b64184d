/**
 * Reduction kernels: folding the elements along dimensions to one number each, and finding extremes with their places.
 * Source of rules: aten/src/ATen/native/ReduceOpsUtils.h, SharedReduceOps.h.
 */
import { IndexError, RuntimeError } from "../errors.ts";
import { fromValues, valuesAs, valuesOf } from "../tensor/access.ts";
import { type DType, int64 } from "../tensor/dtype.ts";
import { numelOf, wrapDim, wrapDims } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { alongDim } from "./along-dim.ts";
import { type FloatArray, heavyKernels } from "./backend.ts";

/** Folds `count` numbers from `start` on, `step` apart. */
export type Reducer = (x: NumberArray, start: number, count: number, step: number) => number;

const blockSize = 128;

/** A pairwise sum: the error grows with the logarithm of the count, as torch's vectorised sum's does. */
export const sumAll: Reducer = (x, start, count, step) => {
  if (count <= blockSize) {
    // Four sums at a time: each addition to one sum waits for the one before.
    let [a, b, c, d] = [0, 0, 0, 0];
    let p = start;
    let i = 0;
    for (; i < count - 3; i += 4, p += 4 * step) {
      a += x[p];
      b += x[p + step];
      c += x[p + 2 * step];
      d += x[p + 3 * step];
    }
    for (; i < count; i++, p += step) a += x[p];
    return a + b + (c + d);
  }
  const half = count >> 1;
  return sumAll(x, start, half, step) + sumAll(x, start + half * step, count - half, step);
};

/** Reduces over `dims` (none: all of them); the result has dtype `result`. */
export function reduce(
  self: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  result: DType,
  fold: Reducer,
): Tensor {
  const rank = self.sizes.length;
  const reduced = wrapDims(dims, rank, true);
  if (fold === sumAll && result === self.dtype) {
    const partial = sumsOfRows(self, reduced);
    if (partial !== null) return reduce(partial, reduced, keepdim, result, fold);
  }
  const kept = self.sizes.map((_, i) => i).filter((i) => !reduced.includes(i));
  const count = numelOf(reduced.map((d) => self.sizes[d] ?? 1));
  const lines = numelOf(kept.map((d) => self.sizes[d]));
  const out = allocateNumbers(result, lines);
  const sizes = keepdim
    ? self.sizes.map((size, i) => (reduced.includes(i) ? 1 : size))
    : kept.map((d) => self.sizes[d]);
  // Adjacent reduced dimensions are walked in place; others are first brought together at the end.
  const adjacent = reduced.length > 0 && Math.max(...reduced) - Math.min(...reduced) === reduced.length - 1;
  if (adjacent && rank > 0) {
    const x = inputValues(self, result);
    const first = Math.min(...reduced);
    const folded = [...self.sizes.slice(0, first), count, ...self.sizes.slice(first + reduced.length)];
    alongDim(folded, first, (start, n, step, line) => {
      out[line] = fold(x, start, n, step);
    });
  } else {
    const x = inputValues(
      rank === 0 ? self : self.permute([...kept, ...reduced.sort((a, b) => a - b)]),
      result,
    );
    for (let line = 0; line < lines; line++) out[line] = fold(x, line * count, count, 1);
  }
  return fromValues(out, sizes, result);
}

/** In float32, more additions to one sum would cost digits. */
const [leastRow, longestRow] = [32, 1024];

/** The same tensor with rows of its last dimensions, if they are to be summed up, summed up by the backend; null where that does not pay. */
function sumsOfRows(self: Tensor, reduced: readonly number[]): Tensor | null {
  const backend = heavyKernels(self.dtype, self.elements);
  if (backend?.sumRows === undefined || !self.isContiguous()) return null;
  const { sizes } = self;
  let first = sizes.length;
  while (first > 0 && reduced.includes(first - 1)) first--;
  const tail = numelOf(sizes.slice(first));
  let columns = Math.min(tail, longestRow);
  while (tail % columns !== 0) columns--;
  if (columns < leastRow) return null;
  const sums = backend.sumRows(valuesOf(self) as FloatArray, self.elements / columns, columns);
  // What is left of the last dimensions stands in the last one.
  const left = sizes.slice(first).map((_, i, all) => (i < all.length - 1 ? 1 : tail / columns));
  return fromValues(sums, [...sizes.slice(0, first), ...left], self.dtype);
}

/** Integers are folded in the result's dtype, floats in double precision from their own values. */
const inputValues = (self: Tensor, result: DType): NumberArray =>
  self.dtype.category === result.category ? valuesOf(self) : valuesAs(self, result);

/** True if `x` is more extreme than `best` (sign 1: greater, -1: smaller); NaN is the most extreme. */
const beats = (x: number, best: number, sign: 1 | -1): boolean =>
  best === best && (x !== x || (sign > 0 ? x > best : x < best));

/** The extreme of all elements as a 0-d tensor. */
export function extremeOfAll(self: Tensor, sign: 1 | -1, name: string): Tensor {
  const x = valuesOf(self);
  if (x.length === 0) {
    throw new RuntimeError(
      `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
    );
  }
  let best = x[0];
  for (let i = 1; i < x.length; i++) if (beats(x[i], best, sign)) best = x[i];
  const out = allocateNumbers(self.dtype, 1);
  out[0] = best;
  return fromValues(out, [], self.dtype);
}

/** The extremes along `dim` and their places; of equal ones the first. */
export function extremesAlong(
  self: Tensor,
  dim: number,
  keepdim: boolean,
  sign: 1 | -1,
  name: string,
): readonly [values: Tensor, indices: Tensor] {
  const rank = self.sizes.length;
  const d = wrapDim(dim, rank);
  if (rank > 0 && self.sizes[d] === 0) {
    throw new IndexError(`${name}(): Expected reduction dim ${d} to have non-zero size.`);
  }
  const x = valuesOf(self);
  const sizes = rank === 0 ? [] : self.sizes.flatMap((size, i) => (i !== d ? [size] : keepdim ? [1] : []));
  const values = allocateNumbers(self.dtype, numelOf(sizes));
  const indices = allocateNumbers(int64, values.length);
  alongDim(self.sizes, d, (start, count, step, line) => {
    let best = x[start];
    let at = 0;
    for (let i = 1, p = start + step; i < count; i++, p += step) {
      if (beats(x[p], best, sign)) {
        best = x[p];
        at = i;
      }
    }
    values[line] = best;
    indices[line] = at;
  });
  return [fromValues(values, sizes, self.dtype), fromValues(indices, sizes, int64)];
}
