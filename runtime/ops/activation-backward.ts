/**
 * The gradients of activations as operators of their own, as torch's backward graphs name them. They are compositions,
 * so that they can be differentiated again. Source: derivatives.yaml, aten/src/ATen/native/cpu/Activation.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { inCommon, onlyFloats } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { inCommonDtype } from "../kernels/common-dtype.ts";
import { checkApproximate } from "../kernels/error-function.ts";
import { broadcastSizes } from "../tensor/geometry.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";

const composite = { composite: true } as const;

/** `grad` where `condition` holds, else 0. */
const only = (condition: Tensor, grad: Tensor): Tensor => condition.where(grad, grad.zerosLike());

/** The error for a result that no longer tells the sign of its input. */
const negativeSlope = (name: string): RuntimeError =>
  new RuntimeError(
    `In-place ${name} backward calculation is triggered with a negative slope which is not supported. This is caused by calling in-place forward function with a negative slope, please call out-of-place version instead.`,
  );

/** The gradient of `elu` and its kin, from the input or from the result. */
export const eluBackward: (
  gradOutput: Tensor,
  alpha: Scalar,
  scale: Scalar,
  inputScale: Scalar,
  isResult: boolean,
  selfOrResult: Tensor,
) => Tensor = aten(
  op(
    "aten::elu_backward(Tensor grad_output, Scalar alpha, Scalar scale, Scalar input_scale, bool is_result, Tensor self_or_result) -> Tensor",
    (gradOutput, alpha, scale, inputScale, isResult, selfOrResult) => {
      if (isResult && !(scalarValue(alpha) >= 0)) throw negativeSlope("elu");
      const [grad, x] = inCommonDtype(gradOutput, selfOrResult);
      const below = scalarValue(alpha) * scalarValue(scale);
      const negative = x.le(0);
      // Elsewhere the slope is not used, and must not count as NaN times 0.
      const used = negative.where(x, x.zerosLike());
      const slope = isResult ? used.add(below) : used.mul(scalarValue(inputScale)).exp().mul(below);
      return negative.where(grad.mul(slope).mul(scalarValue(inputScale)), grad.mul(scalarValue(scale)));
    },
    {
      refuses: inCommon(onlyFloats("elu_backward_cpu")),
      grad: {
        grad_output: ({ grad, alpha, scale, input_scale, is_result, self_or_result }) =>
          eluBackward(grad, alpha, scale, input_scale, is_result, self_or_result),
        self_or_result: ({ grad, grad_output, alpha, scale, input_scale, is_result, self_or_result }) => {
          const arrived = grad.mul(grad_output).mul(input_scale);
          const isBelow = self_or_result.lt(0).to(grad.dtype);
          if (is_result) return arrived.mul(isBelow);
          return eluBackward(arrived, alpha, scale, input_scale, false, self_or_result).mul(isBelow);
        },
      },
    },
  ),
);

/** The gradient of `hardtanh`. */
export const hardtanhBackward: (gradOutput: Tensor, self: Tensor, minVal: Scalar, maxVal: Scalar) => Tensor =
  aten(
    op(
      "aten::hardtanh_backward(Tensor grad_output, Tensor self, Scalar min_val, Scalar max_val) -> Tensor",
      (gradOutput, self, min, max) => {
        broadcastSizes(gradOutput.sizes, self.sizes);
        const [grad, x] = inCommonDtype(gradOutput, self);
        return x.le(min).logicalOr(x.ge(max)).where(grad.zerosLike(), grad);
      },
      {
        refuses: inCommon(onlyFloats("hardshrink_backward_cpu")),
        grad: {
          grad_output: ({ grad, self, min_val, max_val }) => hardtanhBackward(grad, self, min_val, max_val),
          self: ({ self }) => self.zerosLike(),
        },
      },
    ),
  );

/** The gradient of `hardsigmoid`. */
export const hardsigmoidBackward: (gradOutput: Tensor, self: Tensor) => Tensor = aten(
  op(
    "aten::hardsigmoid_backward(Tensor grad_output, Tensor self) -> Tensor",
    (gradOutput, self) => {
      const [grad, x] = inCommonDtype(gradOutput, self);
      return only(x.gt(-3).logicalAnd(x.lt(3)), grad.div(6));
    },
    { ...composite, refuses: inCommon(onlyFloats("hardsigmoid_backward")) },
  ),
);

/** The gradient of `hardswish`. */
export const hardswishBackward: (gradOutput: Tensor, self: Tensor) => Tensor = aten(
  op(
    "aten::hardswish_backward(Tensor grad_output, Tensor self) -> Tensor",
    (gradOutput, self) => {
      const [grad, x] = inCommonDtype(gradOutput, self);
      // What is no number counts as above the bend, as in torch's kernel for single elements.
      const isBent = x.lt(3);
      return isBent.where(only(x.gt(-3), grad.mul(x.div(3).add(0.5))), grad);
    },
    {
      refuses: inCommon(onlyFloats("hardswish_backward_cpu")),
      grad: {
        grad_output: ({ grad, self }) => hardswishBackward(grad, self),
        self: ({ grad, grad_output, self }) =>
          only(self.gt(-3).logicalAnd(self.lt(3)), grad.mul(grad_output).div(3)),
      },
    },
  ),
);

