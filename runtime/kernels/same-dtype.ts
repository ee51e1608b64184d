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

/**
 * The same for normalisations, where parameters of another dtype than the input's would have to be float32 and the input
 * a half. Source: aten/src/ATen/native/cpu/mixed_data_type.h.
 */
export function requireNormDtypes(input: Tensor, ...parameters: readonly (Tensor | null)[]): void {
  const given = parameters.filter((parameter) => parameter !== null);
  if (given.length > 0 && given[0].dtype !== input.dtype) {
    throw new RuntimeError(
      given.some(({ dtype }) => dtype.name !== "float32")
        ? "mixed dtype (CPU): expect parameter to have scalar type of Float"
        : "mixed dtype (CPU): all inputs must share same datatype.",
    );
  }
  requireSameDtype(input, ...parameters);
}
