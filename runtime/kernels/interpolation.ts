/**
 * Where an element of a larger or smaller grid is read, and with which weights: the nearest element, lines, cubic curves, and
 * both over wider windows. Source: aten/src/ATen/native/UpSample.h, cpu/UpSampleKernel.cpp.
 */
import type { Taps } from "./resample.ts";

/** How one output element is read along a dimension of `size` elements. */
export type Reader = (
  i: number,
  size: number,
  count: number,
  scale: number | null,
  alignCorners: boolean,
  round: (x: number) => number,
) => Taps;

/** How far apart in the input neighbours of the output are. */
function stepOf(size: number, count: number, scale: number | null, alignCorners: boolean): number {
  if (alignCorners) return count > 1 ? (size - 1) / (count - 1) : 0;
  return scale !== null && scale > 0 ? 1 / scale : size / count;
}

/**
 * The point of the input that output element `i` shows; pixels are areas unless corners are aligned. It has the digits of the
 * computing dtype, in which torch's processors multiply and subtract in one step: beside great numbers, the last one counts.
 */
const pointOf: (...args: Parameters<Reader>) => number = (i, size, count, scale, alignCorners, round) => {
  const step = round(stepOf(size, count, scale, alignCorners));
  return round(alignCorners ? i * step : (i + 0.5) * step - 0.5);
};

/** The nearest element, by the left edges of pixels. */
export const nearest: Reader = (i, size, count, scale) => {
  const step = Math.fround(stepOf(size, count, scale, false));
  return { places: [Math.min(Math.floor(Math.fround(i * step)), size - 1)], weights: [1] };
};

/** As `nearest`, but from the middle of a pixel to the middle of another. */
export const nearestExact: Reader = (i, size, count, scale) => {
  const step = Math.fround(stepOf(size, count, scale, false));
  return { places: [Math.min(Math.floor(Math.fround((i + 0.5) * step)), size - 1)], weights: [1] };
};

/** A line between two neighbours. */
export const linear: Reader = (i, size, count, scale, alignCorners, round) => {
  // As many elements are the same ones, whatever the scale; what is infinite still meets a weight of 0.
  if (size === count) return { places: [i, i], weights: [1, 0] };
  const point = Math.max(pointOf(i, size, count, scale, alignCorners, round), 0);
  const first = Math.min(Math.floor(point), size - 1);
  const rest = point - first;
  return { places: [first, Math.min(first + 1, size - 1)], weights: [round(1 - rest), rest] };
};

/** A cubic curve through four neighbours. */
export const cubic: Reader = (i, size, count, scale, alignCorners, round) => {
  const point = pointOf(i, size, count, scale, alignCorners, round);
  const first = Math.floor(point);
  const t = point - first;
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return {
    places: [-1, 0, 1, 2].map((k) => Math.min(Math.max(first + k, 0), size - 1)),
    weights: [far(t + 1), near(t), near(1 - t), far(2 - t)],
  };
};

/** Interpolation over as many pixels as one of the output covers, so that fine patterns fade where pictures shrink. */
const antialiased =
  (reach: number, filter: (x: number) => number): Reader =>
  (i, size, count, scale, alignCorners) => {
    const step = stepOf(size, count, scale, alignCorners);
    const spread = Math.max(step, 1);
    const center = step * (i + 0.5);
    const first = Math.max(Math.trunc(center - reach * spread + 0.5), 0);
    const end = Math.min(Math.trunc(center + reach * spread + 0.5), size);
    const places = Array.from({ length: end - first }, (_, k) => first + k);
    const weights = places.map((place) => filter((place - center + 0.5) / spread));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { places, weights: weights.map((weight) => (total === 0 ? 0 : weight / total)) };
  };

/** A triangle over all that one element of the output covers. */
export const antialiasedLinear = antialiased(1, (x) => Math.max(0, 1 - Math.abs(x)));

/** A cubic bell over all that one element of the output covers. */
export const antialiasedCubic = antialiased(2, (signed) => {
  const [a, x] = [-0.5, Math.abs(signed)];
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
});
