/** Lowerings of extremes. NaN is the greatest and the least of all numbers to torch; ONNX Runtime passes over it. */
import { bool, float32 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** 1 where there is a NaN. */
const nanMarks = (c: LoweringContext, x: string): string => c.cast(c.emit("IsNaN", [x]), bool, float32);

/** The extreme of all elements or along dimensions; `dim` is argument 1 where the node has one. */
export const extreme =
  (opType: string): LoweringFunction =>
  (c) => {
    return extremeValue(c, opType, c.ints(1, []), c.known(2) === true);
  };

function extremeValue(c: LoweringContext, opType: string, dims: readonly number[], keepdim: boolean): string {
  const { dtype } = c.result();
  const x = c.tensor(0, dtype);
  const found = c.reduce(opType, x, dims, keepdim);
  if (dtype.category !== "floating") return found;
  const anyNan = c.cast(c.reduce("ReduceMax", nanMarks(c, x), dims, keepdim), float32, bool);
  return c.emit("Where", [anyNan, c.number(Number.NaN, dtype), found]);
}

function extremePlace(c: LoweringContext, opType: string, x: string, axis: number, keepdim: boolean): string {
  const options = { axis: { int: axis }, keepdims: { int: keepdim ? 1 : 0 } };
  const found = c.emit(opType, [x], options);
  if (c.dtype(0).category !== "floating") return found;
  const marks = nanMarks(c, x);
  const anyNan = c.reduce("ReduceMax", marks, [axis], keepdim);
  return c.emit("Where", [c.cast(anyNan, float32, bool), c.emit("ArgMax", [marks], options), found]);
}

/** The extreme along a dimension and its place. */
export const extremeAlong =
  (reduce: string, arg: string): LoweringFunction =>
  (c) => {
    const keepdim = c.known(2) === true;
    return [
      extremeValue(c, reduce, [c.int(1)], keepdim),
      extremePlace(c, arg, c.tensor(0), c.int(1), keepdim),
    ];
  };

/** The place of an extreme, along a dimension or of all elements. */
export const placeOfExtreme =
  (opType: string): LoweringFunction =>
  (c) =>
    c.isNone(1)
      ? extremePlace(c, opType, c.emit("Reshape", [c.tensor(0), c.vector([-1])]), 0, false)
      : extremePlace(c, opType, c.tensor(0), c.int(1), c.known(2) === true);
