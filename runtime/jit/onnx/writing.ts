/** Lowerings of operators that write to chosen places of a copy, and of reading such places. */
import { bool, int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction, Operand } from "./lowering.ts";
import { index as indexOne } from "./shapes.ts";

const reductions: Readonly<Record<string, string>> = {
  add: "add",
  sum: "add",
  multiply: "mul",
  prod: "mul",
  amax: "max",
  amin: "min",
};

function scattered(c: LoweringContext, index: string, values: string, reduction = "none"): string {
  const attributes = { axis: { int: c.dim(1) } };
  return c.emit(
    "ScatterElements",
    [c.tensor(0), index, values],
    reduction === "none" ? attributes : { ...attributes, reduction: { string: reduction } },
  );
}

/** The part of a source that an index speaks of: the source may be larger. */
function sourceOf(c: LoweringContext): string {
  const rank = c.rank(2);
  const starts = c.vector(new Array<number>(rank).fill(0));
  return rank === 0 ? c.tensor(3) : c.op("Slice", c.tensor(3), starts, c.op("Shape", c.tensor(2)));
}

/** `scatter.src(self, dim, index, src)`, or with `reduce` behind it. */
export const scatter =
  (hasReduction: boolean): LoweringFunction =>
  (c) =>
    scattered(c, c.tensor(2), sourceOf(c), reductionOf(c, hasReduction));

/** `scatter_add(self, dim, index, src)` */
export const scatterAdd: LoweringFunction = (c) => scattered(c, c.tensor(2), sourceOf(c), "add");

export const scatterValue =
  (hasReduction: boolean): LoweringFunction =>
  (c) => {
    const value = c.op("Expand", c.tensor(3, c.result().dtype), c.op("Shape", c.tensor(2)));
    return scattered(c, c.tensor(2), value, reductionOf(c, hasReduction));
  };

function reductionOf(c: LoweringContext, hasReduction: boolean): string {
  if (!hasReduction) return "none";
  if (c.known(5) === false) throw c.unsupported("include_self=False");
  const name = String(c.known(4));
  const reduction = reductions[name];
  if (reduction === undefined) throw c.unsupported(`the reduction ${name}`);
  if (reduction.startsWith("m") && reduction !== "mul" && c.sink.opset < 18)
    throw c.unsupported(`the reduction ${name} came with opset 18; write toOnnx(…, { opset: 18 })`);
  return reduction;
}

/** An index along a dimension spread over the shape of what is written there. */
function spread(c: LoweringContext, shape: string): string {
  const [dim, rank] = [c.dim(1), c.rank(0)];
  const along = c.vector(Array.from({ length: rank }, (_, i) => (i === dim ? -1 : 1)));
  return c.op("Expand", c.op("Reshape", c.tensor(2, int64), along), shape);
}

/** `index_add(self, dim, index, source, alpha)` */
export const indexAdd: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const alpha = c.float(4, 1);
  const source = alpha === 1 ? c.tensor(3) : c.op("Mul", c.tensor(3), c.number(alpha, dtype));
  return scattered(c, spread(c, c.op("Shape", c.tensor(3))), source, "add");
};

/** `index_copy(self, dim, index, source)` */
export const indexCopy: LoweringFunction = (c) =>
  scattered(c, spread(c, c.op("Shape", c.tensor(3))), c.tensor(3));

/** `index_fill(self, dim, index, value)` */
export const indexFill: LoweringFunction = (c) => {
  const places = c.op("Reshape", c.tensor(2, int64), c.vector([-1]));
  const chosen = c.emit("Gather", [c.tensor(0), places], { axis: { int: c.dim(1) } });
  const shape = c.op("Shape", chosen);
  return scattered(c, spread(c, shape), c.op("Expand", c.tensor(3, c.result().dtype), shape));
};

/** The tensors that index, and by how many leading dimensions; a mask stands for the places where it is true. */
function places(c: LoweringContext): { readonly at: string; readonly dims: number } {
  const list = c.inputs[1];
  if (list.kind !== "list") throw c.unsupported("its indices are no list");
  const used = list.items.map((item) => !(item.kind === "known" && item.value === null));
  const count = used.lastIndexOf(true) + 1;
  if (used.slice(0, count).includes(false))
    throw c.unsupported("indices that leave a dimension out; transpose it to the end before");
  const items = list.items.slice(0, count) as Extract<Operand, { kind: "tensor" }>[];
  const names = c.tensors(1);
  if (items.length === 1 && items[0].dtype === bool)
    return {
      at: c.emit("Transpose", [c.op("NonZero", names[0])], { perm: { ints: [1, 0] } }),
      dims: items[0].rank,
    };
  if (items.some(({ dtype }) => dtype === bool)) throw c.unsupported("masks beside other indices");
  const whole = names.slice(0, count).map((name, i) => {
    const size = c.op("Shape", c.tensor(0));
    const along = c.op("Gather", size, c.number(i, int64));
    const index = c.cast(name, items[i].dtype, int64);
    return c.op("Where", c.op("Less", index, c.number(0, int64)), c.op("Add", index, along), index);
  });
  const shape = c.op(
    "Shape",
    whole.reduce((a, b) => c.op("Add", a, b)),
  );
  const parts = whole.map((name) => c.op("Unsqueeze", c.op("Expand", name, shape), c.vector([-1])));
  return { at: parts.length === 1 ? parts[0] : c.emit("Concat", parts, { axis: { int: -1 } }), dims: count };
}

/** `index(self, indices)`; by several tensors, or by a mask, whose results have a size that depends on the data. */
export const index: LoweringFunction = (c) => {
  const list = c.inputs[1];
  const used =
    list.kind === "list" ? list.items.filter((item) => !(item.kind === "known" && item.value === null)) : [];
  const [only] = used;
  const byOne = used.length === 1 && only.kind === "tensor" && only.dtype.category === "integral";
  return byOne ? indexOne(c) : c.op("GatherND", c.tensor(0), places(c).at);
};

/** `index_put(self, indices, values, accumulate)` */
export const indexPut: LoweringFunction = (c) => {
  const { at, dims } = places(c);
  const shape = c.op("Shape", c.op("GatherND", c.tensor(0), at));
  const values = c.op("Expand", c.tensor(2, c.result().dtype), shape);
  const adds = c.known(3) === true;
  if (dims > c.rank(0)) throw c.unsupported("too many indices");
  return c.emit("ScatterND", [c.tensor(0), at, values], adds ? { reduction: { string: "add" } } : {});
};

/** `nonzero(self)`: the places of what is not 0, a row for each. */
export const nonzero: LoweringFunction = (c) =>
  c.emit("Transpose", [c.op("NonZero", c.tensor(0))], { perm: { ints: [1, 0] } });

/** `masked_select(self, mask)` */
export const maskedSelect: LoweringFunction = (c) => {
  const both = c.op("Shape", c.op("Where", c.tensor(1), c.tensor(0), c.tensor(0)));
  const flat = (name: string): string => c.op("Reshape", c.op("Expand", name, both), c.vector([-1]));
  return c.emit("Compress", [flat(c.tensor(0)), flat(c.tensor(1))], { axis: { int: 0 } });
};

/** `take(self, index)`: of all elements in a row. */
export const take: LoweringFunction = (c) =>
  c.emit("Gather", [c.op("Reshape", c.tensor(0), c.vector([-1])), c.tensor(1)], { axis: { int: 0 } });
