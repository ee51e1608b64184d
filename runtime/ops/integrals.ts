/**
 * Integrals and slopes of functions that are given at points: the trapezoidal rule, differences of neighbours.
 * Source: aten/src/ATen/native/Integration.cpp, ReduceOps.cpp (gradient).
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { makeZeros } from "../tensor/filled.ts";
import { wrapDim, wrapDims } from "../tensor/geometry.ts";
import { type Scalar, scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cat } from "./joining.ts";
import { diff } from "./scans.ts";

/** Each element but the last along `dim`, and the one after it. */
function neighbours(y: Tensor, dim: number): { left: Tensor; right: Tensor } {
  if (y.ndim <= dim) wrapDim(dim, y.ndim);
  const count = Math.max(y.sizes[dim] - 1, 0);
  return { left: y.narrow(dim, 0, count), right: y.narrow(dim, Math.min(1, y.sizes[dim]), count) };
}

/** The widths of the intervals between the points `x`, in a shape that goes with `y`. */
function intervals(name: string, y: Tensor, x: Tensor, dim: number): Tensor {
  if (x.ndim === 1 && x.sizes[0] !== y.sizes[dim])
    throw new RuntimeError(`${name}: There must be one \`x\` value for each sample point`);
  const ones = new Array<number>(Math.max(y.ndim - x.ndim, 0)).fill(1);
  const points =
    x.ndim === 1 ? x.view(y.sizes.map((_, i) => (i === dim ? -1 : 1))) : x.view([...ones, ...x.sizes]);
  const { left, right } = neighbours(points, dim);
  return right.sub(left);
}

/** An integral by the trapezoidal rule: with points `x`, or points `dx` apart. */
export interface Trapezoid {
  (y: Tensor, options?: { dx?: Scalar; dim?: number }): Tensor;
  (y: Tensor, x: Tensor, options?: { dim?: number }): Tensor;
}

interface Rule {
  /** What an integral over no points is, null if that is no special case. */
  empty(y: Tensor, dim: number): Tensor | null;
  withPoints(y: Tensor, widths: Tensor, dim: number): Tensor;
  evenly(y: Tensor, width: number, dim: number): Tensor;
}

function trapezoidRows(name: string, rule: Rule): Trapezoid {
  const wrapped = (y: Tensor, dim: number): number => {
    if (y.ndim === 0)
      throw new IndexError(`Dimension specified as ${dim < 0 ? dim + 1 : dim} but tensor has no dimensions`);
    return wrapDim(dim, y.ndim);
  };
  const refuseBool = (tensors: readonly Tensor[], names: string): void => {
    if (tensors.some(({ dtype }) => dtype.category === "bool"))
      throw new RuntimeError(`${name}: received a bool input for ${names}, but bool is not supported`);
  };
  return aten(
    op(
      `aten::${name}.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor` as "aten::f(Tensor y, Tensor x, *, int dim=-1) -> Tensor",
      (y, x, dim) => {
        const d = wrapped(y, dim);
        const empty = y.sizes[d] === 0 ? rule.empty(y, d) : null;
        if (empty !== null) return empty;
        refuseBool([x, y], "`x` or `y`");
        return rule.withPoints(y, intervals(name, y, x, d), d);
      },
      { composite: true },
    ),
    op(
      `aten::${name}.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor` as "aten::f(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor",
      (y, dx, dim) => {
        const d = wrapped(y, dim);
        const empty = y.sizes[d] === 0 ? rule.empty(y, d) : null;
        if (empty !== null) return empty;
        refuseBool([y], "`y`");
        if (typeof dx === "boolean")
          throw new RuntimeError(`${name}: Currently, we only support dx as a real number.`);
        return rule.evenly(y, scalarValue(dx), d);
      },
      { composite: true },
    ),
  );
}

/**
 * The area under a curve given by points `y`, at distances `dx` or places `x`.
 * @example torch.trapezoid(torch.tensor([1, 2, 3])).item() // 4
 */
export const trapezoid = trapezoidRows("trapezoid", {
  empty: (y, dim) => makeZeros(y.sizes.toSpliced(dim, 1), y.dtype),
  withPoints: (y, widths, dim) => {
    const { left, right } = neighbours(y, dim);
    return (right.add(left).mul(widths).sum(dim) as Tensor).div(2);
  },
  evenly: (y, width, dim) => {
    const ends = y.select(dim, 0).add(y.select(dim, -1));
    return (y.sum(dim) as Tensor).sub(ends.mul(0.5)).mul(scalar(width, "float"));
  },
});

/** The running integral. */
export const cumulativeTrapezoid = trapezoidRows("cumulative_trapezoid", {
  empty: () => null,
  withPoints: (y, widths, dim) => {
    const { left, right } = neighbours(y, dim);
    return right.add(left).mul(widths).cumsum(dim).div(2);
  },
  evenly: (y, width, dim) => {
    const { left, right } = neighbours(y, dim);
    return right
      .add(left)
      .mul(scalar(width / 2, "float"))
      .cumsum(dim);
  },
});

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
  const count = steps.sizes[d];
  const [before, after] = [steps.narrow(d, 0, count - 1), steps.narrow(d, 1, count - 1)];
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
      .div(step(count - 1));
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
  const last = edge(at(n - 1), at(n - 2), at(n - 3), step(count - 1).neg(), step(count - 2).neg());
  return cat([first, center, last], d);
}
