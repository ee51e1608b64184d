/**
 * Activation units with settings: ELU and its kin, the hard and soft shapes, GLU, PReLU. ReLU, GELU and softmax are
 * activation.ts's. Source: derivatives.yaml, aten/src/ATen/native/Activation.cpp, native/cpu/Activation.cpp.
 */

import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { notBools, onlyFloats } from "../dispatch/refusal.ts";
import { cppFloat, RuntimeError } from "../errors.ts";
import * as activations from "../jit/onnx/activations.ts";
import * as forms from "../jit/onnx/forms.ts";
import { mapValues } from "../kernels/map.ts";
import { convertValues } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, float64, int64, uint8 } from "../tensor/dtype.ts";
import { finfo } from "../tensor/dtype-limits.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { type Scalar, scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { thresholdBackward } from "./activation.ts";
import {
  eluBackward,
  hardsigmoidBackward,
  hardswishBackward,
  hardtanhBackward,
  softplusBackward,
} from "./activation-backward.ts";
import { cat } from "./joining.ts";

const eluKernel = (self: Tensor, alpha: number, scale: number, inputScale: number): Tensor =>
  mapValues(self, (x) => (x < 0 ? Math.expm1(x * inputScale) * alpha * scale : x * scale));

/** Exponential below zero, linear above. */
export const elu: (self: Tensor, alpha?: Scalar, scale?: Scalar, inputScale?: Scalar) => Tensor = aten(
  op(
    "aten::elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor",
    (self, alpha, scale, inputScale) =>
      eluKernel(self, scalarValue(alpha), scalarValue(scale), scalarValue(inputScale)),
    {
      onnx: forms.elu,
      refuses: onlyFloats("elu_cpu"),
      grad: {
        self: ({ grad, self, alpha, scale, input_scale }) =>
          eluBackward(grad, alpha, scale, input_scale, false, self),
      },
    },
  ),
);
/** `elu`, written to `self`. */
export const elu_ = inplaceOf(elu);

/** ELU whose slope is continuous for every `alpha`. */
export const celu: (self: Tensor, alpha?: Scalar) => Tensor = aten(
  op(
    "aten::celu(Tensor self, Scalar alpha=1.0) -> Tensor",
    (self, alpha) => {
      const a = scalarValue(alpha);
      if (a === 0) throw new RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU");
      return eluKernel(self, a, 1, 1 / a);
    },
    {
      onnx: activations.celu,
      refuses: onlyFloats("elu_cpu"),
      grad: {
        self: ({ grad, self, alpha }) => eluBackward(grad, alpha, 1, 1 / scalarValue(alpha), false, self),
      },
    },
  ),
);
/** `celu`, written to `self`. */
export const celu_ = inplaceOf(celu);

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** ELU with the constants that keep mean and variance. */
export const selu: (self: Tensor) => Tensor = aten(
  op("aten::selu(Tensor self) -> Tensor", (self) => elu(self, seluAlpha, seluScale), {
    onnx: forms.same("Selu"),
    composite: true,
  }),
);

/** Each element limited to [minVal, maxVal]. */
export const hardtanh: (self: Tensor, minVal?: Scalar, maxVal?: Scalar) => Tensor = aten(
  op(
    "aten::hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor",
    (self, minVal, maxVal) => {
      const [min, max] = [scalarValue(minVal), scalarValue(maxVal)];
      if (self.dtype === bool) throw new RuntimeError("Bool inputs not supported for hardtanh");
      if (self.dtype === uint8 && (min < 0 || max < 0)) {
        throw new RuntimeError("cannot do hardtanh on an unsigned type with negative limits");
      }
      // torch rounds the limits to the tensor's dtype before it compares.
      const round = (limit: number): number =>
        self.dtype.category === "floating" ? limit : Math.trunc(limit);
      if (!self.isFloatingPoint()) for (const limit of [minVal, maxVal]) checkConversion(limit, int64);
      const [low, high] = [round(min), round(max)];
      return mapValues(self, (x) => Math.min(Math.max(x, low), high));
    },
    {
      onnx: activations.hardtanh,
      grad: { self: ({ grad, self, min_val, max_val }) => hardtanhBackward(grad, self, min_val, max_val) },
    },
  ),
);
/** `hardtanh`, written to `self`. */
export const hardtanh_ = inplaceOf(hardtanh);

/** `min(max(self, 0), 6)` */
export const relu6: (self: Tensor) => Tensor = aten(
  op("aten::relu6(Tensor self) -> Tensor", (self) => hardtanh(self, scalar(0, "float"), scalar(6, "float")), {
    onnx: activations.relu6,
    composite: true,
  }),
);

