/**
 * Special functions and conversions of one tensor, element by element: gamma, error and Bessel functions, logit, signs.
 * Roots, exponentials and trigonometry are elementary.ts's.
 * Source: derivatives.yaml, aten/src/ATen/native/UnaryOps.cpp, native/Math.h.
 */
import { aten, type OpFacts, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import type { Lowering } from "../jit/onnx/lowering.ts";
import type { Unary } from "../kernels/loops.ts";
import { mapValues } from "../kernels/map.ts";
import { type ResultRule, unary } from "../kernels/pointwise.ts";
import { erfOf } from "../kernels/special.ts";
import {
  besselI0,
  besselI1,
  digammaOf,
  erfcOf,
  erfinvOf,
  logGamma,
  polygammaOf,
  trigammaInSingle,
} from "../kernels/special-functions.ts";
import { bool, float32, float64 } from "../tensor/dtype.ts";
import { opMath, toFloating } from "../tensor/promotion.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";
import type { Elementwise } from "./elementary.ts";

type Grad = OpFacts["grad"];

function elementwise(
  name: string,
  f: Unary,
  grad: Grad,
  rule: ResultRule = "float",
  onnxExport?: Lowering,
): Elementwise {
  return aten(
    op(`aten::${name}(Tensor self) -> Tensor` as "aten::f(Tensor self) -> Tensor", unary(f, rule), {
      onnxExport,
      grad,
    }),
  );
}

const zero: Grad = { self: ({ grad }) => grad.zerosLike() };

/** The inverse of `cosh`; NaN below 1. */
export const acosh = elementwise(
  "acosh",
  Math.acosh,
  {
    self: ({ grad, self }) => grad.mul(self.mul(self).sub(1).rsqrt()),
  },
  "float",
  forms.same("Acosh"),
);
/** The inverse of `sinh`. */
export const asinh = elementwise(
  "asinh",
  Math.asinh,
  {
    self: ({ grad, self }) => grad.mul(self.mul(self).add(1).rsqrt()),
  },
  "float",
  forms.same("Asinh"),
);
/** The inverse of `tanh`; NaN beyond -1 and 1. */
export const atanh = elementwise(
  "atanh",
  Math.atanh,
  {
    self: ({ grad, self }) => grad.mul(self.mul(self).neg().add(1).reciprocal()),
  },
  "float",
  forms.same("Atanh"),
);

/** Degrees to radians. */
export const deg2rad = elementwise("deg2rad", (x) => (x * Math.PI) / 180, {
  self: ({ grad }) => grad.mul(Math.PI / 180),
});
/** Radians to degrees. */
export const rad2deg = elementwise("rad2deg", (x) => (x * 180) / Math.PI, {
  self: ({ grad }) => grad.mul(180 / Math.PI),
});

/** Pi for negative numbers, else 0. */
export const angle = elementwise("angle", (x) => (Number.isNaN(x) ? x : x < 0 ? Math.PI : 0), zero);

/** The logarithm of |gamma(self)|. */
export const lgamma = elementwise("lgamma", logGamma, { self: ({ grad, self }) => grad.mul(digamma(self)) });
/** The derivative of `lgamma`. */
export const digamma = elementwise("digamma", digammaOf, {
  self: ({ grad, self }) => grad.mul(polygamma(1, self)),
});

/** The n-th derivative of `digamma`. */
export const polygamma: (n: number, self: Tensor) => Tensor = aten(
  op(
    "aten::polygamma(int n, Tensor self) -> Tensor",
    (n, self) => {
      if (n < 0) throw new RuntimeError("polygamma(n, x) does not support negative n.");
      const x = toFloat(self);
      const isSingle = n === 1 && x.dtype !== float64;
      return mapValues(x, isSingle ? trigammaInSingle : (value) => polygammaOf(n, value));
    },
    { grad: { self: ({ grad, self, n }) => grad.mul(polygamma(n + 1, self)) } },
  ),
);

const toFloat = (self: Tensor): Tensor => self.to(toFloating(self.dtype));

/** `1 - erf(self)`, exact also for large numbers. */
export const erfc = elementwise("erfc", erfcOf, {
  self: ({ grad, self }) =>
    grad.mul(
      self
        .mul(self)
        .neg()
        .exp()
        .mul(-2 / Math.sqrt(Math.PI)),
    ),
});
/** The inverse of `erf`. */
export const erfinv = elementwise("erfinv", erfinvOf, {
  self: ({ grad, self }) =>
    grad.mul(
      erfinv(self)
        .pow(2)
        .exp()
        .mul(Math.sqrt(Math.PI) / 2),
    ),
});

const bessel1 = unary(besselI1);
/** The modified Bessel function of order 0. */
export const i0 = elementwise(
  "i0",
  (x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? Number.NaN : besselI0(x)),
  { self: ({ grad, self }) => grad.mul(bessel1(self)) },
);

/** `sin(pi x) / (pi x)`, 1 at zero. */
export const sinc = elementwise("sinc", (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)), {
  self: ({ grad, self }) => {
    const angle = self.mul(Math.PI);
    const slope = angle.cos().mul(angle).sub(angle.sin()).div(angle.mul(self));
    return grad.mul(slope.maskedFill(self.eq(0), 0));
  },
});

