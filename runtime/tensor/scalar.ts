/**
 * Scalars: the numbers that stand beside tensors in a call. A whole JavaScript number up to 2^53 counts as torch's int,
 * any other as its float; `scalar(2, "float")` says so where the value does not.
 */
import type { Category } from "./dtype.ts";

/** A number marked as float (or int), since JavaScript writes 2 and 2.0 the same way. */
export interface TypedScalar {
  readonly kind: "scalar";
  readonly type: "float" | "int";
  readonly value: number;
}

/** What a `Scalar` argument of an operator takes. */
export type Scalar = number | bigint | boolean | TypedScalar;

/**
 * Marks a number as torch's float or int.
 * @example torch.tensor([1n, 2n]).add(torch.scalar(1, "float")).dtype // torch.float32
 */
export function scalar(value: number, type: "float" | "int"): TypedScalar {
  if (type === "int" && !Number.isInteger(value))
    throw new TypeError(`scalar(${value}, "int"): expected a whole number`);
  return Object.freeze({ kind: "scalar", type, value });
}

export const isScalar = (value: unknown): value is Scalar =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  typeof value === "bigint" ||
  (typeof value === "object" && value !== null && (value as TypedScalar).kind === "scalar");

/** The number a scalar stands for; true is 1. */
export const scalarValue = (scalar: Scalar): number =>
  typeof scalar === "number" ? scalar : typeof scalar === "object" ? scalar.value : Number(scalar);

/** How promotion sees a scalar. */
export function scalarCategory(scalar: Scalar): Category {
  if (typeof scalar === "number") return Number.isSafeInteger(scalar) ? "integral" : "floating";
  if (typeof scalar === "boolean") return "bool";
  if (typeof scalar === "bigint") return "integral";
  return scalar.type === "float" ? "floating" : "integral";
}