/** A straight line from 0 at -3 to 1 at 3. */
export const hardsigmoid: (self: Tensor) => Tensor = aten(
  op(
    "aten::hardsigmoid(Tensor self) -> Tensor",
    (self) => mapValues(self, (x) => Math.min(Math.max(x + 3, 0), 6) / 6),
    {
      onnx: activations.hardsigmoid,
      refuses: onlyFloats("hardsigmoid_cpu"),
      grad: { self: ({ grad, self }) => hardsigmoidBackward(grad, self) },
    },
  ),
);
/** `hardsigmoid`, written to `self`. */
export const hardsigmoid_ = inplaceOf(hardsigmoid);

/** `self * hardsigmoid(self)` */
export const hardswish: (self: Tensor) => Tensor = aten(
  op(
    "aten::hardswish(Tensor self) -> Tensor",
    (self) => mapValues(self, (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6),
    {
      onnx: forms.same("HardSwish"),
      refuses: onlyFloats("hardswish_cpu"),
      grad: { self: ({ grad, self }) => hardswishBackward(grad, self) },
    },
  ),
);
/** `hardswish`, written to `self`. */
export const hardswish_ = inplaceOf(hardswish);

/** The gradient of `hardshrink` and `softshrink`. */
const shrinkBackward = (grad: Tensor, self: Tensor, lambd: Scalar): Tensor => {
  const limit = scalarValue(lambd);
  return self.ge(-limit).logicalAnd(self.le(limit)).where(grad.zerosLike(), grad);
};

/** Zero within `lambd` of zero. */
export const hardshrink: (self: Tensor, lambd?: Scalar) => Tensor = aten(
  op(
    "aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor",
    (self, lambd) => {
      const limit = scalarValue(lambd);
      return mapValues(self, (x) => (x >= -limit && x <= limit ? 0 : x));
    },
    {
      onnxExport: activations.hardshrink,
      refuses: onlyFloats("hardshrink_cpu"),
      grad: { self: ({ grad, self, lambd }) => shrinkBackward(grad, self, lambd) },
    },
  ),
);

/** Shifted toward zero by `lambd`, and zero within it. */
export const softshrink: (self: Tensor, lambd?: Scalar) => Tensor = aten(
  op(
    "aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor",
    (self, lambd) => {
      const limit = scalarValue(lambd);
      if (!(limit >= 0 && limit <= finfo(self.dtype).max)) {
        throw new RuntimeError(
          `lambda must be in range [0, ${finfo(self.dtype).max.toPrecision(6)}] for input dtype ${self.dtype.scalarName}, but found ${cppFloat(limit)}`,
        );
      }
      return mapValues(self, (x) => (x > limit ? x - limit : x < -limit ? x + limit : x * 0));
    },
    {
      onnxExport: activations.softshrink,
      refuses: onlyFloats("softshrink_check"),
      grad: { self: ({ grad, self, lambd }) => shrinkBackward(grad, self, lambd) },
    },
  ),
);

/** `log(1 + exp(beta x)) / beta`, and `x` where `beta x` is above `threshold`. */
export const softplus: (self: Tensor, beta?: Scalar, threshold?: Scalar) => Tensor = aten(
  op(
    "aten::softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor",
    (self, beta, threshold) => {
      const [b, t] = [scalarValue(beta), scalarValue(threshold)];
      return mapValues(self, (x) => (x * b > t ? x : Math.log1p(Math.exp(x * b)) / b));
    },
    {
      onnx: activations.softplus,
      refuses: onlyFloats("softplus_cpu"),
      grad: { self: ({ grad, self, beta, threshold }) => softplusBackward(grad, self, beta, threshold) },
    },
  ),
);

/** The output, and the `exp(-|x|)` its gradient needs. */
export const logSigmoidForward: (self: Tensor) => [output: Tensor, buffer: Tensor] = aten(
  op(
    "aten::log_sigmoid_forward(Tensor self) -> (Tensor output, Tensor buffer)",
    (self) => [
      mapValues(self, (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))),
      mapValues(self, (x) => Math.exp(-Math.abs(x))),
    ],
    {
      refuses: onlyFloats("log_sigmoid_cpu"),
      gradName: "LogSigmoidBackward0",
      grad: { self: ({ grad, self }) => grad.mul(self.neg().sigmoid()) },
    },
  ),
);

/** `log(sigmoid(self))`, computed stably. */
export const logSigmoid: (self: Tensor) => Tensor = aten(
  op("aten::log_sigmoid(Tensor self) -> Tensor", (self) => logSigmoidForward(self)[0], {
    onnxExport: activations.logSigmoid,
    composite: true,
  }),
);

