/** Powers of tensors and numbers. Source: derivatives.yaml, aten/src/ATen/native/Pow.cpp. */
import { aten, op } from "../dispatch/op.ts";
import { inCommon, notBools, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as division from "../jit/onnx/division.ts";
import * as integers from "../kernels/integers.ts";
import { binary } from "../kernels/pointwise.ts";
import { resultType } from "../tensor/promotion.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

const powKernel = binary(power, "same", {
  bool: (x, y) => (y === 0 ? 1 : x),
  integral: integers.integerPower,
  narrow: integers.narrowPower,
});

/** C's pow: unlike JavaScript's, 1 to any power and (-1) to an infinite one are 1. */
function power(x: number, y: number): number {
  if (y === 2) return x * x;
  if (x === 1) return 1;
  if (x === -1 && (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY)) return 1;
  if (y === 0.5) return Math.sqrt(x);
  return x ** y;
}

function powTensor(self: Tensor, exponent: Tensor): Tensor {
  const dtype = resultType([self, exponent]);
  if (!exponent.wrapped && !self.wrapped) refuse(notBools("pow"), dtype);
  if (dtype.category === "integral" && exponent.wrapped && scalarOf(exponent) < 0) {
    throw new RuntimeError("Integers to negative integer powers are not allowed.");
  }
  return powKernel(self, exponent);
}

const scalarOf = (tensor: Tensor): number => Number(tensor.storage.data[0]);

/**
 * `self` to the power of `exponent`, elementwise; either may be a number.
 * @example x.pow(2) // [[1, 4], [9, 16]]
 */
export const pow: Pow = aten(
  op("aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", powTensor, {
    onnx: division.power,
    scalar: power,
    gradName: "PowBackward1",
    grad: {
      self: ({ grad, self, exponent }) => powSelfGradient(grad, self, exponent),
      exponent: ({ grad, self, exponent, result }) => powExponentGradient(grad, self, exponent, result),
    },
  }),
  op(
    "aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
    (self, exponent) => powTensor(self, wrapScalar(exponent)),
    {
      onnx: division.power,
      scalar: power,
      grad: { self: ({ grad, self, exponent }) => powScalarGradient(grad, self, exponent) },
    },
  ),
  op(
    "aten::pow.Scalar(Scalar self, Tensor exponent) -> Tensor",
    (self, exponent) => powTensor(wrapScalar(self), exponent),
    {
      refuses: inCommon(notBools("pow")),
      onnx: division.power,
      scalar: power,
      gradName: "PowBackward2",
      grad: {
        exponent: ({ grad, self, exponent, result }) =>
          powExponentGradient(grad, wrapScalar(self), exponent, result),
      },
    },
  ),
);

/** Powers: of tensors, or of a tensor and a number. */
export interface Pow {
  (self: Tensor, exponent: Tensor | Scalar): Tensor;
  (self: Scalar, exponent: Tensor): Tensor;
}

function powScalarGradient(grad: Tensor, self: Tensor, exponent: Scalar): Tensor {
  const p = scalarValue(exponent);
  return p === 0 ? self.zerosLike() : grad.mul(self.pow(p - 1).mul(p));
}

function powSelfGradient(grad: Tensor, self: Tensor, exponent: Tensor): Tensor {
  const slope = grad.mul(exponent.mul(self.pow(exponent.sub(1))));
  return slope.maskedFill(exponent.eq(0), 0);
}

function powExponentGradient(grad: Tensor, self: Tensor, exponent: Tensor, result: Tensor): Tensor {
  const zeroBase = self.eq(0).logicalAnd(exponent.ge(0));
  return grad.mul(result.mul(self.log())).maskedFill(zeroBase, 0);
}
