/** Datasets and loaders: the same batches as PyTorch's for the same seed. The numbers are PyTorch 2.13's. */
import { describe, expect, test } from "vitest";
import { data, type Tensor, torch } from "../../runtime/index.ts";

const { DataLoader, TensorDataset } = data;

const rows = (loader: Iterable<readonly Tensor[]>): unknown[] => [...loader].map(([x]) => x.tolist());
const numbered = (count: number) => new TensorDataset(torch.arange(count));
const nextRand = (): unknown => torch.rand(2).tolist();

describe("a loader", () => {
  test("gives samples in order, and draws as much as torch's", () => {
    torch.manualSeed(0);
    const loader = new DataLoader(numbered(5), { batchSize: 3 });
    expect(rows(loader)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(nextRand()).toEqual([0.08847743272781372, 0.13203048706054688]);
    expect([loader.length, new DataLoader(numbered(5), { batchSize: 3, dropLast: true }).length]).toEqual([
      2, 1,
    ]);
  });

  test("shuffles anew each time, as torch does from the same seed", () => {
    torch.manualSeed(0);
    const loader = new DataLoader(numbered(7), { batchSize: 3, shuffle: true });
    expect([rows(loader), rows(loader)]).toEqual([
      [[0, 4, 1], [5, 2, 6], [3]],
      [[3, 1, 4], [2, 5, 0], [6]],
    ]);
    expect(nextRand()).toEqual([0.455627977848053, 0.6323062777519226]);
  });

  test("shuffles with a generator of its own, leaving torch's alone", () => {
    torch.manualSeed(1);
    const generator = new torch.Generator().manualSeed(5);
    const loader = new DataLoader(numbered(7), { batchSize: 2, shuffle: true, dropLast: true, generator });
    expect([rows(loader), rows(loader)]).toEqual([
      [
        [2, 4],
        [3, 5],
        [0, 6],
      ],
      [
        [4, 1],
        [0, 2],
        [3, 6],
      ],
    ]);
    expect(nextRand()).toEqual([0.7576315999031067, 0.2793108820915222]);
  });

  test("collates tensors, numbers, strings, lists and records", () => {
    const samples = [
      { a: 1n, b: torch.ones(2), c: "x", d: [true, 0.5] },
      { a: 2n, b: torch.zeros(2), c: "y", d: [false, 1.5] },
    ];
    const [batch] = new DataLoader(samples, { batchSize: 2 });
    const [flags, values] = batch.d as unknown as Tensor[];
    expect([batch.a.tolist(), batch.a.dtype.name, batch.b.tolist(), batch.c]).toEqual([
      [1, 2],
      "int64",
      [
        [1, 1],
        [0, 0],
      ],
      ["x", "y"],
    ]);
    expect([flags.tolist(), values.tolist()]).toEqual([
      [true, false],
      [0.5, 1.5],
    ]);
    const [joined] = new DataLoader(["p", "q"], { batchSize: 2, collateFn: (texts) => texts.join("+") });
    expect(joined).toBe("p+q");
  });

  test("awaits samples that come asynchronously", async () => {
    class Slow extends data.Dataset<Tensor> {
      readonly length = 3;
      override async getItem(index: number): Promise<Tensor> {
        await Promise.resolve();
        return torch.tensor(index);
      }
    }
    const loader = new DataLoader(new Slow(), { batchSize: 2 });
    const seen: unknown[] = [];
    for await (const batch of loader) seen.push(batch.tolist());
    expect(seen).toEqual([[0, 1], [2]]);
    expect(() => [...loader]).toThrow(
      "the dataset gives its samples asynchronously: read the loader with `for await`",
    );
  });

  test("refuses options that make no sense, in torch's words", () => {
    expect(() => new DataLoader(numbered(5), { batchSize: 0 })).toThrow(
      "batch_size should be a positive integer value, but got batch_size=0",
    );
    expect(() => new DataLoader(numbered(5), { shuffle: true, sampler: [0, 1] })).toThrow(
      "sampler option is mutually exclusive with shuffle",
    );
    expect(() => [...new DataLoader([torch.ones(2), torch.ones(3)], { batchSize: 2 })]).toThrow(
      "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1",
    );
    expect(() => new TensorDataset(torch.ones(2), torch.ones(3))).toThrow("Size mismatch between tensors");
  });
});

describe("samplers and splits", () => {
  test("draw torch's numbers", () => {
    torch.manualSeed(3);
    expect([...new data.WeightedRandomSampler([0.1, 0.5, 1, 0.2], 8)]).toEqual([0, 1, 2, 1, 2, 2, 1, 2]);
    torch.manualSeed(4);
    expect([...new data.RandomSampler(numbered(6), { replacement: true, numSamples: 40 })]).toEqual([
      1, 3, 0, 5, 5, 1, 1, 1, 4, 1, 3, 2, 0, 4, 3, 2, 2, 0, 4, 4, 5, 5, 3, 0, 4, 5, 5, 0, 2, 1, 1, 4, 2, 0, 5,
      1, 1, 1, 3, 1,
    ]);
    torch.manualSeed(4);
    expect([...new data.SubsetRandomSampler([3, 5, 7, 9])]).toEqual([7, 5, 9, 3]);
  });

  test("split at random by fractions or counts", () => {
    torch.manualSeed(3);
    const [train, rest] = data.randomSplit(numbered(10), [0.7, 0.3]);
    expect([train.indices, rest.indices]).toEqual([
      [6, 0, 3, 7, 8, 5, 1],
      [9, 2, 4],
    ]);
    expect(rows(new DataLoader(rest, { batchSize: 3 }))).toEqual([[9, 2, 4]]);
    expect(() => data.randomSplit(numbered(10), [3, 3])).toThrow(
      "Sum of input lengths does not equal the length of the input dataset!",
    );
    const joined = new data.ConcatDataset([numbered(2), numbered(3)]);
    expect(rows(new DataLoader(joined, { batchSize: 5 }))).toEqual([[0, 1, 0, 1, 2]]);
  });
});
