/** Lowerings of operators that change shapes or pick parts. */
import { bool, int64 } from "../../tensor/dtype.ts";
import type { TensorType } from "../ir.ts";
import { farEnd, type LoweringContext, type LoweringFunction } from "./lowering.ts";

const wrapped = (dim: number, rank: number): number => (dim < 0 ? dim + rank : dim);

/** Another shape, sizes known or not. */
export const reshape: LoweringFunction = (c) =>
  c.emit("Reshape", [c.tensor(0), c.sizes(1)], { allowzero: { int: 1 } });

/** The shape of argument 1. */
export const viewAs: LoweringFunction = (c) =>
  c.emit("Reshape", [c.tensor(0), c.emit("Shape", [c.tensor(1)])], { allowzero: { int: 1 } });

export const flatten: LoweringFunction = (c) => {
  const rank = c.rank(0);
  if (rank === 0) return c.emit("Reshape", [c.tensor(0), c.vector([1])]);
  const start = wrapped(c.int(1, 0), rank);
  const end = wrapped(c.int(2, -1), rank);
  if (start === end) return c.tensor(0);
  const shape = c.emit("Shape", [c.tensor(0)]);
  const before = start === 0 ? [] : [c.emit("Slice", [shape, c.vector([0]), c.vector([start])])];
  const after = end === rank - 1 ? [] : [c.emit("Slice", [shape, c.vector([end + 1]), c.vector([rank])])];
  return c.emit("Reshape", [
    c.tensor(0),
    c.emit("Concat", [...before, c.vector([-1]), ...after], { axis: { int: 0 } }),
  ]);
};

export const permute: LoweringFunction = (c) => {
  const rank = c.rank(0);
  return c.emit("Transpose", [c.tensor(0)], { perm: { ints: c.ints(1).map((dim) => wrapped(dim, rank)) } });
};

function swapped(c: LoweringContext, dim0: number, dim1: number): string {
  const rank = c.rank(0);
  if (rank === 0) return c.tensor(0);
  const order = Array.from({ length: rank }, (_, i) => i);
  const [a, b] = [wrapped(dim0, rank), wrapped(dim1, rank)];
  [order[a], order[b]] = [order[b], order[a]];
  return c.emit("Transpose", [c.tensor(0)], { perm: { ints: order } });
}

export const transpose: LoweringFunction = (c) => swapped(c, c.int(1), c.int(2));

export const matrixTranspose: LoweringFunction = (c) => (c.rank(0) < 2 ? c.tensor(0) : swapped(c, 0, 1));

export const squeeze: LoweringFunction = (c) => {
  if (c.inputs.length === 1) return c.emit("Squeeze", [c.tensor(0)]);
  if (c.result().sizes.length === c.rank(0)) return c.tensor(0);
  return c.emit("Squeeze", [c.tensor(0), c.vector(c.ints(1))]);
};

export const unsqueeze: LoweringFunction = (c) => c.emit("Unsqueeze", [c.tensor(0), c.vector([c.int(1)])]);

/** Sizes of -1 keep what is there, which ONNX writes as 1. */
export const expand: LoweringFunction = (c) => {
  const operand = c.inputs[1];
  const known = operand.kind === "list" && operand.items.every((item) => item.kind === "known");
  return c.emit("Expand", [
    c.tensor(0),
    known ? c.vector(c.ints(1).map((size) => (size === -1 ? 1 : size))) : c.sizes(1),
  ]);
};

export const expandAs: LoweringFunction = (c) =>
  c.emit("Expand", [c.tensor(0), c.emit("Shape", [c.tensor(1)])]);

export const select: LoweringFunction = (c) => {
  const index = c.inputs[2];
  const at = index.kind === "size" ? index.name : c.number(c.int(2), int64);
  return c.emit("Gather", [c.tensor(0), at], { axis: { int: c.int(1) } });
};

export const slice: LoweringFunction = (c) => {
  const start = c.isNone(2) ? c.vector([0]) : c.sizeVector(2);
  const end = c.isNone(3) ? c.vector([farEnd]) : c.sizeVector(3);
  const step = c.int(4, 1);
  return c.emit("Slice", [c.tensor(0), start, end, c.vector([c.int(1, 0)]), c.vector([step])]);
};

/** `slice_scatter(self, src, dim, start, end, step)`: what is before the slice, the slice, what is behind it. */
export const sliceScatter: LoweringFunction = (c) => {
  if (c.int(5, 1) !== 1) throw c.unsupported("a step other than 1");
  const start = c.isNone(3) ? c.vector([0]) : c.sizeVector(3);
  const end = c.isNone(4) ? c.vector([farEnd]) : c.sizeVector(4);
  return replaced(c, c.int(2, 0), c.tensor(1), start, end);
};

/** `select_scatter(self, src, dim, index)` */
export const selectScatter: LoweringFunction = (c) => {
  const dim = c.int(2);
  const part = c.emit("Unsqueeze", [c.tensor(1), c.vector([wrapped(dim, c.rank(0))])]);
  const end =
    c.inputs[3].kind === "known"
      ? c.vector([c.int(3) === -1 ? farEnd : c.int(3) + 1])
      : c.emit("Add", [c.sizeVector(3), c.vector([1])]);
  return replaced(c, dim, part, c.sizeVector(3), end);
};

