/**
 * Running values along a dimension and differences of neighbours: cumulative extremes and products. `cumsum` is reduction.ts's,
 * integrals and slopes are integrals.ts's. Source: derivatives.yaml, aten/src/ATen/native/ReduceOps.cpp.
 */

import { aten, type GradFormula, op } from "../dispatch/op.ts";
import { notBools, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as ordering from "../jit/onnx/ordering.ts";
import { alongDim } from "../kernels/along-dim.ts";
import { fromValues, valuesAs, valuesOf } from "../tensor/access.ts";
import { type DType, int64 } from "../tensor/dtype.ts";
import { finfo } from "../tensor/dtype-limits.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { toAccumulated } from "../tensor/promotion.ts";
import { scalar } from "../tensor/scalar.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cat } from "./joining.ts";
import type { ValuesAndIndices } from "./max-min.ts";

/** Running extremes along `dim` and the place of each. */
export type CumulativeExtreme = (self: Tensor, dim: number) => ValuesAndIndices;

function cumulativeExtreme(name: string, atLeast: (x: number, best: number) => boolean): CumulativeExtreme {
  const grad: GradFormula = ({ grad: g, self, dim, results }) =>
    self.elements === 0 || self.ndim === 0 ? g : self.zerosLike().scatterAdd(dim, results[1], g);
  return aten(
    op(
      `aten::${name}(Tensor self, int dim) -> (Tensor values, Tensor indices)` as "aten::f(Tensor self, int dim) -> (Tensor values, Tensor indices)",
      (self, dim) => {
        const x = valuesOf(self);
        const values = allocateNumbers(self.dtype, x.length);
        const indices = allocateNumbers(int64, x.length);
        if (self.ndim === 0 && dim !== 0 && dim !== -1) {
          throw new IndexError(`${name}(): Expected reduction dim -1 or 0 for scalar but got ${dim}`);
        }
        if (x.length > 0) {
          const d = wrapDim(dim, self.ndim);
          alongDim(self.sizes, d, (start, count, step) => {
            let at = 0;
            for (let i = 0, p = start; i < count; i++, p += step) {
              const best = x[start + at * step];
              if (Number.isNaN(x[p]) || (!Number.isNaN(best) && atLeast(x[p], best))) at = i;
              values[p] = x[start + at * step];
              indices[p] = at;
            }
          });
        }
        return [fromValues(values, self.sizes, self.dtype), fromValues(indices, self.sizes, int64)];
      },
      { picks: [0], grad: { self: grad } },
    ),
  );
}

/**
 * The greatest so far along `dim`, and where it was.
 * @example torch.cummax(torch.tensor([1, 3, 2]), 0)[0] // [1, 3, 3]
 */
export const cummax = cumulativeExtreme("cummax", (x, best) => x >= best);
/** The least so far along `dim`, and where it was. */
export const cummin = cumulativeExtreme("cummin", (x, best) => x <= best);

/** Running products along `dim`. */
export const cumprod: (self: Tensor, dim: number, options?: { dtype?: DType }) => Tensor = aten(
  op(
    "aten::cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    (self, dim, dtype) => {
      const d = wrapDim(dim, self.ndim);
      const result = dtype ?? toAccumulated(self.dtype);
      if (self.elements === 0 || self.ndim === 0) return self.to(result).clone();
      refuse(notBools("cumprod_out_cpu"), result);
      const x = valuesAs(self, result);
      const out = allocateNumbers(result, x.length);
      // Integers of up to 32 bits wrap around.
      const isNarrow = result.category === "integral" && result.itemSize < 8;
      const times = isNarrow ? Math.imul : (a: number, b: number): number => a * b;
      alongDim(self.sizes, d, (start, count, step) => {
        let product = 1;
        for (let i = 0, p = start; i < count; i++, p += step) out[p] = product = times(product, x[p]);
      });
      return fromValues(out, self.sizes, result);
    },
    {
      onnxExport: ordering.cumprod,
      grad: { self: ({ grad, self, dim }) => cumprodGradient(grad, self, dim) },
    },
  ),
);

