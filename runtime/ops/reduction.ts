/**
 * Reductions: sums, means, products, extremes and their places, over all elements or along dimensions.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/ReduceOps.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { alongDim } from "../kernels/along-dim.ts";
import { extremeOfAll, extremesAlong, type Reducer, reduce, sumAll } from "../kernels/reduce.ts";
import { fromValues, valuesAs } from "../tensor/access.ts";
import { bool, type DType } from "../tensor/dtype.ts";
import { numelOf, wrapDim, wrapDims } from "../tensor/geometry.ts";
import { late } from "../tensor/late.ts";
import { toAccumulated, toFloating } from "../tensor/promotion.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A reduction over all elements, or over one or several dimensions. */
export interface DimReduction {
  (self: Tensor, options?: { dtype?: DType }): Tensor;
  (
    self: Tensor,
    dim: number | readonly number[] | null,
    keepdim?: boolean,
    options?: { dtype?: DType },
  ): Tensor;
}

const all: readonly number[] = [];

/** Puts reduced dimensions back with size 1, so that a gradient can broadcast over them. */
function restoreDims(
  grad: Tensor,
  sizes: readonly number[],
  dims: readonly number[] | null,
  keepdim: boolean,
): Tensor {
  if (keepdim || sizes.length === 0) return grad;
  const wrapped = wrapDims(dims ?? all, sizes.length, true);
  return grad.reshape(sizes.map((size, i) => (wrapped.includes(i) ? 1 : size)));
}

const expandGradient = (
  grad: Tensor,
  self: Tensor,
  dims: readonly number[] | null,
  keepdim: boolean,
): Tensor => restoreDims(grad, self.sizes, dims, keepdim).expand(self.sizes);

function sumKernel(
  self: Tensor,
  dims: readonly number[] | null,
  keepdim: boolean,
  dtype: DType | null,
): Tensor {
  return reduce(self, dims ?? all, keepdim, dtype ?? toAccumulated(self.dtype), sumAll);
}

/** The sum of the elements, of all or along dimensions. Integers sum to int64. */
export const sum: DimReduction = aten(
  op(
    "aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    (self, dtype) => sumKernel(self, null, false, dtype),
    {
      grad: { self: ({ grad, self }) => grad.expand(self.sizes) },
    },
  ),
  op(
    "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    sumKernel,
    {
      gradName: "SumBackward1",
      grad: { self: ({ grad, self, dim, keepdim }) => expandGradient(grad, self, dim, keepdim) },
    },
  ),
);

function meanKernel(
  self: Tensor,
  dims: readonly number[] | null,
  keepdim: boolean,
  dtype: DType | null,
): Tensor {
  const result = dtype ?? self.dtype;
  if (result.category !== "floating") {
    throw new RuntimeError(
      `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${result.scalarName}`,
    );
  }
  return reduce(self, dims ?? all, keepdim, result, meanAll);
}

const meanAll: Reducer = (x, start, count, step) => sumAll(x, start, count, step) / count;

/** The mean of the elements, of all or along dimensions. */
export const mean: DimReduction = aten(
  op(
    "aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    (self, dtype) => meanKernel(self, null, false, dtype),
    {
      grad: { self: ({ grad, self }) => grad.expand(self.sizes).div(self.elements) },
    },
  ),
  op(
    "aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    meanKernel,
    {
      gradName: "MeanBackward1",
      grad: {
        self: ({ grad, self, dim, keepdim }) => {
          const count = wrapDims(dim ?? all, self.sizes.length, true).reduce(
            (n, d) => n * (self.sizes[d] ?? 1),
            1,
          );
          return expandGradient(grad, self, dim, keepdim).div(count);
        },
      },
    },
  ),
);

const productAll: Reducer = (x, start, count, step) => {
  let product = 1;
  for (let i = 0, p = start; i < count; i++, p += step) product *= x[p];
  return product;
};

