/** The factors of sums, `alpha` and `beta`. Source: aten/src/ATen/native/BinaryOps.h (alpha_check), LinearAlgebra.cpp (addr). */
import { RuntimeError } from "../errors.ts";
import { bool, type DType } from "../tensor/dtype.ts";
import { type Scalar, scalarCategory } from "../tensor/scalar.ts";

/** Throws in torch's words if a sum of `dtype` cannot be scaled by `factor`. */
export function checkFactor(name: "alpha" | "beta", factor: Scalar, dtype: DType): void {
  if (typeof factor === "boolean" && dtype !== bool) {
    throw new RuntimeError(`Boolean ${name} only supported for Boolean results.`);
  }
  if (dtype.category !== "floating" && scalarCategory(factor) === "floating") {
    throw new RuntimeError(
      `For integral input tensors, argument ${name} must not be a floating point number.`,
    );
  }
}
