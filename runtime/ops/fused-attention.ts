/**
 * The fast path of scripted transformers in eval mode: multi-head attention and a whole encoder layer as one operator each,
 * and the nested tensors they pass on, whose padding is left out of the computation.
 * Source: aten/src/ATen/native/transformers/attention.cpp, transformer.cpp; torch/nn/modules/transformer.py.
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, NotImplementedError, RuntimeError } from "../errors.ts";
import { bool } from "../tensor/dtype.ts";
import { sameSizes } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gelu } from "./activation.ts";
import { arange } from "./creation.ts";
import { linear } from "./linear.ts";
import { layerNorm } from "./normalization.ts";
import { constantPadNd } from "./padding.ts";

/**
 * A nested tensor is kept as it was before, padded, with the mask of what is padding: true where nothing is. Nothing but the
 * operators of this file ever gets one.
 */
const paddings = new WeakMap<Tensor, Tensor>();

/** Which scores a mask is for: those of all batches and heads `[L, L]`, keys of each batch `[N, L]`, or all `[N, H, L, L]`. */
const maskKinds = { scores: 0, keys: 1, all: 2 } as const;

function spread(mask: Tensor, kind: number | null, batch: number, length: number): Tensor {
  const hidden = mask.to(bool);
  if (kind === maskKinds.scores) return hidden.view([1, 1, length, length]);
  return kind === maskKinds.keys ? hidden.view([batch, 1, 1, length]) : hidden;
}

interface Projections {
  readonly qkvWeight: Tensor;
  readonly qkvBias: Tensor;
  readonly outWeight: Tensor;
  readonly outBias: Tensor;
}

/** The attention of a sequence to itself or others: the result `[N, L, E]` and the weights `[N, H, L, S]`. */
function attend(
  [query, key, value]: readonly [Tensor, Tensor, Tensor],
  heads: number,
  { qkvWeight, qkvBias, outWeight, outBias }: Projections,
  mask: Tensor | null,
): readonly [Tensor, Tensor] {
  const width = query.size(2);
  const [weights, biases] = [qkvWeight.chunk(3, 0), qkvBias.chunk(3, 0)];
  const [q, k, v] = [query, key, value].map((tensor, i) => {
    const [batch, length] = tensor.sizes;
    return linear(tensor, weights[i], biases[i])
      .view([batch, length, heads, width / heads])
      .transpose(1, 2);
  });
  const scores = q.div(Math.sqrt(width / heads)).matmul(k.transpose(-2, -1));
  const shares = (mask === null ? scores : scores.maskedFill(mask, Number.NEGATIVE_INFINITY)).softmax(-1);
  const mixed = shares.matmul(v).transpose(1, 2).reshape(query.sizes);
  return [linear(mixed, outWeight, outBias), shares];
}

function check(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  width: number,
  heads: number,
  projections: Projections,
  mask: Tensor | null,
  maskKind: number | null,
): void {
  const demand = (met: boolean, message: string): void => {
    if (!met) throw new RuntimeError(message);
  };
  const { qkvWeight, qkvBias } = projections;
  demand(query.ndim === 3, `expected 3-D \`query\`, got ${query.ndim}-D tensor`);
  demand(
    width === query.size(2),
    `passed-in embed_dim ${width} didn't match last dim of query ${query.size(2)}`,
  );
  demand(key.ndim === 3, `expected 3-D \`key\`, got ${key.ndim}-D tensor`);
  demand(value.ndim === 3, `expected 3-D \`value\`, got ${value.ndim}-D tensor`);
  demand(sameSizes(key.sizes, value.sizes), "expected `key`/`value` shapes to match");
  demand(qkvWeight.ndim === 2, `expected 2-D \`qkv_weight\`, got ${qkvWeight.ndim}-D tensor`);
  demand(width * 3 === qkvWeight.size(0), "expected `qkv_weight` first dim to be 3x embed_dim");
  demand(width === qkvWeight.size(1), "expected `qkv_weight` second dim to be embed_Dim");
  demand(qkvBias.ndim === 1, `expected 1-D \`qkv_bias\`, got ${qkvBias.ndim}-D tensor`);
  demand(qkvBias.size(0) === 3 * width, "expected `qkv_bias` first dim and first dim of query to be equal");
  demand(width % heads === 0, "`embed_dim` must divide evenly by `num_heads`");
  demand(mask === null || maskKind !== null, "Mask Type should be defined");
}