/** The product of the elements, of all or along one dimension. Integers multiply to int64. */
export const prod: DimReduction = aten(
  op(
    "aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    (self, dtype) => reduce(self, all, false, dtype ?? toAccumulated(self.dtype), productAll),
    { grad: { self: ({ grad, self }) => productGradient(grad, self.reshape([-1]), 0).reshape(self.sizes) } },
  ),
  op(
    "aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, dim, keepdim, dtype) =>
      reduce(self, [dim], keepdim, dtype ?? toAccumulated(self.dtype), productAll),
    {
      gradName: "ProdBackward1",
      grad: {
        self: ({ grad, self, dim, keepdim }) =>
          self.sizes.length === 0 ? grad : productGradient(keepdim ? grad : grad.unsqueeze(dim), self, dim),
      },
    },
  ),
);

/** The product of all other elements of the line: right also where some are zero. */
function productGradient(grad: Tensor, self: Tensor, dim: number): Tensor {
  const n = self.sizes[wrapDim(dim, self.sizes.length)];
  const slopes = Array.from({ length: n }, (_, i) => {
    const others = self
      .narrow(dim, 0, i)
      .prod(dim, true)
      .mul(self.narrow(dim, i + 1, n - i - 1).prod(dim, true));
    return others as Tensor;
  });
  return n === 0 ? self.zerosLike() : grad.mul(late.cat(slopes, dim));
}

/** Values and their places along a dimension; an array of both with the names torch gives them. */
export type ValuesAndIndices = readonly [values: Tensor, indices: Tensor];

/** The gradient of picking elements: put back where they came from. */
function scatterGradient(grad: Tensor, self: Tensor, dim: number, indices: Tensor, keepdim: boolean): Tensor {
  if (self.sizes.length === 0) return grad;
  const [g, at] = keepdim ? [grad, indices] : [grad.unsqueeze(dim), indices.unsqueeze(dim)];
  return self.zerosLike().scatter(dim, at, g);
}

/** The gradient of a full extreme: shared evenly by the elements that reach it. */
function evenGradient(grad: Tensor, self: Tensor, result: Tensor): Tensor {
  const mask = self.eq(result);
  return mask.to(grad.dtype).mul(grad.div(mask.sum()));
}

