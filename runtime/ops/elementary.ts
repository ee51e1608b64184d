/**
 * Elementary functions of one tensor, element by element: roots, exponentials, logarithms, trigonometry, rounding.
 * Source of schemas and gradients: native_functions.yaml, tools/autograd/derivatives.yaml.
 */

import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { aten, inplaceOf, type OpFacts, op } from "../dispatch/op.ts";
import { notBools, onlyFloats, onlyIntegers, type Refusal, refuse } from "../dispatch/refusal.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import { expOf, sigmoidOf, tanhOf } from "../kernels/exponential.ts";
import { sqrt as sqrtFormula } from "../kernels/formula.ts";
import { withFormula } from "../kernels/scalar-formulas.ts";
import type { Unary } from "../kernels/loops.ts";
import { type ResultRule, unary } from "../kernels/pointwise.ts";
import type { SimdOperation } from "../kernels/simd.ts";
import { roundHalfEven } from "../kernels/special.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { bool, float32 } from "../tensor/dtype.ts";
import { opMath } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** An operator that maps each element by itself. */
export type Elementwise = (self: Tensor, options?: { out?: Tensor }) => Tensor;

/** The row of a function of one number; integers become floats unless `rule` says otherwise. */
function elementwise(
  name: string,
  f: Unary | { readonly exact: Unary; readonly float32: Unary; readonly simd?: SimdOperation },
  facts: OpFacts,
  rule: ResultRule = "float",
  refuses?: Refusal,
): Elementwise {
  const kernel = typeof f === "function" ? unary(f, rule) : unary(f.exact, rule, f.float32, f.simd);
  return aten(
    op(`aten::${name}(Tensor self) -> Tensor` as "aten::f(Tensor self) -> Tensor", kernel, {
      ...facts,
      refuses,
    }),
  );
}

/**
 * `|self|`
 * @example torch.abs(torch.tensor([-1, 2])) // [1, 2]
 */
export const abs = elementwise(
  "abs",
  Math.abs,
  { onnx: "Abs", grad: { self: ({ grad, self }) => grad.mul(self.sgn()) } },
  "same",
  notBools("abs_cpu"),
);
/** `abs`, written to `self`. */
export const abs_ = inplaceOf(abs);

/** -1, 0 or 1; NaN gives 0. */
export const sgn = elementwise(
  "sgn",
  signOf,
  { onnx: forms.sign, grad: { self: ({ grad }) => grad.zerosLike() } },
  "same",
);
/** -1, 0 or 1; NaN gives 0. */
export const sign = elementwise(
  "sign",
  signOf,
  { onnx: forms.sign, grad: { self: ({ grad }) => grad.zerosLike() } },
  "same",
);

function signOf(x: number): number {
  return Number(x > 0) - Number(x < 0);
}

/**
 * The square root of each element; NaN below 0.
 * @example torch.sqrt(torch.tensor([1, 4, 9])) // [1, 2, 3]
 */
export const sqrt = elementwise(
  "sqrt",
  { exact: Math.sqrt, float32: withFormula(Math.sqrt, sqrtFormula), simd: "sqrt" },
  {
    onnx: forms.same("Sqrt"),
    grad: { self: ({ grad, result }) => grad.div(result.mul(2)) },
  },
);
/** `sqrt`, written to `self`. */
export const sqrt_ = inplaceOf(sqrt);
/** 1 divided by the square root of each element. */
export const rsqrt = elementwise("rsqrt", (x) => 1 / Math.sqrt(x), {
  onnx: forms.rsqrt,
  grad: {
    self: ({ grad, result }) => grad.mul(result.pow(3)).mul(-0.5),
  },
});
/**
 * Each element times itself.
 * @example torch.square(x) // [[1, 4], [9, 16]]
 */
export const square: Elementwise = aten(
  op("aten::square(Tensor self) -> Tensor", (self) => self.pow(2), {
    onnx: forms.square,
    scalar: (x: number) => x ** 2,
    composite: true,
  }),
);
/** 1 divided by each element. */
export const reciprocal = elementwise("reciprocal", (x) => 1 / x, {
  onnx: forms.same("Reciprocal"),
  grad: {
    self: ({ grad, result }) => grad.neg().mul(result.mul(result)),
  },
});
/**
 * e to the power of each element. Whole numbers give float32.
 * @example torch.exp(torch.tensor([0])) // [1]
 */
export const exp = elementwise(
  "exp",
  { exact: Math.exp, float32: expOf, simd: "exp" },
  {
    onnx: forms.same("Exp"),
    grad: { self: ({ grad, result }) => grad.mul(result) },
  },
);
/** `exp`, written to `self`. */
export const exp_ = inplaceOf(exp);
/**
 * 2 to the power of each element.
 * @example torch.exp2(torch.tensor([3])) // [8]
 */