/** `self * tanh(softplus(self))` */
export const mish: (self: Tensor) => Tensor = aten(
  op(
    "aten::mish(Tensor self) -> Tensor",
    (self) => mapValues(self, (x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
    {
      onnx: activations.mish,
      refuses: onlyFloats("mish_cpu"),
      grad: {
        self: ({ grad, self }) => {
          const tanh = softplus(self).tanh();
          const slope = tanh.mul(tanh).neg().add(1);
          return grad.mul(tanh.add(self.mul(self.sigmoid()).mul(slope)));
        },
      },
    },
  ),
);
/** `mish`, written to `self`. */
export const mish_ = inplaceOf(mish);

const preluKernel: (self: Tensor, weight: Tensor) => Tensor = aten(
  op(
    "aten::_prelu_kernel(Tensor self, Tensor weight) -> Tensor",
    (self, weight) => {
      if (weight.dtype !== self.dtype) {
        throw new RuntimeError(
          `Found dtype ${weight.dtype.scalarName} but expected ${self.dtype.scalarName}`,
        );
      }
      return self.gt(0).where(self, self.mul(weight));
    },
    {
      refuses: onlyFloats("prelu_cpu"),
      gradName: "PreluKernelBackward0",
      grad: {
        self: ({ grad, self, weight }) => self.gt(0).where(grad, grad.mul(weight)),
        weight: ({ grad, self }) => self.gt(0).where(grad.zerosLike(), grad.mul(self)),
      },
    },
  ),
);

/** Leaky ReLU with learned slopes: one for all, or one for each channel (dimension 1). */
export const prelu: (self: Tensor, weight: Tensor) => Tensor = aten(
  op(
    "aten::prelu(Tensor self, Tensor weight) -> Tensor",
    (self, weight) => {
      if (self.dtype !== weight.dtype) {
        throw new RuntimeError(
          `prelu: Type promoting not supported. Got ${self.dtype.scalarName} and ${weight.dtype.scalarName}`,
        );
      }
      if (weight.ndim > 1) {
        throw new RuntimeError(
          `prelu: Expected \`weight\` to be a scalar or 1D tensor, but got: ndim = ${weight.ndim}`,
        );
      }
      if (weight.elements === 1) return preluKernel(self, weight.reshape(self.sizes.map(() => 1)));
      if (self.ndim === 0) throw new RuntimeError("Not allow zero-dim input tensor.");
      const channels = self.ndim > 1 ? self.sizes[1] : 1;
      if (channels !== weight.elements) {
        throw new RuntimeError(
          `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${weight.elements} and channel size = ${channels}.`,
        );
      }
      return preluKernel(self, weight.reshape(self.sizes.map((_, dim) => (dim === 1 ? channels : 1))));
    },
    { onnxExport: activations.prelu, composite: true },
  ),
);

/** The first half along `dim`, weighted by the sigmoid of the second. */
export const glu: (self: Tensor, dim?: number) => Tensor = aten(
  op(
    "aten::glu(Tensor self, int dim=-1) -> Tensor",
    (self, dim) => {
      if (self.ndim === 0) throw new RuntimeError("glu does not support 0-dimensional tensors");
      const d = wrapDim(dim, self.ndim);
      if (self.sizes[d] % 2 !== 0) {
        throw new RuntimeError(`Halving dimension must be even, but dimension ${d} is size ${self.sizes[d]}`);
      }
      const [value, gate] = self.chunk(2, d);
      return value.mul(gate.sigmoid());
    },
    {
      onnxExport: activations.glu,
      refuses: onlyFloats("glu_cpu"),
      grad: {
        self: ({ grad, self, dim }) => {
          const [value, gate] = (self as Tensor).chunk(2, dim);
          const s = gate.sigmoid();
          const toGate = grad.mul(value).mul(s).mul(s.neg().add(1));
          return cat([grad.mul(s), toGate], dim);
        },
      },
    },
  ),
);

/** `value` where `self` is not above `threshold`. */
export const threshold: (self: Tensor, threshold: Scalar, value: Scalar) => Tensor = aten(
  op(
    "aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor",
    (self, limit, value) => {
      if (!self.isFloatingPoint()) for (const x of [limit, value]) checkConversion(x, self.dtype);
      const given = Float64Array.of(scalarValue(limit), scalarValue(value));
      const [t, v] = self.isFloatingPoint() ? given : convertValues(given, float64, self.dtype);
      return mapValues(self, (x) => (x <= t ? v : x));
    },
    {
      onnx: activations.threshold,
      overlapping: true,
      refuses: notBools("threshold_cpu"),
      grad: { self: ({ grad, self, threshold }) => thresholdBackward(grad, self, threshold) },
    },
  ),
);
/** `threshold`, written to `self`. */
export const threshold_ = inplaceOf(threshold);
