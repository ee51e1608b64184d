/**
 * log, sin and cos as float32 polynomials (Cephes), step by step as torch's AVX2 code computes them, fused operations
 * included, so that blocks of float32 normals agree with torch's to the last bit.
 * Source: pytorch aten/src/ATen/native/cpu/avx_mathfun.h.
 */

const f32 = Math.fround;

/** a * b + c with one rounding: the product of two float32 is exact in float64. */
const fused = (a: number, b: number, c: number): number => f32(a * b + c);

/** The polynomial with these coefficients, the highest power first. */
function polynomial(coefficients: Float32Array, x: number): number {
  let value = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) value = fused(value, x, coefficients[i]);
  return value;
}

const floatView = new Float32Array(1);
const bitsView = new Int32Array(floatView.buffer);

const sqrtHalf = f32(Math.SQRT1_2);
const logPolynomial = Float32Array.of(
  7.0376836292e-2,
  -1.151461031e-1,
  1.167699874e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
);
/** ln 2 in two parts, so that exponent * ln2High is exact. */
const ln2High = 0.693359375;
const ln2Low = f32(-2.1219444e-4);

/** The natural logarithm of a positive normal float32. */
export function logFloat32(value: number): number {
  floatView[0] = value;
  let exponent = (bitsView[0] >>> 23) - 126;
  bitsView[0] = (bitsView[0] & 0x007fffff) | 0x3f000000;
  const mantissa = floatView[0];
  let x = f32(mantissa - 1);
  if (mantissa < sqrtHalf) {
    exponent -= 1;
    x = f32(x + mantissa);
  }
  const square = f32(x * x);
  const cubic = f32(polynomial(logPolynomial, x) * x);
  const correction = fused(cubic, square, f32(exponent * ln2Low));
  return fused(exponent, ln2High, f32(x + fused(square, -0.5, correction)));
}

const sinPolynomial = Float32Array.of(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const cosPolynomial = Float32Array.of(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);
const fourOverPi = f32(4 / Math.PI);
/** -pi/4 in three parts, for an exact reduction. */
const minusQuarterPi = Float32Array.of(-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8);

/** Sine and cosine of a float32 from 0 to 2 pi. */
export function sinCosFloat32(angle: number): { sin: number; cos: number } {
  const octant = (Math.trunc(f32(angle * fourOverPi)) + 1) & ~1;
  let x = angle;
  for (const part of minusQuarterPi) x = fused(octant, part, x);
  const square = f32(x * x);
  const high = f32(polynomial(cosPolynomial, square) * square);
  const even = f32(fused(high, square, f32(square * -0.5)) + 1);
  const odd = fused(f32(polynomial(sinPolynomial, square) * square), x, x);
  const sinSign = octant & 4 ? -1 : 1;
  const cosSign = (octant - 2) & 4 ? 1 : -1;
  return octant & 2
    ? { sin: sinSign * even, cos: cosSign * odd }
    : { sin: sinSign * odd, cos: cosSign * even };
}
