/** Arithmetic in the digits of a dtype, for kernels whose every step torch rounds. */
import { type DType, float64 } from "../tensor/dtype.ts";
import {
  bfloat16FromFloat32,
  bfloat16ToFloat32,
  float16FromFloat32,
  float16ToFloat32,
} from "../tensor/half.ts";

/** Rounds to the nearest number that a dtype has. */
export type Rounding = (x: number) => number;

/** How results of arithmetic in a floating dtype are rounded. */
export function roundingOf(dtype: DType): Rounding {
  if (dtype === float64) return (x) => x;
  if (dtype.name === "float16") return (x) => float16ToFloat32(float16FromFloat32(Math.fround(x)));
  return dtype.name === "bfloat16"
    ? (x) => bfloat16ToFloat32(bfloat16FromFloat32(Math.fround(x)))
    : Math.fround;
}
