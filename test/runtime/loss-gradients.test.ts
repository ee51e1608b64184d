/** The gradients of losses as operators: their dtypes, what wraps around, and PyTorch's formulas of second derivatives. */
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import {
  binaryCrossEntropyBackward,
  mseLossBackward,
  smoothL1LossBackward,
} from "../../runtime/ops/loss-gradients.ts";

const { float16, uint8 } = torch;

describe("the slope of a smooth loss", () => {
  test("is computed in the common dtype of all three, and wraps around in bytes", () => {
    const bytes = torch.tensor([1, 2, 3, 9, 0], { dtype: uint8 });
    const [one, three] = [1, 3].map((value) => torch.tensor(value, { dtype: uint8 }));
    expect(smoothL1LossBackward(one, bytes, three, 2, 1).tolist()).toEqual([255, 255, 0, 1, 255]);
  });

  test("is that of a difference which overflows in halves", () => {
    const grad = torch.tensor([1.5, 2.5], { dtype: float16 });
    const far = torch.tensor([-1000000000n, 3n]);
    expect(
      smoothL1LossBackward(grad, torch.tensor(-1.25), far, 2, Number.POSITIVE_INFINITY).tolist(),
    ).toEqual([1.5, -0]);
  });

  test("takes bools beside floats", () => {
    const halves = torch.tensor([1, 2], { dtype: float16 });
    const slope = smoothL1LossBackward(torch.tensor(true), halves, torch.tensor([true, false]), 1, 0.5);
    expect(slope.tolist()).toEqual([0, 0.5]);
  });
});

test("the slope of a squared difference takes bools beside floats", () => {
  const x = torch.tensor([0.5, 2]).requiresGrad_();
  torch.nn.functional.mseLoss(x, torch.tensor([true, false]), { reduction: "sum" }).backward();
  expect(x.grad?.tolist()).toEqual([-1, 4]);
});

describe("second derivatives", () => {
  /** By what arrives, the input and the target. */
  function secondDerivatives(backward: (grad: Tensor, self: Tensor, target: Tensor) => Tensor) {
    const inputs = [
      [0.5, 2],
      [0.25, 0.75],
      [0.5, 0.125],
    ].map((values) => torch.tensor(values).requiresGrad_());
    const slope = backward(inputs[0], inputs[1], inputs[2]);
    const found = torch.autograd.grad([slope], inputs, { gradOutputs: [torch.tensor([1, -3])] });
    return found.map((tensor) => tensor?.tolist());
  }

  test("of a squared difference", () => {
    expect(secondDerivatives((grad, self, target) => mseLossBackward(grad, self, target, 1))).toEqual([
      [-0.25, -1.875],
      [0.5, -6],
      [-0.5, 6],
    ]);
  });

  test("of a smooth loss: only where it is a square", () => {
    const by = (beta: number) =>
      secondDerivatives((grad, self, target) => smoothL1LossBackward(grad, self, target, 1, beta));
    expect(by(0.5)).toEqual([
      [-0.25, -1.5],
      [0.5, -0],
      [-0.5, 0],
    ]);
    expect(by(0)).toEqual([
      [-0.5, -1.5],
      [0, 0],
      [-0, -0],
    ]);
  });

  test("of a weighed cross-entropy", () => {
    const weight = torch.tensor([1, 2]);
    const found = secondDerivatives((grad, self, target) =>
      binaryCrossEntropyBackward(grad, self, target, weight, 1),
    ) as number[][];
    const expected = [
      [-2 / 3, -10],
      [20 / 9, -256 / 3],
      [-4 / 3, 32],
    ];
    for (const [i, values] of expected.entries())
      for (const [k, value] of values.entries()) expect(found[i][k]).toBeCloseTo(value, 4);
  });

  test("of a cross-entropy beyond its ends are limited for the target alone", () => {
    const [x, target] = [torch.tensor([-1]), torch.tensor([0.5]).requiresGrad_()];
    const slope = binaryCrossEntropyBackward(torch.tensor([1]), x, target, null, 2);
    const [found] = torch.autograd.grad([slope], [target]);
    expect(found?.item()).toBe(-Math.fround(1e12));
  });
});
