/** Datasets: numbered samples; those held in tensors, parts of others, and several joined. Source: torch/utils/data/dataset.py. */
import { ValueError } from "../errors.ts";
import { randperm } from "../ops/functions.ts";
import type { Generator } from "../random/generator.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * Samples by number, from 0 to `length` - 1. `getItem` may be async; then the loader has to be read with `for await`.
 * @example
 * class Squares extends data.Dataset<[Tensor, Tensor]> {
 *   readonly length = 100;
 *   getItem(i: number): [Tensor, Tensor] {
 *     return [torch.tensor(i), torch.tensor(i * i)];
 *   }
 * }
 */
export abstract class Dataset<T> {
  /** How many samples there are. */
  abstract readonly length: number;

  /** One sample. */
  abstract getItem(index: number): T | Promise<T>;
}

/** A dataset, or an array of samples. */
export type Samples<T> = Dataset<T> | readonly T[];

/** One sample of a dataset or array. */
export const sampleAt = <T>(samples: Samples<T>, index: number): T | Promise<T> =>
  samples instanceof Dataset ? samples.getItem(index) : samples[index];

/**
 * Samples that are the rows of tensors: sample i is `[tensors[0][i], tensors[1][i], ...]`.
 * @example new data.TensorDataset(x, y).getItem(1)[0] // [3, 4]
 */
export class TensorDataset<T extends readonly Tensor[]> extends Dataset<{ [K in keyof T]: Tensor }> {
  readonly tensors: T;

  constructor(...tensors: T) {
    super();
    if (tensors.length === 0 || tensors.some((tensor) => !(tensor instanceof Tensor)))
      throw new TypeError("TensorDataset expects tensors, one after the other");
    if (tensors.some((tensor) => tensor.sizes[0] !== tensors[0].sizes[0])) {
      throw new ValueError(
        `Size mismatch between tensors: their first dimensions are ${tensors.map((tensor) => tensor.sizes[0]).join(", ")}`,
      );
    }
    this.tensors = tensors;
  }

  get length(): number {
    return this.tensors[0].sizes[0];
  }

  override getItem(index: number): { [K in keyof T]: Tensor } {
    return this.tensors.map((tensor) => tensor.select(0, index)) as unknown as { [K in keyof T]: Tensor };
  }
}

/** Some samples of another dataset, by their numbers. */
export class Subset<T> extends Dataset<T> {
  readonly dataset: Samples<T>;
  readonly indices: readonly number[];

  constructor(dataset: Samples<T>, indices: readonly number[]) {
    super();
    this.dataset = dataset;
    this.indices = indices;
  }

  get length(): number {
    return this.indices.length;
  }

  override getItem(index: number): T | Promise<T> {
    return sampleAt(this.dataset, this.indices[index]);
  }
}

/** Several datasets as one, in order. */
export class ConcatDataset<T> extends Dataset<T> {
  readonly datasets: readonly Samples<T>[];

  constructor(datasets: readonly Samples<T>[]) {
    super();
    if (datasets.length === 0) throw new ValueError("datasets should not be an empty iterable");
    this.datasets = datasets;
  }

  get length(): number {
    return this.datasets.reduce((sum, dataset) => sum + dataset.length, 0);
  }

  override getItem(index: number): T | Promise<T> {
    let rest = index;
    for (const dataset of this.datasets) {
      if (rest < dataset.length) return sampleAt(dataset, rest);
      rest -= dataset.length;
    }
    throw new ValueError(`there is no sample ${index}: the datasets hold ${this.length}`);
  }
}

/**
 * Splits a dataset at random, into parts of the given lengths or fractions of 1.
 * @example const [train, test] = data.randomSplit(dataset, [0.8, 0.2]);
 */
export function randomSplit<T>(
  dataset: Samples<T>,
  lengths: readonly number[],
  options: { readonly generator?: Generator } = {},
): Subset<T>[] {
  const counts = countsOf(lengths, dataset.length);
  if (counts.reduce((sum, count) => sum + count, 0) !== dataset.length)
    throw new ValueError("Sum of input lengths does not equal the length of the input dataset!");
  const order = randperm(dataset.length, options).tolist<number[]>();
  let start = 0;
  return counts.map((count) => {
    const part = new Subset(dataset, order.slice(start, start + count));
    start += count;
    return part;
  });
}

/** Fractions become counts; what rounding leaves over goes to the first parts, one each. */
function countsOf(lengths: readonly number[], total: number): number[] {
  const sum = lengths.reduce((a, b) => a + b, 0);
  if (!(Math.abs(sum - 1) < 1e-9 && sum <= 1 + 1e-9) || lengths.every(Number.isInteger)) return [...lengths];
  const counts = lengths.map((fraction, i) => {
    if (fraction < 0 || fraction > 1) throw new ValueError(`Fraction at index ${i} is not between 0 and 1`);
    return Math.floor(total * fraction);
  });
  const left = total - counts.reduce((a, b) => a + b, 0);
  for (let i = 0; i < left; i++) counts[i % counts.length]++;
  return counts;
}
