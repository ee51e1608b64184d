/** The diagram's colours to eyes that lack one kind of cone: what must be told apart still differs. */
import { describe, expect, test } from "vitest";
import { ALERT, FILLS, HEAT, INK, MARKED } from "../../renderers/graph/theme.ts";

type Triple = readonly [number, number, number];

/** Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1. */
const eyes: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const times = (rows: readonly Triple[], [a, b, c]: Triple): Triple =>
  rows.map(([x, y, z]) => x * a + y * b + z * c) as unknown as Triple;

/** Linear light of a colour such as `#a9cdee`. */
const lightOf = (colour: string): Triple =>
  [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;

const xyz: readonly Triple[] = [
  [0.4124, 0.3576, 0.1805],
  [0.2126, 0.7152, 0.0722],
  [0.0193, 0.1192, 0.9505],
];

/** CIE L*a*b*. */
function labOf(light: Triple): Triple {
  const root = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const [x, y, z] = times(xyz, light.map((value) => Math.min(1, Math.max(0, value))) as unknown as Triple);
  const [fx, fy, fz] = [root(x / 0.9505), root(y), root(z / 1.089)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** How far apart two colours look to an eye; about 2.3 is just noticeable. */
function difference(eye: readonly [Triple, Triple, Triple], one: string, other: string): number {
  const [a, b] = [one, other].map((colour) => labOf(times(eye, lightOf(colour))));
  return Math.hypot(...a!.map((value, i) => value - b![i]!));
}

const contrast = (one: string, other: string): number => {
  const [dark, light] = [one, other].map((colour) => times(xyz, lightOf(colour))[1]).sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
};

const pairs = (colours: readonly string[]): [string, string][] =>
  colours.flatMap((one, i) => colours.slice(i + 1).map((other): [string, string] => [one, other]));

describe.each(Object.entries(eyes))("with %s", (_, eye) => {
  const least = (colours: readonly string[]): number =>
    Math.min(...pairs(colours).map(([one, other]) => difference(eye, one, other)));

  test("producers, consumers and what was found differ", () => {
    expect(least(Object.values(MARKED))).toBeGreaterThan(12);
  });

  test("added, removed, changed and unchanged differ", () => {
    const { added, removed, changed, unchanged } = FILLS;
    expect(least([added, removed, changed, unchanged])).toBeGreaterThan(12);
  });

  test("an overlay goes from light to dark in one direction", () => {
    const lightness = HEAT.map((colour) => labOf(times(eye, lightOf(colour)))[0]);
    expect(lightness).toEqual([...lightness].sort((a, b) => b - a));
  });
});

test("texts on boxes, and marks on white and black pages, have enough contrast", () => {
  for (const fill of [...Object.values(FILLS), ...HEAT])
    expect(contrast(INK.text, fill)).toBeGreaterThan(4.5);
  for (const text of [INK.label, INK.link, ...Object.values(ALERT)]) {
    expect(contrast(text, "#ffffff"), text).toBeGreaterThan(4);
    expect(contrast(text, "#111111"), text).toBeGreaterThan(4);
  }
  for (const mark of Object.values(MARKED)) {
    expect(contrast(mark, "#ffffff"), mark).toBeGreaterThan(3);
    expect(contrast(mark, "#111111"), mark).toBeGreaterThan(3);
  }
});
