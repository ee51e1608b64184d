/** Batch and instance normalisation. Buffers carry torch's own names, since state dicts and files do. Source: torch/nn/modules/{batchnorm,instancenorm}.py. */
import { called } from "../dispatch/value-name.ts";
import { ValueError } from "../errors.ts";
import { int64 } from "../tensor/dtype.ts";
import { makeFull, makeZeros } from "../tensor/filled.ts";
import { getDefaultDtype } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { python, pythonFloat } from "./repr.ts";

/** Options of batch and instance norm layers. */
export interface BatchNormOptions {
  readonly eps?: number;
  /** How much a new batch counts in the running statistics; null averages over all batches. */
  readonly momentum?: number | null;
  readonly affine?: boolean;
  /** With false, `affine` learns a scale but no shift. */
  readonly bias?: boolean;
  readonly trackRunningStats?: boolean;
}

/** What the layers with running statistics share. */
abstract class NormBase extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;

  constructor(numFeatures: number, options: BatchNormOptions, usual: boolean) {
    super();
    this.numFeatures = numFeatures;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.affine = options.affine ?? usual;
    this.trackRunningStats = options.trackRunningStats ?? usual;
    const dtype = getDefaultDtype();
    this.weight = this.affine ? new Parameter(makeFull([numFeatures], 1, dtype)) : null;
    this.bias = this.affine && (options.bias ?? true) ? new Parameter(makeZeros([numFeatures], dtype)) : null;
    const track = this.trackRunningStats;
    this.registerBuffer("running_mean", track ? makeZeros([numFeatures], dtype) : null);
    this.registerBuffer("running_var", track ? makeFull([numFeatures], 1, dtype) : null);
    this.registerBuffer("num_batches_tracked", track ? makeZeros([], int64) : null);
  }

  /** Makes the running statistics those of a new layer. */
  resetRunningStats(): void {
    this.running_mean?.zero_();
    this.running_var?.fill_(1);
    this.num_batches_tracked?.zero_();
  }

  /** The input ranks the layer takes. */
  protected abstract ranks(): readonly number[];

  protected checkRank(input: Tensor): void {
    if (this.ranks().includes(input.ndim)) return;
    const expected = this.ranks()
      .map((rank) => `${rank}D`)
      .join(" or ");
    throw new ValueError(`expected ${expected} input (got ${input.ndim}D input)`);
  }

  override extraRepr(): string {
    return `${this.numFeatures}, eps=${pythonFloat(this.eps)}, momentum=${this.momentum ?? "None"}, affine=${python(this.affine)}, bias=${python(this.bias !== null)}, track_running_stats=${python(this.trackRunningStats)}`;
  }
}

/** The layers that normalise channels over a batch. */
export abstract class BatchNorm extends NormBase {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super(numFeatures, options, true);
  }

  override forward(input: Tensor): Tensor {
    this.checkRank(input);
    const usesBatch = this.training || this.running_mean === null;
    let factor = this.momentum ?? 0;
    if (this.training && this.num_batches_tracked !== null) {
      this.num_batches_tracked.add_(1);
      if (this.momentum === null) factor = 1 / Number(this.num_batches_tracked.item());
    }
    const [mean, variance] =
      !this.training || this.trackRunningStats ? [this.running_mean, this.running_var] : [null, null];
    return F.batchNorm(input, mean, variance, this.weight, this.bias, usesBatch, factor, this.eps);
  }
}

/**
 * Normalises the channels of [N, C] or [N, C, L].
 * @example new nn.BatchNorm1d(2).forward(x).mean(0).abs().lt(1e-6) // [true, true]
 */
export class BatchNorm1d extends BatchNorm {
  protected override ranks(): readonly number[] {
    return [2, 3];
  }
}

/**
 * Normalises the channels of [N, C, H, W].
 * @example new nn.BatchNorm2d(3).forward(torch.rand([4, 3, 2, 2])).shape // [4, 3, 2, 2]
 */
export class BatchNorm2d extends BatchNorm {
  protected override ranks(): readonly number[] {
    return [4];
  }
}

/** Normalises the channels of [N, C, D, H, W]. */
export class BatchNorm3d extends BatchNorm {
  protected override ranks(): readonly number[] {
    return [5];
  }
}

/** Each channel of each sample for itself; the least of its ranks is that without a batch. */
abstract class InstanceNorm extends NormBase {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super(numFeatures, options, false);
  }

  override forward(input: Tensor): Tensor {
    this.checkRank(input);
    const batchless = input.ndim === this.ranks()[0];
    const channels = batchless ? 0 : 1;
    if (this.affine && input.sizes[channels] !== this.numFeatures) {
      throw new ValueError(
        `expected input's size at dim=${channels} to match num_features (${this.numFeatures}), but got: ${input.sizes[channels]}.`,
      );
    }
    const result = F.instanceNorm(
      batchless ? called("input", input.unsqueeze(0)) : input,
      this.running_mean,
      this.running_var,
      this.weight,
      this.bias,
      this.training || !this.trackRunningStats,
      this.momentum ?? 0,
      this.eps,
    );
    return batchless ? result.squeeze(0) : result;
  }
}

/** Normalises the channels of [N, C, L] or [C, L]. */
export class InstanceNorm1d extends InstanceNorm {
  protected override ranks(): readonly number[] {
    return [2, 3];
  }
}

/** Normalises the channels of [N, C, H, W] or [C, H, W]. */
export class InstanceNorm2d extends InstanceNorm {
  protected override ranks(): readonly number[] {
    return [3, 4];
  }
}

/** Normalises the channels of [N, C, D, H, W] or [C, D, H, W]. */
export class InstanceNorm3d extends InstanceNorm {
  protected override ranks(): readonly number[] {
    return [4, 5];
  }
}
