/** Pictures of another size have the digits that PyTorch's kernels give them. */
import { expect, test } from "vitest";
import { torch } from "../../runtime/index.ts";
import { upsampleBilinear2d, upsampleLinear1d } from "../../runtime/ops/upsampling.ts";

test("beside a great number, the last digit of a place counts", () => {
  const picture = torch.tensor([
    [
      [
        [1e5, -2],
        [3, 1],
        [2, 0],
        [0.5, 0.25],
      ],
    ],
  ]);
  const row = upsampleBilinear2d(picture, [100, 2], false).select(2, 37).reshape([-1]);
  expect(row.tolist()).toEqual([3.00596022605896, 0.9999998211860657]);
});

test("as many elements are the same ones, whatever the scale, but for an infinite one", () => {
  const line = (...values: number[]) => torch.tensor([[values]]);
  expect(upsampleLinear1d(line(1, 4, 2), [3], false, 2).tolist()).toEqual([[[1, 4, 2]]]);
  expect(upsampleLinear1d(line(1, Number.POSITIVE_INFINITY, 2), [3], true).tolist()).toEqual([
    [[1, Number.NaN, 2]],
  ]);
});

test("halves are rounded once, not after each dimension", () => {
  const picture = torch
    .tensor([
      [
        [
          [1, 0.1],
          [0.2, 3],
          [7, 0.7],
        ],
      ],
    ])
    .bfloat16();
  const found = upsampleBilinear2d(picture, [4, 5], false).reshape([-1]);
  expect(found.tolist()).toEqual([
    1, 0.91015625, 0.55078125, 0.1904296875, 0.10009765625, 0.5, 0.640625, 1.203125, 1.7734375, 1.9140625,
    2.75, 2.6875, 2.4375, 2.203125, 2.140625, 7, 6.375, 3.84375, 1.328125, 0.69921875,
  ]);
});
