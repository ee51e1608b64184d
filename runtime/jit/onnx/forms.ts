/** The common forms of lowering, from which rows choose; what needs a paragraph of its own has a file named for it. */
import { bool, type DType, float64, int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** One tensor, computed in the result's dtype. */
export const same =
  (opType: string): LoweringFunction =>
  (c) =>
    c.emit(opType, [c.tensor(0, c.result().dtype)]);

/** What arithmetic means between truth values, which ONNX does not compute with. */
const ofTruth: Readonly<Record<string, string>> = { Add: "Or", Mul: "And", Max: "Or", Min: "And" };

/** Two tensors or numbers, computed in the result's dtype. */
export const pair =
  (opType: string) =>
  (c: LoweringContext): string => {
    const { dtype } = c.result();
    return c.emit(dtype === bool ? (ofTruth[opType] ?? opType) : opType, [
      c.tensor(0, dtype),
      c.tensor(1, dtype),
    ]);
  };

/** A comparison: computed in the operands' common dtype, answered in bool. */
export const compare =
  (opType: string): LoweringFunction =>
  (c) => {
    const dtype = comparable(c.promoted(0, 1));
    return c.emit(opType, [c.tensor(0, dtype), c.tensor(1, dtype)]);
  };

/** ONNX compares no bools but for equality; as numbers they compare the same. */
const comparable = (dtype: DType): DType => (dtype === bool ? int64 : dtype);

/** `!=`, which ONNX has not. */
export const notEqual: LoweringFunction = (c) =>
  c.emit("Not", [(compare("Equal") as (c: LoweringContext) => string)(c)]);

/** Logic on whatever is not 0. */
export const logical =
  (opType: string): LoweringFunction =>
  (c) =>
    c.emit(opType, [truth(c, 0), truth(c, 1)]);

const truth = (c: LoweringContext, index: number): string => c.tensor(index, bool);

export const logicalNot: LoweringFunction = (c) => c.emit("Not", [truth(c, 0)]);

/** `self + alpha * other` and its kin; `alpha` is argument 2. */
export const scaledPair =
  (opType: string): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    const alpha = c.float(2, 1);
    if (dtype === bool && alpha === 1) return pair(opType)(c);
    const other = c.tensor(1, dtype);
    return c.emit(opType, [
      c.tensor(0, dtype),
      alpha === 1 ? other : c.emit("Mul", [other, c.number(alpha, dtype)]),
    ]);
  };

/** A reduction of all elements, or along `dim` with `keepdim`; of two arguments the second is a dtype. */
export const reduceOver =
  (opType: string): LoweringFunction =>
  (c) => {
    const x = c.tensor(0, c.result().dtype);
    return c.inputs.length > 2
      ? c.reduce(opType, x, c.ints(1, []), c.known(2) === true)
      : c.reduce(opType, x, []);
  };

/** The sign of a number; that of NaN is 0. */
export const sign: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const x = c.tensor(0, dtype);
  const signs = c.emit("Sign", [x]);
  if (dtype.category !== "floating") return signs;
  return c.emit("Where", [c.emit("IsNaN", [x]), c.number(0, dtype), signs]);
};

/** A function along a dimension: softmax and its logarithm. */
export const along =
  (opType: string) =>
  (c: LoweringContext): string =>
    c.emit(opType, [c.tensor(0, c.result().dtype)], { axis: { int: c.int(1) } });

/** The logarithm of softmax. ONNX Runtime has another answer in float64 where an element is infinite. */
export const logSoftmax: LoweringFunction = (c) => {
  const { dtype } = c.result();
  if (dtype !== float64) return along("LogSoftmax")(c);
  const axis = c.int(1);
  const x = c.tensor(0, dtype);
  const most = c.reduce("ReduceMax", x, [axis], true);
  const below = c.emit("Sub", [x, most]);
  const sum = c.reduce("ReduceSum", c.emit("Exp", [below]), [axis], true);
  return c.emit("Sub", [below, c.emit("Log", [sum])]);
};

/** A change of dtype only. */
export const castToResult: LoweringFunction = (c) => c.tensor(0, c.result().dtype);

/** The input itself. */
export const identity: LoweringFunction = (c) => c.tensor(0);

/** `x * sigmoid(x)` */
export const silu: LoweringFunction = (c) => {
  const x = c.tensor(0);
  return c.emit("Mul", [x, c.emit("Sigmoid", [x])]);
};

