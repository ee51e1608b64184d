/** Losses with arguments that torch's modules do not give them: which are refused, in torch's words, and what others give. */
import { describe, expect, test } from "vitest";
import { torch } from "../../runtime/index.ts";
import { ctcLoss } from "../../runtime/ops/loss-alignment.ts";
import { crossEntropyLoss, nllLoss, nllLoss2d, nllLossBackward } from "../../runtime/ops/loss-classes.ts";
import { multilabelMarginLoss } from "../../runtime/ops/loss-margins.ts";
import { huberLoss, mseLoss, smoothL1Loss, softMarginLoss } from "../../runtime/ops/loss.ts";

const scores = torch.tensor([
  [0.5, 1, 2],
  [0.25, 0, 1],
]);
const classes = torch.tensor([1n, 0n]);

describe("a reduction that does not exist", () => {
  const [x, y] = [torch.tensor([0.5, 1, 2]), torch.tensor([1, -1, 1])];

  test("is refused where torch's kernels reduce", () => {
    for (const loss of [mseLoss, smoothL1Loss]) expect(() => loss(x, y, 3)).toThrow("Reduction::Mean");
    expect(huberLoss(x, y, 3).shape).toEqual([3]);
  });

  test("sums losses of class numbers, and is refused with probabilities", () => {
    expect(crossEntropyLoss(scores, classes, null, 3).item()).toBeCloseTo(
      crossEntropyLoss(scores, classes, null, 2).item<number>(),
      6,
    );
    const message = "Invalid reduction type encountered in cross_entropy: -1";
    expect(() => crossEntropyLoss(scores, scores, null, -1)).toThrow(message);
    expect(() => crossEntropyLoss(scores, classes, null, -1, -100, 0.5)).toThrow(message);
  });

  test("leaves CTC's losses as they are, and of soft margins the first", () => {
    const logProbs = torch.zeros([3, 2, 3]).logSoftmax(-1);
    const targets = torch.tensor([[1n], [2n]]);
    expect(ctcLoss(logProbs, targets, [3, 3], [1, 1], 0, -1).shape).toEqual([2]);
    expect(softMarginLoss(x, y, 3).item()).toBeCloseTo(Math.log1p(Math.exp(-0.5)), 6);
  });
});

describe("soft margins", () => {
  const x = torch.tensor([0.5, 1, 2]);

  test("take targets of any dtype that multiplies the input's", () => {
    const bytes = softMarginLoss(x, torch.tensor([255, 1, 0], { dtype: torch.uint8 }), 0);
    expect(bytes.tolist<number[]>()[0]).toBeLessThan(1e-30);
    expect(bytes.tolist<number[]>()[1]).toBeCloseTo(Math.log1p(Math.exp(-1)), 6);
    const bools = softMarginLoss(x, torch.tensor([true, false, false]), 0).tolist<number[]>();
    expect(bools[0]).toBeCloseTo(Math.log1p(Math.exp(-0.5)), 6);
    expect(bools[2]).toBeCloseTo(Math.log(2), 6);
  });

  test("refuse an input that cannot hold the loss, and targets that would widen it", () => {
    const whole = torch.tensor([1n, 2n]);
    expect(() => softMarginLoss(whole, whole)).toThrow(
      "result type Float can't be cast to the desired output type Long",
    );
    expect(() => softMarginLoss(x, torch.ones([2, 1]))).toThrow(
      "output with shape [3] doesn't match the broadcast shape [2, 3]",
    );
  });
});

describe("class numbers", () => {
  test("of a single sample are one, whose loss has no dimensions", () => {
    const single = scores.select(0, 0);
    expect(nllLoss(single, torch.tensor([2n]), null, 0).tolist()).toBe(-2);
    expect(() => nllLoss(single, torch.tensor([0n, 1n, 2n]))).toThrow(
      "For 1D input, 1D target must have size 1, but got target size: 3",
    );
    expect(() => nllLoss(scores, torch.tensor(0n))).toThrow("tensor has no dimensions");
  });

  test("have weights in a row, and are no bytes for images", () => {
    expect(() => nllLoss(scores, classes, torch.ones([1, 3]))).toThrow(
      "weight tensor should be defined either for all 3 classes or no classes but got weight tensor of shape: [1, 3]",
    );
    const bytes = torch.zeros([1, 1, 1], { dtype: torch.uint8 });
    expect(() => nllLoss2d(torch.zeros([1, 3, 1, 1]), bytes)).toThrow(
      "expected scalar type Long but found Byte",
    );
  });

  test("pass back one gradient for each loss, or one for all", () => {
    const one = torch.tensor(1);
    const back = (grad: typeof one, reduction: number, total = one) =>
      nllLossBackward(grad, scores, classes, null, reduction, -100, total);
    expect(back(torch.tensor([1, 2]), 0).tolist()).toEqual([
      [0, -1, 0],
      [-2, 0, 0],
    ]);
    expect(() => back(torch.ones([3]), 0)).toThrow("Expected a tensor of dimension 1");
    expect(() => back(torch.ones([2]), 1)).toThrow("Expected a single element grad_output tensor");
    expect(() => back(one, 1, torch.ones([2]))).toThrow("expected total_weight to be a");
  });
});

test("labels of several margins are int64, one for each score", () => {
  const labels = torch.tensor([0n, -1n]);
  const pair = torch.tensor([0.25, 0.5]);
  expect(multilabelMarginLoss(pair, labels).item()).toBe(0.625);
  expect(() => multilabelMarginLoss(pair.to(torch.float16), labels)).toThrow(
    `"multilabel_margin_loss_forward_out_frame" not implemented for 'Half'`,
  );
  expect(() => multilabelMarginLoss(pair, labels.to(torch.float32))).toThrow(
    "expected scalar type Long but found Float",
  );
  expect(() => multilabelMarginLoss(torch.zeros([3, 0]), torch.zeros([3, 0]))).toThrow(
    "Expected non-empty vector or matrix with optional 0-dim batch size, but got: [3, 0]",
  );
});
