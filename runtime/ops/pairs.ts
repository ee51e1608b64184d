/**
 * Further functions of two numbers, element by element: angles, remainders, extremes that skip NaN, logarithmic sums.
 * The four operations and powers are arithmetic.ts's. Source: derivatives.yaml, aten/src/ATen/native/BinaryOps.cpp.
 */
import { aten, inplaceOf, type OpFacts, op } from "../dispatch/op.ts";
import { inCommon, notBools, onlyFloats, type Refusal, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import type { Lowering } from "../jit/onnx/lowering.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import type { Binary } from "../kernels/loops.ts";
import { binary, type ResultRule } from "../kernels/pointwise.ts";
import { float64 } from "../tensor/dtype.ts";
import {
  bfloat16FromFloat32,
  bfloat16ToFloat32,
  float16FromFloat32,
  float16ToFloat32,
} from "../tensor/half.ts";
import { opMath, resultType, toFloating } from "../tensor/promotion.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

/** A function of two tensors of numbers, broadcast and promoted. */
export type Pair = (self: Tensor, other: Tensor) => Tensor;
/** The same where the second may be a plain number. */
export type PairOrScalar = (self: Tensor, other: Tensor | Scalar) => Tensor;

type Grad = OpFacts["grad"];

function pair(name: string, f: Binary, rule: ResultRule, grad: Grad, refuses?: Refusal): Pair {
  return aten(
    op(
      `aten::${name}(Tensor self, Tensor other) -> Tensor` as "aten::f(Tensor self, Tensor other) -> Tensor",
      binary(f, rule),
      { grad, refuses },
    ),
  );
}

/** The angle of the point (other, self). */
export const atan2 = pair("atan2", Math.atan2, "float", {
  self: ({ grad, self, other }) => grad.mul(other.div(self.mul(self).add(other.mul(other)))),
  other: ({ grad, self, other }) => grad.mul(self.neg().div(self.mul(self).add(other.mul(other)))),
});
/** `atan2`, written to `self`. */
export const atan2_ = inplaceOf(atan2);

/** The greater element; NaN only if both are. */
export const fmax = pair("fmax", (x, y) => (x >= y || Number.isNaN(y) ? x : y), "same", {
  self: ({ grad, self, other }) => grad.maskedFill(self.ge(other).logicalOr(other.isnan()).logicalNot(), 0),
  other: ({ grad, self, other }) => grad.maskedFill(self.ge(other).logicalOr(other.isnan()), 0),
});

/** The smaller element; NaN only if both are. */
export const fmin = pair("fmin", (x, y) => (x <= y || Number.isNaN(y) ? x : y), "same", {
  self: ({ grad, self, other }) => grad.maskedFill(self.le(other).logicalOr(other.isnan()).logicalNot(), 0),
  other: ({ grad, self, other }) => grad.maskedFill(self.le(other).logicalOr(other.isnan()), 0),
});

const step = binary((x, y) => (x === 0 ? y : Number(x > 0)));

/** 0 below zero, 1 above, `values` at zero. */
export const heaviside: (self: Tensor, values: Tensor) => Tensor = aten(
  op(
    "aten::heaviside(Tensor self, Tensor values) -> Tensor",
    (self, values) => {
      if (self.dtype !== values.dtype) {
        throw new RuntimeError("heaviside is not yet implemented for tensors with different dtypes.");
      }
      return step(self, values);
    },
    { grad: { self: ({ grad }) => grad.zerosLike() } },
  ),
);

/** The length of the hypotenuse. */
export const hypot = pair(
  "hypot",
  Math.hypot,
  "same",
  {
    self: ({ grad, self, result }) => grad.mul(self.div(result)),
    other: ({ grad, other, result }) => grad.mul(other.div(result)),
  },
  inCommon(onlyFloats("hypot_cpu")),
);

/** `self * 2 ** other` */
export const ldexp: Pair = aten(
  op(
    "aten::ldexp.Tensor(Tensor self, Tensor other) -> Tensor",
    (self, other) => {
      const dtype = toFloating(other.isFloatingPoint() ? resultType([self, other]) : self.dtype);
      if (self.isFloatingPoint()) refuse(notBools("ldexp_cpu_exp"), other.dtype);
      const compute = opMath(dtype);
      const power = (exponent: Tensor): Tensor => wrapScalar(2).pow(exponent.to(compute));
      const value = self.to(compute);
      if (!self.isFloatingPoint() || other.isFloatingPoint()) return value.mul(power(other)).to(dtype);
      // In two steps, as the power may be out of range where the product is not.
      const half = other.div(2, { roundingMode: "floor" });
      return value
        .mul(power(half))
        .mul(power(other.sub(half)))
        .to(dtype);
    },
    {
      grad: {
        // With whole exponents the power is a whole number: 0 where they are negative.
        self: ({ grad, other }) => grad.mul(wrapScalar(2).pow(other)),
        other: ({ grad, self, other }) => grad.mul(self).mul(wrapScalar(2).pow(other)).mul(Math.LN2),
      },
    },
  ),
);

/** `log(exp(self) + exp(other))`, computed stably. */
export const logaddexp = pair(
  "logaddexp",
  (x, y) => {
    if (x === y && Math.abs(x) === Number.POSITIVE_INFINITY) return x;
    return Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)));
  },
  "same",
  {
    self: ({ grad, self, other }) => grad.div(other.sub(self).exp().add(1)),
    other: ({ grad, self, other }) => grad.div(self.sub(other).exp().add(1)),
  },
  inCommon(onlyFloats("logaddexp_cpu")),
);

