/**
 * Uniform numbers in [from, to). Source: pytorch aten/src/ATen/core/TransformationHelper.h (uniform_real) and
 * aten/src/ATen/native/cpu/DistributionTemplates.h.
 */

import type { DType } from "../tensor/dtype.ts";
import { checkBounds } from "./bounds.ts";
import type { Generator } from "./generator.ts";

/** What a fill writes to: an array of numbers of a fixed length. */
export interface NumberSink {
  readonly length: number;
  [index: number]: number;
}

/**
 * Fills `out` with uniform numbers of `dtype`'s precision: 53 random bits for float64, 24 for the others.
 * Throws a RuntimeError if from > to.
 */
export function fillUniform(
  out: NumberSink,
  dtype: DType,
  from: number,
  to: number,
  generator: Generator,
): void {
  checkBounds(
    from <= to,
    () => `uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`,
  );
  if (dtype.name === "float64") {
    const range = to - from;
    for (let i = 0; i < out.length; i++)
      out[i] = below(fusedMultiplyAdd(generator.uniform53(), range, from), from, to);
    return;
  }
  const low = Math.fround(from);
  const high = Math.fround(to);
  const range = Math.fround(high - low);
  // One rounding, as a fused multiply-add: the product of 24 by 24 bits is exact in float64.
  for (let i = 0; i < out.length; i++) {
    out[i] = below(Math.fround(generator.uniform24() * range + low), low, high);
  }
}

/**
 * a * b + c in float64 with one rounding: product and sum leave their rounding errors, which are added last.
 * Exact to within the rare case that those errors' own sum is rounded. Source: Dekker 1971, Knuth TAOCP 4.2.2.
 */
function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  const sum = product + c;
  const part = sum - product;
  const sumError = product - (sum - part) + (c - part);
  const result = sum + (sumError + productError);
  return Number.isNaN(result) ? sum : result;
}

/** A float64 as the sum of two of half the digits. */
function split(value: number): [high: number, low: number] {
  const shifted = value * 134217729;
  const high = shifted - (shifted - value);
  return [high, value - high];
}

/** Rounding can reach the upper end, which is not part of the range. */
const below = (value: number, from: number, to: number): number => (value === to ? from : value);
