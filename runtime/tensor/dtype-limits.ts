/** `torch.finfo` and `torch.iinfo`: the limits of dtypes. Source: torch/csrc/TypeInfo.cpp. */
import { formatGeneral } from "../print/c-format.ts";
import { bool, type DType } from "./dtype.ts";
import { getDefaultDtype } from "./promotion.ts";

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

/** The limits, which print as torch's do: by name, the numbers with six digits. */
function printing<T extends object>(limits: T, name: string, shown: Readonly<Record<string, unknown>>): T {
  const field = ([key, value]: [string, unknown]): string =>
    `${key}=${typeof value === "string" ? value : formatGeneral(Number(value), 6)}`;
  const text = { value: () => `${name}(${Object.entries(shown).map(field).join(", ")})` };
  const inspect = Symbol.for("nodejs.util.inspect.custom");
  return Object.freeze(Object.defineProperties(limits, { toString: text, [inspect]: text }));
}

/**
 * The limits of a floating dtype, of the default one where none is named. Throws a TypeError for others.
 * @example torch.finfo(torch.float16).max // 65504
 */
export function finfo(dtype: DType = getDefaultDtype()): FloatInfo {
  const format = formats[dtype.name];
  if (format === undefined)
    throw new TypeError(
      `torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'`,
    );
  const [exponent, fraction, digits] = format;
  const bias = 2 ** (exponent - 1) - 1;
  const max = (2 - 2 ** -fraction) * 2 ** bias;
  const tiny = 2 ** (1 - bias);
  const eps = 2 ** -fraction;
  const resolution = Number(`1e-${digits}`);
  return printing(
    {
      bits: 1 + exponent + fraction,
      eps,
      max,
      min: -max,
      tiny,
      smallestNormal: tiny,
      resolution,
      dtype: dtype.name,
    },
    "finfo",
    { resolution, min: -max, max, eps, smallest_normal: tiny, tiny, dtype: dtype.name },
  );
}

/**
 * The limits of an integer dtype. Throws a TypeError for others.
 * @example torch.iinfo(torch.uint8).max // 255
 */
export function iinfo(dtype: DType): IntegerInfo {
  if (dtype === bool) throw new TypeError("torch.bool is not supported by torch.iinfo");
  if (dtype.category !== "integral") {
    throw new TypeError(
      "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
    );
  }
  const bits = 8 * dtype.itemSize;
  const [min, max] = rangeOf(dtype, bits);
  return printing({ bits, max, min, dtype: dtype.name }, "iinfo", { min, max, dtype: dtype.name });
}

function rangeOf(dtype: DType, bits: number): readonly [min: number | bigint, max: number | bigint] {
  if (bits === 64) return [-(2n ** 63n), 2n ** 63n - 1n];
  return dtype.isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}
