/** `torch.finfo` and `torch.iinfo`: the limits of dtypes. Source: torch/csrc/TypeInfo.cpp. */
import type { DType } from "./dtype.ts";

/** Limits of a floating dtype. */
export interface FloatInfo {
  readonly bits: number;
  /** The step from 1 to the next greater number. */
  readonly eps: number;
  readonly max: number;
  readonly min: number;
  /** The smallest positive number of full precision. */
  readonly tiny: number;
  readonly smallestNormal: number;
  /** How many decimal digits are kept. */
  readonly resolution: number;
  readonly dtype: string;
}

/** Limits of an integer dtype; those of int64 are bigints. */
export interface IntegerInfo {
  readonly bits: number;
  readonly max: number | bigint;
  readonly min: number | bigint;
  readonly dtype: string;
}

/** Exponent and fraction bits of the floating formats. */
const formats: Readonly<Record<string, readonly [exponent: number, fraction: number, digits: number]>> = {
  float16: [5, 10, 3],
  bfloat16: [8, 7, 2],
  float32: [8, 23, 6],
  float64: [11, 52, 15],
};

/** The limits of a floating dtype. Throws a TypeError for others. */
export function finfo(dtype: DType): FloatInfo {
  const format = formats[dtype.name];
  if (format === undefined)
    throw new TypeError(
      `torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'`,
    );
  const [exponent, fraction, digits] = format;
  const bias = 2 ** (exponent - 1) - 1;
  const max = (2 - 2 ** -fraction) * 2 ** bias;
  const tiny = 2 ** (1 - bias);
  return Object.freeze({
    bits: 1 + exponent + fraction,
    eps: 2 ** -fraction,
    max,
    min: -max,
    tiny,
    smallestNormal: tiny,
    resolution: Number(`1e-${digits}`),
    dtype: dtype.name,
  });
}

/** The limits of an integer dtype. Throws a TypeError for others. */
export function iinfo(dtype: DType): IntegerInfo {
  if (dtype.category !== "integral") {
    throw new TypeError(
      "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
    );
  }
  const bits = 8 * dtype.itemSize;
  if (bits === 64) return Object.freeze({ bits, max: 2n ** 63n - 1n, min: -(2n ** 63n), dtype: dtype.name });
  const unsigned = dtype.name === "uint8";
  const max = unsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  return Object.freeze({ bits, max, min: unsigned ? 0 : -max - 1, dtype: dtype.name });
}