export const exp2 = elementwise("exp2", (x) => 2 ** x, {
  onnxExport: numbers.exp2,
  grad: {
    self: ({ grad, result }) => grad.mul(result).mul(Math.LN2),
  },
});
/** `exp(self) - 1`, exact near 0. */
export const expm1 = elementwise("expm1", Math.expm1, {
  onnx: forms.expm1,
  grad: {
    self: ({ grad, result }) => grad.mul(result.add(1)),
  },
});
/**
 * The natural logarithm of each element; -Infinity at 0, NaN below.
 * @example torch.log(torch.tensor([1])) // [0]
 */
export const log = elementwise("log", Math.log, {
  onnx: forms.same("Log"),
  grad: { self: ({ grad, self }) => grad.div(self) },
});
/**
 * The logarithm to the base 2.
 * @example torch.log2(torch.tensor([8])) // [3]
 */
export const log2 = elementwise("log2", Math.log2, {
  onnxExport: numbers.logTo(2),
  grad: {
    self: ({ grad, self }) => grad.div(self.mul(Math.LN2)),
  },
});
/** The logarithm to the base 10. */
export const log10 = elementwise("log10", Math.log10, {
  onnxExport: numbers.logTo(10),
  grad: {
    self: ({ grad, self }) => grad.div(self.mul(Math.LN10)),
  },
});
/** `log(1 + self)`, exact near 0. */
export const log1p = elementwise("log1p", Math.log1p, {
  onnx: forms.log1p,
  grad: { self: ({ grad, self }) => grad.div(self.add(1)) },
});
/** The sine of angles in radians. */
export const sin = elementwise("sin", Math.sin, {
  onnx: forms.same("Sin"),
  grad: { self: ({ grad, self }) => grad.mul(self.cos()) },
});
/**
 * The cosine of angles in radians.
 * @example torch.cos(torch.tensor([0])) // [1]
 */
export const cos = elementwise("cos", Math.cos, {
  onnx: forms.same("Cos"),
  grad: { self: ({ grad, self }) => grad.mul(self.sin().neg()) },
});
/** The tangent of angles in radians. */
export const tan = elementwise("tan", Math.tan, {
  onnx: forms.same("Tan"),
  grad: {
    self: ({ grad, result }) => grad.mul(result.pow(2).add(1)),
  },
});
/** The angle, in radians, whose sine the element is. */
export const asin = elementwise("asin", Math.asin, {
  onnx: forms.same("Asin"),
  grad: {
    self: ({ grad, self }) => grad.mul(self.mul(self).neg().add(1).rsqrt()),
  },
});
/** The angle, in radians, whose cosine the element is. */
export const acos = elementwise("acos", Math.acos, {
  onnx: forms.same("Acos"),
  grad: {
    self: ({ grad, self }) => grad.mul(self.mul(self).neg().add(1).rsqrt().neg()),
  },
});
/** The angle, in radians, whose tangent the element is. */
export const atan = elementwise("atan", Math.atan, {
  onnx: forms.same("Atan"),
  grad: {
    self: ({ grad, self }) => grad.div(self.mul(self).add(1)),
  },
});
/** The hyperbolic sine. */
export const sinh = elementwise("sinh", Math.sinh, {
  onnx: forms.same("Sinh"),
  grad: { self: ({ grad, self }) => grad.mul(self.cosh()) },
});
/** The hyperbolic cosine. */
export const cosh = elementwise("cosh", Math.cosh, {
  onnx: forms.same("Cosh"),
  grad: { self: ({ grad, self }) => grad.mul(self.sinh()) },
});
/**
 * The hyperbolic tangent: between -1 and 1.
 * @example torch.tanh(torch.tensor([0])) // [0]
 */
export const tanh = elementwise(
  "tanh",
  { exact: Math.tanh, float32: tanhOf, simd: "tanh" },
  {
    onnx: forms.same("Tanh"),
    grad: {
      self: ({ grad, result }) => grad.mul(result.mul(result).neg().add(1)),
    },
  },
);
/** `tanh`, written to `self`. */
export const tanh_ = inplaceOf(tanh);
/**
 * `1 / (1 + exp(-self))`: between 0 and 1.
 * @example torch.sigmoid(torch.tensor([0])) // [0.5]
 */
export const sigmoid = elementwise(
  "sigmoid",
  { exact: (x) => 1 / (1 + Math.exp(-x)), float32: sigmoidOf, simd: "sigmoid" },
  {
    onnx: forms.same("Sigmoid"),
    grad: {
      self: ({ grad, result }) => grad.mul(result.neg().add(1).mul(result)),
    },
  },
);
/** `sigmoid`, written to `self`. */
export const sigmoid_ = inplaceOf(sigmoid);
/**
 * The next whole number below.
 * @example torch.floor(torch.tensor([1.5, -1.5])) // [1, -2]
 */
