/** Losses as modules: `new nn.MSELoss().forward(input, target)`. Source: torch/nn/modules/loss.py. */
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";

/** A loss that keeps its options. */
class Loss<O extends object> extends Module {
  readonly options: Omit<O, "weight" | "posWeight">;
  declare weight: Tensor | null;

  constructor(options: O = {} as O) {
    super();
    const { weight, posWeight, ...others } = options as O & {
      weight?: Tensor | null;
      posWeight?: Tensor | null;
    };
    this.options = others as Omit<O, "weight" | "posWeight">;
    // Buffers, so that they follow the module to another dtype and appear in its state.
    if (weight !== undefined) this.registerBuffer("weight", weight);
    if (posWeight !== undefined) this.registerBuffer("pos_weight", posWeight);
  }

  protected withWeights(): O {
    const { weight, pos_weight: posWeight } = this as { weight?: Tensor; pos_weight?: Tensor };
    return { ...this.options, weight, posWeight } as unknown as O;
  }
}

/**
 * The squared difference.
 * @example new nn.MSELoss().forward(x, x.add(2)).item() // 4
 */
export class MSELoss extends Loss<F.ReductionOption> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.mseLoss(input, target, this.options);
  }
}

/**
 * The absolute difference.
 * @example new nn.L1Loss({ reduction: "sum" }).forward(x, x.add(2)).item() // 8
 */
export class L1Loss extends Loss<F.ReductionOption> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.l1Loss(input, target, this.options);
  }
}

/** Squared below `beta`, absolute above. */
export class SmoothL1Loss extends Loss<F.ReductionOption & { readonly beta?: number }> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.smoothL1Loss(input, target, this.options);
  }
}

/** Squared below `delta`, `delta` times absolute above. */
export class HuberLoss extends Loss<F.ReductionOption & { readonly delta?: number }> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.huberLoss(input, target, this.options);
  }
}

/**
 * The usual loss of a classifier, from unnormalised scores [N, C, ...] and classes [N, ...].
 * @example new nn.CrossEntropyLoss().forward(torch.zeros([2, 2]), y).item().toFixed(4) // "0.6931"
 */
export class CrossEntropyLoss extends Loss<F.ClassLossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.crossEntropy(input, target, this.withWeights());
  }
}

/**
 * The negative log probability of the target classes.
 * @example new nn.NLLLoss().forward(torch.zeros([2, 2]).logSoftmax(1), y).item().toFixed(4) // "0.6931"
 */
export class NLLLoss extends Loss<F.ClassLossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.nllLoss(input, target, this.withWeights());
  }
}

/** Binary cross entropy of probabilities. */
export class BCELoss extends Loss<F.BinaryLossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.binaryCrossEntropy(input, target, this.withWeights());
  }
}

/**
 * Binary cross entropy of scores.
 * @example new nn.BCEWithLogitsLoss().forward(torch.zeros([2]), torch.ones([2])).item().toFixed(4) // "0.6931"
 */
export class BCEWithLogitsLoss extends Loss<F.BinaryLossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.binaryCrossEntropyWithLogits(input, target, this.withWeights());
  }
}

/** The Kullback-Leibler divergence; the input holds log probabilities. */
export class KLDivLoss extends Loss<NonNullable<Parameters<typeof F.klDiv>[2]>> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.klDiv(input, target, this.options);
  }
}

/** The negative log likelihood of counts. */
export class PoissonNLLLoss extends Loss<NonNullable<Parameters<typeof F.poissonNllLoss>[2]>> {
  override forward(log_input: Tensor, target: Tensor): Tensor {
    return F.poissonNllLoss(log_input, target, this.options);
  }
}

/** The negative log likelihood of a normal distribution. */
export class GaussianNLLLoss extends Loss<NonNullable<Parameters<typeof F.gaussianNllLoss>[3]>> {
  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return F.gaussianNllLoss(input, target, variance, this.options);
  }
}

/** `log(1 + exp(-target * input))` with targets 1 and -1. */
export class SoftMarginLoss extends Loss<F.ReductionOption> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.softMarginLoss(input, target, this.options);
  }
}

/** Distances with target 1 shall be small, with -1 beyond `margin`. */
export class HingeEmbeddingLoss extends Loss<F.MarginOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.hingeEmbeddingLoss(input, target, this.options);
  }
}

/** The first of two scores shall be greater by `margin` (target 1), or less (target -1). */
export class MarginRankingLoss extends Loss<F.MarginOptions> {
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.marginRankingLoss(input1, input2, target, this.options);
  }
}

/** Pairs of vectors with target 1 shall point alike, with -1 not. */
export class CosineEmbeddingLoss extends Loss<F.MarginOptions> {
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.cosineEmbeddingLoss(input1, input2, target, this.options);
  }
}

/** Anchors shall be nearer to the positives than to the negatives by `margin`. */
export class TripletMarginLoss extends Loss<F.TripletOptions> {
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return F.tripletMarginLoss(anchor, positive, negative, this.options);
  }
}

/** `TripletMarginLoss` by a distance of your own. */
export class TripletMarginWithDistanceLoss extends Loss<
  NonNullable<Parameters<typeof F.tripletMarginWithDistanceLoss>[3]>
> {
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return F.tripletMarginWithDistanceLoss(anchor, positive, negative, this.options);
  }
}

/** Any number of classes may be right: a sigmoid cross-entropy for each. */
export class MultiLabelSoftMarginLoss extends Loss<F.BinaryLossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.multilabelSoftMarginLoss(input, target, this.withWeights());
  }
}

/** The score of the right class shall exceed each other by `margin`. */
export class MultiMarginLoss extends Loss<NonNullable<Parameters<typeof F.multiMarginLoss>[2]>> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.multiMarginLoss(input, target, this.withWeights());
  }
}

/** The scores of all right classes shall exceed the others by 1. */
export class MultiLabelMarginLoss extends Loss<F.ReductionOption> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.multilabelMarginLoss(input, target, this.options);
  }
}

/**
 * How unlikely sequences of labels are for scores over time, in whatever way they are spread over it.
 * @example new nn.CTCLoss().forward(torch.zeros([5, 1, 3]).logSoftmax(2), torch.tensor([[1, 2]]), [5], [2]).shape // []
 */
export class CTCLoss extends Loss<F.CtcLossOptions> {
  override forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: readonly number[] | Tensor,
    targetLengths: readonly number[] | Tensor,
  ): Tensor {
    return F.ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}

/** The cosine of the angle between vectors along `dim`. */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: number;

  constructor(options: { readonly dim?: number; readonly eps?: number } = {}) {
    super();
    this.dim = options.dim ?? 1;
    this.eps = options.eps ?? 1e-8;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return F.cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

/** The p-norm of the difference of vectors. */
export class PairwiseDistance extends Module {
  readonly norm: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor(options: { readonly p?: number; readonly eps?: number; readonly keepdim?: boolean } = {}) {
    super();
    this.norm = options.p ?? 2;
    this.eps = options.eps ?? 1e-6;
    this.keepdim = options.keepdim ?? false;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return F.pairwiseDistance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}
