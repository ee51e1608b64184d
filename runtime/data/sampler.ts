/** Samplers: in which order samples are visited, with torch's random numbers. Source: torch/utils/data/sampler.py. */
import { ValueError } from "../errors.ts";
import { empty, multinomial, randint, randperm } from "../ops/functions.ts";
import { Generator } from "../random/generator.ts";
import { float64, int64 } from "../tensor/dtype.ts";
import { fromData } from "../tensor/from-data.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Numbers of samples, anew each time it is iterated. */
export type Sampler = Iterable<number>;

/** A number like those `torch.empty([], int64).random_()` gives, as torch seeds its loaders with. */
export const drawSeed = (generator?: Generator): bigint =>
  empty([], { dtype: int64 }).random_({ generator }).typedArray()[0] as bigint;

const numbers = (tensor: Tensor): number[] => tensor.tolist<number[]>();

/** 0, 1, 2, ... */
export class SequentialSampler implements Sampler {
  readonly dataSource: { readonly length: number };

  constructor(dataSource: { readonly length: number }) {
    this.dataSource = dataSource;
  }

  *[Symbol.iterator](): Numbers {
    for (let i = 0; i < this.dataSource.length; i++) yield i;
  }
}

/** What samplers yield. */
type Numbers = globalThis.Generator<number>;

/** Options of RandomSampler. */
export interface RandomSamplerOptions {
  /** Draw each number independently of those before. */
  readonly replacement?: boolean;
  /** How many numbers; default: as many as samples. */
  readonly numSamples?: number;
  readonly generator?: Generator;
}

/** All numbers in random order, or with replacement. */
export class RandomSampler implements Sampler {
  readonly dataSource: { readonly length: number };
  readonly options: RandomSamplerOptions;

  constructor(dataSource: { readonly length: number }, options: RandomSamplerOptions = {}) {
    const count = options.numSamples ?? dataSource.length;
    if (!(Number.isInteger(count) && count > 0))
      throw new ValueError(`num_samples should be a positive integer value, but got num_samples=${count}`);
    this.dataSource = dataSource;
    this.options = options;
  }

  *[Symbol.iterator](): Numbers {
    const size = this.dataSource.length;
    const count = this.options.numSamples ?? size;
    const generator = this.options.generator ?? new Generator().manualSeed(drawSeed());
    if (this.options.replacement) {
      // torch draws in portions of 32.
      for (let left = count; left >= 0; left -= 32)
        yield* numbers(randint(0, size, [Math.min(left, 32)], { generator }));
      return;
    }
    for (let i = 0; i < Math.floor(count / size); i++) yield* numbers(randperm(size, { generator }));
    yield* numbers(randperm(size, { generator })).slice(0, count % size);
  }
}

/** The given numbers in random order. */
export class SubsetRandomSampler implements Sampler {
  readonly indices: readonly number[];
  readonly generator: Generator | undefined;

  constructor(indices: readonly number[], options: { readonly generator?: Generator } = {}) {
    this.indices = indices;
    this.generator = options.generator;
  }

  *[Symbol.iterator](): Numbers {
    for (const i of numbers(randperm(this.indices.length, { generator: this.generator })))
      yield this.indices[i];
  }
}

/** Numbers drawn with the given weights. */
export class WeightedRandomSampler implements Sampler {
  readonly weights: Tensor;
  readonly numSamples: number;
  readonly replacement: boolean;
  readonly generator: Generator | undefined;

  constructor(
    weights: readonly number[],
    numSamples: number,
    options: { readonly replacement?: boolean; readonly generator?: Generator } = {},
  ) {
    if (!(Number.isInteger(numSamples) && numSamples > 0)) {
      throw new ValueError(
        `num_samples should be a positive integer value, but got num_samples=${numSamples}`,
      );
    }
    this.weights = fromData(weights, float64);
    this.numSamples = numSamples;
    this.replacement = options.replacement ?? true;
    this.generator = options.generator;
  }

  *[Symbol.iterator](): Numbers {
    const { weights, numSamples, replacement, generator } = this;
    yield* numbers(multinomial(weights, numSamples, replacement, { generator }));
  }
}
