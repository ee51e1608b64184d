/** Dropout as functions. Source: torch/nn/functional.py. */
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

/**
 * Zeroes elements with probability `p` while training, and scales the rest by 1 / (1 - p).
 * @example nn.functional.dropout(x, 0.5, false) // [[1, 2], [3, 4]]
 */
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

/** `alphaDropout` of whole channels. */
export const featureAlphaDropout = dropoutWith(ops.featureAlphaDropout, ops.featureAlphaDropout_, false);
