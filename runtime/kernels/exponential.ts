/**
 * Exponentials for float32: computed in float64 with an error of some 1e-11, which is rounded away when the result is stored.
 * Unlike `Math.exp` and `Math.tanh`, which are calls out of the loop, V8 inlines them. Method: exp(x) = 2^k exp(r) with |r| <= ln 2 / 2, and
 * the Taylor polynomial of exp(r).
 */

export const log2AndLn2 = [Math.LOG2E, Math.LN2] as const;
const [log2e, ln2] = log2AndLn2;
/** Added, this puts the nearest whole number into the low bits of the sum; taken away again, it leaves that number. */
export const roundingShift = 1.5 * 2 ** 52;

/** Below the first, results are 0 in float32; above the second, infinite in float64, which `1 / (1 + exp(x))` still has use for. */
export const firstAndLast = [-104, 709] as const;
const [least, most] = firstAndLast;
const firstPower = -151;
const powersOfTwo = Float64Array.from({ length: 1023 - firstPower + 1 }, (_, i) => 2 ** (firstPower + i));

/** `exp(x)` to the precision of float32. */
export function expOf(x: number): number {
  if (!(x >= least)) return x < least ? 0 : x;
  if (x > most) return Number.POSITIVE_INFINITY;
  const k = x * log2e + roundingShift - roundingShift;
  const r = x - k * ln2;
  const r2 = r * r;
  const low = 1 + r + r2 * (0.5 + r * (1 / 6));
  const middle = 1 / 24 + r * (1 / 120) + r2 * (1 / 720 + r * (1 / 5040));
  const high = 1 / 40320 + r * (1 / 362880);
  return (low + r2 * r2 * (middle + r2 * r2 * high)) * powersOfTwo[k - firstPower];
}

/** Beyond this, and the same below 0, `tanh` is 1 in float32. */
export const lastOfTanh = 10;

/** `tanh(x)` to the precision of float32: `y / (y + 2)` for `y = exp(2 x) - 1`, which is computed such that it is exact near 0, too. */
export function tanhOf(x: number): number {
  if (!(x < lastOfTanh)) return x >= lastOfTanh ? 1 : x;
  if (x <= -lastOfTanh) return -1;
  const k = 2 * x * log2e + roundingShift - roundingShift;
  const r = 2 * x - k * ln2;
  const r2 = r * r;
  const low = 1 + r * 0.5 + r2 * (1 / 6 + r * (1 / 24));
  const middle = 1 / 120 + r * (1 / 720) + r2 * (1 / 5040 + r * (1 / 40320));
  const rest = r * (low + r2 * r2 * (middle + r2 * r2 * (1 / 362880)));
  const power = powersOfTwo[k - firstPower];
  // In this order a zero keeps its sign.
  const y = power * rest - (1 - power);
  return y / (y + 2);
}

/** `1 / (1 + exp(-x))` to the precision of float32. */
export const sigmoidOf = (x: number): number => 1 / (1 + expOf(-x));

/** `x * sigmoid(x)` to the precision of float32. */
export const siluOf = (x: number): number => x / (1 + expOf(-x));
