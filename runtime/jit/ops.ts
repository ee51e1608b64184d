/** Operators by name for R's users, and marks for numbers. Source: mlverse/torch R/jit-ops.R, R/jit-compile.R (jit_scalar). */
import { bindStack } from "../dispatch/bind.ts";
import { atenNamespace } from "../dispatch/namespace.ts";
import { scalar, type TypedScalar } from "../tensor/scalar.ts";

/**
 * Every operator of the table by its ATen name; all arguments are given by position, keyword-only ones too.
 * @example jitOps.aten.relu(x)
 * @example jitOps.aten.add(x, x, 2) // [[3, 6], [9, 12]]
 */
export const jitOps = Object.freeze({ aten: atenNamespace("aten", bindStack) });

/**
 * Marks a number as a float or an int where the value does not say it; booleans and strings are what they are.
 * @example
 * const unit = jitCompile("def scale(x, by: float):\n    return x * by");
 * unit.scale(x, jitScalar(2, "float")) // [[2, 4], [6, 8]]
 */
export function jitScalar(value: number, type?: "float" | "int"): TypedScalar;
export function jitScalar<T extends boolean | string>(value: T): T;
export function jitScalar(
  value: number | boolean | string,
  type?: "float" | "int",
): TypedScalar | boolean | string {
  if (typeof value !== "number") return value;
  return scalar(value, type ?? (Number.isSafeInteger(value) ? "int" : "float"));
}
