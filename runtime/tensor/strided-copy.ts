/** Copies of strided views in row-major order, in the order of the memory where that is faster. */
import { forEachRun, joinDims, numelOf } from "./geometry.ts";
import type { StorageArray } from "./storage.ts";

/** Runs from this length on are copied as a block, which costs a call. */
const leastBlock = 32;
/** The side of the squares in which transposed matrices are copied: two of them fit into the nearest cache. */
const tile = 32;

/** Copies the elements of a view of `data` to `out`, an array of the same kind. */
export function copyStrided<A extends StorageArray>(
  data: A,
  sizes: readonly number[],
  strides: readonly number[],
  offset: number,
  out: A,
): void {
  if (numelOf(sizes) > tile * tile) {
    const joined = joinDims(sizes, [strides]);
    const own = joined.strides[0];
    if (own.at(-2) === 1) {
      copyTransposed(data, joined.sizes, own, offset, out);
      return;
    }
  }
  let k = 0;
  forEachRun(sizes, strides, offset, (start, count, stride) => {
    if (stride === 1 && count >= leastBlock) {
      (out as Float32Array).set(data.subarray(start, start + count) as Float32Array, k);
      k += count;
    } else if (stride === 0 && count >= leastBlock) {
      (out as Float32Array).fill(data[start] as number, k, k + count);
      k += count;
    } else for (let i = 0; i < count; i++) out[k++] = data[start + i * stride];
  });
}

/** The same for matrices whose columns lie in memory one after the other. */
function copyTransposed(
  data: StorageArray,
  sizes: readonly number[],
  strides: readonly number[],
  offset: number,
  out: StorageArray,
): void {
  const [rows, columns] = sizes.slice(-2);
  const step = strides[strides.length - 1];
  let to = 0;
  forEachRun(sizes.slice(0, -2), strides.slice(0, -2), offset, (start, count, stride) => {
    for (let i = 0; i < count; i++, to += rows * columns) {
      copyMatrix(data, start + i * stride, step, out, to, rows, columns);
    }
  });
}

function copyMatrix(
  data: StorageArray,
  from: number,
  step: number,
  out: StorageArray,
  to: number,
  rows: number,
  columns: number,
): void {
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(top + tile, rows);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      for (let row = top; row < bottom; row++) {
        const line = to + row * columns;
        for (let column = left; column < right; column++)
          out[line + column] = data[from + row + column * step];
      }
    }
  }
}