/** The gradient of `softplus`. */
export const softplusBackward: (gradOutput: Tensor, self: Tensor, beta: Scalar, threshold: Scalar) => Tensor =
  aten(
    op(
      "aten::softplus_backward(Tensor grad_output, Tensor self, Scalar beta, Scalar threshold) -> Tensor",
      (gradOutput, self, beta, threshold) => {
        const [grad, x] = inCommonDtype(gradOutput, self);
        const scaled = x.mul(scalarValue(beta));
        return scaled.gt(scalarValue(threshold)).where(grad, grad.mul(scaled.sigmoid()));
      },
      {
        refuses: inCommon(onlyFloats("softplus_backward_cpu")),
        grad: {
          grad_output: ({ grad, self, beta, threshold }) => softplusBackward(grad, self, beta, threshold),
          self: ({ grad, grad_output, self, beta, threshold }) => {
            const scaled = self.mul(scalarValue(beta));
            const slope = sigmoidBackward(grad.mul(grad_output), scaled.sigmoid()).mul(beta);
            return slope.mul(scaled.lt(scalarValue(threshold)));
          },
        },
      },
    ),
  );

/** The gradient of `leakyRelu`. */
export const leakyReluBackward: (
  gradOutput: Tensor,
  self: Tensor,
  negativeSlope: Scalar,
  selfIsResult: boolean,
) => Tensor = aten(
  op(
    "aten::leaky_relu_backward(Tensor grad_output, Tensor self, Scalar negative_slope, bool self_is_result) -> Tensor",
    (gradOutput, self, slope, selfIsResult) => {
      if (selfIsResult && !(scalarValue(slope) >= 0)) throw negativeSlope("leakyReLu");
      const [grad, x] = inCommonDtype(gradOutput, self);
      return x.gt(0).where(grad, grad.mul(slope));
    },
    {
      refuses: inCommon(onlyFloats("leaky_relu_backward_cpu")),
      grad: {
        grad_output: ({ grad, self, negative_slope, self_is_result }) =>
          leakyReluBackward(grad, self, negative_slope, self_is_result),
        self: ({ self }) => self.zerosLike(),
      },
    },
  ),
);

/** The gradient of `sigmoid`. */
export const sigmoidBackward: (gradOutput: Tensor, output: Tensor) => Tensor = aten(
  op(
    "aten::sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor",
    (gradOutput, result) => {
      const [grad, output] = inCommonDtype(gradOutput, result);
      return grad.mul(output.neg().add(1)).mul(output);
    },
    { ...composite, refuses: inCommon(onlyFloats("sigmoid_backward_cpu")) },
  ),
);

/** The gradient of `tanh`. */
export const tanhBackward: (gradOutput: Tensor, output: Tensor) => Tensor = aten(
  op(
    "aten::tanh_backward(Tensor grad_output, Tensor output) -> Tensor",
    (gradOutput, result) => {
      const [grad, output] = inCommonDtype(gradOutput, result);
      return grad.mul(output.mul(output).neg().add(1));
    },
    { ...composite, refuses: inCommon(onlyFloats("tanh_backward_cpu")) },
  ),
);

/** The gradient of `silu`. */
export const siluBackward: (gradOutput: Tensor, self: Tensor) => Tensor = aten(
  op(
    "aten::silu_backward(Tensor grad_output, Tensor self) -> Tensor",
    (gradOutput, input) => {
      const [grad, self] = inCommonDtype(gradOutput, input);
      const s = self.sigmoid();
      return grad.mul(s).mul(self.mul(s.neg().add(1)).add(1));
    },
    { ...composite, refuses: inCommon(onlyFloats("silu_backward_cpu")) },
  ),
);

/** The gradient of `gelu`. */
export const geluBackward: (
  gradOutput: Tensor,
  self: Tensor,
  options?: { approximate?: "none" | "tanh" },
) => Tensor = aten(
  op(
    'aten::gelu_backward(Tensor grad_output, Tensor self, *, str approximate="none") -> Tensor',
    (gradOutput, input, approximate) => {
      checkApproximate(approximate);
      const [grad, self] = inCommonDtype(gradOutput, input);
      if (approximate === "none") {
        const density = self
          .mul(self)
          .mul(-0.5)
          .exp()
          .mul(1 / Math.sqrt(2 * Math.PI));
        return grad.mul(self.mul(Math.SQRT1_2).erf().add(1).mul(0.5).add(self.mul(density)));
      }
      const beta = Math.sqrt(2 / Math.PI);
      const cube = self.mul(self).mul(self);
      const tanh = cube.mul(0.044715).add(self).mul(beta).tanh();
      const inner = self
        .mul(self)
        .mul(3 * 0.044715)
        .add(1)
        .mul(beta);
      const slope = tanh.mul(tanh).neg().add(1).mul(inner);
      return grad.mul(tanh.add(1).mul(0.5).add(self.mul(0.5).mul(slope)));
    },
    { ...composite, refuses: inCommon(onlyFloats("GeluBackwardKernelImpl")) },
  ),
);
