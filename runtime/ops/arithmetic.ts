/**
 * Arithmetic between tensors and numbers: sums, products, quotients and remainders; powers are powers.ts's.
 * Source of schemas and gradients: native_functions.yaml, tools/autograd/derivatives.yaml.
 */

import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { aten, op } from "../dispatch/op.ts";
import { inCommon, notBools, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as division from "../jit/onnx/division.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import { checkFactor } from "../kernels/alpha.ts";
import * as formulas from "../kernels/formula.ts";
import * as integers from "../kernels/integers.ts";
import { binary, ternary, unary } from "../kernels/pointwise.ts";
import { withFormula } from "../kernels/scalar-formulas.ts";
import { bool } from "../tensor/dtype.ts";
import { resultType } from "../tensor/promotion.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

const addKernel = binary((x, y) => x + y, "same", { simd: "add", bool: (x, y) => x | y });
const subKernel = binary((x, y) => x - y, "same", { simd: "sub" });
const productOf = withFormula((x: number, y: number): number => x * y, formulas.mul);
const mulKernel = binary(productOf, "same", {
  simd: "mul",
  exact: true,
  narrow: integers.multiplyNarrow,
  bool: (x, y) => x & y,
});
const multiple = (alpha: formulas.Formula, x: formulas.Formula): formulas.Formula =>
  alpha.kind === "constant" && alpha.value === 1 ? x : formulas.mul(alpha, x);
const sumOf = withFormula(
  (x: number, y: number, alpha: number): number => x + alpha * y,
  (x, y, alpha) => formulas.add(x, multiple(alpha, y)),
);
const differenceOf = withFormula(
  (x: number, y: number, alpha: number): number => x - alpha * y,
  (x, y, alpha) => formulas.sub(x, multiple(alpha, y)),
);
const reversedDifferenceOf = withFormula(
  (x: number, y: number, alpha: number): number => y - alpha * x,
  (x, y, alpha) => formulas.sub(y, multiple(alpha, x)),
);
const scaledAdd = ternary(sumOf);

function addScaled(self: Tensor, other: Tensor, alpha: Scalar): Tensor {
  if (alpha === 1) return addKernel(self, other);
  const dtype = resultType([self, other]);
  checkFactor("alpha", alpha, dtype);
  const factor = wrapScalar(alpha);
  if (dtype === bool) return addKernel(self, mulKernel(other, factor.ne(0)));
  return scaledAdd(
    self,
    other.dtype === dtype ? other : other.to(dtype),
    factor,
    [dtype, dtype, dtype],
    dtype,
  );
}

function subtractScaled(self: Tensor, other: Tensor, alpha: Scalar): Tensor {
  if (self.dtype === bool && other.dtype === bool) {
    throw new RuntimeError(
      "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
    );
  }
  if (self.dtype === bool || other.dtype === bool) {
    throw new RuntimeError(
      "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, " +
        "use the `~` or `logical_not()` operator instead.",
    );
  }
  if (alpha === 1) return subKernel(self, other);
  checkFactor("alpha", alpha, resultType([self, other]));
  return addScaled(self, other, typeof alpha === "object" ? { ...alpha, value: -alpha.value } : -alpha);
}

/**
 * `self + alpha * other`. Broadcasts and promotes.
 * @example x.add(1) // [[2, 3], [4, 5]]
 * @example x.add(x, { alpha: 2 }) // [[3, 6], [9, 12]]
 */
export const add: (
  self: Tensor,
  other: Tensor | Scalar,
  options?: { alpha?: Scalar; out?: Tensor },
) => Tensor = aten(
  op("aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", addScaled, {
    onnx: forms.scaledPair("Add"),
    scalar: sumOf,
    numbers: true,
    grad: { self: ({ grad }) => grad, other: ({ grad, alpha }) => scaled(grad, alpha) },
  }),
  op(
    "aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    (self, other, alpha) => addScaled(self, wrapScalar(other), alpha),
    {
      onnx: forms.scaledPair("Add"),
      scalar: sumOf,
      grad: { self: ({ grad }) => grad },
      gradName: "AddBackward1",
    },
  ),
);

/** `self - alpha * other`. Broadcasts and promotes; bool tensors are refused. */
export const sub: (
  self: Tensor,
  other: Tensor | Scalar,
  options?: { alpha?: Scalar; out?: Tensor },
) => Tensor = aten(
  op("aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", subtractScaled, {
    onnx: forms.scaledPair("Sub"),
    scalar: differenceOf,
    numbers: true,
    grad: { self: ({ grad }) => grad, other: ({ grad, alpha }) => scaled(grad.neg(), alpha) },
  }),
  op(
    "aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    (self, other, alpha) => subtractScaled(self, wrapScalar(other), alpha),
    {
      onnx: forms.scaledPair("Sub"),
      scalar: differenceOf,
      grad: { self: ({ grad }) => grad },
      gradName: "SubBackward1",
    },
  ),
);

/** `other - alpha * self`. */
export const rsub: (self: Tensor, other: Tensor | Scalar, options?: { alpha?: Scalar }) => Tensor = aten(
  op(
    "aten::rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    (self, other, alpha) => subtractScaled(other, self, alpha),
    {
      onnx: numbers.reverseSub,
      scalar: reversedDifferenceOf,
      grad: { self: ({ grad, alpha }) => scaled(grad.neg(), alpha), other: ({ grad }) => grad },
    },
  ),
  op(
    "aten::rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    (self, other, alpha) => subtractScaled(wrapScalar(other), self, alpha),
    {
      onnx: numbers.reverseSub,
      scalar: reversedDifferenceOf,
      grad: { self: ({ grad, alpha }) => scaled(grad.neg(), alpha) },
      gradName: "RsubBackward1",
    },
  ),
);

const scaled = (grad: Tensor, factor: Scalar): Tensor => (factor === 1 ? grad : grad.mul(factor));

/**
 * `self * other`. Broadcasts and promotes.
 * @example x.mul(torch.tensor([1, 10])) // [[1, 20], [3, 40]]
 */
export const mul: (self: Tensor, other: Tensor | Scalar, options?: { out?: Tensor }) => Tensor = aten(
  op("aten::mul.Tensor(Tensor self, Tensor other) -> Tensor", mulKernel, {
    onnx: forms.pair("Mul"),
    numbers: true,
    grad: { self: ({ grad, other }) => grad.mul(other), other: ({ grad, self }) => grad.mul(self) },
  }),
  op(
    "aten::mul.Scalar(Tensor self, Scalar other) -> Tensor",
    (self, other) => mulKernel(self, wrapScalar(other)),
    {
      onnx: forms.pair("Mul"),
      scalar: productOf,
      grad: { self: ({ grad, other }) => grad.mul(other) },
      gradName: "MulBackward1",
    },
  ),
);

const quotientOf = withFormula((x: number, y: number): number => x / y, formulas.div);
const trueDivide = binary(quotientOf, "float", { simd: "div", exact: true });
const floorDivideKernel = binary(floorQuotient, "same", {
  exact: true,
  integral: integers.floorQuotient,
});
const truncDivide = binary((x, y) => Math.trunc(x / y), "same", {
  exact: true,
  integral: integers.truncQuotient,
});

/** Floor of a quotient, exact where rounding `x / y` first would not be. */
function floorQuotient(x: number, y: number): number {
  if (y === 0) return x / y;
  const mod = x % y;
  let quotient = (x - mod) / y;
  if (mod !== 0 && mod < 0 !== y < 0) quotient -= 1;
  if (quotient === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function divide(self: Tensor, other: Tensor, mode: string | null): Tensor {
  if (mode === null) return trueDivide(self, other);
  if (mode === "floor" || mode === "trunc") {
    refuse(notBools(`div_${mode}_cpu`), resultType([self, other]));
    return mode === "floor" ? floorDivideKernel(self, other) : truncDivide(self, other);
  }
  throw new RuntimeError(
    `div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '${mode}'`,
  );
}

/**
 * `self / other`; integers give floats unless `roundingMode` is "floor" or "trunc".
 * @example x.div(2) // [[0.5, 1], [1.5, 2]]
 * @example x.div(2, { roundingMode: "floor" }) // [[0, 1], [1, 2]]
 */
export const div: (
  self: Tensor,
  other: Tensor | Scalar,
  options?: { roundingMode?: "floor" | "trunc"; out?: Tensor },
) => Tensor = aten(
  op("aten::div.Tensor(Tensor self, Tensor other) -> Tensor", trueDivide, {
    onnx: division.divide,
    numbers: true,
    grad: {
      self: ({ grad, other }) => grad.div(other),
      other: ({ grad, self, other }) => grad.neg().mul(self.div(other).div(other)),
    },
  }),
  op("aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor", divide, {
    onnx: division.divide,
    numbers: true,
    gradName: "DivBackward1",
    grad: {
      self: ({ grad, other, rounding_mode: mode }) => (mode === null ? grad.div(other) : grad.zerosLike()),
      other: ({ grad, self, other, rounding_mode: mode }) =>
        mode === null ? grad.neg().mul(self.div(other).div(other)) : other.zerosLike(),
    },
  }),
  op(
    "aten::div.Scalar(Tensor self, Scalar other) -> Tensor",
    (self, other) => trueDivide(self, wrapScalar(other)),
    {
      onnx: division.divide,
      scalar: quotientOf,
      grad: { self: ({ grad, other }) => grad.div(other) },
      gradName: "DivBackward2",
    },
  ),
  op(
    "aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor",
    (self, other, mode) => divide(self, wrapScalar(other), mode),
    {
      onnx: division.divide,
      gradName: "DivBackward3",
      grad: {
        self: ({ grad, other, rounding_mode: mode }) => (mode === null ? grad.div(other) : grad.zerosLike()),
      },
    },
  ),
);

/** `floor(self / other)`, keeping integer dtypes. Throws on division of integers by zero. */
export const floorDivide: (self: Tensor, other: Tensor | Scalar) => Tensor = aten(
  op("aten::floor_divide(Tensor self, Tensor other) -> Tensor", floorDivideKernel, {
    onnx: division.floorDivide,
    onnxExport: division.floorDivideByAny,
    refuses: inCommon(notBools("div_floor_cpu")),
    numbers: true,
    grad: nonDifferentiable,
  }),
  op(
    "aten::floor_divide.Scalar(Tensor self, Scalar other) -> Tensor",
    (self, other) => floorDivideKernel(self, wrapScalar(other)),
    { onnx: division.floorDivide, refuses: inCommon(notBools("div_floor_cpu")), grad: nonDifferentiable },
  ),
);

const negative = withFormula(
  (x: number): number => -x,
  (x) => formulas.mul(formulas.constant(-1), x),
);
const negateNumbers = unary(negative);

/** `-self`. */
export const neg: (self: Tensor) => Tensor = aten(
  op("aten::neg(Tensor self) -> Tensor", negate, {
    onnx: "Neg",
    scalar: negative,
    grad: { self: ({ grad }) => grad.neg() },
  }),
);

function negate(self: Tensor): Tensor {
  if (self.dtype === bool) {
    throw new RuntimeError(
      "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
    );
  }
  return negateNumbers(self);
}

const remainderKernel = binary(remainderOf, "same", { integral: remainderOfIntegers });

/** The remainder with the sign of the divisor, as Python's `%`. */
function remainderOf(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

function remainderOfIntegers(x: number, y: number): number {
  if (y === 0) throw new RuntimeError("ZeroDivisionError");
  return remainderOf(x, y) + 0;
}

/** The remainder with the sign of `other`. */
export const remainder: (self: Tensor, other: Tensor | Scalar) => Tensor = aten(
  op("aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor", remainderKernel, {
    onnxExport: numbers.remainder,
    refuses: inCommon(notBools("remainder_cpu")),
    grad: {
      self: ({ grad }) => grad,
      other: ({ grad, self, other }) => grad.neg().mul(self.div(other, { roundingMode: "floor" })),
    },
  }),
  op(
    "aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor",
    (self, other) => remainderKernel(self, wrapScalar(other)),
    {
      onnxExport: numbers.remainder,
      refuses: inCommon(notBools("remainder_cpu")),
      grad: { self: ({ grad }) => grad },
    },
  ),
  op(
    "aten::remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor",
    (self, other) => remainderKernel(wrapScalar(self), other),
    { refuses: inCommon(notBools("remainder_cpu")) },
  ),
);
