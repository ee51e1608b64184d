/**
 * Losses between a prediction and a target. `reduction` is torch's number: 0 none, 1 mean, 2 sum.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Loss.cpp, LossNLL.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What `reduction` makes of the losses of the elements: 0 nothing, 1 their mean, 2 their sum. */
export const reduceLoss = (losses: Tensor, reduction: number): Tensor =>
  reduction === 1 ? losses.mean() : reduction === 2 ? losses.sum() : losses;

/** The squared difference. */
export const mseLoss: (self: Tensor, target: Tensor, reduction?: number) => Tensor = aten(
  op(
    "aten::mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
    (self, target, reduction) => {
      const difference = self.sub(target);
      return reduceLoss(difference.mul(difference), reduction);
    },
    {
      grad: {
        self: ({ grad, self, target, reduction }) => mseGradient(grad, self, target, reduction),
        target: ({ grad, self, target, reduction }) => mseGradient(grad, self, target, reduction).neg(),
      },
    },
  ),
);

function mseGradient(grad: Tensor, self: Tensor, target: Tensor, reduction: number): Tensor {
  const difference = self.sub(target);
  return difference.mul(reduction === 1 ? 2 / difference.elements : 2).mul(grad);
}
