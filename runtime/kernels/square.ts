/**
 * What operators on matrices ask of their arguments, in torch's words.
 */
import { RuntimeError } from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { promoteTypes } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Throws a RuntimeError unless the argument fits. */
export function checkFloating(A: Tensor, name: string): void {
  if (!A.isFloatingPoint()) {
    throw new RuntimeError(
      `${name}: Expected a floating point or complex tensor as input. Got ${A.dtype.scalarName}`,
    );
  }
}

/** Throws a RuntimeError for halves. */
export function checkPrecision(A: Tensor, name: string): void {
  if (A.isFloatingPoint() && A.dtype.itemSize === 2) {
    throw new RuntimeError(`${name}: Low precision dtypes not supported. Got ${A.dtype.scalarName}`);
  }
}

/** Throws a RuntimeError unless the argument fits. */
export function checkMatrices(A: Tensor, name: string): void {
  if (A.ndim < 2) throw new RuntimeError(`${name}: The input tensor A must have at least 2 dimensions.`);
}

/** Throws a RuntimeError unless the argument fits. */
export function checkSquare(A: Tensor, name: string): void {
  checkMatrices(A, name);
  const [rows, columns] = A.sizes.slice(-2);
  if (rows !== columns) {
    throw new RuntimeError(
      `${name}: A must be batches of square matrices, but they are ${rows} by ${columns} matrices`,
    );
  }
}

/** Throws a RuntimeError for a dtype that holds less than the input's. */
export function checkNarrowing(name: string, from: DType, to: DType | null): void {
  if (to !== null && promoteTypes(from, to) !== to) {
    throw new RuntimeError(
      `${name}: the dtype of the input (${from.scalarName}) should be convertible without narrowing to the specified dtype (${to.scalarName})`,
    );
  }
}

/** Matrices with rows and columns exchanged. */
export const adjoint = (tensor: Tensor): Tensor => tensor.transpose(-2, -1);
