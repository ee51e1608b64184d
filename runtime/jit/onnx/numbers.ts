/** Lowerings of arithmetic beyond the four operations, put together from what ONNX has. */
import { bool, type DType, int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** `other - alpha * self` */
export const reverseSub: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const alpha = c.float(2, 1);
  const self = c.tensor(0, dtype);
  return c.op("Sub", c.tensor(1, dtype), alpha === 1 ? self : c.op("Mul", self, c.number(alpha, dtype)));
};

/** The remainder with the divisor's sign. */
export const remainder: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [a, b] = [c.tensor(0, dtype), c.tensor(1, dtype)];
  if (dtype.category !== "floating") return c.emit("Mod", [a, b]);
  return c.op("Sub", a, c.op("Mul", c.op("Floor", c.op("Div", a, b)), b));
};

/** The remainder with the dividend's sign. */
export const fmod: LoweringFunction = (c) => {
  const { dtype } = c.result();
  return c.emit("Mod", [c.tensor(0, dtype), c.tensor(1, dtype)], { fmod: { int: 1 } });
};

/** Towards 0. */
export const truncated = (c: LoweringContext, x: string): string =>
  c.op("Mul", c.op("Sign", x), c.op("Floor", c.op("Abs", x)));

export const trunc: LoweringFunction = (c) => truncated(c, c.tensor(0));
export const frac: LoweringFunction = (c) => c.op("Sub", c.tensor(0), truncated(c, c.tensor(0)));

/** A logarithm to another base, or a power of another. */
export const logTo =
  (base: number): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    return c.op("Div", c.op("Log", c.tensor(0, dtype)), c.number(Math.log(base), dtype));
  };
export const exp2: LoweringFunction = (c) => {
  const { dtype } = c.result();
  return c.op("Pow", c.number(2, dtype), c.tensor(0, dtype));
};

export const isfinite: LoweringFunction = (c) => {
  if (c.dtype(0).category !== "floating") return c.op("Equal", c.tensor(0), c.tensor(0));
  return c.op("Not", c.op("Or", c.op("IsInf", c.tensor(0)), c.op("IsNaN", c.tensor(0))));
};

/** `self + value * tensor1 (* or /) tensor2` */
export const addTriple =
  (opType: "Mul" | "Div"): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    const value = c.float(3, 1);
    const both = c.op(opType, c.tensor(1, dtype), c.tensor(2, dtype));
    const scaled = value === 1 ? both : c.op("Mul", both, c.number(value, dtype));
    return c.op("Add", c.tensor(0, dtype), scaled);
  };

/** `self + weight * (end - self)` */
export const lerp: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [start, end] = [c.tensor(0), c.tensor(1)];
  return c.op("Add", start, c.op("Mul", c.tensor(2, dtype), c.op("Sub", end, start)));
};

function checkBits(c: LoweringContext): void {
  if (c.sink.opset < 18)
    throw c.unsupported("bits of whole numbers came with opset 18; write toOnnx(…, { opset: 18 })");
}

/** Logic of bools; of whole numbers bit by bit, which ONNX has since set 18. */
export const bitwise =
  (name: "And" | "Or" | "Xor"): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    if (dtype !== bool) checkBits(c);
    return c.op(dtype === bool ? name : `Bitwise${name}`, c.tensor(0, dtype), c.tensor(1, dtype));
  };
export const bitwiseNot: LoweringFunction = (c) => {
  if (c.dtype(0) === bool) return c.op("Not", c.tensor(0));
  checkBits(c);
  return c.op("BitwiseNot", c.tensor(0));
};

/** `logsumexp(self, dim, keepdim)` */
export const logsumexp: LoweringFunction = (c) =>
  c.reduce("ReduceLogSumExp", c.tensor(0, c.result().dtype), c.ints(1), c.known(2) === true);

/** `prod(self, dim, keepdim)` of one dimension. */
export const prodOver: LoweringFunction = (c) =>
  c.reduce("ReduceProd", c.tensor(0, c.result().dtype), [c.int(1)], c.known(2) === true);

/** `linalg_vector_norm(self, ord, dim, keepdim)` */
export const vectorNorm: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const x = c.tensor(0, dtype);
  const order = c.float(1, 2);
  const over = (opType: string, values: string): string =>
    c.reduce(opType, values, c.ints(2, []), c.known(3) === true);
  if (order === 1 || order === 2) return over(`ReduceL${order}`, x);
  const size = c.op("Abs", x);
  if (!Number.isFinite(order)) return over(order > 0 ? "ReduceMax" : "ReduceMin", size);
  if (order === 0) {
    const some = c.op("Not", c.op("Equal", x, c.number(0, dtype)));
    return over("ReduceSum", c.cast(some, bool, dtype));
  }
  const sum = over("ReduceSum", c.op("Pow", size, c.number(order, dtype)));
  return c.op("Pow", sum, c.number(1 / order, dtype));
};

/** `count_nonzero(self, dim)` */
export const countNonzero: LoweringFunction = (c) => {
  const dtype: DType = c.dtype(0) === bool ? int64 : c.dtype(0);
  const some = c.op("Not", c.op("Equal", c.tensor(0, dtype), c.number(0, dtype)));
  return c.reduce("ReduceSum", c.cast(some, bool, int64), c.ints(1, []));
};

/** `baddbmm(self, batch1, batch2, beta, alpha)` */
export const baddbmm: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [beta, alpha] = [3, 4].map((i) => c.float(i, 1));
  const times = (x: string, factor: number): string =>
    factor === 1 ? x : c.op("Mul", x, c.number(factor, dtype));
  return c.op("Add", times(c.tensor(0), beta), times(c.op("MatMul", c.tensor(1), c.tensor(2)), alpha));
};

/** `einsum(equation, tensors)` */
export const einsum: LoweringFunction = (c) =>
  c.emit("Einsum", c.tensors(1), { equation: { string: String(c.known(0)).replaceAll(" ", "") } });

/** `bilinear(input1, input2, weight, bias)` */
export const bilinear: LoweringFunction = (c) => {
  const inputs = [c.tensor(0), c.tensor(2), c.tensor(1)];
  const product = c.emit("Einsum", inputs, { equation: { string: "...i,oij,...j->...o" } });
  return c.isNone(3) ? product : c.op("Add", product, c.tensor(3));
};

/** Filled tensors of a given shape: `new_zeros(self, size)` and its kin. */
export const newFilled =
  (value: number | null): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    return c.op("Expand", value === null ? c.tensor(2, dtype) : c.number(value, dtype), c.sizes(1));
  };

/** `self * log(other)`, 0 where `self` is. */
export const xlogy: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [x, y, zero] = [c.tensor(0, dtype), c.tensor(1, dtype), c.number(0, dtype)];
  return c.op("Where", c.op("Equal", x, zero), zero, c.op("Mul", x, c.op("Log", y)));
};

/** `cosine_similarity(x1, x2, dim, eps)`: the product of both at length 1, no length less than `eps`. */
export const cosineSimilarity: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const dim = c.int(2, 1);
  const eps = c.number(c.float(3, 1e-8), dtype);
  const [a, b] = [0, 1].map((index) => {
    const x = c.tensor(index, dtype);
    const length = c.reduce("ReduceL2", x, [dim], true);
    return c.op("Div", x, c.op("Max", length, eps));
  });
  return c.reduce("ReduceSum", c.op("Mul", a, b), [dim]);
};
