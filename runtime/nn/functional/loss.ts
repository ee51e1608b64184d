/** Losses as functions: `(input, target, options)`. Source: torch/nn/functional.py. */
import { withGradMode } from "../../autograd/grad-mode.ts";
import { called } from "../../dispatch/value-name.ts";
import { ValueError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import { sameSizes } from "../../tensor/geometry.ts";
import { scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What becomes of the losses of single elements. */
export type Reduction = "none" | "mean" | "sum";

/** The option every loss has. */
export interface ReductionOption {
  /** Default "mean". */
  readonly reduction?: Reduction;
}

const reductions: Readonly<Record<Reduction, number>> = { none: 0, mean: 1, sum: 2 };

/** torch's number of a reduction. Throws a ValueError for a name it does not know. */
function reductionCode(reduction: Reduction): number {
  if (!(reduction in reductions)) throw new ValueError(`${reduction} is not a valid value for reduction`);
  return reductions[reduction];
}

/** A loss whose only option is its reduction, by name or alone. */
type PlainLoss = (input: Tensor, target: Tensor, options?: Reduction | ReductionOption) => Tensor;

const codeOf = (options: Reduction | ReductionOption | undefined): number =>
  reductionCode((typeof options === "string" ? options : options?.reduction) ?? "mean");

/** Both in their common shape. In torch what needs no broadcasting is the very same tensor, under its old name. */
function broadcast(input: Tensor, target: Tensor): readonly [Tensor, Tensor] {
  const [expanded, expandedTarget] = ops.broadcastTensors([input, target]);
  const name = (was: string, before: Tensor): string =>
    sameSizes(before.sizes, expanded.sizes) ? was : `expanded_${was}`;
  return [called(name("input", input), expanded), called(name("target", target), expandedTarget)];
}

/**
 * The mean squared difference.
 * @example nn.functional.mseLoss(x, x.add(2)).item() // 4
 */
export const mseLoss: PlainLoss = (input, target, options) => {
  const [expanded, expandedTarget] = broadcast(input, target);
  return ops.mseLoss(expanded, expandedTarget, codeOf(options));
};

/**
 * The mean absolute difference.
 * @example nn.functional.l1Loss(x, x.add(2), { reduction: "none" }) // [[2, 2], [2, 2]]
 */
export const l1Loss: PlainLoss = (input, target, options) => {
  const [expanded, expandedTarget] = broadcast(input, target);
  return ops.l1Loss(expanded, expandedTarget, codeOf(options));
};

/** log(1 + exp(-target * input)), for targets of 1 and -1. */
export const softMarginLoss: PlainLoss = (input, target, options) =>
  ops.softMarginLoss(input, target, codeOf(options));

/** Squared below `beta`, absolute above. */
export const smoothL1Loss = (
  input: Tensor,
  target: Tensor,
  options: ReductionOption & { readonly beta?: number } = {},
): Tensor => {
  const [expanded, expandedTarget] = broadcast(input, target);
  return ops.smoothL1Loss(expanded, expandedTarget, codeOf(options), options.beta ?? 1);
};

/** Squared below `delta`, `delta` times absolute above. */
export const huberLoss = (
  input: Tensor,
  target: Tensor,
  options: ReductionOption & { readonly delta?: number } = {},
): Tensor => {
  const [expanded, expandedTarget] = broadcast(input, target);
  return ops.huberLoss(expanded, expandedTarget, codeOf(options), options.delta ?? 1);
};

/** Options of the classification losses. */
export interface ClassLossOptions extends ReductionOption {
  /** A weight for each class. */
  readonly weight?: Tensor | null;
  /** Targets of this class do not count; default -100. */
  readonly ignoreIndex?: number;
  /** How much of the target is spread over all classes; cross entropy only. */
  readonly labelSmoothing?: number;
}

/**
 * The negative log probability of the target classes.
 * @example nn.functional.nllLoss(torch.zeros([2, 2]).logSoftmax(1), y).item().toFixed(4) // "0.6931"
 */
export const nllLoss = (input: Tensor, target: Tensor, options: ClassLossOptions = {}): Tensor =>
  ops.nllLossNd(input, target, options.weight ?? null, codeOf(options), options.ignoreIndex ?? -100);

/**
 * The usual loss of a classifier, from unnormalised scores.
 * @example nn.functional.crossEntropy(torch.zeros([2, 2]), y).item().toFixed(4) // "0.6931"
 */
export const crossEntropy = (input: Tensor, target: Tensor, options: ClassLossOptions = {}): Tensor =>
  ops.crossEntropyLoss(
    input,
    target,
    options.weight ?? null,
    codeOf(options),
    options.ignoreIndex ?? -100,
    options.labelSmoothing ?? 0,
  );

/** Options of the binary cross entropies. */
export interface BinaryLossOptions extends ReductionOption {
  readonly weight?: Tensor | null;
  /** A weight for positive targets; with logits only. */
  readonly posWeight?: Tensor | null;
}

/** Cross entropy of probabilities. */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: BinaryLossOptions = {}): Tensor {
  if (input.sizes.join() !== target.sizes.join()) {
    const size = (tensor: Tensor): string => `torch.Size([${tensor.sizes.join(", ")}])`;
    throw new ValueError(
      `Using a target size (${size(target)}) that is different to the input size (${size(input)}) is deprecated. Please ensure they have the same size.`,
    );
  }
  return ops.binaryCrossEntropy(input, target, options.weight ?? null, codeOf(options));
}

/**
 * Cross entropy of scores: sigmoid and loss computed together.
 * @example nn.functional.binaryCrossEntropyWithLogits(torch.zeros([2]), torch.ones([2])).item().toFixed(4) // "0.6931"
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryLossOptions = {},
): Tensor {
  if (input.sizes.join() !== target.sizes.join()) {
    const size = (tensor: Tensor): string => `torch.Size([${tensor.sizes.join(", ")}])`;
    throw new ValueError(`Target size (${size(target)}) must be the same as input size (${size(input)})`);
  }
  return ops.binaryCrossEntropyWithLogits(
    input,
    target,
    options.weight ?? null,
    options.posWeight ?? null,
    codeOf(options),
  );
}

/** The Kullback-Leibler divergence; `input` holds log probabilities. */
export function klDiv(
  input: Tensor,
  target: Tensor,
  options: { readonly reduction?: Reduction | "batchmean"; readonly logTarget?: boolean } = {},
): Tensor {
  const { reduction = "mean", logTarget = false } = options;
  if (reduction !== "batchmean") return ops.klDiv(input, target, reductionCode(reduction), { logTarget });
  return ops.klDiv(input, target, reductions.sum, { logTarget }).div(input.size(0));
}

/** The negative log likelihood of counts. */
export const poissonNllLoss = (
  input: Tensor,
  target: Tensor,
  options: ReductionOption & {
    readonly logInput?: boolean;
    readonly full?: boolean;
    readonly eps?: number;
  } = {},
): Tensor =>
  ops.poissonNllLoss(
    input,
    target,
    options.logInput ?? true,
    options.full ?? false,
    options.eps ?? 1e-8,
    codeOf(options),
  );

/** The negative log likelihood of a normal distribution with the predicted mean and variance. */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: ReductionOption & { readonly full?: boolean; readonly eps?: number } = {},
): Tensor {
  const { full = false, eps = 1e-6 } = options;
  if (variance.lt(0).any().item()) throw new ValueError("var has negative entry/entries");
  const spread = called("var", variance.clone());
  // The bound on the variance takes no part in its gradient.
  withGradMode(false, () => spread.clamp_(eps));
  let loss = spread.log().add(input.sub(target).pow(2).div(spread)).mul(0.5);
  if (full) loss = loss.add(0.5 * Math.log(2 * Math.PI));
  return reduced(loss, options.reduction ?? "mean");
}

