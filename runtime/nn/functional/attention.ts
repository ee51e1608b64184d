/** Attention as functions. Source: torch/nn/functional.py. */
import { RuntimeError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import { bool } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dropout } from "./dropout.ts";
import { product } from "./sizes.ts";

export const { scaledDotProductAttention } = ops;

/** The weights of multi-head attention. */
export interface AttentionWeights {
  readonly inProjWeight: Tensor | null;
  /** Where keys and values have sizes of their own: one weight for each in place of `inProjWeight`. */
  readonly separate: readonly [query: Tensor, key: Tensor, value: Tensor] | null;
  readonly inProjBias: Tensor | null;
  readonly outProjWeight: Tensor;
  readonly outProjBias: Tensor | null;
  readonly biasK: Tensor | null;
  readonly biasV: Tensor | null;
}

/** Options of a call. Boolean masks are true where attention is forbidden; others are added to the scores. */
export interface AttentionCall {
  readonly numHeads: number;
  readonly dropoutP: number;
  readonly training: boolean;
  readonly addZeroAttn: boolean;
  readonly keyPaddingMask: Tensor | null;
  readonly attnMask: Tensor | null;
  readonly needWeights: boolean;
  readonly averageAttnWeights: boolean;
}

/** A mask as what is added to scores: -inf where a boolean one is true. */
function additive(mask: Tensor, dtype: Tensor["dtype"]): Tensor {
  if (mask.dtype !== bool) return mask.to(dtype);
  return ops.zeros(mask.sizes, { dtype }).maskedFill(mask, Number.NEGATIVE_INFINITY);
}

function projections(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  weights: AttentionWeights,
): readonly Tensor[] {
  const biases = weights.inProjBias?.chunk(3) ?? [null, null, null];
  const parts = weights.separate ?? (weights.inProjWeight as Tensor).chunk(3);
  return [query, key, value].map((input, i) => ops.linear(input, parts[i], biases[i]));
}

/** Multi-head attention of [L, N, E], [S, N, Ek], [S, N, Ev]; the weights of attention are [N, L, S] or null. */
export function multiHeadAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  weights: AttentionWeights,
  call: AttentionCall,
): readonly [output: Tensor, attention: Tensor | null] {
  // Asked for with size(), so that traces hold for other lengths and batches.
  const [length, batch] = [query.size(0), query.size(1)];
  const embed = query.sizes[2];
  const { numHeads } = call;
  const headSize = embed / numHeads;
  let [q, k, v] = projections(query, key, value, weights);
  let mask = call.attnMask === null ? null : additive(call.attnMask, query.dtype);
  let padding = call.keyPaddingMask === null ? null : additive(call.keyPaddingMask, query.dtype);
  const extend = (): void => {
    mask = mask === null ? null : ops.constantPadNd(mask, [0, 1]);
    padding = padding === null ? null : ops.constantPadNd(padding, [0, 1]);
  };
  if (weights.biasK !== null && weights.biasV !== null) {
    k = ops.cat([k, weights.biasK.repeat([1, batch, 1])], 0);
    v = ops.cat([v, weights.biasV.repeat([1, batch, 1])], 0);
    extend();
  }
  const heads = (x: Tensor): Tensor =>
    x
      .contiguous()
      .view([x.size(0), product(batch, numHeads), headSize])
      .transpose(0, 1);
  q = heads(q);
  k = heads(k);
  v = heads(v);
  if (call.addZeroAttn) {
    const zero = ops.zeros([product(batch, numHeads), 1, headSize], { dtype: k.dtype });
    k = ops.cat([k, zero], 1);
    v = ops.cat([v, zero], 1);
    extend();
  }
  const sources = k.size(1);
  const added = addMasks(mask, padding, { batch, numHeads, length, sources, query, key: k });
  const p = call.training ? call.dropoutP : 0;
  const finish = (context: Tensor): Tensor =>
    ops
      .linear(context.view([product(length, batch), embed]), weights.outProjWeight, weights.outProjBias)
      .view([length, batch, -1]);
  if (!call.needWeights) {
    const split = (x: Tensor): Tensor => x.view([batch, numHeads, x.size(1), headSize]);
    const bias = added === null ? null : added.view([batch, numHeads, -1, sources]);
    const context = ops.scaledDotProductAttention(split(q), split(k), split(v), bias, p);
    return [finish(context.permute([2, 0, 1, 3]).contiguous()), null];
  }
  const scaled = q.mul(Math.sqrt(1 / headSize));
  const keys = k.transpose(-2, -1);
  const scores = added === null ? scaled.bmm(keys) : ops.baddbmm(added, scaled, keys);
  const attention = p > 0 ? dropout(scores.softmax(-1), p, true) : scores.softmax(-1);
  const output = finish(attention.bmm(v).transpose(0, 1).contiguous());
  const shown = attention.view([batch, numHeads, length, sources]);
  return [output, call.averageAttnWeights ? shown.mean(1) : shown];
}

interface MaskSizes {
  readonly batch: number;
  readonly numHeads: number;
  readonly length: number;
  readonly sources: number;
  readonly query: Tensor;
  readonly key: Tensor;
}

/** Both masks as one of [N * heads, L, S]. */
function addMasks(mask: Tensor | null, padding: Tensor | null, at: MaskSizes): Tensor | null {
  const { batch, numHeads, length, sources } = at;
  let added: Tensor | null = null;
  if (mask !== null) {
    const plain = [at.query.sizes[1] * numHeads, at.query.sizes[0], at.key.sizes[1]];
    const expected = mask.ndim === 2 ? plain.slice(1) : plain;
    if (mask.sizes.join() !== expected.join()) {
      throw new RuntimeError(
        `The shape of the ${mask.ndim}D attn_mask is torch.Size([${mask.sizes.join(", ")}]), but should be (${expected.join(", ")}).`,
      );
    }
    const whole = mask.ndim === 2 ? mask.unsqueeze(0) : mask;
    added = whole.expand([product(batch, numHeads), length, sources]);
  }
  if (padding !== null) {
    const whole = padding
      .view([batch, 1, 1, sources])
      .expand([batch, numHeads, length, sources])
      .reshape([product(batch, numHeads), length, sources]);
    added = added === null ? whole : added.add(whole);
  }
  return added === null ? null : added.contiguous();
}
