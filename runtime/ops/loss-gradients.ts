/**
 * The gradients of losses between two tensors as operators, with their own gradients.
 * Source: derivatives.yaml, torch/csrc/autograd/FunctionsManual.cpp, aten/src/ATen/native/cpu/PointwiseOpsKernel.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { inCommon, notBools, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { inCommonDtype } from "../kernels/common-dtype.ts";
import { asInput, firstOf, mean, spread, weighed } from "../kernels/loss-shares.ts";
import { type DType, int32, int64 } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A factor as integers are multiplied by it: its whole part. */
const wholeWhere = (tensor: Tensor, factor: number): number =>
  tensor.isFloatingPoint() ? factor : Math.trunc(factor);

const isNarrow = (dtype: DType): boolean => dtype.category === "integral" && dtype !== int64;

const weighted = (losses: Tensor, weight: Tensor | null): Tensor =>
  weight === null ? losses : losses.mul(weight);

/** The gradient of `mseLoss`. */
export const mseLossBackward: (
  gradOutput: Tensor,
  self: Tensor,
  target: Tensor,
  reduction: number,
) => Tensor = aten(
  op(
    "aten::mse_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction) -> Tensor",
    (grad, self, target, reduction) => {
      const [g, x, y] = inCommonDtype(grad, self, target);
      const factor = reduction === mean ? 2 / self.elements : 2;
      return asInput(self, x.sub(y).mul(wholeWhere(g, factor)).mul(g));
    },
    {
      refuses: inCommon(notBools("mse_backward_cpu_out")),
      grad: {
        grad_output: ({ grad, self, target, reduction }) => mseLossBackward(grad, self, target, reduction),
        self: ({ grad, grad_output, self, reduction }) =>
          spread(grad.mul(grad_output).mul(2), self, reduction),
        target: ({ grad, grad_output, target, reduction }) =>
          spread(grad.mul(grad_output).mul(2), target, reduction).neg(),
      },
    },
  ),
);

/** The gradient of `smoothL1Loss`. */
export const smoothL1LossBackward: (
  gradOutput: Tensor,
  self: Tensor,
  target: Tensor,
  reduction: number,
  beta: number,
) => Tensor = aten(
  op(
    "aten::smooth_l1_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction, float beta) -> Tensor",
    (grad, self, target, reduction, beta) => {
      const common = inCommonDtype(grad, self, target);
      const dtype = common[0].dtype;
      // Differences of narrow integers are those of C++, which are int.
      const [g, x, y] = isNarrow(dtype) ? common.map((tensor) => tensor.to(int32)) : common;
      const difference = x.sub(y);
      const factor = wholeWhere(g, reduction === mean ? 1 / self.elements : 1);
      const inner = g.isFloatingPoint()
        ? difference.div(beta).mul(factor).mul(g)
        : difference.mul(factor).mul(g).div(beta).to(g.dtype);
      const outer = difference.gt(0).where(g, g.neg()).mul(factor);
      return asInput(self, difference.abs().ge(beta).where(outer, inner).to(dtype));
    },
    {
      refuses: inCommon(notBools("smooth_l1_backward_cpu_out")),
      grad: {
        grad_output: ({ grad, self, target, reduction, beta }) =>
          smoothL1LossBackward(grad, self, target, reduction, beta),
        "self, target": ({ grad, grad_output, self, target, reduction, beta }) => {
          const slope = bend(grad.mul(grad_output), self, target, reduction, beta);
          return [slope, slope.neg()];
        },
      },
    },
  ),
);

/** How fast the gradient changes: only where the loss is a square, and not at all where that is a point. */
function bend(grad: Tensor, self: Tensor, target: Tensor, reduction: number, beta: number): Tensor {
  if (beta === 0) return grad.zerosLike();
  const isSquare = self.sub(target).abs().lt(beta).to(grad.dtype);
  return spread(grad.mul(isSquare).div(beta), self, reduction);
}

/** The gradient of `binaryCrossEntropy`. */
export const binaryCrossEntropyBackward: (
  gradOutput: Tensor,
  self: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  reduction?: number,
) => Tensor = aten(
  op(
    "aten::binary_cross_entropy_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> Tensor",
    (grad, self, target, weight, reduction) => {
      for (const { dtype } of [self, target]) {
        if (dtype !== grad.dtype)
          throw new RuntimeError(`Found dtype ${dtype.scalarName} but expected ${grad.dtype.scalarName}`);
      }
      refuse(onlyFloats("binary_cross_entropy_backward"), self.dtype);
      const [g, x, y] = [grad, self, target].map((tensor) => tensor.squeeze());
      const slope = x.sub(y).div(x.neg().add(1).mul(x).clamp(least));
      return spread(weighed(firstOf(g.mul(slope), self), weight), self, reduction);
    },
    {
      grad: {
        grad_output: ({ grad, self, target, weight, reduction }) => {
          const slope = self.sub(target).div(fromEnds(self));
          return grad.mul(spread(weighted(slope, weight), self, reduction));
        },
        self: ({ grad, grad_output, self, target, weight, reduction }) => {
          const bent = self.mul(self).sub(self.mul(2).mul(target)).add(target);
          const slope = bent.div(self.add(least).pow(2).mul(self.neg().add(1).add(least).pow(2)));
          return spread(weighted(slope.mul(grad.mul(grad_output)), weight), self, reduction);
        },
        target: ({ grad, grad_output, self, target, weight, reduction }) => {
          const slope = weighted(grad.mul(grad_output), weight).div(self.neg().add(1).mul(self).clamp(least));
          return spread(slope, target, reduction).neg();
        },
      },
    },
  ),
);

/** What torch's formulas add where they divide, or limit the divisor to. */
const least = 1e-12;

/** The product of the distances from 0 and 1. */
const fromEnds = (x: Tensor): Tensor => x.add(least).mul(x.neg().add(1).add(least));