/** Options of the losses with a margin. */
export interface MarginOptions extends ReductionOption {
  readonly margin?: number;
}

/** For targets of 1 and -1: the input itself, or how far it is from the margin. */
export const hingeEmbeddingLoss = (input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor =>
  ops.hingeEmbeddingLoss(input, target, options.margin ?? 1, codeOf(options));

/** For targets of 1 and -1: how far the inputs are from being ranked so. */
export const marginRankingLoss = (
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor => ops.marginRankingLoss(input1, input2, target, options.margin ?? 0, codeOf(options));

/** Pairs of vectors with target 1 shall point alike, with -1 not. */
export const cosineEmbeddingLoss = (
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor => ops.cosineEmbeddingLoss(input1, input2, target, options.margin ?? 0, codeOf(options));

/** Options of the triplet losses. */
export interface TripletOptions extends MarginOptions {
  readonly p?: number;
  readonly eps?: number;
  readonly swap?: boolean;
}

/** How much farther the positive is from the anchor than the negative, plus a margin. */
export const tripletMarginLoss = (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletOptions = {},
): Tensor =>
  ops.tripletMarginLoss(
    anchor,
    positive,
    negative,
    options.margin ?? 1,
    options.p ?? 2,
    options.eps ?? 1e-6,
    options.swap ?? false,
    codeOf(options),
  );

/** The same with a distance of one's own. */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: MarginOptions & {
    readonly distanceFunction?: (a: Tensor, b: Tensor) => Tensor;
    readonly swap?: boolean;
  } = {},
): Tensor {
  const distance = options.distanceFunction ?? ops.pairwiseDistance;
  let far = distance(anchor, negative);
  if (options.swap) far = ops.minimum(far, distance(positive, negative));
  const losses = distance(anchor, positive)
    .sub(far)
    .add(options.margin ?? 1)
    .clamp(0);
  return reduced(losses, options.reduction ?? "mean");
}

/** The mean over classes of the binary cross entropy of scores. */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  options: BinaryLossOptions = {},
): Tensor {
  const positive = target.mul(ops.logSigmoid(input));
  const negative = target.rsub(1).mul(ops.logSigmoid(input.neg()));
  const losses = called("loss", positive.add(negative).neg());
  const weighted = options.weight ? called("loss", losses.mul(options.weight)) : losses;
  const dim = input.ndim - 1;
  const classes = input.size(dim);
  const mean = weighted.sum([dim]).div(classes);
  return reduced(called("loss", mean), options.reduction ?? "mean");
}

/** How far each other class's score comes within a margin of the target's. */
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  options: MarginOptions & { readonly p?: 1 | 2; readonly weight?: Tensor | null } = {},
): Tensor {
  const { p = 1, margin = 1, weight = null } = options;
  return ops.multiMarginLoss(input, target, p, scalar(margin, "float"), weight, codeOf(options));
}

