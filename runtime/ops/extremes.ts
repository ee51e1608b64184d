/**
 * Extremes along several dimensions, counts, sums that skip NaN, log-sum-exp, vector norms; mean and spread at once.
 * Source: derivatives.yaml, aten/src/ATen/native/ReduceOps.cpp, LinearAlgebra.cpp (linalg_vector_norm).
 */

import { aten, type GradFormula, op } from "../dispatch/op.ts";
import { notBools } from "../dispatch/refusal.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import * as ordering from "../jit/onnx/ordering.ts";
import { type Reducer, reduce } from "../kernels/reduce.ts";
import { checkNarrowing } from "../kernels/square.ts";
import { bool, type DType, float64, int64 } from "../tensor/dtype.ts";
import { wrapDim, wrapDims } from "../tensor/geometry.ts";
import { toFloating } from "../tensor/promotion.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { SpreadOptions } from "./spread.ts";

type Dims = readonly number[] | null;

/** Puts reduced dimensions back with size 1. */
function restored(grad: Tensor, self: Tensor, dims: Dims, keepdim: boolean): Tensor {
  if (keepdim || self.ndim === 0) return grad;
  const wrapped = wrapDims(dims ?? [], self.ndim, true);
  return grad.reshape(self.sizes.map((size, i) => (wrapped.includes(i) ? 1 : size)));
}

const extremeReducer =
  (better: (x: number, best: number) => boolean): Reducer =>
  (x, start, count, step) => {
    let best = x[start];
    for (let i = 1, p = start + step; i < count; i++, p += step) {
      if (Number.isNaN(x[p]) || better(x[p], best)) best = x[p];
    }
    return best;
  };

const greatest = extremeReducer((x, best) => x > best);
const least = extremeReducer((x, best) => x < best);

function extreme(
  self: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  name: string,
  reducer: Reducer,
): Tensor {
  const wrapped = wrapDims(dims, self.ndim, true);
  if (self.elements === 0) {
    if (dims.length === 0) {
      throw new RuntimeError(
        `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
      );
    }
    for (const d of wrapped) {
      if (self.sizes[d] === 0)
        throw new IndexError(`${name}(): Expected reduction dim ${d} to have non-zero size.`);
    }
  }
  return reduce(self, dims, keepdim, self.dtype, reducer);
}

/** The gradient goes in equal shares to all elements that reach the extreme. */
const shared: GradFormula = ({ grad, self, dim, keepdim, result }) => {
  const mask = self.eq(restored(result, self, dim, keepdim));
  const count = mask.sum(wrapDims(dim, self.ndim, true), true) as Tensor;
  return restored(grad, self, dim, keepdim).mul(mask).div(count);
};

/** An extreme over dimensions (none: all). */
export type ExtremeOver = (self: Tensor, dim?: number | readonly number[], keepdim?: boolean) => Tensor;

function extremeRow(name: string, reducer: Reducer, reduce: string): ExtremeOver {
  return aten(
    op(
      `aten::${name}(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor` as "aten::f(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
      (self, dim, keepdim) => extreme(self, dim, keepdim, name, reducer),
      { onnxExport: ordering.extremesOver(reduce), picks: [0], grad: { self: shared } },
    ),
  );
}

/** The greatest elements; ties share the gradient. */
export const amax = extremeRow("amax", greatest, "ReduceMax");
/** The smallest elements; ties share the gradient. */
export const amin = extremeRow("amin", least, "ReduceMin");

/** The smallest and the greatest elements. */
export const aminmax: (
  self: Tensor,
  options?: { dim?: number | null; keepdim?: boolean },
) => readonly [min: Tensor, max: Tensor] = aten(
  op(
    "aten::aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)",
    (self, dim, keepdim) => {
      const dims = dim === null ? [] : [dim];
      if (dim === null && self.elements === 0) {
        throw new RuntimeError(
          "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
        );
      }
      if (dim !== null && self.sizes[wrapDim(dim, self.ndim)] === 0) {
        const d = wrapDim(dim, self.ndim);
        throw new IndexError(`aminmax: Expected reduction dim ${d} to have non-zero size.`);
      }
      return [amin(self, dims, keepdim), amax(self, dims, keepdim)];
    },
    { composite: true },
  ),
);

/** How many elements are not zero, of all or along dimensions. */
export const countNonzero: (self: Tensor, dim?: number | readonly number[] | null) => Tensor = aten(
  op(
    "aten::count_nonzero(Tensor self, int? dim=None) -> Tensor",
    (self, dim) => countOver(self, dim === null ? [] : [dim]),
    { onnxExport: numbers.countNonzero },
  ),
  op("aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor", countOver, {
    onnxExport: numbers.countNonzero,
  }),
);

function countOver(self: Tensor, dims: readonly number[]): Tensor {
  return reduce(self.ne(0), dims, false, int64, (x, start, count, step) => {
    let n = 0;
    for (let i = 0, p = start; i < count; i++, p += step) n += x[p];
    return n;
  });
}

/** A reduction that skips NaN. */
export type NanReduction = (
  self: Tensor,
  dim?: number | readonly number[] | null,
  keepdim?: boolean,
  options?: { dtype?: DType },
) => Tensor;

const zeroNan = (self: Tensor): Tensor =>
  self.isFloatingPoint() ? self.isnan().where(self.zerosLike(), self) : self;

/** The sum without the NaNs. */
export const nansum: NanReduction = aten(
  op(
    "aten::nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, dim, keepdim, dtype) => {
      const sum = zeroNan(self).sum(dim ?? [], keepdim, dtype === null ? {} : { dtype });
      return dtype === bool ? sum.ne(0) : sum;
    },
    {
      grad: {
        self: ({ grad, self, dim, keepdim }) =>
          restored(grad, self, dim, keepdim).expand(self.sizes).to(self.dtype).mul(self.isnan().logicalNot()),
      },
    },
  ),
);

/** The mean without the NaNs. */
export const nanmean: NanReduction = aten(
  op(
    "aten::nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, dim, keepdim, dtype) => {
      if (!self.isFloatingPoint()) {
        throw new RuntimeError(
          `nanmean(): expected input to have floating point or complex dtype but got ${self.dtype.scalarName}`,
        );
      }
      if (dtype !== null && dtype.category !== "floating") {
        throw new RuntimeError(
          `nanmean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. Got: ${dtype.scalarName}`,
        );
      }
      const count = self
        .detach()
        .isnan()
        .logicalNot()
        .sum(dim ?? [], keepdim) as Tensor;
      return nansum(self, dim, keepdim, dtype === null ? {} : { dtype }).div(count);
    },
    { composite: true },
  ),
);

/** `log(sum(exp(self)))`, computed stably. */
export const logsumexp: (self: Tensor, dim: number | readonly number[], keepdim?: boolean) => Tensor = aten(
  op(
    "aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
    (self, dim, keepdim) => {
      const x = self.to(toFloating(self.dtype));
      if (dim.length === 0 && !keepdim && self.ndim > 0 && self.elements > 0) {
        throw new RuntimeError(
          `output with shape [] doesn't match the broadcast shape [${self.sizes.map(() => 1).join(", ")}]`,
        );
      }
      return reduce(x, dim, keepdim, x.dtype, (values, start, count, step) => {
        let max = Number.NEGATIVE_INFINITY;
        for (let i = 0, p = start; i < count; i++, p += step) {
          if (values[p] > max || Number.isNaN(values[p])) max = values[p];
        }
        const base = Number.isFinite(max) ? max : 0;
        let sum = 0;
        for (let i = 0, p = start; i < count; i++, p += step) sum += Math.exp(values[p] - base);
        return Math.log(sum) + base;
      });
    },
    {
      onnxExport: numbers.logsumexp,
      grad: {
        self: ({ grad, self, dim, keepdim, result }) =>
          restored(grad, self, dim, keepdim).mul(self.sub(restored(result, self, dim, keepdim)).exp()),
      },
    },
  ),
);

