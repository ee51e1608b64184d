/**
 * The error function and what is made of it for float32, computed in float64 with an error of some 1e-11: from a table of the error function
 * and its slope, by the Taylor series at the nearest place of the table.
 */
import { RuntimeError } from "../errors.ts";
import { roundingShift, tanhOf } from "./exponential.ts";
import { erfOf } from "./special.ts";

/** Beyond it the error function is 1 in float32. */
const end = 4;
const steps = 64;
const places = Float64Array.from({ length: 2 * end * steps + 1 }, (_, i) => i / steps - end);
/** Added to -0, a zero keeps its sign. */
const values = places.map((place) => erfOf(place) || -0);
const slopes = places.map((place) => (2 / Math.sqrt(Math.PI)) * Math.exp(-place * place));

/** `erf(x)` to the precision of float32. */
export function erfSingle(x: number): number {
  if (!(x < end)) return x >= end ? 1 : x;
  if (x <= -end) return -1;
  const k = x * steps + roundingShift - roundingShift;
  const a = k / steps;
  const r = x - a;
  const a2 = a * a;
  const series = r * (1 - r * (a - r * ((2 * a2 - 1) / 3 - r * a * ((2 * a2 - 3) / 6))));
  return values[k + end * steps] + slopes[k + end * steps] * series;
}

/** `gelu(x)` to the precision of float32. */
export const geluSingle = (x: number): number => 0.5 * x * (1 + erfSingle(x * Math.SQRT1_2));

/** `gelu(x)` by the approximation with tanh, to the precision of float32. */
export const tanhGeluSingle = (x: number): number =>
  0.5 * x * (1 + tanhOf(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

/** Throws torch's RuntimeError for an approximation of `gelu` that there is not. */
export function checkApproximate(approximate: string): void {
  if (approximate !== "none" && approximate !== "tanh")
    throw new RuntimeError("approximate argument must be either none or tanh.");
}
