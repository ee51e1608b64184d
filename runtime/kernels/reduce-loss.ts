/** What becomes of the losses of single elements. Source: aten/src/ATen/native/Loss.cpp (apply_loss_reduction). */
import type { Tensor } from "../tensor/tensor.ts";

/** What `reduction` makes of the losses of the elements: 0 nothing, 1 their mean, 2 their sum. */
export const reduceLoss = (losses: Tensor, reduction: number): Tensor =>
  reduction === 1 ? losses.mean() : reduction === 2 ? losses.sum() : losses;
