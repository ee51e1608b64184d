/** Lowerings of division and powers, whose limits and roundings torch takes apart. */
import { bool, int64 } from "../../tensor/dtype.ts";
import { toFloating } from "../../tensor/promotion.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";
import { truncated } from "./numbers.ts";

/** The quotient, whole numbers made floats first; rounded down where argument 2 says so. */
export const divide: LoweringFunction = (c) => {
  const mode = c.isNone(2) ? null : c.known(2);
  if (mode === "floor") return floorDivide(c);
  if (mode === "trunc") return truncDivide(c);
  if (mode !== null) throw c.unsupported(`rounding_mode ${String(mode)}`);
  const dtype = toFloating(c.promoted(0, 1));
  return c.emit("Div", [c.tensor(0, dtype), c.tensor(1, dtype)]);
};

/** The quotient without what is behind its point, which is how ONNX divides whole numbers. */
const truncDivide = (c: LoweringContext): string => {
  const { dtype } = c.result();
  if (dtype.category !== "floating") {
    refuseZero(c);
    return c.cast(c.emit("Div", [c.tensor(0, int64), c.tensor(1, int64)]), int64, dtype);
  }
  return truncated(c, c.emit("Div", [c.tensor(0, dtype), c.tensor(1, dtype)]));
};

/** The quotient rounded down. Source: c10/util/generic_math.h (div_floor_floating, div_floor_integer). */
export const floorDivide: LoweringFunction = (c) => {
  if (c.result().dtype.category !== "floating") refuseZero(c);
  return floorDivideByAny(c);
};

/** The same for files, where a whole number that is divided by 0 is no error. */
export const floorDivideByAny: LoweringFunction = (c) =>
  c.result().dtype.category === "floating" ? floorOfFloats(c) : floorOfInts(c);

const floorOfFloats = (c: LoweringContext): string => {
  const { dtype } = c.result();
  const [a, b] = [c.tensor(0, dtype), c.tensor(1, dtype)];
  const zero = c.number(0, dtype);
  const one = c.number(1, dtype);
  const rest = c.emit("Mod", [a, b], { fmod: { int: 1 } });
  const exact = c.emit("Div", [c.emit("Sub", [a, rest]), b]);
  const otherSign = c.emit("Xor", [c.emit("Less", [b, zero]), c.emit("Less", [rest, zero])]);
  const isRest = c.emit("Not", [c.emit("Equal", [rest, zero])]);
  const below = c.emit("Where", [c.emit("And", [isRest, otherSign]), c.emit("Sub", [exact, one]), exact]);
  const floor = c.emit("Floor", [below]);
  const tooLow = c.emit("Greater", [c.emit("Sub", [below, floor]), c.number(0.5, dtype)]);
  const rounded = c.emit("Where", [tooLow, c.emit("Add", [floor, one]), floor]);
  return c.emit("Where", [c.emit("Equal", [b, zero]), c.emit("Div", [a, b]), rounded]);
};

/** ONNX Runtime divides whole numbers by 0 without a word. */
function refuseZero(c: LoweringContext): void {
  const divisor = c.inputs[1].kind === "known" && c.rank(1) === 0 ? c.float(1) : 0;
  if (divisor === 0) throw c.unsupported("the divisor may be 0");
}

const floorOfInts = (c: LoweringContext): string => {
  const [a, b] = [c.tensor(0, int64), c.tensor(1, int64)];
  const quotient = c.emit("Div", [c.emit("Sub", [a, c.emit("Mod", [a, b])]), b]);
  return c.cast(quotient, int64, c.result().dtype);
};

/** Powers. Source of those that torch writes otherwise: aten/src/ATen/native/cpu/PowKernel.cpp. */
export const power: LoweringFunction = (c) => {
  const { dtype } = c.result();
  if (dtype === bool) throw c.unsupported("a power of truth");
  const x = c.tensor(0, dtype);
  const exponent =
    c.inputs[1].kind === "known" && c.inputs[1].value !== null && c.rank(1) === 0 ? c.float(1) : null;
  switch (exponent) {
    case 2:
      return c.emit("Mul", [x, x]);
    case 3:
      return c.emit("Mul", [c.emit("Mul", [x, x]), x]);
  }
  if (dtype.category !== "floating") throw c.unsupported("a power of whole numbers");
  switch (exponent) {
    case 0.5:
      return c.emit("Sqrt", [x]);
    case -0.5:
      return c.emit("Reciprocal", [c.emit("Sqrt", [x])]);
    case -1:
      return c.emit("Reciprocal", [x]);
    default:
      return c.emit("Pow", [x, c.tensor(1, dtype)]);
  }
};
