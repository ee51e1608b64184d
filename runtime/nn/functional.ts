/** `nn.functional`: the layers' computations as functions, with torch's defaults. */
import { ValueError } from "../errors.ts";
import * as ops from "../ops/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";

export const {
  relu,
  gelu,
  silu,
  sigmoid,
  tanh,
  softmax,
  logSoftmax,
  linear,
  conv1d,
  conv2d,
  conv3d,
  leakyRelu,
} = ops;

/** What becomes of the losses of single elements. */
export type Reduction = "none" | "mean" | "sum";

const reductions: Readonly<Record<Reduction, number>> = { none: 0, mean: 1, sum: 2 };

/** torch's number of a reduction. Throws a ValueError for a name it does not know. */
export function reductionCode(reduction: Reduction): number {
  if (!(reduction in reductions)) throw new ValueError(`${reduction} is not a valid value for reduction`);
  return reductions[reduction];
}

/** Zeroes elements with probability `p` while training. */
export function dropout(input: Tensor, p = 0.5, training = true): Tensor {
  if (p < 0 || p > 1) throw new ValueError(`dropout probability has to be between 0 and 1, but got ${p}`);
  return ops.dropout(input, p, training);
}

/** The greatest element of each window of the last two dimensions. */
export function maxPool2d(
  input: Tensor,
  kernelSize: number | readonly number[],
  stride: number | readonly number[] | null = null,
  padding: number | readonly number[] = 0,
  dilation: number | readonly number[] = 1,
  ceilMode = false,
): Tensor {
  return ops.maxPool2d(input, kernelSize, stride ?? [], padding, dilation, ceilMode);
}

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
  if (training && input.elements / input.sizes[1] <= 1) {
    throw new ValueError(
      `Expected more than 1 value per channel when training, got input size torch.Size([${input.sizes.join(", ")}])`,
    );
  }
  return ops.batchNorm(input, weight, bias, runningMean, runningVar, training, momentum, eps, true);
}

/** Normalises the last dimensions, whose sizes are `normalizedShape`. */
export function layerNorm(
  input: Tensor,
  normalizedShape: readonly number[],
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  eps = 1e-5,
): Tensor {
  return ops.layerNorm(input, normalizedShape, weight, bias, eps);
}

/** Rows of a table picked by index. */
export function embedding(input: Tensor, weight: Tensor, paddingIdx: number | null = null): Tensor {
  return ops.embedding(weight, input, paddingIdx ?? -1);
}

/** The mean squared difference. */
export const mseLoss = (input: Tensor, target: Tensor, reduction: Reduction = "mean"): Tensor =>
  ops.mseLoss(input, target, reductionCode(reduction));

/** Options of the classification losses. */
export interface ClassLossOptions {
  readonly weight?: Tensor | null;
  readonly ignoreIndex?: number;
  readonly reduction?: Reduction;
  readonly labelSmoothing?: number;
}

/** The negative log probability of the target classes. */
export const nllLoss = (input: Tensor, target: Tensor, options: ClassLossOptions = {}): Tensor =>
  ops.nllLossNd(
    input,
    target,
    options.weight ?? null,
    reductionCode(options.reduction ?? "mean"),
    options.ignoreIndex ?? -100,
  );

/** The usual loss of a classifier, from unnormalised scores. */
export const crossEntropy = (input: Tensor, target: Tensor, options: ClassLossOptions = {}): Tensor =>
  ops.crossEntropyLoss(
    input,
    target,
    options.weight ?? null,
    reductionCode(options.reduction ?? "mean"),
    options.ignoreIndex ?? -100,
    options.labelSmoothing ?? 0,
  );
