/** Embeddings as functions: rows of a table picked by index. Source: torch/nn/functional.py. */
import { withGradMode } from "../../autograd/grad-mode.ts";
import { called } from "../../dispatch/value-name.ts";
import { RuntimeError, ValueError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import { int64 } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** The row that gets no gradient. */
  readonly paddingIdx?: number | null;
  /** Rows that are picked and longer than this are first made this long, in place. */
  readonly maxNorm?: number | null;
  readonly normType?: number;
  readonly scaleGradByFreq?: boolean;
}

/** Rows of a table picked by index: [...] gives [..., embeddingDim]. */
export function embedding(input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
  if (paddingIdx !== null && (paddingIdx >= weight.sizes[0] || paddingIdx < -weight.sizes[0]))
    throw new RuntimeError("Padding_idx must be within num_embeddings");
  const padding = paddingIdx === null ? -1 : paddingIdx < 0 ? paddingIdx + weight.sizes[0] : paddingIdx;
  if (maxNorm === null) return ops.embedding(weight, input, padding, scaleGradByFreq);
  const indices = called("input", input.contiguous());
  withGradMode(false, () => ops.embeddingRenorm_(weight.detach(), indices, maxNorm, normType));
  return ops.embedding(weight, indices, padding, scaleGradByFreq);
}

/** 1 at the class, else 0: [...] gives [..., numClasses]. */
export const oneHot = ops.oneHot;

/** How a bag becomes one vector. */
export type BagMode = "sum" | "mean" | "max";

/** Options of `embeddingBag`. */
export interface EmbeddingBagOptions {
  /** Where each bag starts in an input of one dimension. */
  readonly offsets?: Tensor | null;
  /** Default "mean". */
  readonly mode?: BagMode;
  /** A factor for each index; with "sum" only. */
  readonly perSampleWeights?: Tensor | null;
  /** The last offset is the end of the last bag. */
  readonly includeLastOffset?: boolean;
  readonly scaleGradByFreq?: boolean;
  /** Indices of this row do not count. */
  readonly paddingIdx?: number | null;
}

const bagModes: Readonly<Record<BagMode, number>> = { sum: 0, mean: 1, max: 2 };

/** Sums, means or maxima of bags of rows: [B, N], or [N] with offsets, gives [B, embeddingDim]. */
export function embeddingBag(input: Tensor, weight: Tensor, options: EmbeddingBagOptions = {}): Tensor {
  const { mode = "mean", perSampleWeights = null, paddingIdx = null } = options;
  if (!(mode in bagModes)) throw new ValueError("mode has to be one of sum, mean or max");
  if (perSampleWeights !== null && mode !== "sum") {
    throw new RuntimeError(
      `embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='${mode}'). Please open a feature request on GitHub.`,
    );
  }
  const { indices, offsets } = bagsOf(input, options.offsets ?? null);
  return ops.embeddingBag(
    weight,
    indices,
    offsets,
    options.scaleGradByFreq ?? false,
    bagModes[mode],
    false,
    perSampleWeights?.reshape(-1) ?? null,
    options.includeLastOffset ?? false,
    paddingIdx !== null && paddingIdx < 0 ? paddingIdx + weight.sizes[0] : paddingIdx,
  )[0];
}

function bagsOf(
  input: Tensor,
  offsets: Tensor | null,
): { readonly indices: Tensor; readonly offsets: Tensor } {
  if (input.ndim === 2) {
    if (offsets !== null) {
      throw new ValueError(
        "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type torch.Tensor",
      );
    }
    const count = input.numel();
    const each = input.sizes[1] === 0 ? 1 : input.size(1);
    const starts = ops.arange(0, count, each, { dtype: int64, device: input.device });
    return { indices: called("input", input.reshape(-1)), offsets: called("offsets", starts) };
  }
  if (input.ndim !== 1)
    throw new ValueError(`input has to be 1D or 2D Tensor, but got Tensor of dimension ${input.ndim}`);
  if (offsets === null) throw new ValueError("offsets has to be a 1D Tensor but got None");
  return { indices: input, offsets };
}
