/**
 * The lowering of bags of embeddings. Which index belongs to which bag is a matrix here, so that bags of any number and length are
 * sums of products. Source: aten/src/ATen/native/EmbeddingBag.cpp.
 */
import { bool, int64 } from "../../tensor/dtype.ts";
import type { LoweringFunction } from "./lowering.ts";

/** `embedding_bag(weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, padding_idx)` */
export const embeddingBag: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const mode = c.int(4, 0);
  const indices = c.tensor(1, int64);
  const last = c.known(7) === true;
  const given = c.tensor(2, int64);
  const offsets = last ? c.part(given, 0, 0, -1) : given;
  const count = c.op("Size", indices);
  const ends = c.joined(
    c.part(offsets, 0, 1),
    last ? c.part(given, 0, -1) : c.op("Unsqueeze", count, c.vector([0])),
  );
  const places = c.range(count);
  const from = c.op("GreaterOrEqual", places, c.op("Unsqueeze", offsets, c.vector([1])));
  const inBag = c.op("And", from, c.op("Less", places, c.op("Unsqueeze", ends, c.vector([1]))));
  const padding = !c.isNone(8) ? c.op("Equal", indices, c.tensor(8, int64)) : null;
  const member = padding === null ? inBag : c.op("And", inBag, c.op("Not", padding));
  const vectors = c.emit("Gather", [c.tensor(0), indices], { axis: { int: 0 } });
  const ones = c.cast(member, bool, dtype);
  const counts = c.reduce("ReduceSum", ones, [1], true);
  const [none, one] = [c.number(0, dtype), c.number(1, dtype)];
  let bags: string;
  if (mode === 2) {
    const seen = c.op("Where", c.op("Unsqueeze", member, c.vector([2])), vectors, c.number(-Infinity, dtype));
    const greatest = c.reduce("ReduceMax", seen, [1]);
    bags = c.op("Where", c.op("Equal", counts, none), none, greatest);
  } else {
    const weighed = c.isNone(6)
      ? vectors
      : c.op("Mul", vectors, c.op("Unsqueeze", c.tensor(6), c.vector([1])));
    const sums = c.op("MatMul", ones, weighed);
    bags = mode === 0 ? sums : c.op("Div", sums, c.op("Max", counts, one));
  }
  return bags;
};