function replaced(c: LoweringContext, dim: number, part: string, start: string, end: string): string {
  const axes = c.vector([dim]);
  const before = c.emit("Slice", [c.tensor(0), c.vector([0]), start, axes]);
  const behind = c.emit("Slice", [c.tensor(0), end, c.vector([farEnd]), axes]);
  return c.emit("Concat", [before, part, behind], { axis: { int: dim } });
}

export const narrow: LoweringFunction = (c) => {
  const start = c.sizeVector(2);
  const end = c.emit("Add", [start, c.sizeVector(3)]);
  return c.emit("Slice", [c.tensor(0), start, end, c.vector([c.int(1)])]);
};

export const cat: LoweringFunction = (c) =>
  c.emit("Concat", c.tensors(0, c.result().dtype), { axis: { int: c.int(1, 0) } });

export const stack: LoweringFunction = (c) => {
  const dim = c.int(1, 0);
  const axis = dim < 0 ? dim + c.result().sizes.length : dim;
  const parts = c.tensors(0, c.result().dtype).map((name) => c.emit("Unsqueeze", [name, c.vector([axis])]));
  return c.emit("Concat", parts, { axis: { int: axis } });
};

/** Every element of a dimension; their number is that of the trace, or the run fails. */
export const unbind: LoweringFunction = (c) => {
  const axis = c.int(1, 0);
  return c.sink
    .emit("Split", [c.tensor(0)], { axis: { int: axis } }, partsOf(c))
    .map((part) => c.emit("Squeeze", [part, c.vector([axis])]));
};

/** Parts of given sizes; the last of equal ones is what it was in the trace, or the run fails. */
export const split: LoweringFunction = (c) => {
  const count = partsOf(c);
  const axis = c.int(2, 0);
  if (c.inputs[1].kind === "list")
    return c.sink.emit("Split", [c.tensor(0), c.sizes(1)], { axis: { int: axis } }, count);
  const whole = (c.node.inputs[0].type as TensorType).sizes?.at(axis);
  if (whole === undefined) throw c.unsupported("the size that it splits is not known");
  const size = c.int(1);
  const sizes = Array.from({ length: count }, (_, i) => Math.min(size, whole - i * size));
  return c.sink.emit("Split", [c.tensor(0), c.vector(sizes)], { axis: { int: axis } }, count);
};

export const chunk: LoweringFunction = (c) =>
  c.sink.emit("Split", [c.tensor(0)], { axis: { int: c.int(2, 0) } }, partsOf(c));

/** How many parts the unpacking of this node's list gave in the trace. */
function partsOf(c: LoweringContext): number {
  const count = c.parts;
  if (count === null) throw c.unsupported("the list it gives is not unpacked");
  return count;
}

export const gather: LoweringFunction = (c) =>
  c.emit("GatherElements", [c.tensor(0), c.tensor(2)], { axis: { int: c.int(1) } });

export const indexSelect: LoweringFunction = (c) =>
  c.emit("Gather", [c.tensor(0), c.tensor(2)], { axis: { int: c.int(1) } });

/** Indexing by one tensor of whole numbers in one dimension. */
export const index: LoweringFunction = (c) => {
  const list = c.inputs[1];
  if (list.kind !== "list") throw c.unsupported("its indices are no list");
  const used = list.items
    .map((item, i) => (item.kind === "known" && item.value === null ? -1 : i))
    .filter((i) => i >= 0);
  const [only] = used;
  if (used.length !== 1) throw c.unsupported("only one dimension can be indexed by a tensor");
  const at = list.items[only];
  if (at.kind !== "tensor") throw c.unsupported("its index is no tensor");
  if (at.dtype.category !== "integral")
    throw c.unsupported("masks give results whose size depends on the data");
  return c.emit("Gather", [c.tensor(0), at.name], { axis: { int: only } });
};

export const triangle =
  (upper: 0 | 1): LoweringFunction =>
  (c) =>
    c.emit("Trilu", [c.tensor(0), c.number(c.int(1, 0), int64)], { upper: { int: upper } });

export const cumsum: LoweringFunction = (c) =>
  c.emit("CumSum", [c.tensor(0, c.result().dtype), c.number(c.int(1), int64)]);

/** Tensors laid side by side. */
export const repeat: LoweringFunction = (c) => {
  const added = c.result().sizes.length - c.rank(0);
  const x =
    added === 0
      ? c.tensor(0)
      : c.emit("Unsqueeze", [c.tensor(0), c.vector(Array.from({ length: added }, (_, i) => i))]);
  return c.emit("Tile", [x, c.sizes(1)]);
};

/** Every tensor of a list in the shape that all of them have together. */
export const broadcastTensors: LoweringFunction = (c) => {
  const [first, ...others] = c.tensors(0, bool);
  const shape = c.op(
    "Shape",
    others.reduce((a, b) => c.op("And", a, b), first),
  );
  return c.tensors(0).map((name) => c.op("Expand", name, shape));
};