/** How far scores of wrong classes come within 1 of those of the target classes, which -1 ends. */
export const multilabelMarginLoss: PlainLoss = (input, target, options) =>
  ops.multilabelMarginLoss(input, target, codeOf(options));

function reduced(losses: Tensor, reduction: Reduction): Tensor {
  reductionCode(reduction);
  if (reduction === "none") return losses;
  return reduction === "mean" ? losses.mean() : losses.sum();
}

export { cosineSimilarity, pairwiseDistance, pdist } from "../../ops/functions.ts";

/** Options of `ctcLoss`. */
export interface CtcLossOptions extends ReductionOption {
  /** The label that stands for none; default 0. */
  readonly blank?: number;
  /** Count infinite losses, of inputs shorter than their targets, as 0. */
  readonly zeroInfinity?: boolean;
}

/**
 * How unlikely sequences of labels are for scores over time (Graves et al. 2006): log probabilities [T, N, C] or [T, C], targets
 * [N, S] or all in one row, and the lengths of both.
 */
export const ctcLoss = (
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[] | Tensor,
  targetLengths: readonly number[] | Tensor,
  options: CtcLossOptions = {},
): Tensor =>
  ops.ctcLoss(
    logProbs,
    targets,
    inputLengths,
    targetLengths,
    options.blank ?? 0,
    codeOf(options),
    options.zeroInfinity ?? false,
  );
