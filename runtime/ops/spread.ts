/**
 * Variance and standard deviation.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/ReduceOps.cpp (std_var_kernel).
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as statistics from "../jit/onnx/statistics.ts";
import { type Reducer, reduce, sumAll } from "../kernels/reduce.ts";
import { allDims, restoreDims } from "../kernels/reduced-dims.ts";
import { numelOf, wrapDims } from "../tensor/geometry.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Whether finite numbers are all the same, whose spread is 0 exactly, whatever their mean is rounded to. */
function areEqual(x: ArrayLike<number>, start: number, count: number, step: number): boolean {
  if (count === 0 || !Number.isFinite(x[start])) return false;
  for (let i = 1, p = start + step; i < count; i++, p += step) if (x[p] !== x[start]) return false;
  return true;
}

/** The root is taken before the result is rounded to its dtype, whose range a variance may leave. */
const deviationOf = (correction: number): Reducer => {
  const variance = varianceOf(correction);
  return (...row) => Math.sqrt(variance(...row));
};

function varianceOf(correction: number): Reducer {
  return (x, start, count, step) => {
    if (areEqual(x, start, count, step)) return 0 / Math.max(count - correction, 0);
    const mean = sumAll(x, start, count, step) / count;
    let squares = 0;
    for (let i = 0, p = start; i < count; i++, p += step) squares += (x[p] - mean) ** 2;
    return count === 0 ? Number.NaN : squares / Math.max(count - correction, 0);
  };
}

function varKernel(
  self: Tensor,
  dims: readonly number[] | null,
  reducer: Reducer,
  keepdim: boolean,
  name: string,
): Tensor {
  if (self.dtype.category !== "floating") {
    throw new RuntimeError(`${name} only support floating point and complex dtypes`);
  }
  return reduce(self, dims ?? allDims, keepdim, self.dtype, reducer);
}

function varGradient(
  grad: Tensor,
  self: Tensor,
  dims: readonly number[] | null,
  correction: number,
  keepdim: boolean,
): Tensor {
  const wrapped = wrapDims(dims ?? allDims, self.sizes.length, true);
  const count = numelOf(wrapped.map((d) => self.sizes[d] ?? 1));
  const spread = restoreDims(grad, self.sizes, wrapped, keepdim);
  return spread.mul(self.sub(self.mean(wrapped, true))).mul(2 / (count - correction));
}

export interface SpreadOptions {
  /** What is taken off n in the divisor; 1 by default. */
  readonly correction?: Scalar;
  readonly keepdim?: boolean;
}

/** Variance or standard deviation; `unbiased` (the default) divides by n - 1, `correction` by n - correction. */
export interface Spread {
  (self: Tensor, unbiased?: boolean): Tensor;
  (self: Tensor, dim: number | readonly number[] | null, unbiased?: boolean, keepdim?: boolean): Tensor;
  (self: Tensor, dim?: number | readonly number[] | null, options?: SpreadOptions): Tensor;
}

const correctionOf = (correction: Scalar | null): number =>
  correction === null ? 1 : scalarValue(correction);

/** `var`, which is a reserved word of JavaScript. */
export const variance: Spread = aten(
  op(
    "aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    (self, dim, unbiased, keepdim) => variance(self, dim, { correction: unbiased ? 1 : 0, keepdim }),
    { composite: true },
  ),
  op(
    "aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    (self, dim, correction, keepdim) =>
      varKernel(self, dim, varianceOf(correctionOf(correction)), keepdim, "std and var"),
    {
      onnx: statistics.variance(false),
      grad: {
        self: ({ grad, self, dim, correction, keepdim }) =>
          varGradient(grad, self, dim, correctionOf(correction), keepdim),
      },
    },
  ),
  op(
    "aten::var(Tensor self, bool unbiased=True) -> Tensor",
    (self, unbiased) => variance(self, null, { correction: unbiased ? 1 : 0 }),
    { composite: true },
  ),
);

export { variance as var };

/**
 * The standard deviation, of all elements or along dimensions; divides by n - 1, or by n - `correction`.
 * @example torch.std(torch.tensor([1, 2, 3])).item() // 1
 */
export const std: Spread = aten(
  op(
    "aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    (self, dim, unbiased, keepdim) => std(self, dim, { correction: unbiased ? 1 : 0, keepdim }),
    { composite: true },
  ),
  op(
    "aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    (self, dim, correction, keepdim) =>
      varKernel(self, dim, deviationOf(correctionOf(correction)), keepdim, "std and var"),
    {
      onnx: statistics.variance(true),
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
  op(
    "aten::std(Tensor self, bool unbiased=True) -> Tensor",
    (self, unbiased) => std(self, null, { correction: unbiased ? 1 : 0 }),
    { composite: true },
  ),
);
