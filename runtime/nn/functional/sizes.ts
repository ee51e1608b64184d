/** Arithmetic with sizes that traces can follow: while a trace is recorded a size is a tensor behind the type `number`. */
import * as ops from "../../ops/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The product of two sizes; in a trace an operator that gives it for other inputs too. */
export const product = (a: number, b: number): number =>
  typeof a === "number" && typeof b === "number"
    ? a * b
    : (ops.mul(a as unknown as Tensor, b as unknown as Tensor) as unknown as number);
