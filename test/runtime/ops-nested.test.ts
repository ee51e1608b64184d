/** Nested tensors of scripted transformers, sizes by their other names, and devices given as numbers: what torch says of them. */
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import {
  _nestedTensorFromMask as fromMask,
  _nestedTensorFromMaskLeftAligned as isLeftAligned,
  toPaddedTensor as toPadded,
} from "../../runtime/ops/fused-attention.ts";

const x = torch.arange(1, 13).view([2, 3, 2]);
const masks = {
  aligned: torch.tensor([
    [true, false, false],
    [true, true, false],
  ]),
  gaps: torch.tensor([
    [true, false, true],
    [true, true, true],
  ]),
};

describe("nested tensors", () => {
  test("a mask must say of each place of [N, L, D] whether it is padding", () => {
    for (const refusing of [fromMask, isLeftAligned]) {
      expect(() => refusing(x, masks.gaps.to(torch.int64))).toThrow(
        "Expected mask to be of ScalarType Bool, but got Long instead.",
      );
      expect(() => refusing(x, torch.tensor(true))).toThrow("Padding mask should be 2D");
      expect(() => refusing(x.select(2, 0), masks.gaps)).toThrow("Input should be a 3D tensor, N * L * D");
      expect(() => refusing(x, masks.gaps.narrow(0, 0, 1))).toThrow("Mask size should match input size");
    }
    expect(isLeftAligned(x, masks.gaps)).toBe(false);
    expect(isLeftAligned(x, masks.aligned)).toBe(true);
  });

  test("they are padded to the longest, or to a size that is no smaller", () => {
    const nested = fromMask(x, masks.aligned, false);
    const padded = [
      [
        [1, 2],
        [0, 0],
      ],
      [
        [7, 8],
        [9, 10],
      ],
    ];
    expect(toPadded(nested, 0).tolist()).toEqual(padded);
    const grown = toPadded(nested, -1, [2, 2, 3]);
    expect(grown.tolist()).toEqual([
      [
        [1, 2, -1],
        [-1, -1, -1],
      ],
      [
        [7, 8, -1],
        [9, 10, -1],
      ],
    ]);
    expect(() => toPadded(nested, 0, [2, 1, 2])).toThrow("Truncation is not supported.");
    expect(() => toPadded(nested, 0, [2, 2])).toThrow("Broadcasting is not supported.");
  });

  test("of a row with gaps, as many are kept from its beginning as are marked", () => {
    const nested = fromMask(x, masks.gaps, false);
    expect(toPadded(nested, 0).select(0, 0).tolist()).toEqual([
      [1, 2],
      [3, 4],
      [0, 0],
    ]);
  });

  test("a plain tensor has no padding", () => {
    expect(() => toPadded(x, 0)).toThrow("Could not run 'aten::to_padded_tensor'");
  });
});

test("a tensor without dimensions has no size and no stride", () => {
  const { sym_size, sym_stride, size } = torch.ops.aten;
  for (const ask of [sym_size.int, sym_stride.int, size.int])
    expect(() => ask(torch.tensor(1), -1)).toThrow("Dimension specified as -1 but tensor has no dimensions");
  expect(sym_stride.int(torch.zeros([2, 3]), -2)).toBe(3);
});

test("a conversion by TorchScript's numbers is one by dtype, too", () => {
  const toDevice = torch.ops.aten.to.prim_Device as (self: Tensor, ...given: unknown[]) => Tensor;
  expect(toDevice(torch.tensor([1.5]), null, 2).dtype).toBe(torch.int16);
  expect(toDevice(torch.tensor([1.5]), "cpu", null).dtype).toBe(torch.float32);
});
