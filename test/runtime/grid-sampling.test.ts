/** Pictures are read at the points of grids in the arithmetic of PyTorch's kernel, whose rounding counts far from the picture. */
import { expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { gridSampler2d } from "../../runtime/ops/grid-sampling.ts";

const [bilinear, nearest, bicubic] = [0, 1, 2];
const [zeros, border, reflection] = [0, 1, 2];

const picture = (rows: readonly (readonly number[])[]): Tensor => torch.tensor([[rows]]);
const points = (...places: readonly (readonly [x: number, y: number])[]): Tensor => torch.tensor([[places]]);
const values = (sampled: Tensor): number[] => sampled.reshape([-1]).tolist<number[]>();

const grid = points([0.3, 0.7], [-0.45, -0.1], [1.577, -0.4356]);
const steep = picture([
  [1, 1e5],
  [-3, 2],
]);

test.each([
  ["bilinear, aligned", bilinear, true, [9750.263671875, 15124.66796875, 51071.8671875]],
  ["bilinear", bilinear, false, [0.7999997735023499, 2999.470947265625, 0]],
  ["bicubic, aligned", bicubic, true, [11050.001953125, 19332.669921875, 71541.7265625]],
  ["bicubic", bicubic, false, [-8830.8740234375, 2958.134033203125, -4875.6484375]],
] as const)("places and weights have the digits of float32: %s", (_, mode, align, expected) => {
  const found = values(gridSampler2d(steep, grid, mode, zeros, align));
  for (const [i, value] of expected.entries())
    expect(Math.abs(found[i] - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
});

test("halves are rounded at each step", () => {
  const halves = picture([
    [1, 3],
    [-2, 0.3],
  ]).bfloat16();
  expect(values(gridSampler2d(halves, grid.bfloat16(), bilinear, border, true))).toEqual([
    -0.08984375, 0.236328125, 2.234375,
  ]);
  expect(values(gridSampler2d(halves, grid.bfloat16(), bicubic, reflection, true))).toEqual([
    -0.2138671875, 0.1015625, 2.171875,
  ]);
});

test("a place far away is reflected to where its last digits put it", () => {
  const wide = picture([
    [1, 2, 4],
    [8, 16, 32],
  ]);
  const far = points([12345.678, 0]);
  expect(gridSampler2d(wide, far, bilinear, reflection, true).item()).toBe(11.900390625);
  expect(gridSampler2d(wide, far, bilinear, reflection, false).item()).toBe(13.359375);
});

test("a place that is no number is the border's first, and passes no gradient to the nearest pixel", () => {
  const square = picture([
    [1, 2],
    [3, 4],
  ]);
  const lost = points([Number.NaN, 0.5]);
  const read = (pad: number) => gridSampler2d(square, lost, bilinear, pad, true).item();
  expect([zeros, border, reflection].map(read)).toEqual([Number.NaN, 2.5, 2.5]);
  const places = lost.clone().requiresGrad_();
  gridSampler2d(square, places, nearest, zeros, true).backward(torch.tensor([[[[Number.NaN]]]]));
  expect(places.grad?.reshape([-1]).tolist()).toEqual([0, 0]);
});
