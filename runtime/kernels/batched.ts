/**
 * Batches of matrices: functions of single float64 matrices applied to every matrix of a tensor.
 */
import { fromValues, valuesOf } from "../tensor/access.ts";
import type { DType } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Matrix, matrixOf } from "./factorizations.ts";

/** The matrices in the last two dimensions. */
export function matricesOf(tensor: Tensor): Matrix[] {
  const [rows, columns] = tensor.sizes.slice(-2);
  const x = Float64Array.from(valuesOf(tensor));
  const size = rows * columns;
  return Array.from({ length: numelOf(tensor.sizes.slice(0, -2)) }, (_, i) =>
    matrixOf(rows, columns, x.slice(i * size, (i + 1) * size)),
  );
}

/** Arrays of one length as a tensor: `[...lead, ...sizes]`. */
export function batchOf(
  parts: readonly ArrayLike<number>[],
  lead: readonly number[],
  sizes: readonly number[],
  dtype: DType,
): Tensor {
  const size = numelOf(sizes);
  const out = allocateNumbers(dtype, parts.length * size);
  for (const [i, part] of parts.entries()) out.set(part, i * size);
  return fromValues(out, [...lead, ...sizes], dtype);
}

/** The sizes before the matrices. */
export const leadOf = (tensor: Tensor): readonly number[] => tensor.sizes.slice(0, -2);
