/**
 * Losses between two tensors of one shape: squared, absolute and their mixtures, cross-entropy of probabilities.
 * Losses over classes are loss-classes.ts's, over distances loss-distance.ts's.
 * `reduction` is torch's number: 0 none, 1 mean, 2 sum. Source: derivatives.yaml, aten/src/ATen/native/Loss.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { inCommon, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as elementLosses from "../jit/onnx/element-losses.ts";
import { inCommonDtype } from "../kernels/common-dtype.ts";
import { zipValues } from "../kernels/map.ts";
import { asInput, firstOf, mean, requireCast, spread, weighed } from "../kernels/loss-shares.ts";
import { checkReduction, reduceLoss } from "../kernels/reduce-loss.ts";
import { valuesOf } from "../tensor/access.ts";
import { resultType } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logSigmoid } from "./activation-units.ts";
import { binaryCrossEntropyBackward, mseLossBackward, smoothL1LossBackward } from "./loss-gradients.ts";

/** A loss of two tensors, and of nothing but how it is reduced. */
export type PairLoss = (self: Tensor, target: Tensor, reduction?: number) => Tensor;

/** The squared difference. */
export const mseLoss: PairLoss = aten(
  op(
    "aten::mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
    (self, target, reduction) => {
      const [x, y] = inCommonDtype(self, target);
      const difference = x.sub(y);
      checkReduction(reduction);
      return reduceLoss(difference.mul(difference), reduction);
    },
    {
      onnx: elementLosses.mseLoss,
      refuses: inCommon(onlyFloats("mse_cpu")),
      grad: {
        self: ({ grad, self, target, reduction }) => mseLossBackward(grad, self, target, reduction),
        target: ({ grad, self, target, reduction }) => mseLossBackward(grad, target, self, reduction),
      },
    },
  ),
);

/** The absolute difference. */
export const l1Loss: PairLoss = aten(
  op(
    "aten::l1_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
    (self, target, reduction) => reduceLoss(self.sub(target).abs(), reduction),
    { onnxExport: elementLosses.l1Loss, composite: true },
  ),
);

/** Squared up to a difference of `beta`, absolute beyond. */
export const smoothL1Loss: (self: Tensor, target: Tensor, reduction?: number, beta?: number) => Tensor = aten(
  op(
    "aten::smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.0) -> Tensor",
    (self, target, reduction, beta) => {
      if (!(beta >= 0)) throw new RuntimeError("smooth_l1_loss does not support negative values for beta.");
      const losses = zipValues(
        self,
        target,
        (x, y) => {
          const z = Math.abs(x - y);
          return z < beta ? (0.5 * z * z) / beta : z - 0.5 * beta;
        },
        resultType([self, target]),
      );
      checkReduction(reduction);
      return reduceLoss(losses, reduction);
    },
    {
      onnx: elementLosses.smoothL1Loss,
      refuses: inCommon(onlyFloats("smooth_l1_cpu")),
      grad: {
        self: ({ grad, self, target, reduction, beta }) =>
          smoothL1LossBackward(grad, self, target, reduction, beta),
        target: ({ grad, self, target, reduction, beta }) =>
          smoothL1LossBackward(grad, target, self, reduction, beta),
      },
    },
  ),
);

/** Squared up to a difference of `delta`, absolute times `delta` beyond. */
export const huberLoss: (self: Tensor, target: Tensor, reduction?: number, delta?: number) => Tensor = aten(
  op(
    "aten::huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.0) -> Tensor",
    (self, target, reduction, delta) => {
      if (!(delta > 0)) throw new RuntimeError("huber_loss does not support non-positive values for delta.");
      requireCast(resultType([self, target]), self.dtype);
      const losses = zipValues(self, target, (x, y) => {
        const z = Math.abs(x - y);
        return z <= delta ? 0.5 * z * z : delta * (z - 0.5 * delta);
      });
      return reduceLoss(losses, reduction);
    },
    {
      onnx: elementLosses.huberLoss,
      refuses: inCommon(onlyFloats("huber_cpu")),
      grad: {
        self: ({ grad, self, target, reduction, delta }) =>
          huberGradient(grad, self, target, reduction, delta),
        target: ({ grad, self, target, reduction, delta }) =>
          huberGradient(grad, target, self, reduction, delta),
      },
    },
  ),
);

function huberGradient(grad: Tensor, self: Tensor, target: Tensor, reduction: number, delta: number): Tensor {
  const difference = self.sub(target);
  return spread(grad, self, reduction).mul(difference.clamp(-delta, delta));
}

/** `log(1 + exp(-self * target))`, for targets 1 and -1. */
export const softMarginLoss: PairLoss = aten(
  op(
    "aten::soft_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
    (self, target, reduction) => {
      const losses = self.neg().mul_(target).exp_().log1p_();
      // Of a reduction that does not exist torch keeps the first element.
      return [0, 1, 2].includes(reduction)
        ? reduceLoss(losses, reduction)
        : losses.reshape([-1]).select(0, 0);
    },
    {
      onnxExport: elementLosses.softMarginLoss,
      grad: {
        self: ({ grad, self, target, reduction }) => softMarginGradient(grad, self, target, reduction),
      },
    },
  ),
);

