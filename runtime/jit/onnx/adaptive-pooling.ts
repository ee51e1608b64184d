/**
 * Lowerings of adaptive pooling, which ONNX has for a single result only. Window `i` of `n` over a length `L` goes from `floor(i L / n)`
 * to `ceil((i + 1) L / n)`; which elements it sees is computed when the model runs, so that any length will do.
 */
import { bool, type DType, int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** By window and element: whether one sees the other. A bool matrix. */
function seen(c: LoweringContext, dim: number, windows: number): string {
  const length = c.size(0, dim);
  const count = c.number(windows, int64);
  const window = c.op("Unsqueeze", c.range(count), c.vector([1]));
  const start = c.op("Div", c.op("Mul", window, length), count);
  const next = c.op("Mul", c.op("Add", window, c.number(1, int64)), length);
  const end = c.op("Div", c.op("Add", next, c.number(windows - 1, int64)), count);
  const element = c.range(length);
  return c.op("And", c.op("GreaterOrEqual", element, start), c.op("Less", element, end));
}

/** The wanted sizes of the last dimensions; null for those that stay. */
function wanted(c: LoweringContext, rank: number): readonly (number | null)[] {
  const given = c.inputs[1];
  if (given.kind !== "list") return c.ints(1);
  const all = given.items.map((item) => (item.kind === "known" ? Number(item.value) : null));
  return all.length === rank ? all : new Array(rank).fill(all[0]);
}

/** Puts a dimension last and back again. */
function turned(c: LoweringContext, x: string, dim: number): string {
  const rank = c.rank(0);
  if (dim === rank - 1) return x;
  const order = Array.from({ length: rank }, (_, i) => i);
  [order[dim], order[rank - 1]] = [order[rank - 1], order[dim]];
  return c.emit("Transpose", [x], { perm: { ints: order } });
}

/** The same along each of the last dimensions, by what is done along the last one. */
function alongEach(c: LoweringContext, rank: number, along: (x: string, mask: string) => string): string {
  let x = c.tensor(0);
  for (const [i, windows] of wanted(c, rank).entries()) {
    if (windows === null) continue;
    const dim = c.rank(0) - rank + i;
    x = turned(c, along(turned(c, x, dim), seen(c, dim, windows)), dim);
  }
  return x;
}

/** `adaptive_avg_pool2d(self, output_size)` and its kin: each dimension is a product with a matrix of shares. */
export const adaptiveAveragePool =
  (rank: number): LoweringFunction =>
  (c) => {
    if (wanted(c, rank).every((size) => size === 1) && c.rank(0) === rank + 2)
      return c.op("GlobalAveragePool", c.tensor(0));
    const { dtype } = c.result();
    return alongEach(c, rank, (x, mask) => {
      const ones = c.cast(mask, bool, dtype);
      const counts = c.reduce("ReduceSum", ones, [1], true);
      const shares = c.emit("Transpose", [c.op("Div", ones, counts)], { perm: { ints: [1, 0] } });
      return c.op("MatMul", x, shares);
    });
  };

/** `adaptive_max_pool2d(self, output_size)`: the greatest of each window, and where in its plane it stands. */
export const adaptiveMaxPool =
  (rank: number): LoweringFunction =>
  (c) => {
    const { dtype, sizes } = c.result();
    const windows = wanted(c, rank).map((size, i) => size ?? sizes[sizes.length - rank + i]);
    const lead = c.rank(0) - rank;
    const masks = windows.map((count, i) => flatMask(c, seen(c, lead + i, count), i, rank));
    const mask = masks.reduce((a, b) => c.op("And", a, b));
    // By window and place in the plane.
    const count = windows.reduce((a, b) => a * b, 1);
    const rows = c.op("Reshape", mask, c.vector([count, -1]));
    const planes = c.op("Reshape", c.tensor(0), c.joined(c.shape(0, 0, lead), [1, -1]));
    const inWindow = c.op("Where", rows, planes, lowest(c, dtype));
    const shape = c.joined(c.shape(0, 0, lead), windows);
    return [
      c.op("Reshape", c.reduce("ReduceMax", inWindow, [-1]), shape),
      c.op("Reshape", c.emit("ArgMax", [inWindow], { axis: { int: -1 }, keepdims: { int: 0 } }), shape),
    ];
  };

/** A mask of one dimension over the windows of all and the elements of all. */
function flatMask(c: LoweringContext, mask: string, at: number, rank: number): string {
  const axes = Array.from({ length: 2 * rank }, (_, i) => i).filter((i) => i !== at && i !== rank + at);
  return axes.length === 0 ? mask : c.op("Unsqueeze", mask, c.vector(axes));
}

const lowest = (c: LoweringContext, dtype: DType): string =>
  c.number(dtype.category === "floating" ? -Infinity : Number.MIN_SAFE_INTEGER, dtype);
