/**
 * How libtorch's C++ printer writes the numbers of one vector or matrix: notation, width and common scale.
 * Source: __printFormat in pytorch aten/src/ATen/core/Formatting.cpp.
 */

import { formatFixed, formatGeneral, formatScientific } from "./c-format.ts";

/** The notation of one slice. */
export interface SliceFormat {
  readonly width: number;
  /** Every value is divided by this; 1 if there is no common scale. */
  readonly scale: number;
  readonly write: (value: number) => string;
}

/** The C++ stream's precision: once a slice has set it to 4 it stays 4 for later slices of integers, too. */
export interface StreamState {
  precision: number;
}

/** The stream as every tensor finds it. */
export const newStream = (): StreamState => ({ precision: 6 });

/** Chooses the notation for the values of one slice, and leaves the stream's precision as libtorch does. */
export function chooseFormat(values: Float64Array, stream: StreamState): SliceFormat {
  const { allIntegers, lowest, highest } = digitRange(values);
  if (allIntegers) {
    if (highest > 9) return scientific(11, stream);
    const { precision } = stream;
    return aligned(highest + 1, 1, (value) => formatGeneral(value, precision));
  }
  if (highest - lowest > 4) {
    return scientific(Math.abs(highest) > 99 || Math.abs(lowest) > 99 ? 12 : 11, stream);
  }
  stream.precision = 4;
  const fourDecimals = (value: number) => formatFixed(value, 4);
  if (highest > 5 || highest < 0) return aligned(7, powerOfTen(highest - 1), fourDecimals);
  return aligned(highest === 0 ? 7 : highest + 6, 1, fourDecimals);
}

function scientific(width: number, stream: StreamState): SliceFormat {
  stream.precision = 4;
  return aligned(width, 1, (value) => formatScientific(value, 4));
}

function aligned(width: number, scale: number, format: (value: number) => string): SliceFormat {
  return { width, scale, write: (value) => format(value / scale).padStart(width) };
}

/** Whether the finite values are all integers, and how many digits the smallest and the largest have before the point. */
function digitRange(values: Float64Array): { allIntegers: boolean; lowest: number; highest: number } {
  let allIntegers = true;
  let low = Number.POSITIVE_INFINITY;
  let high: number | undefined;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (!Number.isInteger(value)) allIntegers = false;
    const magnitude = Math.abs(value);
    low = Math.min(low, magnitude);
    // libtorch compares the signed value here, so a later large negative one does not count.
    if (high === undefined) high = magnitude;
    else if (value > high) high = magnitude;
  }
  if (high === undefined) return { allIntegers, lowest: 1, highest: 1 };
  return { allIntegers, lowest: digits(low), highest: digits(high) };
}

/**
 * floor(log10(value)) + 1, and 1 for 0. libtorch takes the floor of a rounded logarithm, so a float64 just below a
 * power of ten counts as that power; Math.log10 is not exact enough for that near powers of ten.
 */
function digits(value: number): number {
  if (value === 0) return 1;
  const logarithm = Math.log10(value);
  const nearest = Math.round(logarithm);
  if (Math.abs(logarithm - nearest) > 1e-9) return Math.floor(logarithm) + 1;
  const power = powerOfTen(nearest);
  return Math.floor(nearest + Math.log1p((value - power) / power) / Math.LN10) + 1;
}

/** 10^exponent, correctly rounded, which Math.pow does not promise. */
const powerOfTen = (exponent: number): number => Number(`1e${exponent}`);
