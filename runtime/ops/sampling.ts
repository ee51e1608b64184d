/**
 * Sampling from given probabilities: coin flips, and indices drawn by weight with and without replacement.
 * Source: aten/src/ATen/native/Distributions.cpp (bernoulli, multinomial_out), native/cpu/MultinomialKernel.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { fillBernoulli, fillBernoulliEach } from "../random/bernoulli.ts";
import { fillExponential } from "../random/continuous.ts";
import { defaultGenerator } from "../random/default-generator.ts";
import type { Generator } from "../random/generator.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { type DType, int64 } from "../tensor/dtype.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";

/** Coin flips: with the probabilities in `self`, or with `p` for every element of `self`'s shape. */
export interface Bernoulli {
  (self: Tensor, options?: { generator?: Generator }): Tensor;
  (self: Tensor, p: number, options?: { generator?: Generator }): Tensor;
}

/**
 * 1 with the probability that each element is (or with `p`), else 0.
 * @example torch.bernoulli(torch.tensor([0, 1])) // [0, 1]
 */
export const bernoulli: Bernoulli = aten(
  op(
    "aten::bernoulli(Tensor self, *, Generator? generator=None) -> Tensor",
    (self, generator) => {
      if (self.elements > 0 && self.dtype.category !== "floating") {
        throw new NotImplementedError(
          `"bernoulli_tensor_cpu_p_" not implemented for '${self.dtype.scalarName}'`,
        );
      }
      const out = allocateNumbers(self.dtype, self.elements);
      fillBernoulliEach(out, valuesOf(self), self.dtype, generator ?? defaultGenerator);
      return fromValues(out, self.sizes, self.dtype);
    },
    { grad: { self: ({ grad }) => grad.zerosLike() } },
  ),
  op(
    "aten::bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor",
    (self, p, generator) => {
      const out = allocateNumbers(self.dtype, self.elements);
      fillBernoulli(out, p, generator ?? defaultGenerator);
      return fromValues(out, self.sizes, self.dtype);
    },
    { grad: { self: ({ grad }) => grad.zerosLike() } },
  ),
);

/**
 * Indices drawn with the weights in the last dimension of `self` (1-d or 2-d).
 * @example torch.multinomial(torch.tensor([0, 1]), 1) // [1]
 */
export const multinomial: (
  self: Tensor,
  numSamples: number,
  replacement?: boolean,
  options?: { generator?: Generator },
) => Tensor = aten(
  op(
    "aten::multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
    (self, numSamples, replacement, generator) =>
      sample(self, numSamples, replacement, generator ?? defaultGenerator),
    { grad: {} },
  ),
);

function sample(self: Tensor, count: number, replacement: boolean, generator: Generator): Tensor {
  if (self.ndim !== 1 && self.ndim !== 2) throw new RuntimeError("prob_dist must be 1 or 2 dim");
  if (self.dtype.category !== "floating") {
    throw new RuntimeError(
      `multinomial only supports floating-point dtypes for input, got: ${self.dtype.scalarName}`,
    );
  }
  if (count <= 0) throw new RuntimeError("cannot sample n_sample <= 0 samples");
  const categories = self.sizes[self.ndim - 1];
  if (!replacement && count > categories) {
    throw new RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement");
  }
  const weights = valuesOf(self);
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new RuntimeError("probability tensor contains either `inf`, `nan` or element < 0");
    }
  }
  const rows = self.ndim === 1 ? 1 : self.sizes[0];
  const out = new BigInt64Array(rows * count);
  const draw =
    replacement && count > 1 ? sampleWithReplacement : sampleDistinct(weights.length, self.dtype, generator);
  for (let row = 0; row < rows; row++) {
    const slice = weights.subarray(row * categories, (row + 1) * categories);
    if (!slice.some((weight) => weight > 0)) {
      throw new RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)");
    }
    draw(slice, row * categories, count, generator).forEach((index, i) => {
      out[row * count + i] = BigInt(index);
    });
  }
  return tensorFromArray(out, int64, [...self.sizes.slice(0, -1), count]);
}

type Draw = (weights: NumberArray, start: number, count: number, generator: Generator) => readonly number[];

/** The largest of weights divided by exponential numbers, which are drawn for all rows at once. */
function sampleDistinct(length: number, dtype: DType, generator: Generator): Draw {
  const noise = allocateNumbers(dtype, length);
  fillExponential(noise, 1, generator);
  return (weights, start, count) => {
    const scores = allocateNumbers(dtype, weights.length);
    for (let i = 0; i < scores.length; i++) scores[i] = weights[i] / noise[start + i];
    return Array.from(scores.keys())
      .sort((a, b) => scores[b] - scores[a])
      .slice(0, count);
  };
}

/** Looks uniform numbers up in the cumulated weights. */
const sampleWithReplacement: Draw = (weights, _start, count, generator) => {
  const cumulated = weights.slice();
  for (let i = 1; i < cumulated.length; i++) cumulated[i] += cumulated[i - 1];
  const sum = cumulated[cumulated.length - 1];
  for (let i = 0; i < cumulated.length; i++) cumulated[i] /= sum;
  return Array.from({ length: count }, () => {
    const uniform = generator.uniform53();
    let left = 0;
    let right = cumulated.length;
    while (left < right) {
      const middle = (left + right) >> 1;
      if (cumulated[middle] < uniform) left = middle + 1;
      else right = middle;
    }
    return left;
  });
};
