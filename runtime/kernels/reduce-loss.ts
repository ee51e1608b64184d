/** What becomes of the losses of single elements. Source: aten/src/ATen/native/Loss.cpp (apply_loss_reduction). */
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What `reduction` makes of the losses of the elements: 0 nothing, 1 their mean, 2 their sum. */
export const reduceLoss = (losses: Tensor, reduction: number): Tensor =>
  reduction === 1 ? losses.mean() : reduction === 2 ? losses.sum() : losses;

/** Throws torch's RuntimeError for a reduction that is none of the three, of losses that reduce within their kernels. */
export function checkReduction(reduction: number): void {
  if (![0, 1, 2].includes(reduction))
    throw new RuntimeError(
      "reduction == Reduction::Mean || reduction == Reduction::Sum INTERNAL ASSERT FAILED",
    );
}
