/**
 * Special functions of one number: gamma and its derivatives, the inverse error function, Bessel I0.
 * Source of the methods: Abramowitz and Stegun (digamma, polygamma, zeta), Lanczos (gamma), Giles 2012 (erfinv),
 * the power series of I0.
 */
import { erfOf } from "./special.ts";

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The logarithm of |gamma(x)|. */
export function logGamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x)) return Number.POSITIVE_INFINITY;
  if (x <= 0 && Number.isInteger(x)) return Number.POSITIVE_INFINITY;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  // Near its zeros at 1 and 2 the sum would lose digits.
  if (Math.abs(x - 1) < 1e-2) return logGammaNearOne(x - 1);
  if (Math.abs(x - 2) < 1e-2) return Math.log1p(x - 2) + logGammaNearOne(x - 2);
  const z = x - 1;
  let sum = lanczos[0];
  for (let i = 1; i < lanczos.length; i++) sum += lanczos[i] / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The Taylor series of log gamma(1 + z). */
function logGammaNearOne(z: number): number {
  let sum = -0.5772156649015329 * z;
  let power = -z;
  for (let k = 2; k < 12; k++) {
    power *= -z;
    sum += (zeta(k, 1) / k) * power;
  }
  return sum;
}

/** The derivative of log gamma. */
export function digammaOf(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (x < 0) {
    if (Number.isInteger(x)) return Number.NaN;
    return digammaOf(1 - x) - Math.PI / Math.tan(Math.PI * x);
  }
  let shift = 0;
  let y = x;
  while (y < 10) shift -= 1 / y++;
  const s = 1 / (y * y);
  const series =
    s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * (691 / 32760 - s / 12))))));
  return shift + Math.log(y) - 0.5 / y - series;
}

// Even Bernoulli numbers over factorials, for the tail of the zeta sum: B(2k) / (2k)!.
const bernoulli = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -1.8978869988971e-9 * 1.1];

/** Hurwitz's zeta: the sum of (q + n)^-s, by Euler and Maclaurin. */
export function zeta(s: number, q: number): number {
  if (s === 1) return Number.POSITIVE_INFINITY;
  if (q <= 0 && Number.isInteger(q)) return Number.POSITIVE_INFINITY;
  if (q <= 0 && (!Number.isInteger(s) || q < -1e6)) return Number.NaN;
  let sum = 0;
  let y = q;
  for (let n = 0; n < 12 || y <= 12; n++, y++) sum += y ** -s;
  sum += y ** (1 - s) / (s - 1) + 0.5 * y ** -s;
  let factor = s * y ** (-s - 1);
  for (let k = 0; k < 5; k++) {
    sum += bernoulli[k] * factor;
    factor *= ((s + 2 * k + 1) * (s + 2 * k + 2)) / (y * y);
  }
  return sum;
}

/** The n-th derivative of digamma. */
export function polygammaOf(n: number, x: number): number {
  if (n === 0) return digammaOf(x);
  // Reflected, as a sum from a large negative number on would be long.
  if (n === 1 && x < 0) return (Math.PI / Math.sin(Math.PI * x)) ** 2 - polygammaOf(1, 1 - x);
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return (n % 2 === 0 ? -1 : 1) * factorial * zeta(n + 1, x);
}

/** The derivative of digamma as torch's kernel has it in float32: near its poles its value is what rounding makes it. */
export function trigammaInSingle(given: number): number {
  const f = Math.fround;
  const pi = f(Math.PI);
  let [x, sum, sign] = [given, 0, 1];
  if (x < 0.5) {
    const sine = f(Math.sin(f(pi * x)));
    [x, sum, sign] = [f(1 - x), -f(f(pi * pi) / f(sine * sine)), -1];
  }
  for (let i = 0; i < 6; i++, x = f(x + 1)) sum = f(sum + f(1 / f(x * x)));
  const s = f(1 / f(x * x));
  return sign * f(sum + f(f(1 + 1 / (2 * x) + s * (1 / 6 - s * (1 / 30 - s / 42))) / x));
}

/** The inverse of the error function. */
export function erfinvOf(y: number): number {
  if (Number.isNaN(y) || Math.abs(y) > 1) return Number.NaN;
  if (Math.abs(y) === 1) return y * Number.POSITIVE_INFINITY;
  // A first guess from Winitzki's formula, then Newton steps with the exact slope.
  const a = 0.147;
  const log = Math.log1p(-y * y);
  const b = 2 / (Math.PI * a) + log / 2;
  let x = Math.sign(y) * Math.sqrt(Math.sqrt(b * b - log / a) - b);
  for (let i = 0; i < 4; i++) {
    const error = Math.abs(y) < 0.9 ? erfOf(x) - y : Math.sign(y) * (1 - Math.abs(y) - erfcOf(Math.abs(x)));
    const step = error / ((2 / Math.sqrt(Math.PI)) * Math.exp(-x * x));
    x -= step / (1 + x * step);
  }
  return x;
}

/** 1 - erf(x), exact also where erf is nearly 1. */
export function erfcOf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 1.5) return 1 - erfOf(x);
  if (x > 27.3) return 0;
  // The continued fraction, from far enough down.
  let f = 0;
  for (let k = 60; k > 0; k--) f = k / 2 / (x + f);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + f);
}

/** The modified Bessel function of order 0. */
export function besselI0(x: number): number {
  const half = (x * x) / 4;
  if (Math.abs(x) > 700) return Number.isNaN(x) ? x : Number.POSITIVE_INFINITY;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 1000 && term > sum * 1e-17; k++) {
    term *= half / (k * k);
    sum += term;
  }
  return Number.isNaN(x) ? x : sum;
}

/** The modified Bessel function of order 1, the derivative of I0. */
export function besselI1(x: number): number {
  const half = (x * x) / 4;
  let term = x / 2;
  let sum = term;
  for (let k = 1; k < 1000 && Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
    term *= half / (k * (k + 1));
    sum += term;
  }
  return sum;
}
