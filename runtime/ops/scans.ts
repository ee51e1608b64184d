/**
 * Running values along a dimension and differences of neighbours: cumulative extremes, products and integrals, gradients.
 * `cumsum` is reduction.ts's. Source: derivatives.yaml, aten/src/ATen/native/ReduceOps.cpp, Integration.cpp.
 */

import { aten, type GradFormula, op } from "../dispatch/op.ts";
import { notBools, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { alongDim } from "../kernels/along-dim.ts";
import { fromValues, valuesAs, valuesOf } from "../tensor/access.ts";
import { type DType, float64, int64 } from "../tensor/dtype.ts";
import { broadcastSizes, wrapDim, wrapDims } from "../tensor/geometry.ts";
import { toAccumulated } from "../tensor/promotion.ts";
import { type Scalar, scalar, scalarValue } from "../tensor/scalar.ts";
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
        const d = wrapDim(dim, self.ndim);
        if (x.length > 0) {
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
      { grad: { self: grad } },
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
      refuse(notBools("cumprod_out_cpu"), result);
      const x = valuesAs(self, result);
      const out = allocateNumbers(result, x.length);
      alongDim(self.sizes, d, (start, count, step) => {
        let product = 1;
        for (let i = 0, p = start; i < count; i++, p += step) out[p] = product *= x[p];
      });
      return fromValues(out, self.sizes, result);
    },
    { grad: { self: ({ grad, self, dim }) => cumprodGradient(grad, self, dim) } },
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
  const least = scalar(self.dtype === float64 ? -Number.MAX_VALUE : -3.4028234663852886e38, "float");
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
      if (n === 0) return self.clone();
      const d = wrapDim(dim, self.ndim);
      const parts = [prepend, self, append].filter((part) => part !== null);
      if (parts.some((part) => part.ndim !== self.ndim)) {
        throw new RuntimeError("diff expects prepend or append to be the same dimension as input");
      }
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

const neighbours = (y: Tensor, dim: number): { left: Tensor; right: Tensor } => {
  const size = y.sizes[dim];
  return { left: y.narrow(dim, 0, size - 1), right: y.narrow(dim, 1, size - 1) };
};

/** The widths of the intervals between the points `x`, in a shape that goes with `y`. */
function intervals(y: Tensor, x: Tensor, dim: number): Tensor {
  const points =
    x.ndim === 1 && y.ndim > 1 ? x.reshape(y.sizes.map((_, i) => (i === dim ? x.sizes[0] : 1))) : x;
  const d = points.ndim - (y.ndim - dim);
  if (points.sizes[d] !== y.sizes[dim]) {
    throw new RuntimeError(
      x.ndim === 1
        ? "trapezoid: There must be one `x` value for each sample point"
        : `The size of tensor a (${Math.max(points.sizes[d] - 1, 0)}) must match the size of tensor b (${Math.max(y.sizes[dim] - 1, 0)}) at non-singleton dimension ${dim}`,
    );
  }
  const { left, right } = neighbours(points, d);
  return right.sub(left);
}

/** An integral by the trapezoidal rule: with points `x`, or points `dx` apart. */
export interface Trapezoid {
  (y: Tensor, options?: { dx?: Scalar; dim?: number }): Tensor;
  (y: Tensor, x: Tensor, options?: { dim?: number }): Tensor;
}

function trapezoidRows(name: string, add: (areas: Tensor, dim: number) => Tensor): Trapezoid {
  const checked = (y: Tensor, dim: number): number => {
    if (y.ndim === 0)
      throw new IndexError(`Dimension specified as ${dim < 0 ? dim + 1 : dim} but tensor has no dimensions`);
    if (y.dtype.category === "bool") {
      throw new RuntimeError(`${name}: received a bool input for \`y\`, but bool is not supported`);
    }
    return wrapDim(dim, y.ndim);
  };
  const areasBy = (y: Tensor, dim: number, width: Tensor | number): Tensor => {
    const { left, right } = neighbours(y, dim);
    return left.add(right).mul(width).div(2);
  };
  const empty = (y: Tensor, dim: number): Tensor =>
    add(y.narrow(dim, 0, 0).to(y.isFloatingPoint() ? y.dtype : y.div(1).dtype), dim);
  return aten(
    op(
      `aten::${name}.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor` as "aten::f(Tensor y, Tensor x, *, int dim=-1) -> Tensor",
      (y, x, dim) => {
        const d = checked(y, dim);
        if (y.sizes[d] === 0) return empty(y, d);
        const { left } = neighbours(y, d);
        const width = intervals(y, x, d);
        broadcastSizes(width.sizes, left.sizes);
        return add(areasBy(y, d, width), d);
      },
      { composite: true },
    ),
    op(
      `aten::${name}.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor` as "aten::f(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor",
      (y, dx, dim) => {
        const d = checked(y, dim);
        if (y.sizes[d] === 0) return empty(y, d);
        return add(areasBy(y, d, scalarValue(dx)), d);
      },
      { composite: true },
    ),
  );
}

/**
 * The area under a curve given by points `y`, at distances `dx` or places `x`.
 * @example torch.trapezoid(torch.tensor([1, 2, 3])).item() // 4
 */
export const trapezoid = trapezoidRows("trapezoid", (areas, dim) => areas.sum(dim) as Tensor);
/** The running integral. */
export const cumulativeTrapezoid = trapezoidRows("cumulative_trapezoid", (areas, dim) => areas.cumsum(dim));

/** Slopes by central differences along dimensions; at the ends by one-sided ones. */
export interface Gradient {
  (self: Tensor, options?: { spacing?: Scalar; dim?: number; edgeOrder?: number }): readonly Tensor[];
  (
    self: Tensor,
    options: { spacing: readonly Tensor[]; dim: readonly number[]; edgeOrder?: number },
  ): readonly Tensor[];
}

/**
 * Slopes between neighbours along each dimension, of second order inside.
 * @example torch.gradient(torch.tensor([1, 4, 9]))[0] // [3, 4, 5]
 */
export const gradient: Gradient = aten(
  op(
    "aten::gradient.scalarint(Tensor self, *, Scalar? spacing=None, int? dim=None, int edge_order=1) -> Tensor[]",
    (self, spacing, dim, edgeOrder) => {
      const dims = dim === null ? self.sizes.map((_, i) => i) : [wrapDim(dim, self.ndim)];
      checkEdges(self, dims, edgeOrder);
      return dims.map((d) => evenSlopes(self, d, spacing === null ? 1 : scalarValue(spacing), edgeOrder));
    },
    { composite: true },
  ),
  op(
    "aten::gradient.tensorarray(Tensor self, *, Tensor[] spacing, int[] dim, int edge_order=1) -> Tensor[]",
    (self, spacing, dim, edgeOrder) => {
      const dims = dim.map((d) => wrapDim(d, self.ndim));
      checkEdges(self, dims, edgeOrder);
      if (spacing.length !== dims.length) {
        throw new RuntimeError(
          `torch.gradient expected spacing to be unspecified, a scalar or a list of length ${dims.length} but got a list of length ${spacing.length}`,
        );
      }
      return dims.map((d, i) => unevenSlopes(self, d, spacing[i], edgeOrder));
    },
    { composite: true },
  ),
);

function checkEdges(self: Tensor, dims: readonly number[], edgeOrder: number): void {
  if (self.dtype.name === "uint8") throw new RuntimeError("torch.gradient does not support uint8 input.");
  wrapDims(dims, self.ndim);
  if (edgeOrder !== 1 && edgeOrder !== 2)
    throw new RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.");
  for (const d of dims) {
    if (self.sizes[d] < edgeOrder + 1) {
      throw new RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1");
    }
  }
}

function evenSlopes(self: Tensor, d: number, step: number, edgeOrder: number): Tensor {
  const n = self.sizes[d];
  const at = (i: number): Tensor => self.narrow(d, i, 1);
  const center = self
    .narrow(d, 2, n - 2)
    .sub(self.narrow(d, 0, n - 2))
    .div(2);
  const edge = (a: number, b: number, c: number): Tensor =>
    edgeOrder === 1 ? at(b).sub(at(a)) : at(a).mul(-1.5).add(at(b).mul(2)).sub(at(c).mul(0.5));
  const last = edgeOrder === 1 ? at(n - 1).sub(at(n - 2)) : edge(n - 1, n - 2, n - 3).neg();
  return cat([edge(0, 1, 2), center, last], d).div(step);
}

function unevenSlopes(self: Tensor, d: number, points: Tensor, edgeOrder: number): Tensor {
  if (points.ndim !== 1) {
    throw new RuntimeError(
      `torch.gradient expected each element of spacing to have one dimension, but got an element with ${points.ndim} dimensions!`,
    );
  }
  const n = self.sizes[d];
  const steps = diff(points).reshape(self.sizes.map((_, i) => (i === d ? -1 : 1)));
  const at = (i: number): Tensor => self.narrow(d, i, 1);
  const step = (i: number): Tensor => steps.narrow(d, i, 1);
  const [before, after] = [steps.narrow(d, 0, n - 2), steps.narrow(d, 1, n - 2)];
  const both = before.add(after);
  const center = self
    .narrow(d, 0, n - 2)
    .mul(after.neg().div(before.mul(both)))
    .add(self.narrow(d, 1, n - 2).mul(after.sub(before).div(before.mul(after))))
    .add(self.narrow(d, 2, n - 2).mul(before.div(after.mul(both))));
  if (edgeOrder === 1) {
    const first = at(1).sub(at(0)).div(step(0));
    const last = at(n - 1)
      .sub(at(n - 2))
      .div(step(n - 2));
    return cat([first, center, last], d);
  }
  /** The slope at the first of three points, `a` and `b` apart. */
  const edge = (x: Tensor, y: Tensor, z: Tensor, a: Tensor, b: Tensor): Tensor => {
    const c = a.add(b);
    return x
      .mul(a.add(c).neg().div(a.mul(c)))
      .add(y.mul(c.div(a.mul(b))))
      .sub(z.mul(a.div(b.mul(c))));
  };
  const first = edge(at(0), at(1), at(2), step(0), step(1));
  const last = edge(at(n - 1), at(n - 2), at(n - 3), step(n - 2).neg(), step(n - 3).neg());
  return cat([first, center, last], d);
}
