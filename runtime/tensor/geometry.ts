/**
 * Arithmetic on sizes and strides: contiguity, broadcasting, dimension wrapping, walking the elements of a view.
 * It knows no tensor; shapes that do not fit give torch's messages.
 * Source: aten/src/ATen/ExpandUtils.h, c10/core/WrapDimMinimal.h.
 */
import { IndexError, RuntimeError } from "../errors.ts";

/** The number of elements of a tensor of these sizes. */
export function numelOf(sizes: readonly number[]): number {
  let n = 1;
  for (let i = 0; i < sizes.length; i++) n *= sizes[i];
  return n;
}

/** Throws in torch's words if a new tensor is to have a negative size. */
export function checkSizes(sizes: readonly number[]): void {
  const negative = sizes.find((size) => size < 0);
  if (negative !== undefined) {
    throw new RuntimeError(
      `Trying to create tensor with negative dimension ${negative}: [${sizes.join(", ")}]`,
    );
  }
}

/** Row-major strides; a size of 0 counts as 1, as torch does. */
export function contiguousStrides(sizes: readonly number[]): number[] {
  const strides = new Array<number>(sizes.length);
  let stride = 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= Math.max(sizes[i], 1);
  }
  return strides;
}

/** True if elements lie in row-major order without gaps. */
export function isContiguous(sizes: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    if (sizes[i] === 0) return true;
    if (sizes[i] !== 1) {
      if (strides[i] !== expected) return sizes.includes(0);
      expected *= sizes[i];
    }
  }
  return true;
}

export function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The shape two operands broadcast to. Throws a RuntimeError in torch's words if there is none. */
export function broadcastSizes(a: readonly number[], b: readonly number[]): readonly number[] {
  if (sameSizes(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let i = rank - 1; i >= 0; i--) {
    const sizeA = a[i - rank + a.length] ?? 1;
    const sizeB = b[i - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new RuntimeError(
        `The size of tensor a (${sizeA}) must match the size of tensor b (${sizeB}) at non-singleton dimension ${i}`,
      );
    }
    result[i] = sizeA === 1 ? sizeB : sizeA;
  }
  return result;
}

/** The strides with which a view of `sizes` reads as if expanded to `target`. */
export function expandedStrides(
  sizes: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): number[] {
  const added = target.length - sizes.length;
  return target.map((size, i) =>
    i < added || (sizes[i - added] === 1 && size !== 1) ? 0 : strides[i - added],
  );
}

/** Wraps a negative dimension. Throws torch's IndexError when out of range; 0-d tensors take -1 and 0. */
export function wrapDim(dim: number, rank: number): number {
  const range = Math.max(rank, 1);
  if (dim < -range || dim >= range) {
    throw new IndexError(
      `Dimension out of range (expected to be in range of [${-range}, ${range - 1}], but got ${dim})`,
    );
  }
  return dim < 0 ? dim + range : dim;
}

/** What stands for a dimension in a list with one number for each of them. Throws torch's IndexError where there is none. */
export function ofDim(numbers: readonly number[], dim: number): number {
  if (numbers.length === 0)
    throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
  return numbers[wrapDim(dim, numbers.length)];
}

/** Wraps dimensions that must all differ. An empty list stands for all of them where `emptyIsAll`. */
export function wrapDims(dims: readonly number[], rank: number, emptyIsAll = false): number[] {
  if (emptyIsAll && dims.length === 0) return Array.from({ length: rank }, (_, i) => i);
  const wrapped = dims.map((dim) => wrapDim(dim, rank));
  wrapped.forEach((dim, i) => {
    if (wrapped.indexOf(dim) !== i)
      throw new RuntimeError(`dim ${dim} appears multiple times in the list of dims`);
  });
  return wrapped;
}

/**
 * The sizes, and the strides of each view of them, without dimensions of size 1 and with neighbours made one where every view
 * steps through them evenly: the same elements in fewer and longer runs.
 */
export function joinDims(
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
): { readonly sizes: number[]; readonly strides: readonly number[][] } {
  const joined: number[] = [];
  const steps = strides.map((): number[] => []);
  for (let dim = 0; dim < sizes.length; dim++) {
    if (sizes[dim] === 1) continue;
    const last = joined.length - 1;
    const evenly = last >= 0 && strides.every((own, k) => steps[k][last] === own[dim] * sizes[dim]);
    if (evenly) joined[last] *= sizes[dim];
    else joined.push(sizes[dim]);
    const at = joined.length - 1;
    for (let k = 0; k < strides.length; k++) steps[k][at] = strides[k][dim];
  }
  return { sizes: joined, strides: steps };
}

/** Calls `visit(offset, count, stride)` for each innermost run of a strided view, in row-major order. */
export function forEachRun(
  sizes: readonly number[],
  strides: readonly number[],
  offset: number,
  visit: (offset: number, count: number, stride: number) => void,
): void {
  if (sizes.includes(0)) return;
  const joined = joinDims(sizes, [strides]);
  const [joinedSizes, joinedStrides] = [joined.sizes, joined.strides[0]];
  const inner = joinedSizes.pop() ?? 1;
  const innerStride = joinedStrides.pop() ?? 1;
  const index = new Array<number>(joinedSizes.length).fill(0);
  for (;;) {
    visit(offset, inner, innerStride);
    let dim = joinedSizes.length - 1;
    for (; dim >= 0; dim--) {
      offset += joinedStrides[dim];
      if (++index[dim] < joinedSizes[dim]) break;
      offset -= joinedStrides[dim] * joinedSizes[dim];
      index[dim] = 0;
    }
    if (dim < 0) return;
  }
}

/** The memory offset of each element of a view, in row-major order. */
export function elementOffsets(
  sizes: readonly number[],
  strides: readonly number[],
  offset: number,
): Int32Array {
  const offsets = new Int32Array(numelOf(sizes));
  let k = 0;
  forEachRun(sizes, strides, offset, (start, count, stride) => {
    for (let i = 0; i < count; i++) offsets[k++] = start + i * stride;
  });
  return offsets;
}