export const floor = elementwise(
  "floor",
  Math.floor,
  { onnx: forms.same("Floor"), grad: { self: ({ grad }) => grad.zerosLike() } },
  "same",
  notBools("floor_vml_cpu"),
);
/** `floor`, written to `self`. */
export const floor_ = inplaceOf(floor);
/**
 * The next whole number above.
 * @example torch.ceil(torch.tensor([1.5, 2])) // [2, 2]
 */
export const ceil = elementwise(
  "ceil",
  Math.ceil,
  { onnx: forms.same("Ceil"), grad: { self: ({ grad }) => grad.zerosLike() } },
  "same",
  notBools("ceil_vml_cpu"),
);
/** `ceil`, written to `self`. */
export const ceil_ = inplaceOf(ceil);
/**
 * The whole number towards 0.
 * @example torch.trunc(torch.tensor([1.5, -1.5])) // [1, -1]
 */
export const trunc = elementwise(
  "trunc",
  Math.trunc,
  { onnxExport: numbers.trunc, grad: { self: ({ grad }) => grad.zerosLike() } },
  "same",
  notBools("trunc_vml_cpu"),
);
/** What is behind the decimal point, with the sign of the element. */
export const frac = elementwise(
  "frac",
  (x) => x - Math.trunc(x),
  { onnxExport: numbers.frac, grad: { self: ({ grad }) => grad } },
  "same",
  onlyFloats("frac_cpu"),
);

const roundKernel = unary(roundHalfEven);

/** Rounds to the nearest whole number, halves to even; `decimals` moves the point. */
export const round: (self: Tensor, options?: { decimals?: number }) => Tensor = aten(
  op("aten::round(Tensor self) -> Tensor", roundKernel, {
    onnx: forms.same("Round"),
    refuses: notBools("round_vml_cpu"),
    grad: { self: ({ grad }) => grad.zerosLike() },
  }),
  op("aten::round.decimals(Tensor self, *, int decimals) -> Tensor", roundDecimals, {
    grad: { self: ({ grad }) => grad.zerosLike() },
    gradName: "RoundBackward1",
  }),
);
/** `round`, written to `self`. */
export const round_ = inplaceOf(round);

function roundDecimals(self: Tensor, decimals: number): Tensor {
  refuse(onlyFloats(decimals === 0 ? "round_vml_cpu" : "round_cpu"), self.dtype);
  // Moved in the precision of torch's kernel, where 1.135 (a bit less in float32) moves to 113.5 exactly.
  const within = opMath(self.dtype) === float32 ? Math.fround : (value: number) => value;
  const scale = within(10 ** Math.abs(decimals));
  const values = valuesOf(self).slice();
  for (let i = 0; i < values.length; i++) {
    values[i] =
      decimals >= 0
        ? roundHalfEven(within(values[i] * scale)) / scale
        : roundHalfEven(within(values[i] / scale)) * scale;
  }
  return fromValues(values, self.sizes, self.dtype);
}

const isNan = unary((x) => (x !== x ? 1 : 0), "bool");
const isInf = unary(
  (x) => (x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY ? 1 : 0),
  "bool",
);
const isFiniteNumber = unary((x) => (x - x === 0 ? 1 : 0), "bool");

/**
 * Where an element is not a number, as bools.
 * @example torch.isnan(torch.tensor([1, NaN])) // [false, true]
 */
export const isnan: Elementwise = aten(op("aten::isnan(Tensor self) -> Tensor", isNan, { onnx: "IsNaN" }));
/** Where an element is infinite, as bools. */
export const isinf: Elementwise = aten(op("aten::isinf(Tensor self) -> Tensor", isInf, { onnx: "IsInf" }));
/** Where an element is neither infinite nor NaN, as bools. */
export const isfinite: Elementwise = aten(
  op("aten::isfinite(Tensor self) -> Tensor", isFiniteNumber, { onnxExport: numbers.isfinite }),
);

const notZero = unary((x) => (x === 0 ? 1 : 0), "bool");
/** In numbers, as `~` takes 32 bits only. */
const complement = unary((x) => -x - 1);

/** True where `self` is zero or false. */
export const logicalNot: Elementwise = aten(
  op("aten::logical_not(Tensor self) -> Tensor", notZero, {
    onnx: forms.logicalNot,
    grad: nonDifferentiable,
  }),
);
/** The bits of integers inverted; the logical opposite of bools. */
export const bitwiseNot: Elementwise = aten(
  op(
    "aten::bitwise_not(Tensor self) -> Tensor",
    (self) => {
      refuse(onlyIntegers("bitwise_not_cpu"), self.dtype);
      return self.dtype === bool ? notZero(self) : complement(self);
    },
    { onnxExport: numbers.bitwiseNot },
  ),
);
