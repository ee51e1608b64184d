/**
 * Memory formats: in which order the dimensions of a tensor lie in memory, under the numbers that schemas and graphs hold.
 * Source: c10/core/MemoryFormat.h.
 */
import { RuntimeError } from "../errors.ts";
import { contiguousStrides, isContiguous } from "./geometry.ts";

/** Rows: the last dimension is the innermost. */
export const contiguousFormat = 0;
/** As the tensor lies that a new one is made of. */
export const preserveFormat = 1;
/** Images with their channels innermost: [N, C, H, W] lies as N, H, W, C. */
export const channelsLast = 2;
/** Volumes with their channels innermost: [N, C, D, H, W] lies as N, D, H, W, C. */
export const channelsLast3d = 3;

/** The rank that a format with channels last is for. */
const ranks: Readonly<Record<number, number>> = { [channelsLast]: 4, [channelsLast3d]: 5 };

/** The dimensions from the outermost to the innermost. */
export function memoryOrder(rank: number, format: number): number[] {
  const dims = Array.from({ length: rank }, (_, dim) => dim);
  return format === contiguousFormat ? dims : [...dims.filter((dim) => dim !== 1), 1];
}

/** Throws torch's RuntimeError for a format that tensors of this rank cannot have. */
export function checkFormat(rank: number, format: number): void {
  const needed = ranks[format];
  if (needed !== undefined && rank !== needed) {
    const name = format === channelsLast ? "channels_last" : "channels_last_3d";
    throw new RuntimeError(`required rank ${needed} tensor to use ${name} format`);
  }
}

/** The strides of a tensor without gaps in a format. */
export function stridesIn(sizes: readonly number[], format: number): number[] {
  const order = memoryOrder(sizes.length, format);
  const inner = contiguousStrides(order.map((dim) => sizes[dim]));
  return sizes.map((_, dim) => inner[order.indexOf(dim)]);
}

/** Whether a tensor lies in a format without gaps. */
export function liesIn(sizes: readonly number[], strides: readonly number[], format: number): boolean {
  if (ranks[format] === undefined) return isContiguous(sizes, strides);
  if (ranks[format] !== sizes.length) return false;
  const order = memoryOrder(sizes.length, format);
  return isContiguous(
    order.map((dim) => sizes[dim]),
    order.map((dim) => strides[dim]),
  );
}

/** The format that a tensor's strides speak for: channels last where they are innermost, else rows. */
export function suggestedFormat(sizes: readonly number[], strides: readonly number[]): number {
  const format = sizes.length === 4 ? channelsLast : sizes.length === 5 ? channelsLast3d : contiguousFormat;
  if (format === contiguousFormat || strides[1] === 0) return contiguousFormat;
  let least = 0;
  for (const dim of memoryOrder(sizes.length, format).reverse()) {
    if (sizes[dim] === 0 || strides[dim] < least) return contiguousFormat;
    // A single pixel lies in both formats; torch takes that for rows.
    if (dim === 0 && least === strides[1]) return contiguousFormat;
    least = sizes[dim] > 1 ? strides[dim] * sizes[dim] : strides[dim];
  }
  return format;
}