/**
 * `nn.MultiheadAttention` of [N, L, E] as one operator: the result and the weights, averaged over the heads or `[N, H, L, S]`.
 * Masks are true where nothing is to be seen; `maskType` says of what.
 */
export const _nativeMultiHeadAttention: (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  embedDim: number,
  numHead: number,
  qkvWeight: Tensor,
  qkvBias: Tensor,
  projWeight: Tensor,
  projBias: Tensor,
  mask?: Tensor | null,
  needWeights?: boolean,
  averageAttnWeights?: boolean,
  maskType?: number | null,
) => readonly [Tensor, Tensor] = aten(
  op(
    "aten::_native_multi_head_attention(Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, Tensor? mask=None, bool need_weights=True, bool average_attn_weights=True, int? mask_type=None) -> (Tensor, Tensor)",
    (
      query,
      key,
      value,
      width,
      heads,
      qkvWeight,
      qkvBias,
      outWeight,
      outBias,
      mask,
      needed,
      average,
      kind,
    ) => {
      const projections = { qkvWeight, qkvBias, outWeight, outBias };
      check(query, key, value, width, heads, projections, mask, kind);
      const hidden = mask === null ? null : spread(mask, kind, query.size(0), key.size(1));
      const [out, weights] = attend([query, key, value], heads, projections, hidden);
      // torch leaves the weights undefined, which is None to those who read them.
      const shown = needed ? (average ? weights.sum(1).div(heads) : weights) : null;
      return [out, shown as Tensor];
    },
    { composite: true },
  ),
);

/** `nn.TransformerEncoderLayer` of [N, L, E] in eval mode as one operator; nested sequences stay nested. */
export const _transformerEncoderLayerFwd: (
  src: Tensor,
  embedDim: number,
  numHeads: number,
  qkvWeight: Tensor,
  qkvBias: Tensor,
  projWeight: Tensor,
  projBias: Tensor,
  useGelu: boolean,
  normFirst: boolean,
  eps: number,
  normWeight1: Tensor,
  normBias1: Tensor,
  normWeight2: Tensor,
  normBias2: Tensor,
  ffnWeight1: Tensor,
  ffnBias1: Tensor,
  ffnWeight2: Tensor,
  ffnBias2: Tensor,
  mask?: Tensor | null,
  maskType?: number | null,
) => Tensor = aten(
  op(
    "aten::_transformer_encoder_layer_fwd(Tensor src, int embed_dim, int num_heads, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, bool use_gelu, bool norm_first, float eps, Tensor norm_weight_1, Tensor norm_bias_1, Tensor norm_weight_2, Tensor norm_bias_2, Tensor ffn_weight_1, Tensor ffn_bias_1, Tensor ffn_weight_2, Tensor ffn_bias_2, Tensor? mask=None, int? mask_type=None) -> Tensor",
    (
      src,
      width,
      heads,
      qkvWeight,
      qkvBias,
      outWeight,
      outBias,
      useGelu,
      normFirst,
      eps,
      weight1,
      bias1,
      weight2,
      bias2,
      wide,
      wideBias,
      narrow,
      narrowBias,
      mask,
      kind,
    ) => {
      if (src.elements === 0) return src.clone();
      const projections = { qkvWeight, qkvBias, outWeight, outBias };
      check(src, src, src, width, heads, projections, mask, kind);
      const present = paddings.get(src);
      const [batch, length] = src.sizes;
      const hidden =
        present !== undefined
          ? spread(present.logicalNot(), maskKinds.keys, batch, length)
          : mask && spread(mask, kind, batch, length);
      const norm1 = (x: Tensor): Tensor => layerNorm(x, [width], weight1, bias1, eps);
      const norm2 = (x: Tensor): Tensor => layerNorm(x, [width], weight2, bias2, eps);
      const attention = (x: Tensor): Tensor => attend([x, x, x], heads, projections, hidden)[0];
      const feed = (x: Tensor): Tensor => {
        const inner = linear(x, wide, wideBias);
        return linear(useGelu ? gelu(inner) : inner.relu(), narrow, narrowBias);
      };
      let x = normFirst ? src.add(attention(norm1(src))) : norm1(src.add(attention(src)));
      x = normFirst ? x.add(feed(norm2(x))) : norm2(x.add(feed(x)));
      if (present !== undefined) paddings.set(x, present);
      return x;
    },
    { composite: true },
  ),
);

