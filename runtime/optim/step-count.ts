/** Numbers in a parameter's state, the count of steps foremost: 0-d tensors, as torch keeps and saves them. */

import { float32, float64 } from "../tensor/dtype.ts";
import { makeFull } from "../tensor/filled.ts";
import { getDefaultDtype } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ParamState } from "./optimizer.ts";

/** A number of the state, `start` when first asked for: float64 where that is the default dtype, else float32. */
export function numberOf(state: ParamState, name: string, start: number): Tensor {
  state[name] ??= makeFull([], start, getDefaultDtype() === float64 ? float64 : float32);
  return state[name] as Tensor;
}

/** Counts one more step and gives the count. */
export const countStep = (state: ParamState): number => numberOf(state, "step", 0).add_(1).item();
