/** Normalisation layers. Buffers carry torch's own names, since state dicts and files do. Source: torch/nn/modules/{batchnorm,normalization}.py. */
import { ValueError } from "../errors.ts";
import { int64 } from "../tensor/dtype.ts";
import { makeFull, makeZeros } from "../tensor/filled.ts";
import { getDefaultDtype } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional.ts";
import { python } from "./layers.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of a batch norm layer. */
export interface BatchNormOptions {
  readonly eps?: number;
  /** How much a new batch counts in the running statistics; null averages over all batches. */
  readonly momentum?: number | null;
  readonly affine?: boolean;
  /** With false, `affine` learns a scale but no shift. */
  readonly bias?: boolean;
  readonly trackRunningStats?: boolean;
}

/** What the batch norm layers share; `ranks` are the input ranks they take. */
class BatchNorm extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;
  readonly #ranks: readonly number[];

  constructor(ranks: readonly number[], numFeatures: number, options: BatchNormOptions) {
    super();
    this.#ranks = ranks;
    this.numFeatures = numFeatures;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.affine = options.affine ?? true;
    this.trackRunningStats = options.trackRunningStats ?? true;
    const dtype = getDefaultDtype();
    this.weight = this.affine ? new Parameter(makeFull([numFeatures], 1, dtype)) : null;
    this.bias = this.affine && (options.bias ?? true) ? new Parameter(makeZeros([numFeatures], dtype)) : null;
    this.registerBuffer("running_mean", this.trackRunningStats ? makeZeros([numFeatures], dtype) : null);
    this.registerBuffer("running_var", this.trackRunningStats ? makeFull([numFeatures], 1, dtype) : null);
    this.registerBuffer("num_batches_tracked", this.trackRunningStats ? makeZeros([], int64) : null);
  }

  override forward(input: Tensor): Tensor {
    if (!this.#ranks.includes(input.ndim)) {
      const expected = this.#ranks.map((rank) => `${rank}D`).join(" or ");
      throw new ValueError(`expected ${expected} input (got ${input.ndim}D input)`);
    }
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

  override extraRepr(): string {
    return `${this.numFeatures}, eps=${shortest(this.eps)}, momentum=${this.momentum ?? "None"}, affine=${python(this.affine)}, bias=${python(this.bias !== null)}, track_running_stats=${python(this.trackRunningStats)}`;
  }
}

/** A number as Python shows it: 1e-05, not 0.00001. */
const shortest = (value: number): string => {
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential().replace(/e-(\d)$/, "e-0$1");
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
};

/** Normalises the channels of [N, C] or [N, C, L]. */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super([2, 3], numFeatures, options);
  }
}

/** Normalises the channels of [N, C, H, W]. */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super([4], numFeatures, options);
  }
}

/** Normalises the last dimensions, whose sizes are `normalizedShape`. */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    options: { eps?: number; elementwiseAffine?: boolean; bias?: boolean } = {},
  ) {
    super();
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.eps = options.eps ?? 1e-5;
    const affine = options.elementwiseAffine ?? true;
    this.weight = affine ? new Parameter(makeFull(this.normalizedShape, 1, getDefaultDtype())) : null;
    this.bias =
      affine && (options.bias ?? true)
        ? new Parameter(makeZeros(this.normalizedShape, getDefaultDtype()))
        : null;
  }

  override forward(input: Tensor): Tensor {
    return F.layerNorm(input, this.normalizedShape, this.weight, this.bias, this.eps);
  }

  override extraRepr(): string {
    const shape =
      this.normalizedShape.length === 1 ? `${this.normalizedShape[0]},` : this.normalizedShape.join(", ");
    return `(${shape}), eps=${shortest(this.eps)}, elementwise_affine=${python(this.weight !== null)}`;
  }
}