/** In torch's order of operations, where exponents too great make NaN. */
function softMarginGradient(grad: Tensor, self: Tensor, target: Tensor, reduction: number): Tensor {
  const z = target.neg().mul(self).exp();
  const share = reduction === mean ? -1 / self.elements : -1;
  return asInput(self, target.mul(z).mul(share).div(z.add(1)).mul(grad));
}

/** A loss with a weight for each element. */
export type WeightedLoss = (
  self: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  reduction?: number,
) => Tensor;

/** Throws torch's RuntimeError if the target has another dtype. */
function sameAs(self: Tensor, target: Tensor): void {
  if (target.dtype !== self.dtype) {
    throw new RuntimeError(`Found dtype ${target.dtype.scalarName} but expected ${self.dtype.scalarName}`);
  }
}

const weighted = (losses: Tensor, weight: Tensor | null): Tensor =>
  weight === null ? losses : losses.mul(weight);

/** The cross-entropy of probabilities with targets from 0 to 1; logarithms are cut at -100. */
export const binaryCrossEntropy: WeightedLoss = aten(
  op(
    "aten::binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> Tensor",
    (self, target, weight, reduction) => {
      sameAs(self, target);
      for (const [name, tensor] of Object.entries({ input: self, target })) {
        if (valuesOf(tensor).some((x) => !(x >= 0 && x <= 1))) {
          throw new RuntimeError(`all elements of ${name} should be between 0 and 1`);
        }
      }
      const losses = zipValues(
        self.squeeze(),
        target.squeeze(),
        (x, y) => (y - 1) * Math.max(Math.log1p(-x), -100) - y * Math.max(Math.log(x), -100),
      );
      return reduceLoss(weighed(firstOf(losses, self), weight), reduction);
    },
    {
      onnxExport: elementLosses.binaryCrossEntropy,
      refuses: inCommon(onlyFloats("binary_cross_entropy")),
      grad: {
        self: ({ grad, self, target, weight, reduction }) =>
          binaryCrossEntropyBackward(grad, self, target, weight, reduction),
        target: ({ grad, self, weight, reduction }) => {
          const slope = self.neg().add(1).log().sub(self.log());
          return weighted(spread(grad, self, reduction).mul(slope), weight);
        },
      },
    },
  ),
);

/** The cross-entropy of `sigmoid(self)`, computed stably; `posWeight` weighs the positive targets. */
export const binaryCrossEntropyWithLogits: (
  self: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  posWeight?: Tensor | null,
  reduction?: number,
) => Tensor = aten(
  op(
    "aten::binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=1) -> Tensor",
    (self, target, weight, posWeight, reduction) => {
      refuse(onlyFloats("log_sigmoid_cpu"), self.dtype);
      // In place as in torch, so that the losses have target's dtype and sizes or are refused.
      const likely = logSigmoid(self);
      if (posWeight !== null) likely.mul_(posWeight.sub(1).mul(target).add(1));
      const losses = target.neg().add(1).mul_(self).sub_(likely);
      return reduceLoss(weight === null ? losses : losses.mul_(weight), reduction);
    },
    {
      onnxExport: elementLosses.binaryCrossEntropyWithLogits,
      grad: {
        self: ({ grad, self, target, weight, pos_weight: posWeight, reduction }) => {
          const s = self.sigmoid();
          const positive = posWeight === null ? target : target.mul(posWeight);
          const slope = posWeight === null ? s.sub(target) : positive.sub(target).add(1).mul(s).sub(positive);
          return weighted(spread(grad, self, reduction).mul(slope), weight);
        },
        target: ({ grad, self, weight, pos_weight: posWeight, reduction }) => {
          const slope =
            posWeight === null ? self.neg() : logSigmoid(self.neg()).sub(logSigmoid(self).mul(posWeight));
          return weighted(spread(grad, self, reduction).mul(slope), weight);
        },
      },
    },
  ),
);

/** The divergence of distributions: `self` in logarithms, `target` plain unless `logTarget`. */
export const klDiv: (
  self: Tensor,
  target: Tensor,
  reduction?: number,
  options?: { logTarget?: boolean },
) => Tensor = aten(
  op(
    "aten::kl_div(Tensor self, Tensor target, int reduction=1, *, bool log_target=False) -> Tensor",
    (self, target, reduction, logTarget) => {
      if (!self.isFloatingPoint() || !target.isFloatingPoint()) {
        throw new RuntimeError("kl_div: Integral inputs not supported.");
      }
      const losses = logTarget
        ? target.exp().mul(target.sub(self))
        : target.xlogy(target).sub(target.mul(self));
      return reduceLoss(losses, reduction);
    },
    { composite: true },
  ),
);

/** The negative log-likelihood of Poisson counts. */
export const poissonNllLoss: (
  input: Tensor,
  target: Tensor,
  logInput: boolean,
  full: boolean,
  eps: number,
  reduction: number,
) => Tensor = aten(
  op(
    "aten::poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction) -> Tensor",
    (input, target, logInput, full, eps, reduction) => {
      let losses = logInput
        ? input.exp().sub(target.mul(input))
        : input.sub(target.mul(input.add(eps).log()));
      if (full) {
        const stirling = target
          .mul(target.log())
          .sub(target)
          .add(
            target
              .mul(2 * Math.PI)
              .log()
              .mul(0.5),
          );
        losses = losses.add(stirling.maskedFill(target.le(1), 0)).to(losses.dtype);
      }
      return reduceLoss(losses, reduction);
    },
    { composite: true },
  ),
);
