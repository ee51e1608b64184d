/** Packed sequences give what PyTorch's do (fixtures/packed.py), and refuse in its words. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";
import { evaluatePython } from "../golden/python-call.ts";

interface Plain {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly network: string;
  readonly lengths: readonly number[];
  readonly batchSizes: readonly number[];
  readonly padded: Plain;
  readonly counts: readonly number[];
  readonly states: readonly Plain[];
  readonly grad: Plain;
  readonly weights: readonly Plain[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("fixtures/packed.json", import.meta.url), "utf8"),
);

const steps = (): Tensor =>
  torch.tensor(Array.from({ length: 24 }, (_, k) => ((k * 7) % 11) / 4 - 1)).view([4, 3, 2]);

function expectClose(actual: Tensor | null, { shape, data }: Plain): void {
  expect(actual?.sizes).toEqual(shape);
  const values = Array.from((actual as Tensor).detach().contiguous().typedArray(), Number);
  const worst = Math.max(...data.map((value, i) => Math.abs(values[i]! - value) / (1 + Math.abs(value))));
  expect(worst).toBeLessThan(1e-5);
}

test.each(cases)("$network over sequences of lengths $lengths", (one) => {
  torch.manualSeed(0);
  const network = evaluatePython(one.network, { nn }) as nn.GRU;
  const { batchFirst } = network;
  const input = (batchFirst ? steps().transpose(0, 1) : steps()).clone().requiresGrad_();
  const enforceSorted = one.lengths[0] === 4;
  const packed = nn.utils.packPaddedSequence(input, one.lengths, { batchFirst, enforceSorted });
  expect(packed.batchSizes.tolist()).toEqual(one.batchSizes);
  const [output, state] = network.forward(packed);
  const [padded, counts] = nn.utils.padPackedSequence(output, {
    batchFirst,
    paddingValue: -1,
    totalLength: 5,
  });
  // An LSTM has two.
  const states: readonly Tensor[] = [state].flat();
  expectClose(padded, one.padded);
  expect(counts.tolist()).toEqual(one.counts);
  states.forEach((tensor, i) => {
    expectClose(tensor, one.states[i]!);
  });
  const losses = [padded, ...states].map((tensor) =>
    tensor
      .mul(
        torch
          .arange(1, tensor.elements + 1)
          .view([...tensor.sizes])
          .mul(0.1),
      )
      .sum(),
  );
  losses.reduce((a, b) => a.add(b)).backward();
  expectClose(input.grad, one.grad);
  [...network.parameters()].forEach((parameter, i) => {
    expectClose(parameter.grad, one.weights[i]!);
  });
});

test("sequences are packed, padded and taken apart again", () => {
  const sequences = [torch.tensor([1, 2]), torch.tensor([3, 4, 5]), torch.tensor([6])];
  const packed = nn.utils.packSequence(sequences, { enforceSorted: false });
  expect(packed.data.tolist()).toEqual([3, 1, 6, 4, 2, 5]);
  expect(packed.sortedIndices?.tolist()).toEqual([1, 0, 2]);
  expect(nn.utils.unpackSequence(packed).map((each) => each.tolist())).toEqual([[1, 2], [3, 4, 5], [6]]);
  const left = nn.utils.padSequence(sequences, { batchFirst: true, paddingValue: 9, paddingSide: "left" });
  expect(left.tolist()).toEqual([
    [9, 1, 2],
    [3, 4, 5],
    [9, 9, 6],
  ]);
});

test.each([
  [
    "unsorted lengths",
    () => nn.utils.packPaddedSequence(steps(), [1, 4, 2]),
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.",
  ],
  [
    "too few lengths",
    () => nn.utils.packPaddedSequence(steps(), [4]),
    "Expected `len(lengths)` to be equal to batch_size, but got 1 (batch_size=3)",
  ],
  [
    "an empty sequence",
    () => nn.utils.packPaddedSequence(steps(), [3, 1, 0]),
    "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
  ],
  [
    "too small a total length",
    () => nn.utils.padPackedSequence(nn.utils.packPaddedSequence(steps(), [4, 2, 1]), { totalLength: 2 }),
    "Expected total_length to be at least the length of the longest sequence in input, but got total_length=2 and max sequence length being 4",
  ],
  [
    "inputs of another size",
    () => new nn.GRU(3, 2).forward(nn.utils.packPaddedSequence(steps(), [4, 2, 1])),
    "input.size(-1) must be equal to input_size. Expected 3, got 2",
  ],
  [
    "a state of another batch",
    () => new nn.GRU(2, 2).forward(nn.utils.packPaddedSequence(steps(), [4, 2, 1]), torch.zeros([1, 2, 2])),
    "Expected hidden size (1, 3, 2), got [1, 2, 2]",
  ],
])("%s: torch's error", (_, run, message) => {
  expect(run).toThrow(message);
});
