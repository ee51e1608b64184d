/**
 * Comparisons, logic and choices between elements: results are bool, or one of the operands' elements.
 * Source of schemas and gradients: native_functions.yaml, tools/autograd/derivatives.yaml.
 */

import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { aten, inplaceOf, type OpFacts, op } from "../dispatch/op.ts";
import { notBools, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import type { Lowering } from "../jit/onnx/lowering.ts";
import type { Binary } from "../kernels/loops.ts";
import { binary, ternary } from "../kernels/pointwise.ts";
import { bool, uint8 } from "../tensor/dtype.ts";
import { resultType } from "../tensor/promotion.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

/** A comparison with a tensor or a number; the result is bool. Written without a branch, whose way the processor could only guess. */
export type Comparison = (self: Tensor, other: Tensor | Scalar) => Tensor;

/** A bool has no gradient; written over the operand, it leaves nothing of the operand's. */
const noGradient: OpFacts = {
  grad: { self: ({ grad }) => grad.zerosLike(), other: ({ other }) => other.zerosLike() },
};

function comparison(name: string, f: Binary, onnx: Lowering): Comparison {
  const kernel = binary(f, "bool");
  return aten<Comparison>(
    op(
      `aten::${name}.Tensor(Tensor self, Tensor other) -> Tensor` as "aten::f(Tensor self, Tensor other) -> Tensor",
      kernel,
      { ...noGradient, onnx, picks: [] },
    ),
    op(
      `aten::${name}.Scalar(Tensor self, Scalar other) -> Tensor` as "aten::f(Tensor self, Scalar other) -> Tensor",
      (self, other) => kernel(self, wrapScalar(other)),
      { ...noGradient, onnx, scalar: f, picks: [] },
    ),
  );
}

/**
 * Where the two are equal, as bools. Broadcasts.
 * @example torch.eq(x, 2) // [[false, true], [false, false]]
 */
export const eq = comparison("eq", (x, y) => Number(x === y), forms.compare("Equal"));
/** `eq`, written to `self`. */
export const eq_ = inplaceOf(eq);
/** Where the two differ, as bools. Broadcasts. */
export const ne = comparison("ne", (x, y) => Number(x !== y), forms.notEqual);
/** `ne`, written to `self`. */
export const ne_ = inplaceOf(ne);
/**
 * Where `self` is less, as bools. Broadcasts.
 * @example torch.lt(x, 3) // [[true, true], [false, false]]
 */
export const lt = comparison("lt", (x, y) => Number(x < y), forms.compare("Less"));
/** `lt`, written to `self`. */
export const lt_ = inplaceOf(lt);
/** Where `self` is less or equal, as bools. Broadcasts. */
export const le = comparison("le", (x, y) => Number(x <= y), forms.compare("LessOrEqual"));
/** `le`, written to `self`. */
export const le_ = inplaceOf(le);
/**
 * Where `self` is greater, as bools. Broadcasts.
 * @example x.gt(torch.tensor([0, 3])) // [[true, false], [true, true]]
 */
export const gt = comparison("gt", (x, y) => Number(x > y), forms.compare("Greater"));
/** `gt`, written to `self`. */
export const gt_ = inplaceOf(gt);
/** Where `self` is greater or equal, as bools. Broadcasts. */
export const ge = comparison("ge", (x, y) => Number(x >= y), forms.compare("GreaterOrEqual"));
/** `ge`, written to `self`. */
export const ge_ = inplaceOf(ge);

function logical(name: string, f: Binary, onnxName: string): (self: Tensor, other: Tensor) => Tensor {
  return aten(
    op(
      `aten::${name}(Tensor self, Tensor other) -> Tensor` as "aten::f(Tensor self, Tensor other) -> Tensor",
      binary(f, "bool"),
      { grad: nonDifferentiable, onnx: forms.logical(onnxName) },
    ),
  );
}

/** Where both are not 0, as bools. */
export const logicalAnd = logical("logical_and", (x, y) => Number(x !== 0) & Number(y !== 0), "And");
/** `logicalAnd`, written to `self`. */
export const logicalAnd_ = inplaceOf(logicalAnd);
/** Where one of the two is not 0, as bools. */
export const logicalOr = logical("logical_or", (x, y) => Number(x !== 0) | Number(y !== 0), "Or");
/** Where just one of the two is not 0, as bools. */
export const logicalXor = logical("logical_xor", (x, y) => Number((x !== 0) !== (y !== 0)), "Xor");

/** Nothing to the operand that loses, half to each where they are equal; with NaN nobody loses, as in torch. */
const tieGradient = (grad: Tensor, loses: Tensor, ties: Tensor): Tensor =>
  ties.where(grad.div(2), grad).maskedFill(loses, 0);

const greaterOf = (x: number, y: number): number => (x !== x || y !== y ? Number.NaN : x > y ? x : y);
const lesserOf = (x: number, y: number): number => (x !== x || y !== y ? Number.NaN : x < y ? x : y);
const maximumKernel = binary(greaterOf, "same", { simd: "larger" });
const minimumKernel = binary(lesserOf, "same", { simd: "smaller" });

/** The greater of two elements; NaN wins. */
export const maximum: (self: Tensor, other: Tensor) => Tensor = aten(
  op("aten::maximum(Tensor self, Tensor other) -> Tensor", maximumKernel, {
    picks: [0],
    onnx: forms.pair("Max"),
    grad: {
      self: ({ grad, self, other }) => tieGradient(grad, self.lt(other), self.eq(other)),
      other: ({ grad, self, other }) => tieGradient(grad, other.lt(self), self.eq(other)),
    },
  }),
);

/** The smaller of two elements; NaN wins. */
export const minimum: (self: Tensor, other: Tensor) => Tensor = aten(
  op("aten::minimum(Tensor self, Tensor other) -> Tensor", minimumKernel, {
    picks: [0],
    onnx: forms.pair("Min"),
    grad: {
      self: ({ grad, self, other }) => tieGradient(grad, self.gt(other), self.eq(other)),
      other: ({ grad, self, other }) => tieGradient(grad, other.gt(self), self.eq(other)),
    },
  }),
);

function clampKernel(self: Tensor, min: Tensor | null, max: Tensor | null): Tensor {
  if (min === null && max === null)
    throw new RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None");
  // A limit is one in the dtype of all three: -8 is 248 of bytes, but not where the other limit is a float.
  const common = resultType([self, min, max].filter((tensor) => tensor !== null));
  const x = self.dtype === common ? self : self.to(common);
  const lower = min === null ? x : maximumKernel(x, min);
  return max === null ? lower : minimumKernel(lower, max);
}

/** With one limit it is `maximum` or `minimum`, which take bools. */
function clampTensors(self: Tensor, min: Tensor | null, max: Tensor | null): Tensor {
  if (min !== null && max !== null) refuse(notBools("clamp_cpu"), resultType([self, min, max]));
  return clampKernel(self, min, max);
}

function clamped(x: number, min: number | null, max: number | null): number {
  const lower = min === null ? x : greaterOf(x, min);
  return max === null ? lower : lesserOf(lower, max);
}

const clampFacts: OpFacts = {
  onnx: forms.clamp,
  scalar: clamped,
  grad: {
    self: ({ grad, self, min, max }) => {
      let inside: Tensor | null = min === null ? null : self.ge(min);
      if (max !== null) inside = inside === null ? self.le(max) : inside.logicalAnd(self.le(max));
      return inside === null ? grad : grad.mul(inside);
    },
  },
};

/**
 * Each element, but at least `min` and at most `max`; either may be left out.
 * @example x.clamp(2, 3) // [[2, 2], [3, 3]]
 */
export const clamp: Clamp = aten(
  op(
    "aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
    (self, min, max) => {
      const [lower, upper] = [min, max].map((limit) => (limit === null ? null : wrapScalar(limit)));
      const limits = [lower, upper].filter((limit) => limit !== null);
      const sides = min === null ? "max_" : max === null ? "min_" : "";
      refuse(notBools(`clamp_${sides}scalar_cpu`), resultType([self, ...limits]));
      return clampKernel(self, lower, upper);
    },
    clampFacts,
  ),
  op("aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor", clampTensors, {
    ...clampFacts,
    grad: {
      ...clampFacts.grad,
      min: ({ grad, self, min, max }) =>
        grad.mul(max === null ? self.lt(min) : self.lt(min).logicalAnd(min.lt(max))),
      max: ({ grad, self, min, max }) =>
        grad.mul(min === null ? self.gt(max) : self.gt(max).logicalOr(max.lt(min))),
    },
    gradName: "ClampBackward1",
  }),
);
/** `clamp`, written to `self`. */
export const clamp_ = inplaceOf(clamp);

/** Limits for `clamp`, by position or by name. */
export interface Clamp {
  (self: Tensor, min?: Tensor | Scalar | null, max?: Tensor | Scalar | null): Tensor;
  (self: Tensor, options: { min?: Tensor | Scalar | null; max?: Tensor | Scalar | null }): Tensor;
}

const chosenOf = (condition: number, x: number, y: number): number => (condition !== 0 ? x : y);
const choose = ternary(chosenOf);

function whereKernel(condition: Tensor, self: Tensor, other: Tensor): Tensor {
  if (condition.dtype !== bool && condition.dtype !== uint8) {
    throw new RuntimeError(
      `where expected condition to be a boolean tensor, but got a tensor with dtype ${condition.dtype.scalarName}`,
    );
  }
  const dtype = self.dtype === other.dtype && !self.wrapped ? self.dtype : resultType([self, other]);
  return choose(condition, self, other, [condition.dtype, dtype, dtype], dtype);
}

/** Conditions may be bytes, which masks may not. */
const zeroWhere = (condition: Tensor, grad: Tensor): Tensor =>
  grad.maskedFill(condition.dtype === bool ? condition : condition.to(bool), 0);

/** `self` where `condition` is true, else `other`; with `condition` alone the indices of what is true, for each dimension. */
export interface Where {
  (condition: Tensor, self: Tensor | Scalar, other: Tensor | Scalar): Tensor;
  (condition: Tensor): readonly Tensor[];
}

/**
 * `self` where `condition` is true, else `other`, all broadcast; with the condition alone the indices where it is true.
 * @example torch.where(x.gt(2), x, 0) // [[0, 0], [3, 4]]
 */
export const where: Where = aten(
  op("aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", whereKernel, {
    picks: [0],
    onnx: forms.where,
    scalar: (condition: number, x: number, y: number) => chosenOf(condition, x, y),
    grad: {
      self: ({ grad, condition }) => zeroWhere(condition.logicalNot(), grad),
      other: ({ grad, condition }) => zeroWhere(condition, grad),
    },
  }),
  op(
    "aten::where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor",
    (condition, self, other) => where(condition, wrapScalar(self), other),
    { onnx: forms.where, composite: true },
  ),
  op(
    "aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor",
    (condition, self, other) => where(condition, self, wrapScalar(other)),
    { onnx: forms.where, composite: true },
  ),
  op(
    "aten::where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor",
    (condition, self, other) => where(condition, wrapScalar(self), wrapScalar(other)),
    { composite: true },
  ),
  op(
    "aten::where(Tensor condition) -> Tensor[]",
    (condition) => (condition.ndim === 0 ? condition.unsqueeze(0) : condition).nonzero().unbind(1),
    { composite: true },
  ),
);

/**
 * True if both have the same shape and elements.
 * @example torch.equal(x, x.clone()) // true
 */
export const equal: (self: Tensor, other: Tensor) => boolean = aten(
  op("aten::equal(Tensor self, Tensor other) -> bool", (self, other) => {
    if (self.sizes.length !== other.sizes.length || self.sizes.some((size, i) => size !== other.sizes[i]))
      return false;
    return self.eq(other).all().item<boolean>();
  }),
);
