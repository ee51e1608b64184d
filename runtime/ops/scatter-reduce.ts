/**
 * Scattering with a reduction: elements of one tensor summed, multiplied or compared into places of another.
 * Source: derivatives.yaml, aten/src/ATen/native/TensorAdvancedIndexing.cpp (scatter_reduce).
 */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as writing from "../jit/onnx/writing.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { bool, type DType, int32, int64 } from "../tensor/dtype.ts";
import { iinfo } from "../tensor/dtype-limits.ts";
import { numelOf, wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

type Reduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** A copy with elements of `src` reduced into where `index` says along `dim`. */
export const scatterReduce: (
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: Reduction,
  options?: { includeSelf?: boolean },
) => Tensor = aten(
  op(
    "aten::scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor",
    (self, dim, index, src, reduce, includeSelf) => {
      const d = wrapDim(dim, self.ndim);
      if (src.dtype !== self.dtype) {
        throw new RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype");
      }
      if (index.elements === 0) return self.clone();
      if (index.dtype !== int64 && index.dtype !== int32) {
        throw new RuntimeError("scatter(): Expected dtype int32/int64 for index");
      }
      if (!(reduce in combine)) {
        throw new RuntimeError(`reduce argument must be either sum, prod, mean, amax or amin, got ${reduce}`);
      }
      if (index.ndim !== self.ndim) {
        throw new RuntimeError("Index tensor must have the same number of dimensions as self tensor");
      }
      if (index.sizes.some((size, i) => size > src.sizes[i])) {
        throw new RuntimeError(
          `Expected index [${index.sizes.join(", ")}] to be no larger than self [${self.sizes.join(", ")}] apart from dimension ${dim} and to be no larger size than src [${src.sizes.join(", ")}]`,
        );
      }
      const size = self.sizes[d] ?? 1;
      for (const at of valuesOf(index)) {
        if (at < 0 || at >= size)
          throw new RuntimeError(`index ${at} is out of bounds for dimension ${d} with size ${size}`);
      }
      const start = startOf(self, dim, index, reduce as Reduction, includeSelf);
      if (reduce === "sum" || reduce === "mean") {
        const sums = start.scatterAdd(dim, index, src);
        if (reduce === "sum") return sums;
        const counts = countsOf(self, dim, index, includeSelf);
        return self.isFloatingPoint() ? sums.div(counts) : sums.div(counts, { roundingMode: "floor" });
      }
      return reduceInto(start, dim, index, src, combine[reduce as Reduction]);
    },
    {
      onnxExport: writing.scatter(true),
      grad: {
        "self, src": ({ grad, self, src, dim, index, reduce, include_self: includeSelf, result }) => {
          const alone = (g: Tensor): Tensor => (includeSelf ? g : g.scatter(dim, index, 0));
          if (reduce === "sum") return [alone(grad), grad.gather(dim, index)];
          if (reduce === "mean") {
            const share = grad.div(countsOf(self, dim, index, includeSelf));
            return [alone(share), share.gather(dim, index)];
          }
          if (reduce === "prod") {
            const parts = grad.mul(result);
            return [alone(parts.div(self)), parts.gather(dim, index).div(src)];
          }
          const inSelf = self.eq(result).to(grad.dtype);
          const hits = src.eq(result.gather(dim, index)).to(grad.dtype);
          const base = includeSelf ? inSelf : inSelf.scatter(dim, index, 0);
          const share = grad.div(base.scatterAdd(dim, index, hits).clamp(1));
          return [alone(share.mul(inSelf)), share.gather(dim, index).mul(hits)];
        },
      },
    },
  ),
);

const combine: Readonly<Record<Reduction, (x: number, y: number) => number>> = {
  sum: (x, y) => x + y,
  mean: (x, y) => x + y,
  prod: (x, y) => x * y,
  amax: Math.max,
  amin: Math.min,
};

/** The number that changes nothing when it takes part. */
function neutral(reduce: Reduction, dtype: DType): number {
  if (reduce === "prod") return 1;
  if (reduce !== "amax" && reduce !== "amin") return 0;
  if (dtype === bool) return Number(reduce === "amin");
  if (dtype.category === "floating")
    return reduce === "amax" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const { min, max } = iinfo(dtype);
  const limit = Number(reduce === "amax" ? min : max);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(limit, Number.MAX_SAFE_INTEGER));
}

/** `self`, with what the index names made neutral unless it takes part. */
function startOf(self: Tensor, dim: number, index: Tensor, reduce: Reduction, includeSelf: boolean): Tensor {
  return includeSelf ? self : self.scatter(dim, index, neutral(reduce, self.dtype));
}

/** How many elements went into each place; 1 where none did. */
function countsOf(self: Tensor, dim: number, index: Tensor, includeSelf: boolean): Tensor {
  const ones = self.detach().onesLike();
  const start = includeSelf ? ones : ones.scatter(dim, index, 0);
  const counts = start.scatterAdd(dim, index, index.onesLike().to(self.dtype));
  return counts.maskedFill(counts.lt(1), 1);
}

/** Reduces the elements of `src` into their places one after the other. */
function reduceInto(
  start: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  f: (x: number, y: number) => number,
): Tensor {
  const d = wrapDim(dim, start.ndim);
  const out = valuesOf(start).slice();
  const at = valuesOf(index);
  const from = valuesOf(
    start.ndim === 0 ? src : index.sizes.reduce((part, size, i) => part.narrow(i, 0, size), src),
  );
  const strides = start.sizes.map((_, i) => numelOf(start.sizes.slice(i + 1)));
  const places = index.sizes.map(() => 0);
  for (let i = 0; i < at.length; i++) {
    const place = places.reduce((sum, p, k) => sum + (k === d ? at[i] : p) * strides[k], 0);
    out[place] = f(out[place], from[i]);
    for (let k = places.length - 1; k >= 0 && ++places[k] === index.sizes[k]; k--) places[k] = 0;
  }
  return fromValues(out, start.sizes, start.dtype);
}
