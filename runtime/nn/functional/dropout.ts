/** Dropout and embedding as functions. Source: torch/nn/functional.py. */
import { withGradMode } from "../../autograd/grad-mode.ts";
import { RuntimeError, ValueError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Options of the dropouts: `training` or all of them by name. */
export type DropoutTraining = boolean | { readonly training?: boolean; readonly inplace?: boolean };

type Row = (input: Tensor, p: number, train: boolean) => Tensor;

function dropoutWith(plain: Row, inplace: Row, defaultTraining: boolean) {
  return (input: Tensor, p = 0.5, training: DropoutTraining = defaultTraining): Tensor => {
    if (!(p >= 0 && p <= 1))
      throw new ValueError(`dropout probability has to be between 0 and 1, but got ${p}`);
    const options = typeof training === "boolean" ? { training } : training;
    return (options.inplace ? inplace : plain)(input, p, options.training ?? defaultTraining);
  };
}

/** Zeroes elements with probability `p` while training, and scales the rest by 1 / (1 - p). */
export const dropout = dropoutWith(ops.dropout, ops.dropout_, true);

const features = dropoutWith(ops.featureDropout, ops.featureDropout_, true);

/** Zeroes whole channels of [N, C, L] (or [C, L]) with probability `p`. */
export function dropout1d(input: Tensor, p = 0.5, training: DropoutTraining = true): Tensor {
  if (input.ndim !== 2 && input.ndim !== 3) {
    throw new RuntimeError(
      `dropout1d: Expected 2D or 3D input, but received a ${input.ndim}D input. Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).`,
    );
  }
  if (input.ndim === 3) return features(input, p, training);
  return features(input.unsqueeze(0), p, training).squeeze(0);
}

/** Zeroes whole channels of [N, C, H, W] with probability `p`. */
export const dropout2d = features;

/** Zeroes whole channels of [N, C, D, H, W] with probability `p`. */
export const dropout3d = features;

/** Dropout that keeps mean and variance, for networks of SELUs. */
export const alphaDropout = dropoutWith(ops.alphaDropout, ops.alphaDropout_, false);

export const featureAlphaDropout = dropoutWith(ops.featureAlphaDropout, ops.featureAlphaDropout_, false);

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** The row that gets no gradient. */
  readonly paddingIdx?: number | null;
  /** Rows that are picked and longer than this are first made this long, in place. */
  readonly maxNorm?: number | null;
  readonly normType?: number;
  readonly scaleGradByFreq?: boolean;
}

/** Rows of a table picked by index: [...] gives [..., embeddingDim]. */
export function embedding(input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
  if (paddingIdx !== null && (paddingIdx >= weight.sizes[0] || paddingIdx < -weight.sizes[0]))
    throw new RuntimeError("Padding_idx must be within num_embeddings");
  if (maxNorm !== null) shorten(weight, input, maxNorm, normType);
  const padding = paddingIdx === null ? -1 : paddingIdx < 0 ? paddingIdx + weight.sizes[0] : paddingIdx;
  return ops.embedding(weight, input, padding, scaleGradByFreq);
}

function shorten(weight: Tensor, input: Tensor, maxNorm: number, normType: number): void {
  withGradMode(false, () => {
    const rows = new Set((input.reshape(-1).tolist() as number[]).map(Number));
    for (const row of rows) {
      const vector = weight.select(0, row);
      const length = vector.norm(normType).item() as number;
      if (length > maxNorm) vector.mul_(maxNorm / (length + 1e-7));
    }
  });
}

/** 1 at the class, else 0: [...] gives [..., numClasses]. */
export const oneHot = ops.oneHot;
