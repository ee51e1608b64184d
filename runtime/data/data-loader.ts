/**
 * DataLoader: the samples of a dataset in batches, in order or shuffled with torch's random numbers.
 * Source: torch/utils/data/dataloader.py.
 */
import { ValueError } from "../errors.ts";
import type { Generator } from "../random/generator.ts";
import { int64 } from "../tensor/dtype.ts";
import { fromData } from "../tensor/from-data.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Collated, defaultCollate } from "./collate.ts";
import { type Samples, sampleAt, TensorDataset } from "./dataset.ts";
import { drawSeed, RandomSampler, type Sampler, SequentialSampler } from "./sampler.ts";

/** Options of a DataLoader. */
export interface DataLoaderOptions<T, B> {
  /** Default 1. */
  readonly batchSize?: number;
  /** Visit the samples in a new random order each time. */
  readonly shuffle?: boolean;
  /** Leave out a last batch that is smaller than the others. */
  readonly dropLast?: boolean;
  /** Chooses the samples, in place of `shuffle`. */
  readonly sampler?: Sampler;
  /** Chooses whole batches, in place of `batchSize`, `shuffle`, `dropLast` and `sampler`. */
  readonly batchSampler?: Iterable<readonly number[]>;
  /** Makes a batch of samples; default `defaultCollate`. */
  readonly collateFn?: (samples: T[]) => B;
  /** Where shuffling takes its random numbers from; default: torch's own, seeded by `torch.manualSeed`. */
  readonly generator?: Generator;
}

/**
 * Batches of a dataset, read with `for (const [x, y] of loader)`, or `for await` where samples come asynchronously.
 * With the same seed batches are those PyTorch gives.
 * @example
 * const loader = new data.DataLoader(new data.TensorDataset(x, y), { batchSize: 32, shuffle: true });
 * for (const [inputs, targets] of loader) console.log(inputs.shape);
 */
export class DataLoader<T, B = Collated<T>> implements Iterable<B>, AsyncIterable<B> {
  readonly dataset: Samples<T>;
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly sampler: Sampler;
  readonly generator: Generator | undefined;
  readonly #batchSampler: Iterable<readonly number[]> | null;
  readonly #collate: ((samples: T[]) => B) | null;

  constructor(dataset: Samples<T>, options: DataLoaderOptions<T, B> = {}) {
    const { batchSize = 1, shuffle = false, dropLast = false, sampler, batchSampler } = options;
    if (!(Number.isInteger(batchSize) && batchSize > 0))
      throw new ValueError(`batch_size should be a positive integer value, but got batch_size=${batchSize}`);
    if (sampler !== undefined && shuffle)
      throw new ValueError("sampler option is mutually exclusive with shuffle");
    if (batchSampler !== undefined && (options.batchSize !== undefined || shuffle || sampler || dropLast)) {
      throw new ValueError(
        "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
      );
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.generator = options.generator;
    this.sampler =
      sampler ??
      (shuffle
        ? new RandomSampler(dataset, { generator: options.generator })
        : new SequentialSampler(dataset));
    this.#batchSampler = batchSampler ?? null;
    this.#collate = options.collateFn ?? null;
  }

  /** How many batches there are; of a sampler of one's own it is counted, which draws its numbers. */
  get length(): number {
    if (this.#batchSampler !== null) return [...this.#batchSampler].length;
    const { sampler } = this;
    const count =
      sampler instanceof SequentialSampler || sampler instanceof RandomSampler
        ? ((sampler instanceof RandomSampler ? sampler.options.numSamples : undefined) ?? this.dataset.length)
        : [...sampler].length;
    return this.dropLast ? Math.floor(count / this.batchSize) : Math.ceil(count / this.batchSize);
  }

  *[Symbol.iterator](): globalThis.Generator<B> {
    for (const batch of this.#batches()) {
      const ready = this.#wholeBatch(batch);
      if (ready !== null) yield ready;
      else yield this.#collated(batch.map((index) => this.#now(index)));
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B> {
    for (const batch of this.#batches()) {
      const samples = await Promise.all(batch.map((index) => sampleAt(this.dataset, index)));
      yield this.#wholeBatch(batch) ?? this.#collated(samples);
    }
  }

  *#batches(): globalThis.Generator<readonly number[]> {
    // torch draws a seed for its workers, also where it has none.
    drawSeed(this.generator);
    if (this.#batchSampler !== null) {
      yield* this.#batchSampler;
      return;
    }
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length === this.batchSize) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }

  /** Rows of tensors are picked all at once. */
  #wholeBatch(batch: readonly number[]): B | null {
    if (this.#collate !== null || !(this.dataset instanceof TensorDataset)) return null;
    const index = fromData(batch, int64);
    return this.dataset.tensors.map((tensor: Tensor) => tensor.indexSelect(0, index)) as unknown as B;
  }

  #now(index: number): T {
    const sample = sampleAt(this.dataset, index);
    if (sample instanceof Promise) {
      throw new TypeError("the dataset gives its samples asynchronously: read the loader with `for await`");
    }
    return sample;
  }

  #collated(samples: T[]): B {
    return this.#collate === null ? (defaultCollate(samples) as B) : this.#collate(samples);
  }
}
