/**
 * Losses between a prediction and a target. `reduction` is torch's number: 0 none, 1 mean, 2 sum.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Loss.cpp, LossNLL.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { valuesOf } from "../tensor/access.ts";
import { sameSizes } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

const reduced = (losses: Tensor, reduction: number): Tensor =>
  reduction === 1 ? losses.mean() : reduction === 2 ? losses.sum() : losses;

/** The squared difference. */
export const mseLoss: (self: Tensor, target: Tensor, reduction?: number) => Tensor = aten(
  op(
    "aten::mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor",
    (self, target, reduction) => {
      const difference = self.sub(target);
      return reduced(difference.mul(difference), reduction);
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

function checkTarget(self: Tensor, target: Tensor): void {
  if (self.sizes.length === 2 && !sameSizes([self.sizes[0]], target.sizes)) {
    throw new RuntimeError(
      `Expected input batch_size (${self.sizes[0]}) to match target batch_size (${target.sizes[0]}).`,
    );
  }
  if (target.dtype.name !== "int64" && target.dtype.name !== "uint8") {
    throw new RuntimeError(`expected scalar type Long but found ${target.dtype.scalarName}`);
  }
}

/** Weights of the examples (0 where the target is ignored) and targets that are safe to gather with. */
function nllParts(self: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number): { picked: Tensor; weights: Tensor } {
  checkTarget(self, target);
  const classes = self.sizes[Math.min(1, self.sizes.length - 1)];
  for (const value of valuesOf(target)) {
    if (value !== ignoreIndex && (value < 0 || value >= classes)) throw new IndexError(`Target ${value} is out of bounds.`);
  }
  const ignored = target.eq(ignoreIndex);
  const safe = target.maskedFill(ignored, 0);
  const dim = self.sizes.length === 1 ? 0 : 1;
  const picked = self.gather(dim, safe.unsqueeze(dim)).squeeze(dim);
  const given = weight === null ? picked.detach().onesLike() : weight.indexSelect(0, safe.reshape([-1])).view(safe.sizes);
  return { picked, weights: given.maskedFill(ignored, 0) };
}

/** The negative log probability of the target class. */
export const nllLoss: (self: Tensor, target: Tensor, weight?: Tensor | null, reduction?: number, ignoreIndex?: number) => Tensor = aten(
  op(
    "aten::nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor",
    (self, target, weight, reduction, ignoreIndex) => {
      const { picked, weights } = nllParts(self, target, weight, ignoreIndex);
      const losses = picked.mul(weights).neg();
      return reduction === 1 ? losses.sum().div(weights.sum()) : reduced(losses, reduction);
    },
    { composite: true },
  ),
);

/** `nllLoss` of `logSoftmax`: the usual loss of a classifier. Targets are class numbers, or probabilities. */
export const crossEntropyLoss: (
  self: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  reduction?: number,
  ignoreIndex?: number,
  labelSmoothing?: number,
) => Tensor = aten(
  op(
    "aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, float label_smoothing=0.) -> Tensor",
    (self, target, weight, reduction, ignoreIndex, smoothing) => {
      const dim = self.sizes.length === 1 ? 0 : 1;
      const logs = self.logSoftmax(dim);
      if (sameSizes(self.sizes, target.sizes)) return probabilityLoss(logs, target, weight, reduction, smoothing, dim);
      const plain = nllLoss(logs, target, weight, reduction, ignoreIndex);
      if (smoothing === 0) return plain;
      const classes = self.sizes[dim];
      const { weights } = nllParts(logs, target, weight, ignoreIndex);
      const kept = target.ne(ignoreIndex);
      const all = (weight === null ? logs : logs.mul(perClass(weight, logs, dim))).sum(dim).neg().mul(kept);
      const smooth = reduction === 1 ? all.sum().div(weight === null ? kept.sum() : weights.sum()) : reduced(all, reduction);
      return plain.mul(1 - smoothing).add(smooth.mul(smoothing / classes));
    },
    { composite: true },
  ),
);

const perClass = (weight: Tensor, logs: Tensor, dim: number): Tensor =>
  weight.reshape(logs.sizes.map((_, i) => (i === dim ? -1 : 1)));

function probabilityLoss(
  logs: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  smoothing: number,
  dim: number,
): Tensor {
  const classes = logs.sizes[dim];
  const smoothed = smoothing > 0 ? target.mul(1 - smoothing).add(smoothing / classes) : target;
  const weighted = weight === null ? logs : logs.mul(perClass(weight, logs, dim));
  const losses = weighted.mul(smoothed).sum(dim).neg();
  return reduction === 1 ? losses.sum().div(losses.elements) : reduced(losses, reduction);
}
