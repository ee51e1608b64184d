/** Attention as functions. Source: torch/nn/functional.py. */

import { called } from "../../dispatch/value-name.ts";
import { RuntimeError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import { bool, type DType } from "../../tensor/dtype.ts";
import { scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { product, quotient } from "./sizes.ts";

export { scaledDotProductAttention } from "../../ops/functions.ts";

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
  /** Says that `attnMask` lets each place see those up to itself. */
  readonly isCausal: boolean;
  readonly needWeights: boolean;
  readonly averageAttnWeights: boolean;
}

/** A mask as what is added to scores: -inf where a boolean one is true. */
export function canonicalMask(mask: Tensor | null, dtype: DType): Tensor | null {
  if (mask === null || mask.dtype !== bool) return mask;
  return ops.zerosLike(mask, { dtype }).maskedFill_(mask, Number.NEGATIVE_INFINITY);
}

type Triple = readonly [query: Tensor, key: Tensor, value: Tensor];

/** The parts of a projection of several inputs at once: [..., parts * E] as `parts` of [..., E] that lie one after the other. */
function partsOf(projected: Tensor, parts: number, size: number): readonly Tensor[] {
  const apart = projected.unflatten(-1, [parts, size]).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous();
  called(parts === 3 ? "proj" : "kv_proj", apart);
  return Array.from({ length: parts }, (_, i) => apart.select(0, i));
}

/** Projections by one weight for all three: inputs that are the same tensor are projected together. */
function packedProjections([q, k, v]: Triple, weight: Tensor, bias: Tensor | null): Triple {
  const size = q.size(-1);
  if (k === v && q === k)
    return partsOf(ops.linear(called("q", q), weight, bias), 3, size) as unknown as Triple;
  if (k === v) {
    const split = (x: Tensor): readonly Tensor[] => x.split([size, product(size, 2)]);
    const [ownWeight, otherWeight] = split(weight);
    const [ownBias, otherBias] = bias === null ? [null, null] : split(bias);
    const own = ops.linear(called("q", q), called("w_q", ownWeight), ownBias && called("b_q", ownBias));
    const other = ops.linear(
      called("k", k),
      called("w_kv", otherWeight),
      otherBias && called("b_kv", otherBias),
    );
    return [own, ...partsOf(other, 2, size)] as unknown as Triple;
  }
  const weights = weight.chunk(3) as unknown as Triple;
  return separateProjections([q, k, v], weights, bias === null ? [null, null, null] : bias.chunk(3));
}

function separateProjections(inputs: Triple, weights: Triple, biases: readonly (Tensor | null)[]): Triple {
  const parts = ["q", "k", "v"];
  return inputs.map((input, i) => {
    const bias = biases[i];
    called(parts[i], input);
    return ops.linear(input, called(`w_${parts[i]}`, weights[i]), bias && called(`b_${parts[i]}`, bias));
  }) as unknown as Triple;
}

function projections(inputs: Triple, { separate, inProjWeight, inProjBias }: AttentionWeights): Triple {
  if (separate === null) return packedProjections(inputs, inProjWeight as Tensor, inProjBias);
  return separateProjections(
    inputs,
    separate,
    inProjBias === null ? [null, null, null] : inProjBias.chunk(3),
  );
}

/** The sizes that attention is computed with. */
interface AttentionSizes {
  readonly length: number;
  readonly sources: number;
  readonly batch: number;
  readonly embed: number;
  readonly heads: number;
  readonly headSize: number;
}

/** Multi-head attention of [L, N, E], [S, N, Ek], [S, N, Ev]; the weights of attention are [N, L, S] or null. */
export function multiHeadAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  weights: AttentionWeights,
  call: AttentionCall,
): readonly [output: Tensor, attention: Tensor | null] {
  // Asked for with `shape` and `size()`, so that traces hold for other lengths and batches.
  const [length, batch, embed] = query.shape;
  const heads = call.numHeads;
  let padding = canonicalMask(call.keyPaddingMask, query.dtype);
  if (call.isCausal && call.attnMask === null) {
    throw new RuntimeError(
      "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method `generate_square_subsequent_mask` to create this mask.",
    );
  }
  // Where nothing else is masked and no weights are wanted, the operator needs no mask.
  const isCausal = call.isCausal && padding === null && !call.needWeights;
  let mask = isCausal ? null : canonicalMask(call.attnMask, query.dtype);
  const headSize = quotient(embed, heads);
  let [q, k, v] = projections([query, key, value], weights);
  if (mask !== null) mask = checkedMask(mask, query, key, heads);
  const extend = (): void => {
    mask &&= ops.pad(called("input", mask), [0, 1]);
    padding &&= ops.pad(called("input", padding), [0, 1]);
  };
  if (weights.biasK !== null && weights.biasV !== null) {
    k = ops.cat([k, weights.biasK.repeat([1, batch, 1])]);
    v = ops.cat([v, weights.biasV.repeat([1, batch, 1])]);
    extend();
  }
  const split = (name: string, x: Tensor, rows: number): Tensor =>
    called(
      name,
      called(name, x)
        .view([rows, product(batch, heads), headSize])
        .transpose(0, 1),
    );
  q = split("q", q, length);
  k = split("k", k, k.shape[0]);
  v = split("v", v, v.shape[0]);
  if (call.addZeroAttn) {
    const rows = product(batch, heads);
    const zeros = (x: Tensor): Tensor => ops.zeros([rows, 1, headSize], { dtype: x.dtype, device: x.device });
    k = called("k", ops.cat([k, zeros(k)], 1));
    v = called("v", ops.cat([v, zeros(v)], 1));
    extend();
  }
  const sources = k.size(1);
  const sizes: AttentionSizes = { length, sources, batch, embed, heads, headSize };
  const added = merged(mask, padding, sizes);
  const p = call.training ? call.dropoutP : 0;
  if (!call.needWeights)
    return [fusedAttention([q, k, v], { mask: added, isCausal }, p, weights, sizes), null];
  const [output, attention] = weighedAttention([q, k, v], added, p, weights, sizes);
  return [output, call.averageAttnWeights ? called("attn_output_weights", attention).mean([1]) : attention];
}

