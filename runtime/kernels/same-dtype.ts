/**
 * The checks of kernels that do not promote: all operands must have the dtype of the first.
 */
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Throws torch's RuntimeError for the first operand of another dtype; null operands are left out. */
export function requireSameDtype(first: Tensor, ...others: readonly (Tensor | null)[]): void {
  for (const other of others) {
    if (other !== null && other.dtype !== first.dtype) {
      throw new RuntimeError(
        `expected scalar type ${first.dtype.scalarName} but found ${other.dtype.scalarName}`,
      );
    }
  }
}

/** The same for normalisations, which say otherwise where the input is the wider one. */
export function requireNormDtypes(input: Tensor, ...parameters: readonly (Tensor | null)[]): void {
  if (input.dtype.name === "float64" && parameters.some((p) => p !== null && p.dtype !== input.dtype)) {
    throw new RuntimeError("mixed dtype (CPU): all inputs must share same datatype.");
  }
  requireSameDtype(input, ...parameters);
}
