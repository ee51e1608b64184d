/** Arithmetic with sizes that traces can follow: while a trace is recorded a size is a tensor behind the type `number`. */
import * as ops from "../../ops/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

const tensor = (size: number): Tensor => size as unknown as Tensor;
const isPlain = (size: number): boolean => typeof size === "number";

/** The product of two sizes; in a trace an operator that gives it for other inputs too. */
export const product = (a: number, b: number): number =>
  isPlain(a) && isPlain(b) ? a * b : (ops.mul(tensor(a), tensor(b)) as unknown as number);

/** A size divided by a number, rounded towards zero. */
export const quotient = (a: number, b: number): number =>
  isPlain(a) ? Math.trunc(a / b) : (ops.div(tensor(a), b, { roundingMode: "trunc" }) as unknown as number);