/** The p-norm of the elements as one vector, or of vectors along dimensions. */
export const linalgVectorNorm: (
  self: Tensor,
  ord?: Scalar,
  dim?: number | readonly number[] | null,
  keepdim?: boolean,
  options?: { dtype?: DType },
) => Tensor = aten(
  op(
    "aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, ord, dim, keepdim, dtype) => {
      if (!self.isFloatingPoint()) {
        throw new RuntimeError(
          `linalg.vector_norm: Expected a floating point or complex tensor as input. Got ${self.dtype.scalarName}`,
        );
      }
      checkNarrowing("linalg.vector_norm", self.dtype, dtype);
      const p = scalarValue(ord);
      const dims = dim ?? [];
      const wrapped = wrapDims(dims, self.ndim, true);
      const empty = wrapped.some((d) => self.sizes[d] === 0);
      if (empty && (p < 0 || p === Number.POSITIVE_INFINITY)) {
        throw new RuntimeError(
          `linalg.vector_norm cannot compute the ${p} norm on an empty tensor because the operation does not have an identity`,
        );
      }
      const isOfSingles = wrapped.every((d) => self.sizes[d] === 1);
      return reduce(
        self.to(dtype ?? self.dtype),
        dims,
        keepdim,
        dtype ?? self.dtype,
        // The norm of a single element is its size, without a way through its power.
        isOfSingles && p !== 0 ? normReducer(1, float64) : normReducer(p, dtype ?? self.dtype),
      );
    },
    {
      onnxExport: numbers.vectorNorm,
      grad: {
        self: ({ grad, self, ord, dim, keepdim, result }) =>
          normGradient(
            restored(grad, self, dim, keepdim),
            self,
            scalarValue(ord),
            dim ?? [],
            restored(result, self, dim, keepdim),
          ),
      },
    },
  ),
);