/** The same with powers of two. */
export const logaddexp2 = pair(
  "logaddexp2",
  (x, y) => {
    if (x === y && Math.abs(x) === Number.POSITIVE_INFINITY) return x;
    return Math.max(x, y) + Math.log1p(2 ** -Math.abs(x - y)) / Math.LN2;
  },
  "same",
  {
    self: ({ grad, self, other }) => grad.div(other.sub(self).exp2().add(1)),
    other: ({ grad, self, other }) => grad.div(self.sub(other).exp2().add(1)),
  },
  inCommon(onlyFloats("logaddexp2_cpu")),
);

const bits = new DataView(new ArrayBuffer(8));

/** The next number of `dtype` after x toward y. */
function nextAfter(wide: boolean): Binary {
  return (x, y) => {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    if (x === y) return y;
    if (x === 0) return (y > 0 ? 1 : -1) * (wide ? 5e-324 : 2 ** -149);
    const up = y > x === x > 0 ? 1 : -1;
    if (wide) {
      bits.setFloat64(0, x);
      bits.setBigInt64(0, bits.getBigInt64(0) + BigInt(up));
      return bits.getFloat64(0);
    }
    bits.setFloat32(0, x);
    bits.setInt32(0, bits.getInt32(0) + up);
    return bits.getFloat32(0);
  };
}

/** The same of halves, whose bits as a number grow with their size. */
function nextHalf(encode: (value: number) => number, decode: (half: number) => number): Binary {
  return (x, y) => {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    if (x === y) return y;
    if (x === 0) return (y > 0 ? 1 : -1) * decode(1);
    return decode(encode(x) + (y > x === x > 0 ? 1 : -1));
  };
}

const nextIn = {
  float64: binary(nextAfter(true)),
  float32: binary(nextAfter(false)),
  float16: binary(nextHalf(float16FromFloat32, float16ToFloat32)),
  bfloat16: binary(nextHalf(bfloat16FromFloat32, bfloat16ToFloat32)),
};

/** The next representable number after `self` toward `other`. */
export const nextafter: Pair = aten(
  op(
    "aten::nextafter(Tensor self, Tensor other) -> Tensor",
    (self, other) => nextIn[resultType([self, other]).name as keyof typeof nextIn](self, other),
    {
      refuses: inCommon(onlyFloats("nextafter_cpu")),
      grad: {
        self: ({ grad, self, other }) => grad.maskedFill(self.eq(other), 0),
        other: ({ other }) => other.zerosLike(),
      },
    },
  ),
);

const withSign = binary((x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)), "float");
const signGradient: Grad = {
  self: ({ grad, self, result }) => grad.mul(result.div(self).maskedFill(self.eq(0), 0)),
};

/** The magnitude of `self` with the sign of `other`. */
export const copysign: PairOrScalar = aten(
  op("aten::copysign.Tensor(Tensor self, Tensor other) -> Tensor", withSign, {
    grad: { ...signGradient, other: ({ other }) => other.zerosLike() },
  }),
  op(
    "aten::copysign.Scalar(Tensor self, Scalar other) -> Tensor",
    (self, other) => withSign(self, wrapScalar(other)),
    {
      grad: signGradient,
      gradName: "CopysignBackward1",
    },
  ),
);

const remainderKernel = binary((x, y) => x % y, "same", {
  integral: (x, y) => {
    if (y === 0) throw new RuntimeError("ZeroDivisionError");
    return x % y;
  },
});

