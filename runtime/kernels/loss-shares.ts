/** Shares and dtypes of losses' gradients. Source: aten/src/ATen/native/Loss.cpp. */
import { RuntimeError } from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { canCast } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** torch's number for a loss that is the mean of all. */
export const mean = 1;

/** What arrives for a reduced loss, as each element's share. */
export const spread = (grad: Tensor, losses: Tensor, reduction: number): Tensor =>
  reduction === mean ? grad.div(losses.elements) : grad;

/** A gradient in the dtype of the input it is for. Throws torch's RuntimeError where that would lose its kind. */
export function asInput(self: Tensor, gradient: Tensor): Tensor {
  requireCast(gradient.dtype, self.dtype);
  return gradient.to(self.dtype);
}

/** Throws torch's RuntimeError where a conversion would lose a value's kind. */
export function requireCast(from: DType, to: DType): void {
  if (!canCast(from, to)) {
    throw new RuntimeError(
      `result type ${from.scalarName} can't be cast to the desired output type ${to.scalarName}`,
    );
  }
}

/** What torch's kernel wrote to memory made for `self`: broadcast to more elements, the result keeps the first of them. */
export const firstOf = (written: Tensor, self: Tensor): Tensor =>
  written.elements === self.elements
    ? written.reshape(self.sizes)
    : written.reshape([-1]).narrow(0, 0, self.elements).reshape(self.sizes);

/** Weighed in place. Throws torch's RuntimeError if the weights have more dimensions. */
export const weighed = (losses: Tensor, weight: Tensor | null): Tensor =>
  weight === null ? losses : losses.mul_(weight);
