/** Normalisations as functions. Source: torch/nn/functional.py. */

import { called } from "../../dispatch/value-name.ts";
import { ValueError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import { numelOf } from "../../tensor/geometry.ts";
import { type Scalar, scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Normalises each channel by the batch's statistics while training, else by the running ones. */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  training = false,
  momentum = 0.1,
  eps = 1e-5,
): Tensor {
  if (training && input.sizes[0] * numelOf(input.sizes.slice(2)) === 1) {
    throw new ValueError(
      `Expected more than 1 value per channel when training, got input size torch.Size([${input.sizes.join(", ")}])`,
    );
  }
  return ops.batchNorm(input, weight, bias, runningMean, runningVar, training, momentum, eps, true);
}

/** Normalises each channel of each sample. */
export function instanceNorm(
  input: Tensor,
  runningMean: Tensor | null = null,
  runningVar: Tensor | null = null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  useInputStats = true,
  momentum = 0.1,
  eps = 1e-5,
): Tensor {
  if (useInputStats && numelOf(input.sizes.slice(2)) === 1) {
    throw new ValueError(
      `Expected more than 1 spatial element when training, got input size torch.Size([${input.sizes.join(", ")}])`,
    );
  }
  return ops.instanceNorm(input, weight, bias, runningMean, runningVar, useInputStats, momentum, eps, true);
}

/** Normalises the last dimensions, whose sizes are `normalizedShape`. */
export const layerNorm = (
  input: Tensor,
  normalizedShape: readonly number[],
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor => ops.layerNorm(input, normalizedShape, weight, bias, eps);

/** Divides by the root of the mean square of the last dimensions. */
export const rmsNorm = (
  input: Tensor,
  normalizedShape: readonly number[],
  weight: Tensor | null = null,
  eps: number | null = null,
): Tensor => ops.rmsNorm(input, normalizedShape, weight, eps);

/** Normalises groups of channels of each sample. */
export const groupNorm = (
  input: Tensor,
  numGroups: number,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor => ops.groupNorm(input, numGroups, weight, bias, eps);

/** Divides by the activity of neighbouring channels. */
export function localResponseNorm(input: Tensor, size: number, alpha = 1e-4, beta = 0.75, k = 1): Tensor {
  if (input.ndim < 3)
    throw new ValueError(
      `Expected 3D or higher dimensionality                          input (got ${input.ndim} dimensions)`,
    );
  if (input.elements === 0) return input;
  const around = [Math.floor(size / 2), Math.floor((size - 1) / 2)];
  const squares = called("div", input.mul(input));
  const means = input.ndim === 3 ? overRows(squares, size, around) : overSpace(input, squares, size, around);
  const scale = called("div", means).mul(alpha).add(scalar(k, "float")).pow(beta);
  return input.div(called("div", scale));
}

/** Means over neighbouring channels of [N, C, L]. */
function overRows(squares: Tensor, size: number, [before, after]: readonly number[]): Tensor {
  const padded = ops.pad(called("input", squares.unsqueeze(1)), [0, 0, before, after]);
  return ops.avgPool2d(called("div", padded), [size, 1], 1).squeeze(1);
}

/** Means over neighbouring channels of [N, C, H, W] and more. */
function overSpace(input: Tensor, squares: Tensor, size: number, [before, after]: readonly number[]): Tensor {
  const sizes = input.size();
  const spread = called("input", squares.view([sizes[0], 1, sizes[1], sizes[2], -1]));
  const padded = ops.pad(spread, [0, 0, 0, 0, before, after]);
  const means = ops.avgPool3d(called("div", padded), [size, 1, 1], 1).squeeze(1);
  return called("div", means).view(sizes);
}

/** Options of `normalize`. */
export interface NormalizeOptions {
  readonly p?: Scalar;
  readonly dim?: number;
  readonly eps?: number;
}

/** Divides vectors along `dim` by their p-norm. */
export function normalize(input: Tensor, p?: Scalar | NormalizeOptions, dim = 1, eps = 1e-12): Tensor {
  if (typeof p === "object" && !("kind" in p)) return normalize(input, p.p, p.dim, p.eps);
  const denom = ops
    .linalgVectorNorm(input, p ?? scalar(2, "float"), [dim], true)
    .clampMin(eps)
    .expandAs(input);
  return input.div(called("denom", denom));
}
