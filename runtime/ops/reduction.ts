/**
 * Reductions: sums, means, products, extremes and their places, over all elements or along dimensions.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/ReduceOps.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import { alongDim } from "../kernels/along-dim.ts";
import { type Reducer, reduce, sumAll } from "../kernels/reduce.ts";
import { allDims, restoreDims } from "../kernels/reduced-dims.ts";
import { fromValues, valuesAs } from "../tensor/access.ts";
import { bool, type DType } from "../tensor/dtype.ts";
import { wrapDim, wrapDims } from "../tensor/geometry.ts";
import { late } from "../tensor/late.ts";
import { toAccumulated } from "../tensor/promotion.ts";
import type { Scalar } from "../tensor/scalar.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { linalgVectorNorm } from "./extremes.ts";

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
  const result = dtype ?? toAccumulated(self.dtype);
  return reduce(self, dims ?? allDims, keepdim, result, result === bool ? sumTruths : sumAll);
}

/** A sum of truths is one, too: whether any is true. */
const sumTruths: Reducer = (x, start, count, step) => Number(sumAll(x, start, count, step) > 0);

/**
 * The sum of the elements, of all or along dimensions. Integers sum to int64.
 * @example x.sum().item() // 10
 * @example x.sum(0) // [4, 6]
 * @example x.sum([0, 1], true) // [[10]]
 */
export const sum: DimReduction = aten(
  op(
    "aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    (self, dtype) => sumKernel(self, null, false, dtype),
    { onnx: forms.reduceOver("ReduceSum"), grad: { self: ({ grad, self }) => grad.expand(self.sizes) } },
  ),
  op(
    "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    sumKernel,
    {
      onnx: forms.reduceOver("ReduceSum"),
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
  return reduce(self, dims ?? allDims, keepdim, result, meanAll);
}

const meanAll: Reducer = (x, start, count, step) => sumAll(x, start, count, step) / count;

/**
 * The mean of the elements, of all or along dimensions.
 * @example x.mean().item() // 2.5
 * @example x.mean(1) // [1.5, 3.5]
 */
export const mean: DimReduction = aten(
  op(
    "aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    (self, dtype) => meanKernel(self, null, false, dtype),
    {
      onnx: forms.reduceOver("ReduceMean"),
      grad: { self: ({ grad, self }) => grad.expand(self.sizes).div(self.elements) },
    },
  ),
  op(
    "aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    meanKernel,
    {
      onnx: forms.reduceOver("ReduceMean"),
      gradName: "MeanBackward1",
      grad: {
        self: ({ grad, self, dim, keepdim }) => {
          const count = wrapDims(dim ?? allDims, self.sizes.length, true).reduce(
            (n, d) => n * (self.sizes[d] ?? 1),
            1,
          );
          return expandGradient(grad, self, dim, keepdim).div(count);
        },
      },
    },
  ),
);

/** Integers of up to 32 bits wrap around as they are multiplied. */
const wrappingProduct: Reducer = (x, start, count, step) => {
  let product = 1;
  for (let i = 0, p = start; i < count; i++, p += step) product = Math.imul(product, x[p]);
  return product;
};

function product(self: Tensor, dims: readonly number[], keepdim: boolean, dtype: DType | null): Tensor {
  const result = dtype ?? toAccumulated(self.dtype);
  const wraps = result.category === "integral" && result.itemSize < 8;
  return reduce(self, dims, keepdim, result, wraps ? wrappingProduct : productAll);
}

const productAll: Reducer = (x, start, count, step) => {
  let product = 1;
  for (let i = 0, p = start; i < count; i++, p += step) product *= x[p];
  return product;
};

/**
 * The product of the elements, of all or along one dimension. Integers multiply to int64.
 * @example x.prod(1) // [2, 12]
 */
export const prod: DimReduction = aten(
  op(
    "aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    (self, dtype) => product(self, allDims, false, dtype),
    {
      onnx: forms.reduceOver("ReduceProd"),
      grad: { self: ({ grad, self }) => productGradient(grad, self.reshape([-1]), 0).reshape(self.sizes) },
    },
  ),
  op(
    "aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, dim, keepdim, dtype) => product(self, [dim], keepdim, dtype),
    {
      onnxExport: numbers.prodOver,
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

/**
 * Running sums along `dim`.
 * @example x.cumsum(1) // [[1, 3], [3, 7]]
 */
export const cumsum: (self: Tensor, dim: number, options?: { dtype?: DType }) => Tensor = aten(
  op(
    "aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    (self, dim, dtype) => {
      const d = wrapDim(dim, self.sizes.length);
      const result = dtype ?? toAccumulated(self.dtype);
      if (self.elements === 0 || self.ndim === 0) return self.to(result).clone();
      refuse(notBools("cumsum_out_cpu"), result);
      const x = valuesAs(self, result);
      const out = allocateNumbers(result, x.length);
      alongDim(self.sizes, d, (start, count, step) => {
        let total = 0;
        for (let i = 0, p = start; i < count; i++, p += step) out[p] = total += x[p];
      });
      return fromValues(out, self.sizes, result);
    },
    {
      onnx: shapes.cumsum,
      grad: {
        self: ({ grad, dim }) => (grad.elements <= 1 ? grad : grad.flip([dim]).cumsum(dim).flip([dim])),
      },
    },
  ),
);

/**
 * The p-norm of the elements, along dimensions or of all. Traces record `linalg_vector_norm`, as torch.norm calls it.
 * @example torch.tensor([3, 4]).norm().item() // 5
 */
export const norm: (self: Tensor, p?: Scalar, dim?: number | readonly number[], keepdim?: boolean) => Tensor =
  aten(
    op("aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor", (self, p) => normOf(self, p, null, false), {
      composite: true,
      untraced: true,
    }),
    op(
      "aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
      (self, p, dim, keepdim) => normOf(self, p ?? 2, dim, keepdim),
      { composite: true, untraced: true },
    ),
  );

function normOf(self: Tensor, p: Scalar, dim: readonly number[] | null, keepdim: boolean): Tensor {
  if (!self.isFloatingPoint()) {
    throw new RuntimeError(
      `norm(): input dtype should be either floating point or complex. Got ${self.dtype.scalarName} instead.`,
    );
  }
  return linalgVectorNorm(self, p, dim, keepdim);
}

/** How many elements there are; recorded by traces, unlike `elements`. */
export const numel: (self: Tensor) => number = aten(
  op("aten::numel(Tensor self) -> int", (self) => self.elements),
);
