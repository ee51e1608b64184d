/** Embeddings: tables whose rows are picked by index. Source: torch/nn/modules/sparse.py. */
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { normal_ } from "./init.ts";
import { emptyParameter } from "./linear.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { pythonFloat } from "./repr.ts";

/** Options of Embedding. */
export interface EmbeddingLayerOptions {
  /** The row that starts as zeros and gets no gradient. */
  readonly paddingIdx?: number | null;
  readonly maxNorm?: number | null;
  readonly normType?: number;
  readonly scaleGradByFreq?: boolean;
}

/**
 * A table of `numEmbeddings` rows of length `embeddingDim`, picked by index: [...] to [..., embeddingDim].
 * @example new nn.Embedding(10, 4).forward(y).shape // [2, 4]
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super();
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    const padding = options.paddingIdx ?? null;
    if (padding !== null && (padding >= numEmbeddings || padding < -numEmbeddings))
      throw new RuntimeError("Padding_idx must be within num_embeddings");
    this.paddingIdx = padding !== null && padding < 0 ? padding + numEmbeddings : padding;
    this.maxNorm = options.maxNorm ?? null;
    this.normType = options.normType ?? 2;
    this.scaleGradByFreq = options.scaleGradByFreq ?? false;
    this.weight = emptyParameter([numEmbeddings, embeddingDim]);
    normal_(this.weight);
    if (this.paddingIdx !== null) this.weight.detach().select(0, this.paddingIdx).zero_();
  }

  /** An embedding with given rows, not learnt unless `freeze` is false. */
  static fromPretrained(
    embeddings: Tensor,
    options: EmbeddingLayerOptions & { readonly freeze?: boolean } = {},
  ): Embedding {
    // Not `new Embedding`: a subclass makes its own kind, and the bundle keeps the name of a class that does not mention itself.
    const made = new this(embeddings.sizes[0], embeddings.sizes[1], options);
    made.weight = new Parameter(embeddings.detach(), !(options.freeze ?? true));
    return made;
  }

  override forward(input: Tensor): Tensor {
    return F.embedding(input, this.weight, this);
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    if (this.maxNorm !== null) parts.push(`max_norm=${pythonFloat(this.maxNorm)}`);
    if (this.normType !== 2) parts.push(`norm_type=${pythonFloat(this.normType)}`);
    if (this.scaleGradByFreq) parts.push("scale_grad_by_freq=True");
    return parts.join(", ");
  }
}

/** Options of EmbeddingBag. */
export interface EmbeddingBagLayerOptions {
  /** How a bag becomes one vector; default "mean". */
  readonly mode?: F.BagMode;
  readonly scaleGradByFreq?: boolean;
  readonly includeLastOffset?: boolean;
  readonly paddingIdx?: number | null;
}

/** Sums, means or maxima of bags of rows: [B, N], or [N] with offsets, to [B, embeddingDim]. */
export class EmbeddingBag extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly mode: F.BagMode;
  readonly scaleGradByFreq: boolean;
  readonly includeLastOffset: boolean;
  readonly paddingIdx: number | null;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagLayerOptions = {}) {
    super();
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.mode = options.mode ?? "mean";
    this.scaleGradByFreq = options.scaleGradByFreq ?? false;
    this.includeLastOffset = options.includeLastOffset ?? false;
    const padding = options.paddingIdx ?? null;
    this.paddingIdx = padding !== null && padding < 0 ? padding + numEmbeddings : padding;
    this.weight = emptyParameter([numEmbeddings, embeddingDim]);
    normal_(this.weight);
    if (this.paddingIdx !== null) this.weight.detach().select(0, this.paddingIdx).zero_();
  }

  override forward(
    input: Tensor,
    offsets: Tensor | null = null,
    perSampleWeights: Tensor | null = null,
  ): Tensor {
    const { mode, scaleGradByFreq, includeLastOffset, paddingIdx } = this;
    const options = { offsets, mode, perSampleWeights, scaleGradByFreq, includeLastOffset, paddingIdx };
    return F.embeddingBag(input, this.weight, options);
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.scaleGradByFreq) parts.push("scale_grad_by_freq=True");
    parts.push(`mode='${this.mode}'`);
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    return parts.join(", ");
  }
}
