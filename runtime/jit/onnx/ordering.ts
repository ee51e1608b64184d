/**
 * Lowerings of sorting and of running products and extremes. Files only: ONNX Runtime counts NaN as no number among others, and
 * torch as the greatest.
 */
import { bool, type DType, int32, int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** The first `count` (an int64 vector) of a dimension in order. Of equal elements the earlier comes first. */
const topOf = (c: LoweringContext, count: string, axis: number, largest: boolean): string[] =>
  c.sink.emit("TopK", [c.tensor(0), count], { axis: { int: axis }, largest: { int: largest ? 1 : 0 } }, 2);

const ordered = (c: LoweringContext, stable: boolean): string[] => {
  const [dim, descending] = stable ? [2, 3] : [1, 2];
  const axis = lastUnless(c, dim);
  return topOf(c, c.shape(0, axis, axis + 1), axis, c.known(descending) === true);
};

/** `sort(self, dim, descending)`, or with `stable` as argument 1. */
export const sort =
  (stable: boolean): LoweringFunction =>
  (c) =>
    ordered(c, stable);

export const argsort =
  (stable: boolean): LoweringFunction =>
  (c) =>
    ordered(c, stable)[1];

function lastUnless(c: LoweringContext, index: number): number {
  return c.isNone(index) ? c.rank(0) - 1 : c.dim(index);
}

/** `topk(self, k, dim, largest, sorted)` */
export const topk: LoweringFunction = (c) =>
  topOf(c, c.sizeVector(1), lastUnless(c, 2), c.known(3) !== false);

/** For every element of a dimension those up to it, others replaced; then a reduction over them. */
function running(c: LoweringContext, reduce: string, otherwise: number): string {
  const { dtype } = c.result();
  const [dim, rank] = [c.dim(1), c.rank(0)];
  const places = c.range(c.size(0, dim));
  const behind = c.vector([-1, ...new Array<number>(rank - dim).fill(1)]);
  const ahead = c.vector([-1, ...new Array<number>(rank - dim - 1).fill(1)]);
  const upTo = c.op("LessOrEqual", c.op("Reshape", places, ahead), c.op("Reshape", places, behind));
  const spread = c.op("Unsqueeze", c.tensor(0, dtype), c.vector([dim]));
  const seen = c.op("Where", upTo, spread, c.number(otherwise, dtype));
  return c.reduce(reduce, seen, [dim + 1]);
}

/** `cumprod(self, dim)` */
export const cumprod: LoweringFunction = (c) => running(c, "ReduceProd", 1);

/** `kthvalue` and medians are not here: which of equal elements they give has no rule. The greatest and least of a whole. */
export const extremesOver =
  (reduce: string): LoweringFunction =>
  (c) =>
    c.reduce(reduce, c.tensor(0), c.ints(1, []), c.known(2) === true);

/** `one_hot(self, num_classes)`; without a number of classes it is the greatest and one more. */
export const oneHot: LoweringFunction = (c) => {
  const values = c.sink.constant("int64", [2], [0, 1]);
  const classes = c.int(1, -1);
  const depth =
    classes >= 0
      ? c.number(classes, int64)
      : c.op("Add", c.reduce("ReduceMax", c.tensor(0), []), c.number(1, int64));
  return c.emit("OneHot", [c.tensor(0), depth, values], { axis: { int: -1 } });
};

/** True where any (ReduceMax) or all (ReduceMin) elements are not 0. */
export const quantifier =
  (reduce: "ReduceMax" | "ReduceMin"): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    const truth = c.op("Not", c.op("Equal", asNumber(c), c.number(0, numeric(c))));
    const reduced = c.reduce(reduce, c.cast(truth, bool, int32), c.ints(1, []), c.known(2) === true);
    return c.cast(reduced, int64, dtype);
  };

const numeric = (c: LoweringContext): DType => (c.dtype(0).name === "bool" ? int64 : c.dtype(0));
const asNumber = (c: LoweringContext): string => c.tensor(0, numeric(c));
