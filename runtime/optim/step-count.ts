/** The count of steps in a parameter's state: a 0-d float32 tensor, as torch keeps and saves it. */

import { float32 } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ParamState } from "./optimizer.ts";

/** Counts one more step and gives the count. */
export function countStep(state: ParamState): number {
  state["step"] ??= makeZeros([], float32);
  return (state["step"] as Tensor).add_(1).item();
}
