/**
 * Conversions between 16-bit floats and numbers: float16 (IEEE half) and bfloat16, rounding to nearest even.
 * Source: c10/util/Half.h and c10/util/BFloat16.h.
 */

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The bfloat16 bits nearest to `value`. */
export function bfloat16FromFloat32(value: number): number {
  floats[0] = value;
  if (value !== value) return 0x7fc0;
  const word = bits[0];
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

/** The number that bfloat16 bits stand for. */
export function bfloat16ToFloat32(half: number): number {
  bits[0] = half << 16;
  return floats[0];
}

/** The float16 bits nearest to `value` (first rounded to float32, as torch does). */
export function float16FromFloat32(value: number): number {
  floats[0] = value;
  const word = bits[0];
  const sign = (word >>> 16) & 0x8000;
  const magnitude = Math.abs(floats[0]);
  if (magnitude !== magnitude) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below the smallest normal half, halves are multiples of 2^-24.
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = ((word >>> 23) & 0xff) - 127;
  const steps = roundHalfEven((magnitude / 2 ** exponent - 1) * 1024);
  // A mantissa rounded up to 1024 carries into the exponent by plain addition.
  return sign | (((exponent + 15) << 10) + steps);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** The number that float16 bits stand for. */
export function float16ToFloat32(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