/** Powers are summed in the dtype's range: what overflows there has an infinite norm, as in torch. */
function normReducer(p: number, dtype: DType): Reducer {
  const inRange = dtype === float64 ? (sum: number) => sum : Math.fround;
  return (x, start, count, step) => {
    let result = p === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : 0;
    for (let i = 0, at = start; i < count; i++, at += step) {
      const size = Math.abs(x[at]);
      if (p === Number.POSITIVE_INFINITY) result = Number.isNaN(size) || size > result ? size : result;
      else if (p === Number.NEGATIVE_INFINITY) result = Number.isNaN(size) || size < result ? size : result;
      else if (p === 0) result += size === 0 ? 0 : 1;
      else result += p === 2 ? size * size : p === 1 ? size : size ** p;
    }
    if (!Number.isFinite(p) || p === 0 || p === 1) return result;
    return p === 2 ? Math.sqrt(inRange(result)) : inRange(result) ** (1 / p);
  };
}

function normGradient(grad: Tensor, self: Tensor, p: number, dims: readonly number[], norm: Tensor): Tensor {
  if (p === 0) return self.zerosLike();
  if (p === 1) return self.sgn().mul(grad);
  if (p === 2) return self.div(norm).maskedFill(norm.eq(0), 0).mul(grad);
  if (!Number.isFinite(p)) {
    const hits = self.abs().eq(norm).logicalOr(self.isnan().logicalAnd(norm.isnan()));
    const count = hits.sum(wrapDims(dims, self.ndim, true), true) as Tensor;
    return self.sgn().mul(grad.div(count)).mul(hits);
  }
  const scale = grad.div(norm.pow(p - 1));
  const slope =
    p < 2
      ? self
          .sgn()
          .mul(self.abs().pow(p - 1))
          .maskedFill(self.eq(0), 0)
      : self.mul(self.abs().pow(p - 2));
  return slope.mul(scale).maskedFill(norm.eq(0), 0);
}

/** Spread and mean at once. */
export interface SpreadAndMean {
  (self: Tensor, unbiased?: boolean): [spread: Tensor, mean: Tensor];
  (
    self: Tensor,
    dim: number | readonly number[] | null,
    unbiased?: boolean,
    keepdim?: boolean,
  ): [spread: Tensor, mean: Tensor];
  (
    self: Tensor,
    dim?: number | readonly number[] | null,
    options?: SpreadOptions,
  ): [spread: Tensor, mean: Tensor];
}

function spreadAndMean(name: "std" | "var"): SpreadAndMean {
  const both = (self: Tensor, dims: Dims, correction: number, keepdim: boolean): [Tensor, Tensor] => {
    if (!self.isFloatingPoint())
      throw new RuntimeError(`${name}_mean only support floating point and complex dtypes`);
    const spread = self[name](dims, { correction, keepdim }) as Tensor;
    return [spread, self.mean(dims ?? [], keepdim) as Tensor];
  };
  return aten(
    op(
      `aten::${name}_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)` as "aten::f(Tensor self, bool unbiased=True) -> (Tensor, Tensor)",
      (self, unbiased) => both(self, null, unbiased ? 1 : 0, false),
      { composite: true },
    ),
    op(
      `aten::${name}_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)` as "aten::f(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)",
      (self, dim, unbiased, keepdim) => both(self, dim, unbiased ? 1 : 0, keepdim),
      { composite: true },
    ),
    op(
      `aten::${name}_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)` as "aten::f(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)",
      (self, dim, correction, keepdim) =>
        both(self, dim, correction === null ? 1 : scalarValue(correction), keepdim),
      { composite: true },
    ),
  );
}

/** `std` and `mean` at once. */
export const stdMean: SpreadAndMean = spreadAndMean("std");
/** `var` and `mean` at once. */
export const varMean: SpreadAndMean = spreadAndMean("var");

/** The sum of the diagonal of a matrix. */
export const trace: (self: Tensor) => Tensor = aten(
  op(
    "aten::trace(Tensor self) -> Tensor",
    (self) => {
      if (self.ndim !== 2)
        throw new RuntimeError(`trace: expected a matrix, but got tensor with dim ${self.ndim}`);
      return self.diagonal().sum();
    },
    {
      refuses: notBools("trace"),
      grad: {
        self: ({ grad, self }) => {
          const out = self.zerosLike();
          out.diagonal().fill_(grad);
          return out;
        },
      },
    },
  ),
);

/** Slices along `dim` scaled down so that their p-norm is at most `maxnorm`. */
export const renorm: (self: Tensor, p: Scalar, dim: number, maxnorm: Scalar) => Tensor = aten(
  op(
    "aten::renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor",
    (self, p, dim, maxnorm) => {
      if (self.ndim < 2)
        throw new RuntimeError(`renorm: input needs at least 2 dimensions, got ${self.ndim} dimensions`);
      if (!(scalarValue(p) > 0)) throw new RuntimeError("renorm: non-positive-norm not supported");
      if (!(scalarValue(maxnorm) >= 0))
        throw new RuntimeError(`renorm: expected maxnorm to be >= 0 but got ${scalarValue(maxnorm)}`);
      const d = wrapDim(dim, self.ndim);
      const others = self.sizes.map((_, i) => i).filter((i) => i !== d);
      const norm = linalgVectorNorm(self, p, others, true);
      const limit = scalarValue(maxnorm);
      const factor = norm.gt(limit).where(norm.add(1e-7).reciprocal().mul(limit), norm.detach().onesLike());
      return self.mul(factor);
    },
    { composite: true },
  ),
);
