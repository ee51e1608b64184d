/** Multi-head attention. Source: torch/nn/modules/activation.py. */

import { called } from "../dispatch/value-name.ts";
import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { canonicalMask, multiHeadAttention } from "./functional/attention.ts";
import { constant_, xavierNormal_, xavierUniform_ } from "./init.ts";
import { emptyParameter, Linear } from "./linear.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** Options of MultiheadAttention. */
export interface MultiheadAttentionOptions {
  /** Dropout on the weights of attention. */
  readonly dropout?: number;
  readonly bias?: boolean;
  readonly addBiasKv?: boolean;
  readonly addZeroAttn?: boolean;
  /** The sizes of keys and values; default `embedDim`. */
  readonly kdim?: number;
  readonly vdim?: number;
  /** Inputs are [N, L, E] in place of [L, N, E]. */
  readonly batchFirst?: boolean;
}

/** Options of its forward. Boolean masks are true where attention is forbidden; others are added to the scores. */
export interface AttentionOptions {
  /** [N, S]: which keys are padding. */
  readonly keyPaddingMask?: Tensor | null;
  /** Also give the weights of attention; default true. */
  readonly needWeights?: boolean;
  /** [L, S] or [N * heads, L, S]. */
  readonly attnMask?: Tensor | null;
  /** Says that `attnMask` lets each place see those up to itself, so that it need not be read; default false. */
  readonly isCausal?: boolean;
  /** Give their mean over the heads; default true. */
  readonly averageAttnWeights?: boolean;
}

/** torch's own name for the projection of the result, which printed modules show. */
export class NonDynamicallyQuantizableLinear extends Linear {}

/**
 * Attention with `numHeads` heads over projections of query, key and value.
 * @example new nn.MultiheadAttention(8, 2).forward(torch.ones([5, 1, 8]), torch.ones([5, 1, 8]), torch.ones([5, 1, 8]))[0].shape // [5, 1, 8]
 */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly addZeroAttn: boolean;
  readonly batchFirst: boolean;
  in_proj_weight: Parameter | null;
  q_proj_weight: Parameter | null;
  k_proj_weight: Parameter | null;
  v_proj_weight: Parameter | null;
  in_proj_bias: Parameter | null;
  bias_k: Parameter | null;
  bias_v: Parameter | null;
  out_proj: Linear;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    if (embedDim <= 0 || numHeads <= 0) {
      throw new ValueError(
        `embed_dim and num_heads must be greater than 0, got embed_dim=${embedDim} and num_heads=${numHeads} instead`,
      );
    }
    if (embedDim % numHeads !== 0) throw new ValueError("embed_dim must be divisible by num_heads");
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = options.dropout ?? 0;
    this.addZeroAttn = options.addZeroAttn ?? false;
    this.batchFirst = options.batchFirst ?? false;
    const { kdim = embedDim, vdim = embedDim, bias = true, addBiasKv = false } = options;
    const together = kdim === embedDim && vdim === embedDim;
    this.in_proj_weight = together ? emptyParameter([3 * embedDim, embedDim]) : null;
    this.q_proj_weight = together ? null : emptyParameter([embedDim, embedDim]);
    this.k_proj_weight = together ? null : emptyParameter([embedDim, kdim]);
    this.v_proj_weight = together ? null : emptyParameter([embedDim, vdim]);
    this.in_proj_bias = bias ? emptyParameter([3 * embedDim]) : null;
    this.bias_k = addBiasKv ? emptyParameter([1, 1, embedDim]) : null;
    this.bias_v = addBiasKv ? emptyParameter([1, 1, embedDim]) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias });
    for (const weight of [this.in_proj_weight, this.q_proj_weight, this.k_proj_weight, this.v_proj_weight])
      if (weight !== null) xavierUniform_(weight);
    if (this.out_proj.bias !== null) constant_(this.out_proj.bias, 0);
    for (const added of [this.bias_k, this.bias_v]) if (added !== null) xavierNormal_(added);
  }

  /**
   * `query` [L, N, E], `key` [S, N, kdim], `value` [S, N, vdim] (or all without N) give [L, N, E] and, unless
   * `needWeights` is false, the weights of attention [N, L, S].
   */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: AttentionOptions = {},
  ): [output: Tensor, weights: Tensor | null] {
    const isBatched = query.ndim === 3;
    const padding = canonicalMask(options.keyPaddingMask ?? null, query.dtype);
    const attnMask = canonicalMask(options.attnMask ?? null, query.dtype);
    const [q, k, v] = this.batchSecond(query, key, value);
    const [output, weights] = multiHeadAttention(q, k, v, this.weights(), {
      numHeads: this.numHeads,
      dropoutP: this.dropout,
      training: this.training,
      addZeroAttn: this.addZeroAttn,
      keyPaddingMask: padding !== null && !isBatched ? padding.unsqueeze(0) : padding,
      attnMask,
      isCausal: options.isCausal ?? false,
      needWeights: options.needWeights ?? true,
      averageAttnWeights: options.averageAttnWeights ?? true,
    });
    if (!isBatched) {
      const only = called("attn_output", output).squeeze(1);
      return [only, weights === null ? null : called("attn_output_weights", weights).squeeze(0)];
    }
    return [this.batchFirst ? called("attn_output", output).transpose(1, 0) : output, weights];
  }

  /** The inputs as [L, N, E]; those that are one tensor stay one. */
  private batchSecond(query: Tensor, key: Tensor, value: Tensor): readonly [Tensor, Tensor, Tensor] {
    if (query.ndim !== 3) return [query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)];
    if (!this.batchFirst) return [query, key, value];
    const turned = new Map<Tensor, Tensor>();
    for (const [name, x] of Object.entries({ query, key, value }))
      if (!turned.has(x)) turned.set(x, called(name, called("x", x).transpose(1, 0)));
    return [turned.get(query), turned.get(key), turned.get(value)] as [Tensor, Tensor, Tensor];
  }

  private weights() {
    const { q_proj_weight: q, k_proj_weight: k, v_proj_weight: v } = this;
    return {
      inProjWeight: this.in_proj_weight,
      separate: q === null || k === null || v === null ? null : ([q, k, v] as const),
      inProjBias: this.in_proj_bias,
      outProjWeight: this.out_proj.weight,
      outProjBias: this.out_proj.bias,
      biasK: this.bias_k,
      biasV: this.bias_v,
    };
  }
}