/** The sum over later products of all their other factors: right also where some are zero. */
function cumprodGradient(grad: Tensor, self: Tensor, dim: number): Tensor {
  if (self.ndim === 0 || self.elements === 0) return grad;
  const d = wrapDim(dim, self.ndim);
  const x = valuesOf(self);
  const g = valuesOf(grad);
  const out = allocateNumbers(self.dtype, x.length);
  alongDim(self.sizes, d, (start, count, step) => {
    let before = 1;
    for (let i = 0; i < count; i++) {
      let product = before;
      let sum = 0;
      for (let j = i; j < count; j++) {
        if (j > i) product *= x[start + j * step];
        sum += g[start + j * step] * product;
      }
      out[start + i * step] = sum;
      before *= x[start + i * step];
    }
  });
  return fromValues(out, self.sizes, self.dtype);
}

/** Running `logsumexp` along `dim`. */
export const logcumsumexp: (self: Tensor, dim: number) => Tensor = aten(
  op(
    "aten::logcumsumexp(Tensor self, int dim) -> Tensor",
    (self, dim) => {
      const x = valuesOf(self);
      const out = allocateNumbers(self.dtype, x.length);
      alongDim(self.sizes, wrapDim(dim, self.ndim), (start, count, step) => {
        let total = Number.NEGATIVE_INFINITY;
        for (let i = 0, p = start; i < count; i++, p += step) {
          const [low, high] = total < x[p] ? [total, x[p]] : [x[p], total];
          total = low === high && !Number.isFinite(low) ? low : high + Math.log1p(Math.exp(low - high));
          out[p] = total;
        }
      });
      return fromValues(out, self.sizes, self.dtype);
    },
    {
      refuses: onlyFloats("logcumsumexp_out_cpu"),
      grad: {
        self: ({ grad, self, dim, result }) => logcumsumexpGradient(grad, self, dim, result),
      },
    },
  ),
);

/** Each later sum passes its gradient on in proportion to what the element adds to it: added up in logarithms, signs apart. */
function logcumsumexpGradient(grad: Tensor, self: Tensor, dim: number, result: Tensor): Tensor {
  if (self.ndim === 0 || self.elements === 0) return grad;
  const least = scalar(finfo(self.dtype).min, "float");
  const size = grad.abs().log();
  const without = (others: Tensor): Tensor =>
    logcumsumexp(size.maskedFill(others, least).sub(result).flip([dim]), dim)
      .flip([dim])
      .add(self)
      .exp();
  return without(grad.le(0)).sub(without(grad.ge(0)));
}

/** Differences of neighbours along `dim`, `n` times over. */
export const diff: (
  self: Tensor,
  n?: number,
  dim?: number,
  prepend?: Tensor | null,
  append?: Tensor | null,
) => Tensor = aten(
  op(
    "aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
    (self, n, dim, prepend, append) => {
      if (self.ndim < 1) throw new RuntimeError("diff expects input to be at least one-dimensional");
      if (n < 0) throw new RuntimeError(`order must be non-negative but got ${n}`);
      const parts = [prepend, self, append].filter((part) => part !== null);
      if (n === 0 && parts.length === 1) return self.clone();
      const d = wrapDim(dim, self.ndim);
      if (parts.some((part) => part.ndim !== self.ndim)) {
        throw new RuntimeError("diff expects prepend or append to be the same dimension as input");
      }
      for (const part of [prepend, append]) {
        const at = part?.sizes.findIndex((size, i) => i !== d && size !== self.sizes[i]) ?? -1;
        if (at >= 0) {
          throw new RuntimeError(
            `diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension; input.size(${at}) = ${self.sizes[at]}, but got tensor.size(${at}) = ${part?.sizes[at]}`,
          );
        }
      }
      if (n === 0) return self.clone();
      let result = parts.length > 1 ? cat(parts, d) : self;
      for (let i = 0; i < n; i++) {
        const size = result.sizes[d];
        if (size === 0) break;
        const [after, before] = [result.narrow(d, 1, size - 1), result.narrow(d, 0, size - 1)];
        result = result.dtype.category === "bool" ? after.logicalXor(before) : after.sub(before);
      }
      return result;
    },
    { composite: true },
  ),
);