/** Throws torch's RuntimeErrors unless the mask says of each place of `t` whether it is padding. */
function checkPadding(t: Tensor, mask: Tensor): void {
  if (mask.dtype !== bool)
    throw new RuntimeError(
      `Expected mask to be of ScalarType Bool, but got ${mask.dtype.scalarName} instead.`,
    );
  if (mask.ndim !== 2) throw new RuntimeError("Padding mask should be 2D");
  if (t.ndim !== 3) throw new RuntimeError("Input should be a 3D tensor, N * L * D");
  if (!sameSizes(t.sizes.slice(0, 2), mask.sizes))
    throw new RuntimeError("Mask size should match input size");
}

/** Whether each row of a mask [N, L] is true first and false from some place on. */
export const _nestedTensorFromMaskLeftAligned: (t: Tensor, mask: Tensor) => boolean = aten(
  op("aten::_nested_tensor_from_mask_left_aligned(Tensor t, Tensor mask) -> bool", (t, mask) => {
    checkPadding(t, mask);
    if (mask.size(1) === 0)
      throw new IndexError(
        `select(): index -1 out of range for tensor of size [${mask.sizes.join(", ")}] at dimension 1`,
      );
    const rows = mask.tolist() as unknown as readonly (readonly boolean[])[];
    return rows.every((row) => row.every((here, i) => i === 0 || row[i - 1] || !here));
  }),
);

/** [N, L, E] without what a mask [N, L] is false for: the input of `_transformerEncoderLayerFwd`. */
export const _nestedTensorFromMask: (t: Tensor, mask: Tensor, maskCheck?: boolean) => Tensor = aten(
  op(
    "aten::_nested_tensor_from_mask(Tensor t, Tensor mask, bool mask_check=True) -> Tensor",
    (t, mask, checked) => {
      checkPadding(t, mask);
      if (checked && !_nestedTensorFromMaskLeftAligned(t, mask))
        throw new RuntimeError("Mask must be left-aligned without gaps");
      const nested = t.clone();
      // Only how many there are counts: they are taken from the beginning of the row.
      paddings.set(nested, arange(mask.size(1)).lt(mask.sum(1, true)));
      return nested;
    },
    { composite: true },
  ),
);

/** A padded tensor with more padding behind. Throws torch's RuntimeErrors for what is no growth. */
function grownTo(padded: Tensor, size: readonly number[], padding: number): Tensor {
  if (size.length !== padded.ndim)
    throw new RuntimeError(
      "Length of output_size does not match NestedTensor dims. Broadcasting is not supported.",
    );
  if (padded.sizes.some((own, i) => own > size[i]))
    throw new RuntimeError(
      "Value in output_size is less than NestedTensor padded size. Truncation is not supported.",
    );
  const behind = padded.sizes.flatMap((own, i) => [size[i] - own, 0]).reverse();
  return constantPadNd(padded, behind, padding);
}

/** A nested tensor with `padding` where it has nothing. */
export const toPaddedTensor: (
  self: Tensor,
  padding: number,
  outputSize?: readonly number[] | null,
) => Tensor = aten(
  op(
    "aten::to_padded_tensor(Tensor self, float padding, SymInt[]? output_size=None) -> Tensor",
    (self, padding, size) => {
      const present = paddings.get(self);
      if (present === undefined)
        throw new NotImplementedError(
          "Could not run 'aten::to_padded_tensor' with arguments from the 'CPU' backend. It is for nested tensors.",
        );
      const longest = present.elements === 0 ? 0 : Number(present.sum(1).max().item());
      if (longest === 0 || self.size(2) === 0)
        throw new RuntimeError(
          "to_padded_tensor: at least one constituent tensor should have non-zero numel",
        );
      const padded = self.maskedFill(present.logicalNot().unsqueeze(-1), padding).narrow(1, 0, longest);
      return size === null ? padded : grownTo(padded, size, padding);
    },
    { composite: true },
  ),
);
