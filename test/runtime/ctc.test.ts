/** The loss of label sequences spread over time is PyTorch's; what is recorded was made by fixtures/ctc.py. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";

interface Case {
  readonly targets: "rows" | "joined";
  readonly input: readonly number[];
  readonly target: readonly number[];
  readonly reduction?: "none" | "mean" | "sum";
  readonly zero_infinity?: boolean;
  readonly blank?: number;
  readonly loss: readonly (number | "inf")[];
  readonly grad: readonly (number | "nan")[];
}

const cases = JSON.parse(readFileSync(new URL("fixtures/ctc.json", import.meta.url), "utf8")) as Case[];

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const scores = torch.tensor(
  range(6).map((t) => range(3).map((n) => range(4).map((c) => ((7 * t + 5 * n + 3 * c) % 11) / 4))),
);
const targets = {
  rows: torch.tensor([
    [1n, 2n, 2n],
    [3n, 3n, 0n],
    [1n, 0n, 0n],
  ]),
  joined: torch.tensor([1n, 2n, 2n, 3n, 3n, 1n]),
};

test.each(cases)("$targets, $input of $target, $reduction", (one) => {
  const x = scores.clone().requiresGrad_();
  const { reduction = "mean", blank = 0, zero_infinity: zeroInfinity = false } = one;
  const loss = nn.functional.ctcLoss(x.logSoftmax(2), targets[one.targets], one.input, one.target, {
    reduction,
    blank,
    zeroInfinity,
  });
  const values = loss.reshape([-1]).tolist<number[]>();
  expect(values.length).toBe(one.loss.length);
  one.loss.forEach((expected, i) => {
    if (expected === "inf") expect(values[i]).toBe(Number.POSITIVE_INFINITY);
    else expect(values[i]).toBeCloseTo(expected, 5);
  });
  loss.maskedSelect(loss.isfinite()).sum().backward();
  const grad = x.grad?.reshape([-1]).tolist<number[]>() ?? [];
  expect(grad.length).toBe(one.grad.length);
  one.grad.forEach((expected, i) => {
    if (expected === "nan") expect(grad[i]).toBeNaN();
    else expect(grad[i]).toBeCloseTo(expected, 5);
  });
});

test("one sequence alone, lengths in tensors and the layer give the same", () => {
  const logProbs = scores.logSoftmax(2);
  const lengths = torch.tensor([6n]);
  const single = nn.functional.ctcLoss(logProbs.select(1, 0), targets.rows.index([0]), [6], [3]);
  const inTensors = new nn.CTCLoss({ reduction: "none" }).forward(
    logProbs.narrow(1, 0, 1),
    targets.rows.narrow(0, 0, 1),
    lengths,
    torch.tensor([3n]),
  );
  expect(single.item() * 3).toBeCloseTo(inTensors.item(), 5);
  expect(new nn.CTCLoss().toString()).toBe("CTCLoss()");
});

describe("refuses what torch refuses, in its words", () => {
  const logProbs = scores.logSoftmax(2);
  const loss = (input: number[], target: number[], which: keyof typeof targets = "rows", blank = 0) =>
    nn.functional.ctcLoss(logProbs, targets[which], input, target, { blank });

  test.each([
    [[6], [1, 1, 1], "rows", "input_lengths must be of size batch_size"],
    [[6, 6, 6], [1, 1], "rows", "target_lengths must be of size batch_size"],
    [
      [7, 6, 6],
      [1, 1, 1],
      "rows",
      "Expected input_lengths to have value at most 6, but got value 7 (while checking arguments for ctc_loss_allocate_outputs)",
    ],
    [
      [-1, 6, 6],
      [1, 1, 1],
      "rows",
      "Expected input_lengths to have value at least 0, but got value -1 (while checking arguments for ctc_loss_allocate_outputs)",
    ],
    [
      [6, 6, 6],
      [1, -2, 1],
      "rows",
      "Expected target_lengths to have value at least 0, but got value -2 (while checking arguments for ctc_loss_allocate_outputs)",
    ],
    [
      [6, 6, 6],
      [4, 1, 1],
      "rows",
      "Expected tensor to have size at least 4 at dimension 1, but got size 3 for argument #2 'targets' (while checking arguments for ctc_loss_allocate_outputs)",
    ],
    [
      [6, 6, 6],
      [2, 2, 1],
      "joined",
      "Expected tensor to have size 5 at dimension 0, but got size 6 for argument #2 'targets' (while checking arguments for ctc_loss_allocate_outputs)",
    ],
  ] as const)("input lengths %j, target lengths %j of %s", (input, target, which, message) => {
    expect(() => loss([...input], [...target], which)).toThrow(message);
  });

  test("other dtypes and labels", () => {
    expect(() => loss([6, 6, 6], [1, 1, 1], "rows", 9)).toThrow("blank must be in label range");
    expect(() => nn.functional.ctcLoss(logProbs.half(), targets.rows, [6, 6, 6], [1, 1, 1])).toThrow(
      `"ctc_loss_cpu" not implemented for 'Half'`,
    );
    expect(() =>
      nn.functional.ctcLoss(logProbs, targets.rows, torch.tensor([6.5, 6, 6]), torch.tensor([1n, 1n, 1n])),
    ).toThrow("input_lengths must be integral");
  });
});

test("labels are integers of up to two dimensions, and looked at before the blank", () => {
  const loss = (labels: Tensor) => torch.ops.aten._ctc_loss(torch.zeros([1, 1, 1]), labels, [1], [1], 6);
  expect(() => loss(torch.zeros([1, 1]))).toThrow(
    "Expected tensor for argument #2 'targets' to have scalar type Int; but got torch.FloatTensor instead",
  );
  expect(() => loss(torch.tensor(0n))).toThrow("Expected 1 to 2 dimensions, but got 0-dimensional tensor");
  expect(() => loss(torch.tensor([[0n]]))).toThrow("blank must be in label range");
});