/** A mask of three dimensions. Throws torch's RuntimeError for one that does not fit. */
function checkedMask(mask: Tensor, query: Tensor, key: Tensor, heads: number): Tensor {
  const plain = [query.sizes[1] * heads, query.sizes[0], key.sizes[0]];
  const expected = mask.ndim === 2 ? plain.slice(1) : plain;
  if (mask.sizes.join() !== expected.join()) {
    throw new RuntimeError(
      `The shape of the ${mask.ndim}D attn_mask is torch.Size([${mask.sizes.join(", ")}]), but should be (${expected.join(", ")}).`,
    );
  }
  return mask.ndim === 2 ? mask.unsqueeze(0) : mask;
}

/** Both masks as one, of [1, L, S] or [N * heads, 1 or L, S]. */
function merged(mask: Tensor | null, padding: Tensor | null, sizes: AttentionSizes): Tensor | null {
  if (padding === null) return mask;
  const { batch, heads, sources } = sizes;
  const whole = called("key_padding_mask", padding)
    .view([batch, 1, 1, sources])
    .expand([-1, heads, -1, -1])
    .reshape([product(batch, heads), 1, sources]);
  return mask === null ? whole : called("attn_mask", mask).add(called("key_padding_mask", whole));
}

/** Attention whose weights are asked for: [L, N, E] and [N, heads, L, S]. */
function weighedAttention(
  [q, k, v]: Triple,
  mask: Tensor | null,
  p: number,
  weights: AttentionWeights,
  { length, sources, batch, embed, heads }: AttentionSizes,
): readonly [Tensor, Tensor] {
  const scaled = called("q_scaled", q.mul(scalar(Math.sqrt(1 / q.sizes[2]), "float")));
  const keys = k.transpose(-2, -1);
  const scores = mask === null ? scaled.bmm(keys) : ops.baddbmm(called("attn_mask", mask), scaled, keys);
  let attention = called("input", scores).softmax(-1);
  if (p > 0) attention = ops.dropout(called("input", attention), p, true);
  const context = called("attn_output", called("attn_output_weights", attention).bmm(v));
  const rows = context.transpose(0, 1).reshape([product(length, batch), embed]);
  return [outProjection(rows, weights, length, batch), attention.view([batch, heads, length, sources])];
}

/** Attention by one operator: [L, N, E]. */
function fusedAttention(
  [q, k, v]: Triple,
  { mask, isCausal }: { readonly mask: Tensor | null; readonly isCausal: boolean },
  p: number,
  weights: AttentionWeights,
  { length, sources, batch, embed, heads, headSize }: AttentionSizes,
): Tensor {
  let bias = mask;
  if (bias !== null) {
    called("attn_mask", bias);
    bias = bias.sizes[0] === 1 ? bias.unsqueeze(0) : bias.view([batch, heads, -1, sources]);
    called("attn_mask", bias);
  }
  const split = (name: string, x: Tensor, rows: number): Tensor =>
    called(name, x.view([batch, heads, rows, headSize]));
  const [queries, keys, values] = [split("q", q, length), split("k", k, sources), split("v", v, sources)];
  const context = ops.scaledDotProductAttention(queries, keys, values, bias, p, isCausal);
  const rows = called("attn_output", context)
    .permute([2, 0, 1, 3])
    .reshape([product(batch, length), embed]);
  return outProjection(rows, weights, length, batch);
}

function outProjection(rows: Tensor, weights: AttentionWeights, length: number, batch: number): Tensor {
  const output = ops.linear(called("attn_output", rows), weights.outProjWeight, weights.outProjBias);
  return called("attn_output", output).view([length, batch, output.size(1)]);
}
