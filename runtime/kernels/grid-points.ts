/**
 * Which pixels a point of a grid reads, and with what weights: in the dtype's own arithmetic, each step rounded as in torch's kernel,
 * since far from the picture, where a place has few digits left, its rounding is all that counts.
 * Source: aten/src/ATen/native/cpu/GridSamplerKernel.cpp.
 */
import type { Rounding } from "./rounding.ts";
import { roundHalfEven } from "./special.ts";

export const interpolation = { bilinear: 0, nearest: 1, bicubic: 2 } as const;
export const padding = { zeros: 0, border: 1, reflection: 2 } as const;

/** How the points of a grid are read. */
export interface Reading {
  readonly height: number;
  readonly width: number;
  readonly mode: number;
  readonly pad: number;
  readonly align: boolean;
  readonly round: Rounding;
}

/** A pixel place along one dimension, and how fast it moves with the grid's coordinate. */
interface Point {
  readonly at: number;
  readonly slope: number;
}

/** One pixel that takes part: its place, its weight, and the slopes of its value by both coordinates. */
export interface Tap {
  readonly y: number;
  readonly x: number;
  readonly weight: number;
  readonly byX: number;
  readonly byY: number;
}

/** Pixels whose weighed sum counts with a weight of its own. */
export interface Row {
  readonly weight: number;
  readonly taps: readonly Tap[];
}

/** From the grid's [-1, 1] to pixels; corners are pixel centres if they are aligned, else pixel edges. */
function unnormalized(coordinate: number, size: number, { align, round }: Reading): Point {
  const slope = round((align ? size - 1 : size) / 2);
  const scaled = round(coordinate + 1) * slope;
  if (align) return { at: round(scaled), slope };
  // In float32 torch's processors multiply and subtract in one step.
  return { at: round((round === Math.fround ? scaled : round(scaled)) - 0.5), slope };
}

/** Reflects at both ends: the centres of the outermost pixels, or their outer edges. */
function reflected({ at, slope }: Point, size: number, { align, round }: Reading): Point {
  const [low, twice] = align ? [0, 2 * (size - 1)] : [-0.5, 2 * size];
  if (twice === 0) return { at: 0, slope: 0 };
  const shifted = round(at - low);
  const distance = Math.abs(shifted);
  const extra = round(distance - round(Math.trunc(round(distance / twice)) * twice));
  const other = round(twice - extra);
  const turned = shifted < 0 !== extra > other ? -slope : slope;
  return { at: round(Math.min(extra, other) + low), slope: turned };
}

/** The nearest place within the picture; what is no number counts as its beginning. */
function clipped({ at, slope }: Point, size: number): Point {
  if (!(at > 0)) return { at: 0, slope: 0 };
  if (at >= size - 1) return { at: size - 1, slope: 0 };
  return { at, slope };
}

function inside(point: Point, size: number, reading: Reading): Point {
  if (reading.pad === padding.border) return clipped(point, size);
  if (reading.pad !== padding.reflection) return point;
  return clipped(reflected(point, size, reading), size);
}

/** The weights of four pixels in a row around a place a fraction `t` after the second, and their slopes. */
function cubic(t: number, round: Rounding): readonly { weight: number; slope: number }[] {
  const a = -0.75;
  const near = (x: number): number => {
    const inner = round(round((a + 2) * x) - (a + 3));
    return round(round(round(inner * x) * x) + 1);
  };
  const far = (x: number): number => {
    const inner = round(round(a * x) - 5 * a);
    return round(round(round(round(inner * x) + 8 * a) * x) - 4 * a);
  };
  const nearSlope = (x: number, sign: number): number =>
    round(round(round(sign * 3 * (a + 2) * x) - 2 * (a + 3)) * x);
  const farSlope = (x: number, sign: number): number =>
    round(round(round(round(sign * 3 * a * x) - 10 * a) * x) + sign * 8 * a);
  const [after, before] = [round(1 - t), round(t + 1)];
  const last = round(2 - t);
  return [
    { weight: far(before), slope: -farSlope(round(-1 - t), -1) },
    { weight: near(t), slope: -nearSlope(-t, -1) },
    { weight: near(after), slope: -nearSlope(after, 1) },
    { weight: far(last), slope: -farSlope(last, 1) },
  ];
}

function cubicRows(rawX: Point, rawY: Point, reading: Reading): Row[] {
  const { height, width, round } = reading;
  const [left, top] = [Math.floor(rawX.at), Math.floor(rawY.at)];
  const columns = cubic(round(rawX.at - left), round);
  const place = (at: number, size: number): number => inside({ at: round(at), slope: 1 }, size, reading).at;
  return cubic(round(rawY.at - top), round).map((row, i) => ({
    weight: row.weight,
    taps: columns.map((column, j) => ({
      y: place(top - 1 + i, height),
      x: place(left - 1 + j, width),
      weight: column.weight,
      byX: row.weight * column.slope * rawX.slope,
      byY: row.slope * column.weight * rawY.slope,
    })),
  }));
}

/** The pixels that one point of the grid reads. */
export function rowsOf(gx: number, gy: number, reading: Reading): readonly Row[] {
  const { height, width, mode, round } = reading;
  const [rawX, rawY] = [unnormalized(gx, width, reading), unnormalized(gy, height, reading)];
  if (mode === interpolation.bicubic) return cubicRows(rawX, rawY, reading);
  const [x, y] = [inside(rawX, width, reading), inside(rawY, height, reading)];
  if (mode === interpolation.nearest) {
    const tap = { y: roundHalfEven(y.at), x: roundHalfEven(x.at), weight: 1, byX: 0, byY: 0 };
    return [{ weight: 1, taps: [tap] }];
  }
  const [left, top] = [Math.floor(x.at), Math.floor(y.at)];
  const [u, v] = [round(x.at - left), round(y.at - top)];
  const corner = (dy: number, dx: number): Tap => {
    const [wx, wy] = [dx === 1 ? u : round(1 - u), dy === 1 ? v : round(1 - v)];
    return {
      y: top + dy,
      x: left + dx,
      weight: round(wx * wy),
      byX: (dx === 1 ? 1 : -1) * wy * x.slope,
      byY: (dy === 1 ? 1 : -1) * wx * y.slope,
    };
  };
  return [{ weight: 1, taps: [corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)] }];
}