/** The remainder of a division that is cut toward zero; it has the sign of `self`. */
export const fmod: PairOrScalar = aten(
  op("aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor", remainderKernel, {
    onnxExport: numbers.fmod,
    refuses: inCommon(notBools("fmod_cpu")),
    gradName: "FmodBackward1",
    grad: {
      self: ({ grad }) => grad,
      other: ({ grad, self, other }) => grad.neg().mul(self.div(other, { roundingMode: "trunc" })),
    },
  }),
  op(
    "aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor",
    (self, other) => remainderKernel(self, wrapScalar(other)),
    { onnxExport: numbers.fmod, refuses: inCommon(notBools("fmod_cpu")), grad: { self: ({ grad }) => grad } },
  ),
);
/** `fmod`, written to `self`. */
export const fmod_ = inplaceOf(fmod);

/** A function of two numbers of which either may be a plain number. */
export interface PairOfAny {
  (self: Tensor, other: Tensor | Scalar): Tensor;
  (self: Scalar, other: Tensor): Tensor;
}

/** A tensor times a logarithm, which does not exist up to `pole`. */
function timesLog(
  name: string,
  names: readonly [string, string, string],
  f: Binary,
  pole: number,
  slope: Grad,
  onnxExport?: Lowering,
): PairOfAny {
  const kernel = binary(f, "float");
  const [both, second, first] = names;
  return aten(
    op(
      `aten::${name}${both}(Tensor self, Tensor other) -> Tensor` as "aten::f(Tensor self, Tensor other) -> Tensor",
      kernel,
      { onnxExport, grad: slope },
    ),
    op(
      `aten::${name}.${second}(Tensor self, Scalar other) -> Tensor` as "aten::f(Tensor self, Scalar other) -> Tensor",
      (self, other) => kernel(self, wrapScalar(other)),
      {
        onnxExport,
        grad: {
          self: ({ grad, self, other }) => {
            const found = kernel(grad, wrapScalar(other));
            return scalarValue(other) > pole ? found : found.maskedFill(self.eq(0), 0);
          },
        },
      },
    ),
    op(
      `aten::${name}.${first}(Scalar self, Tensor other) -> Tensor` as "aten::f(Scalar self, Tensor other) -> Tensor",
      (self, other) => kernel(wrapScalar(self), other),
      { onnxExport, grad: slope === undefined ? {} : { other: slope.other } },
    ),
  );
}

/** `self * log(other)`, 0 where `self` is 0. */
export const xlogy: PairOfAny = timesLog(
  "xlogy",
  [".Tensor", "Scalar_Other", "Scalar_Self"],
  (x, y) => (Number.isNaN(y) ? Number.NaN : x === 0 ? 0 : x * Math.log(y)),
  0,
  {
    self: ({ grad, self, other }) => xlogy(grad, other).maskedFill(self.eq(0).logicalAnd(other.le(0)), 0),
    other: ({ grad, self, other }) => grad.mul(self).div(other),
  },
  numbers.xlogy,
);

/** `self * log1p(other)`, 0 where `self` is 0. */
export const specialXlog1py: PairOfAny = timesLog(
  "special_xlog1py",
  ["", "other_scalar", "self_scalar"],
  (x, y) => (Number.isNaN(y) ? Number.NaN : x === 0 ? 0 : x * Math.log1p(y)),
  -1,
  {
    self: ({ grad, self, other }) =>
      specialXlog1py(grad, other).maskedFill(self.eq(0).logicalAnd(other.le(-1)), 0),
    other: ({ grad, self, other }) => grad.mul(self).div(other.add(1)),
  },
);

/** Powers computed in float64. */
export const floatPower: {
  (self: Tensor, exponent: Tensor | Scalar): Tensor;
  (self: Scalar, exponent: Tensor): Tensor;
} = aten(
  op(
    "aten::float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor",
    (self, exponent) => self.to(float64).pow(exponent.to(float64)),
    { composite: true },
  ),
  op(
    "aten::float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
    (self, exponent) => self.to(float64).pow(scalarValue(exponent)),
    { composite: true },
  ),
  op(
    "aten::float_power.Scalar(Scalar self, Tensor exponent) -> Tensor",
    (self, exponent) => wrapScalar(self).to(float64).pow(exponent.to(float64)),
    { composite: true },
  ),
);

/** The same as `div`. */
export const trueDivide: PairOrScalar = aten(
  op("aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor", (self, other) => self.div(other), {
    composite: true,
    numbers: true,
  }),
);

/** The p-norm of the difference. */
export const dist: (self: Tensor, other: Tensor, p?: Scalar) => Tensor = aten(
  op(
    "aten::dist(Tensor self, Tensor other, Scalar p=2) -> Tensor",
    (self, other, p) => self.sub(other).norm(scalarValue(p)),
    { composite: true },
  ),
);
