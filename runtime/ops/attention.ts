/**
 * Attention: weighted sums of values by the similarity of queries and keys.
 * Source: aten/src/ATen/native/transformers/attention.cpp (_scaled_dot_product_attention_math).
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as attention from "../jit/onnx/attention.ts";
import { laidOutAs } from "../kernels/memory-order.ts";
import { bool, cppName } from "../tensor/dtype.ts";
import { makeFull } from "../tensor/filled.ts";
import { wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { dropout } from "./dropout.ts";

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  readonly scale?: number | null;
  /** Fewer key and value heads, each shared by several query heads. */
  readonly enableGqa?: boolean;
}

/** A mask to add to the scores: bools forbid where false. */
function additive(mask: Tensor, query: Tensor): Tensor {
  if (mask.dtype !== bool) return mask;
  return makeFull(mask.sizes, 0, query.dtype).maskedFill(mask.logicalNot(), Number.NEGATIVE_INFINITY);
}

/** `softmax(query key^T scale + mask) value`; `[..., L, E]`, `[..., S, E]` and `[..., S, Ev]` give `[..., L, Ev]`. */
export const scaledDotProductAttention: (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  attnMask?: Tensor | null,
  dropoutP?: number,
  isCausal?: boolean,
  options?: AttentionOptions,
) => Tensor = aten(
  op(
    "aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
    (query, key, value, mask, p, isCausal, scale, enableGqa) => {
      check(query, key, value, mask, isCausal, isFused(query, key, value, mask, p));
      const heads = (tensor: Tensor): Tensor =>
        enableGqa
          ? tensor.repeatInterleave(query.sizes[query.ndim - 3] / tensor.sizes[tensor.ndim - 3], -3)
          : tensor;
      const [length, width] = query.sizes.slice(-2);
      const [k, v] = [heads(key), heads(value)];
      const root = Math.sqrt(scale ?? 1 / Math.sqrt(width));
      let scores = query.mul(root).matmul(k.mul(root).transpose(-2, -1));
      const causal = isCausal ? makeFull([length, k.sizes[k.ndim - 2]], 1, bool).tril() : null;
      const used = [mask, causal].filter((given) => given !== null);
      for (const given of used) scores = scores.add(additive(given, query));
      const weights = scores.softmax(-1);
      // A row in which everything is forbidden counts as zeros, not NaN.
      const hidden =
        used.length === 0
          ? weights
          : weights.maskedFill(scores.eq(Number.NEGATIVE_INFINITY).all(-1, true), 0);
      if (p > 0) return dropout(hidden, p, true).matmul(v);
      // PyTorch's fused kernel, which draws no random numbers, answers in the layout of the question.
      return laidOutAs(hidden.matmul(v), query);
    },
    { onnxExport: attention.scaledDotProductAttention, composite: true },
  ),
);

/** Whether torch has its fused kernel compute it, which takes a mask beside a causal one. */
function isFused(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null, p: number): boolean {
  const inRows = [query, key, value, mask].every((tensor) => (tensor?.strides.at(-1) ?? 1) === 1);
  const alike = [0, 1, 3].every(
    (dim) => query.sizes[dim] === key.sizes[dim] && query.sizes[dim] === value.sizes[dim],
  );
  return (
    p === 0 &&
    inRows &&
    [query, key, value].every(({ ndim, elements }) => ndim === 4 && elements > 0) &&
    alike
  );
}

function check(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  mask: Tensor | null,
  isCausal: boolean,
  fused: boolean,
): void {
  if (query.dtype !== key.dtype || query.dtype !== value.dtype) {
    throw new RuntimeError(
      `Expected query, key, and value to have the same dtype, but got query.dtype: ${nameOf(query)} key.dtype: ${nameOf(key)} and value.dtype: ${nameOf(value)} instead.`,
    );
  }
  if (query.ndim < 2 || key.ndim < 2 || value.ndim < 2) {
    throw new RuntimeError(
      `Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: ${query.ndim}, key.dim: ${key.ndim} and value.dim: ${value.ndim} instead.`,
    );
  }
  if (mask !== null) {
    if (fused && mask.ndim < 2) wrapDim(-2, mask.ndim);
    if (mask.dtype !== bool && mask.dtype !== query.dtype) {
      throw new RuntimeError(
        `Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: ${nameOf(mask)} and  query.dtype: ${nameOf(query)} instead.`,
      );
    }
    if (isCausal && !(fused && (mask.ndim === 2 || mask.ndim === 4))) {
      throw new RuntimeError(
        "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True",
      );
    }
  }
}

const nameOf = (tensor: Tensor): string => cppName(tensor.dtype);