/** The greatest element, the greatest along a dimension with their places, or the greater of two tensors. */
export interface Extreme {
  (self: Tensor): Tensor;
  (self: Tensor, other: Tensor): Tensor;
  (self: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
}

export const max: Extreme = aten(
  op("aten::max(Tensor self) -> Tensor", (self) => extremeOfAll(self, 1, "max"), {
    gradName: "MaxBackward1",
    grad: { self: ({ grad, self, result }) => evenGradient(grad, self, result) },
  }),
  op(
    "aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    (self, dim, keepdim) => extremesAlong(self, dim, keepdim, 1, "max"),
    {
      grad: {
        self: ({ grad, self, dim, keepdim, results }) =>
          scatterGradient(grad, self, dim, results[1], keepdim),
      },
    },
  ),
  op("aten::max.other(Tensor self, Tensor other) -> Tensor", (self, other) => self.maximum(other), {
    composite: true,
  }),
);

export const min: Extreme = aten(
  op("aten::min(Tensor self) -> Tensor", (self) => extremeOfAll(self, -1, "min"), {
    gradName: "MinBackward1",
    grad: { self: ({ grad, self, result }) => evenGradient(grad, self, result) },
  }),
  op(
    "aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    (self, dim, keepdim) => extremesAlong(self, dim, keepdim, -1, "min"),
    {
      grad: {
        self: ({ grad, self, dim, keepdim, results }) =>
          scatterGradient(grad, self, dim, results[1], keepdim),
      },
    },
  ),
  op("aten::min.other(Tensor self, Tensor other) -> Tensor", (self, other) => self.minimum(other), {
    composite: true,
  }),
);

/** The place of an extreme: in the flattened tensor, or along `dim`. */
export type ArgExtreme = (self: Tensor, dim?: number | null, keepdim?: boolean) => Tensor;

function argExtreme(self: Tensor, dim: number | null, keepdim: boolean, sign: 1 | -1, name: string): Tensor {
  if (dim === null) {
    if (self.elements === 0)
      throw new IndexError(
        `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
      );
    const index = extremesAlong(self.reshape([-1]), 0, false, sign, name)[1];
    return keepdim ? index.reshape(self.sizes.map(() => 1)) : index;
  }
  return extremesAlong(self, dim, keepdim, sign, name)[1];
}

export const argmax: ArgExtreme = aten(
  op("aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", (self, dim, keepdim) =>
    argExtreme(self, dim, keepdim, 1, "argmax"),
  ),
);

export const argmin: ArgExtreme = aten(
  op("aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", (self, dim, keepdim) =>
    argExtreme(self, dim, keepdim, -1, "argmin"),
  ),
);

const allTrue: Reducer = (x, start, count, step) => {
  for (let i = 0, p = start; i < count; i++, p += step) if (x[p] === 0) return 0;
  return 1;
};
const anyTrue: Reducer = (x, start, count, step) => {
  for (let i = 0, p = start; i < count; i++, p += step) if (x[p] !== 0) return 1;
  return 0;
};

/** Whether all (or any) elements are true, over all or along dimensions. */
export type Quantifier = (self: Tensor, dim?: number | readonly number[] | null, keepdim?: boolean) => Tensor;

/** Logic on uint8 answers uint8, on anything else bool. */
const truthDtype = (self: Tensor): DType => (self.dtype.name === "uint8" ? self.dtype : bool);

function quantify(self: Tensor, dims: readonly number[], keepdim: boolean, reducer: Reducer): Tensor {
  const truths = self.dtype === bool ? self : self.ne(0);
  return reduce(truths, dims, keepdim, bool, reducer).to(truthDtype(self));
}

const all_: Quantifier = aten(
  op("aten::all(Tensor self) -> Tensor", (self) => quantify(self, all, false, allTrue)),
  op("aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor", (self, dim, keepdim) =>
    quantify(self, [dim], keepdim, allTrue),
  ),
  op("aten::all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor", (self, dims, keepdim) =>
    quantify(self, dims ?? all, keepdim, allTrue),
  ),
);

const any_: Quantifier = aten(
  op("aten::any(Tensor self) -> Tensor", (self) => quantify(self, all, false, anyTrue)),
  op("aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor", (self, dim, keepdim) =>
    quantify(self, [dim], keepdim, anyTrue),
  ),
  op("aten::any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor", (self, dims, keepdim) =>
    quantify(self, dims ?? all, keepdim, anyTrue),
  ),
);

export { all_ as all, any_ as any };

function varianceOf(correction: number): Reducer {
  return (x, start, count, step) => {
    const mean = sumAll(x, start, count, step) / count;
    let squares = 0;
    for (let i = 0, p = start; i < count; i++, p += step) squares += (x[p] - mean) ** 2;
    return squares / Math.max(count - correction, 0);
  };
}

function varKernel(
  self: Tensor,
  dims: readonly number[] | null,
  correction: number,
  keepdim: boolean,
  name: string,
): Tensor {
  if (self.dtype.category !== "floating") {
    throw new RuntimeError(
      `${name}: only support floating point and complex dtypes`.replace("support", "supports"),
    );
  }
  return reduce(self, dims ?? all, keepdim, self.dtype, varianceOf(correction));
}

function varGradient(
  grad: Tensor,
  self: Tensor,
  dims: readonly number[] | null,
  correction: number,
  keepdim: boolean,
): Tensor {
  const wrapped = wrapDims(dims ?? all, self.sizes.length, true);
  const count = numelOf(wrapped.map((d) => self.sizes[d] ?? 1));
  const spread = restoreDims(grad, self.sizes, wrapped, keepdim);
  return spread.mul(self.sub(self.mean(wrapped, true))).mul(2 / (count - correction));
}

/** Variance or standard deviation; `unbiased` (the default) divides by n - 1, `correction` by n - correction. */
export interface Spread {
  (self: Tensor, unbiased?: boolean): Tensor;
  (self: Tensor, dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): Tensor;
  (
    self: Tensor,
    dim: number | readonly number[] | null,
    options: { correction?: Scalar; keepdim?: boolean },
  ): Tensor;
}

const correctionOf = (correction: Scalar | null): number =>
  correction === null ? 1 : scalarValue(correction);

export const variance: Spread = aten(
  op(
    "aten::var(Tensor self, bool unbiased=True) -> Tensor",
    (self, unbiased) => variance(self, null, { correction: unbiased ? 1 : 0 }),
    { composite: true },
  ),
  op(
    "aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    (self, dim, unbiased, keepdim) => variance(self, dim, { correction: unbiased ? 1 : 0, keepdim }),
    { composite: true },
  ),
  op(
    "aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    (self, dim, correction, keepdim) =>
      varKernel(self, dim, correctionOf(correction), keepdim, "std and var"),
    {
      grad: {
        self: ({ grad, self, dim, correction, keepdim }) =>
          varGradient(grad, self, dim, correctionOf(correction), keepdim),
      },
    },
  ),
);

export { variance as var };

export const std: Spread = aten(
  op(
    "aten::std(Tensor self, bool unbiased=True) -> Tensor",
    (self, unbiased) => std(self, null, { correction: unbiased ? 1 : 0 }),
    { composite: true },
  ),
  op(
    "aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    (self, dim, unbiased, keepdim) => std(self, dim, { correction: unbiased ? 1 : 0, keepdim }),
    { composite: true },
  ),
  op(
    "aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    (self, dim, correction, keepdim) =>
      varKernel(self, dim, correctionOf(correction), keepdim, "std and var").sqrt(),
    {
      grad: {
        self: ({ grad, self, dim, correction, keepdim, result }) =>
          varGradient(
            grad.div(result.mul(2)).maskedFill(result.eq(0), 0),
            self,
            dim,
            correctionOf(correction),
            keepdim,
          ),
      },
    },
  ),
);

/** Running sums along `dim`. */
export const cumsum: (self: Tensor, dim: number, options?: { dtype?: DType }) => Tensor = aten(
  op(
    "aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    (self, dim, dtype) => {
      const result = dtype ?? toAccumulated(self.dtype);
      const x = valuesAs(self, result);
      const out = allocateNumbers(result, x.length);
      alongDim(self.sizes, wrapDim(dim, self.sizes.length), (start, count, step) => {
        let total = 0;
        for (let i = 0, p = start; i < count; i++, p += step) out[p] = total += x[p];
      });
      return fromValues(out, self.sizes, result);
    },
    {
      grad: {
        self: ({ grad, dim }) => (grad.elements <= 1 ? grad : grad.flip([dim]).cumsum(dim).flip([dim])),
      },
    },
  ),
);

/** The greatest magnitude or the p-norm of the elements, along dimensions or of all. */
export const norm: (self: Tensor, p?: Scalar, dim?: number | readonly number[], keepdim?: boolean) => Tensor =
  aten(
    op("aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor", (self, p) => normOf(self, p, all, false), {
      composite: true,
    }),
    op(
      "aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
      (self, p, dim, keepdim) => normOf(self, p ?? 2, dim, keepdim),
      { composite: true },
    ),
  );

function normOf(self: Tensor, p: Scalar, dims: readonly number[], keepdim: boolean): Tensor {
  const power = scalarValue(p);
  const x = self.dtype.category === "floating" ? self : self.to(toFloating(self.dtype));
  const dim = dims.length === 0 ? null : dims;
  if (power === 2) return x.mul(x).sum(dim, keepdim).sqrt();
  if (power === 1) return x.abs().sum(dim, keepdim);
  if (power === 0) return x.ne(0).to(x.dtype).sum(dim, keepdim);
  return x
    .abs()
    .pow(p)
    .sum(dim, keepdim)
    .pow(1 / power);
}

/** How many elements there are; recorded by traces, unlike `elements`. */
export const numel: (self: Tensor) => number = aten(
  op("aten::numel(Tensor self) -> int", (self) => self.elements),
);