/** The Gaussian error linear unit, exact or by tanh. */
export const gelu: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const x = c.tensor(0);
  const half = c.number(0.5, dtype);
  const one = c.number(1, dtype);
  if (c.known(1) === "tanh") {
    const cube = c.emit("Mul", [c.emit("Mul", [x, x]), x]);
    const inner = c.emit("Add", [x, c.emit("Mul", [cube, c.number(0.044715, dtype)])]);
    const bent = c.emit("Tanh", [c.emit("Mul", [inner, c.number(Math.sqrt(2 / Math.PI), dtype)])]);
    return c.emit("Mul", [c.emit("Mul", [x, half]), c.emit("Add", [bent, one])]);
  }
  const erf = c.emit("Erf", [c.emit("Mul", [x, c.number(Math.SQRT1_2, dtype)])]);
  return c.emit("Mul", [c.emit("Mul", [x, half]), c.emit("Add", [erf, one])]);
};

/** Limits, either of which may be missing. */
export const clamp: LoweringFunction = (c) => {
  const { dtype } = c.result();
  let value = c.tensor(0, dtype);
  if (!c.isNone(1)) value = c.emit("Max", [value, c.tensor(1, dtype)]);
  if (!c.isNone(2)) value = c.emit("Min", [value, c.tensor(2, dtype)]);
  return value;
};

/** An activation with one slope as its argument 1. */
export const withAlpha =
  (opType: string): LoweringFunction =>
  (c) => {
    refuseRoundedAlpha(c);
    return c.emit(opType, [c.tensor(0)], { alpha: { float: c.float(1) } });
  };

/** Attributes of ONNX are float32, which is not enough for float64. */
function refuseRoundedAlpha(c: LoweringContext): void {
  const alpha = c.float(1, 1);
  if (c.result().dtype === float64 && Math.fround(alpha) !== alpha)
    throw c.unsupported(`${alpha} is no number of float32`);
}

/** `elu(self, alpha, scale, input_scale)`; only the slope of its exponential is ONNX's. */
export const elu: LoweringFunction = (c) => {
  if ([2, 3].some((index) => c.float(index, 1) !== 1)) throw c.unsupported("a scale other than 1");
  refuseRoundedAlpha(c);
  return c.emit("Elu", [c.tensor(0)], { alpha: { float: c.float(1, 1) } });
};

/** A choice between two by a condition. */
export const where: LoweringFunction = (c) => {
  const { dtype } = c.result();
  return chosen(c, c.tensor(0, bool), c.tensor(1, dtype), c.tensor(2, dtype));
};

/** A value where a mask is true. */
export const maskedFill: LoweringFunction = (c) =>
  chosen(c, c.tensor(1, bool), c.tensor(2, c.result().dtype), c.tensor(0));

/** ONNX Runtime does not choose between truth values. */
function chosen(c: LoweringContext, condition: string, yes: string, no: string): string {
  if (c.result().dtype !== bool) return c.emit("Where", [condition, yes, no]);
  const unless = c.emit("And", [c.emit("Not", [condition]), no]);
  return c.emit("Or", [c.emit("And", [condition, yes]), unless]);
}

/** 1 / sqrt(x) */
export const rsqrt: LoweringFunction = (c) =>
  c.emit("Reciprocal", [c.emit("Sqrt", [c.tensor(0, c.result().dtype)])]);

/** x * x */
export const square: LoweringFunction = (c) => {
  const x = c.tensor(0, c.result().dtype);
  return c.emit("Mul", [x, x]);
};

/** A function after adding 1 (log1p) or before taking it away (expm1). */
export const log1p: LoweringFunction = (c) => {
  const { dtype } = c.result();
  return c.emit("Log", [c.emit("Add", [c.tensor(0, dtype), c.number(1, dtype)])]);
};
export const expm1: LoweringFunction = (c) => {
  const { dtype } = c.result();
  return c.emit("Sub", [c.emit("Exp", [c.tensor(0, dtype)]), c.number(1, dtype)]);
};

/** Numbers in equal steps; `start`, `end` and `step` are the places of the arguments, null for 0 and 1. */
export const range =
  (start: number | null, end: number, step: number | null): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    const bound = (index: number | null, otherwise: number): string =>
      index === null || c.isNone(index) ? c.number(otherwise, dtype) : c.tensor(index, dtype);
    return c.emit("Range", [bound(start, 0), bound(end, 0), bound(step, 1)]);
  };

/** Filled tensors of a known or symbolic shape: the fill is `value`, or argument 1. */
export const filled =
  (value: number | null): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    const fill = value === null ? c.tensor(1, dtype) : c.number(value, dtype);
    return c.emit("Expand", [fill, c.sizes(0)]);
  };

/** Filled tensors of the shape of argument 0. */
export const filledLike =
  (value: number | null): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    const fill = value === null ? c.tensor(1, dtype) : c.number(value, dtype);
    return c.emit("Expand", [fill, c.emit("Shape", [c.tensor(0)])]);
  };