/** `-x log x`: 0 at zero, minus infinity below. */
export const specialEntr = elementwise(
  "special_entr",
  (x) => (Number.isNaN(x) ? x : x > 0 ? -x * Math.log(x) : x === 0 ? 0 : Number.NEGATIVE_INFINITY),
  { self: ({ grad, self }) => grad.mul(self.log().neg().sub(1)) },
);

/** The distribution function of the standard normal. */
export const specialNdtr = elementwise(
  "special_ndtr",
  (x) => (x < -1 ? 0.5 * erfcOf(-x * Math.SQRT1_2) : 0.5 * (1 + erfOf(x * Math.SQRT1_2))),
  {
    self: ({ grad, self }) =>
      grad.mul(
        self
          .mul(self)
          .mul(-0.5)
          .exp()
          .div(Math.sqrt(2 * Math.PI)),
      ),
  },
);

/** Whether the sign is minus, also that of -0. */
export const signbit = elementwise("signbit", (x) => (x < 0 || Object.is(x, -0) ? 1 : 0), {}, "bool");
/** Where an element is -Infinity, as bools. */
export const isneginf = elementwise("isneginf", (x) => (x === Number.NEGATIVE_INFINITY ? 1 : 0), {}, "bool");
/** Where an element is Infinity, as bools. */
export const isposinf = elementwise("isposinf", (x) => (x === Number.POSITIVE_INFINITY ? 1 : 0), {}, "bool");

/** The same tensor; bools are refused. */
export const positive: Elementwise = aten(
  op(
    "aten::positive(Tensor(a) self) -> Tensor(a)",
    (self) => {
      if (self.dtype === bool) throw new RuntimeError("The `+` operator, on a bool tensor is not supported.");
      return viewOf(self, self.sizes, self.strides);
    },
    { grad: { self: ({ grad }) => grad } },
  ),
);

/** The inverse of the sigmoid; numbers are first limited to [eps, 1 - eps] if `eps` is given. */
export const logit: (self: Tensor, eps?: number | null) => Tensor = aten(
  op(
    "aten::logit(Tensor self, float? eps=None) -> Tensor",
    (self, eps) => {
      const x = toFloat(self);
      const round = opMath(x.dtype) === float32 ? Math.fround : (value: number) => value;
      const least = round(eps ?? Number.NaN);
      const most = round(1 - least);
      return mapValues(x, (value) => {
        const y = value < least ? least : value > most ? most : value;
        return Math.log(y / (1 - y));
      });
    },
    {
      grad: {
        self: ({ grad, self, eps }) => {
          const inner = grad.div(self.mul(self.neg().add(1)));
          // At both ends it is infinite with the sign of what arrives, also at -0.
          const ends = self.eq(0).logicalOr(self.eq(1));
          const slope = ends.where(grad.mul(Number.POSITIVE_INFINITY), inner);
          if (eps === null || eps < 0) return slope.maskedFill(self.lt(0).logicalOr(self.gt(1)), Number.NaN);
          return slope.maskedFill(self.lt(eps).logicalOr(self.gt(1 - eps)), 0);
        },
      },
    },
  ),
);

const largest = {
  float64: Number.MAX_VALUE,
  float32: 3.4028234663852886e38,
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
};

/** NaN (by default 0) and infinities (by default the dtype's greatest numbers) replaced. */
export const nanToNum: (
  self: Tensor,
  nan?: number | null,
  posinf?: number | null,
  neginf?: number | null,
) => Tensor = aten(
  op(
    "aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor",
    (self, nan, posinf, neginf) => {
      if (!self.isFloatingPoint()) return self.clone();
      const greatest = largest[self.dtype.name as keyof typeof largest];
      return mapValues(self, (x) => {
        if (Number.isNaN(x)) return nan ?? 0;
        if (x === Number.POSITIVE_INFINITY) return posinf ?? greatest;
        return x === Number.NEGATIVE_INFINITY ? (neginf ?? -greatest) : x;
      });
    },
    {
      grad: { self: ({ grad, self }) => grad.mul(self.isfinite()) },
      // Integers are what they are: nothing is written to them.
      overlapping: (self) => !self.isFloatingPoint(),
    },
  ),
);
