/**
 * Activations: the nonlinear functions between layers, softmax among them.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/cpu/Activation.cpp, SoftMaxKernel.cpp.
 */

import { checkConversion } from "../tensor/checked-conversion.ts";
import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { inCommon, notBools, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as gradients from "../jit/onnx/gradients.ts";
import { checkApproximate, erfSingle, geluSingle, tanhGeluSingle } from "../kernels/error-function.ts";
import { siluOf } from "../kernels/exponential.ts";
import { constant, isLess, unless } from "../kernels/formula.ts";
import { binary, ternary, unary } from "../kernels/pointwise.ts";
import { withFormula } from "../kernels/scalar-formulas.ts";
import { softmaxAlong } from "../kernels/softmax.ts";
import { erfOf } from "../kernels/special.ts";
import { bool, type DType } from "../tensor/dtype.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { resultType } from "../tensor/promotion.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

const reluOf = withFormula(
  (x: number): number => (x < 0 ? 0 : x),
  (x) => unless(x, isLess(x, constant(0))),
);
const reluNumbers = unary(reluOf, "same", undefined, "relu");

function reluKernel(self: Tensor): Tensor {
  if (self.dtype === bool) throw new RuntimeError("Boolean inputs not supported for relu");
  return reluNumbers(self);
}

/**
 * `max(self, 0)`; NaN stays NaN.
 * @example torch.relu(torch.tensor([-1, 2])) // [0, 2]
 */
export const relu: (self: Tensor) => Tensor = aten(
  op("aten::relu(Tensor self) -> Tensor", reluKernel, {
    onnx: forms.same("Relu"),
    scalar: reluOf,
    grad: { self: ({ grad, result }) => thresholdBackward(grad, result, 0) },
  }),
);
/** `relu`, written to `self`. */
export const relu_ = inplaceOf(relu);

const passPositive = binary((grad, x) => (x <= 0 ? 0 : grad), "same", { simd: "passPositive" });
const passAbove = ternary((grad, x, threshold) => (x <= threshold ? 0 : grad));

/** The gradient of `threshold`: passes where `self` is above. */
export const thresholdBackward: (gradOutput: Tensor, self: Tensor, threshold: Scalar) => Tensor = aten(
  op(
    "aten::threshold_backward(Tensor grad_output, Tensor self, Scalar threshold) -> Tensor",
    (grad, self, threshold) => {
      const dtype = resultType([grad, self]);
      checkConversion(threshold, dtype);
      if (threshold === 0) return passPositive(grad, self);
      return passAbove(grad, self, wrapScalar(threshold), [dtype, dtype, dtype], dtype);
    },
    {
      onnx: gradients.thresholdBackward,
      refuses: inCommon(notBools("threshold_cpu")),
      grad: {
        grad_output: ({ grad, self, threshold }) => thresholdBackward(grad, self, threshold),
        self: ({ self }) => self.zerosLike(),
      },
    },
  ),
);

/** `x` where positive, else `x * negativeSlope`. */
export const leakyRelu: (self: Tensor, negativeSlope?: Scalar) => Tensor = aten(
  op(
    "aten::leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor",
    (self, slope) => leaky(self, wrapScalar(slope)),
    {
      onnx: forms.withAlpha("LeakyRelu"),
      scalar: leakyOf,
      refuses: onlyFloats("leaky_relu_cpu"),
      grad: {
        self: ({ grad, self, negative_slope: slope }) =>
          grad.mul(self.gt(0).where(wrapScalar(1), wrapScalar(slope))),
      },
    },
  ),
);
/** `leakyRelu`, written to `self`. */
export const leakyRelu_ = inplaceOf(leakyRelu);

const leaky = binary(leakyOf);

function leakyOf(x: number, slope: number): number {
  return x > 0 ? x : x * slope;
}

const erfKernel = unary(erfOf, "float", erfSingle);

/** The error function. */
export const erf: (self: Tensor) => Tensor = aten(
  op("aten::erf(Tensor self) -> Tensor", erfKernel, {
    onnx: forms.same("Erf"),
    grad: { self: ({ grad, self }) => grad.mul(self.mul(self).neg().exp()).mul(2 / Math.sqrt(Math.PI)) },
  }),
);

/** The Gaussian error linear unit; `approximate` is "none" or "tanh". */
export const gelu: (self: Tensor, options?: { approximate?: "none" | "tanh" }) => Tensor = aten(
  op(
    'aten::gelu(Tensor self, *, str approximate="none") -> Tensor',
    (self, approximate) => geluOf(self, approximate),
    {
      onnx: forms.gelu,
      scalar: (x: number, approximate: string) => (approximate === "tanh" ? tanhGelu(x) : exactGelu(x)),
      scalarFloat32: (x: number, approximate: string) =>
        approximate === "tanh" ? tanhGeluSingle(x) : geluSingle(x),
      refuses: onlyFloats("GeluKernelImpl"),
      grad: { self: ({ grad, self, approximate }) => grad.mul(geluSlope(self, approximate)) },
    },
  ),
);

const exactGelu = (x: number): number => 0.5 * x * (1 + erfOf(x * Math.SQRT1_2));
const geluExact = unary(exactGelu, "same", geluSingle);
const tanhGelu = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
const geluTanh = unary(tanhGelu, "same", tanhGeluSingle);

function geluOf(self: Tensor, approximate: string): Tensor {
  checkApproximate(approximate);
  return approximate === "tanh" ? geluTanh(self) : geluExact(self);
}

function geluSlope(self: Tensor, approximate: string): Tensor {
  if (approximate === "none") {
    const density = self
      .mul(self)
      .mul(-0.5)
      .exp()
      .mul(1 / Math.sqrt(2 * Math.PI));
    return self.mul(Math.SQRT1_2).erf().add(1).mul(0.5).add(self.mul(density));
  }
  const beta = Math.sqrt(2 / Math.PI);
  const t = self.pow(3).mul(0.044715).add(self).mul(beta).tanh();
  const inner = self
    .pow(2)
    .mul(3 * 0.044715)
    .add(1)
    .mul(beta);
  return t
    .add(1)
    .mul(0.5)
    .add(self.mul(0.5).mul(t.pow(2).neg().add(1)).mul(inner));
}

const siluKernel = unary((x) => x / (1 + Math.exp(-x)), "float", siluOf, "silu");

/** `x * sigmoid(x)` */
export const silu: (self: Tensor) => Tensor = aten(
  op("aten::silu(Tensor self) -> Tensor", siluKernel, {
    onnx: forms.silu,
    refuses: onlyFloats("silu_cpu"),
    grad: {
      self: ({ grad, self }) => {
        const s = self.sigmoid();
        return grad.mul(s.mul(self.mul(s.neg().add(1)).add(1)));
      },
    },
  }),
);

function softmaxKernel(self: Tensor, dim: number, halfToFloat: boolean, logarithm: boolean): Tensor {
  const d = wrapDim(dim, self.sizes.length);
  if (halfToFloat) throw new RuntimeError("softmax with half to float conversion is not supported on CPU");
  const last = d === Math.max(self.sizes.length - 1, 0) ? "lastdim_" : "";
  if (self.elements > 0) {
    refuse(onlyFloats(`${logarithm ? "log_softmax" : "softmax"}_${last}kernel_impl`), self.dtype);
  }
  return softmaxAlong(self, d, logarithm ? "logSoftmax" : "softmax");
}

const softmaxInner: (self: Tensor, dim: number, halfToFloat: boolean) => Tensor = aten(
  op(
    "aten::_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
    (self, dim, halfToFloat) => softmaxKernel(self, dim, halfToFloat, false),
    {
      onnx: forms.along("Softmax"),
      gradName: "SoftmaxBackward0",
      grad: {
        self: ({ grad, result, dim }) => {
          const weighted = grad.mul(result);
          return weighted.sub(result.mul(weighted.sum(dim, true)));
        },
      },
    },
  ),
);

const logSoftmaxInner: (self: Tensor, dim: number, halfToFloat: boolean) => Tensor = aten(
  op(
    "aten::_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
    (self, dim, halfToFloat) => softmaxKernel(self, dim, halfToFloat, true),
    {
      onnx: forms.logSoftmax,
      gradName: "LogSoftmaxBackward0",
      grad: { self: ({ grad, result, dim }) => grad.sub(result.exp().mul(grad.sum(dim, true))) },
    },
  ),
);

/**
 * Exponentials along `dim` that sum to 1.
 * @example torch.softmax(torch.tensor([[0, 0]]), 1) // [[0.5, 0.5]]
 */
export const softmax: (self: Tensor, dim: number, dtype?: DType | { dtype?: DType }) => Tensor = aten(
  op(
    "aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    (self, dim, dtype) => softmaxInner(dtype === null ? self : self.to(dtype), dim, false),
    { onnx: forms.along("Softmax"), composite: true },
  ),
);

/** The logarithm of `softmax`, computed stably. */
export const logSoftmax: (self: Tensor, dim: number, dtype?: DType | { dtype?: DType }) => Tensor = aten(
  op(
    "aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    (self, dim, dtype) => logSoftmaxInner(dtype === null ? self : self.to(dtype), dim, false),
    { onnx: forms.logSoftmax, composite: true },
  ),
);
