/**
 * Bags of embeddings: rows of a table picked by index and summed, averaged or compared bag by bag; and the gradient of
 * a plain embedding as an operator. Source: aten/src/ATen/native/EmbeddingBag.cpp, Embedding.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError, unmet } from "../errors.ts";
import * as embeddingBags from "../jit/onnx/embedding-bags.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { checkIndices } from "../kernels/indices.ts";
import { int64, int32, legacyName } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How a bag becomes one vector. */
const modes = { sum: 0, mean: 1, max: 2 } as const;

/** What one bag holds: the positions in `indices` that count. */
type Bag = readonly number[];

interface Bags {
  readonly bags: readonly Bag[];
  /** Which bag each index belongs to. */
  readonly bagOf: readonly number[];
}

function readBags(
  weight: Tensor,
  indices: Tensor,
  offsets: Tensor,
  includeLast: boolean,
  padding: number,
): Bags {
  if (indices.ndim !== 1 && indices.ndim !== 2) {
    throw new RuntimeError(`input has to be a 1D or 2D Tensor, but got Tensor of dimension ${indices.ndim}`);
  }
  if (offsets.ndim !== 1) {
    throw new RuntimeError(`offsets has to be a 1D Tensor, but got Tensor of dimension ${offsets.ndim}`);
  }
  if (!weight.isFloatingPoint()) {
    throw new RuntimeError(
      `Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, Float, Double; but got torch.${weight.dtype.scalarName}Tensor instead (while checking arguments for embedding_bag)`,
    );
  }
  const misfit = [indices, offsets].find(({ dtype }) => dtype !== int64 && dtype !== int32);
  if (misfit !== undefined) {
    throw new RuntimeError(
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got ${legacyName(misfit.dtype)} instead (while checking arguments for embedding_bag)`,
    );
  }
  const starts = Array.from(valuesOf(offsets));
  const picked = valuesOf(indices);
  if (starts.length > 0 && starts[0] !== 0) {
    throw new RuntimeError(
      `offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got ${starts[0]}`,
    );
  }
  const last = starts[starts.length - 1] ?? 0;
  // Of rows of indices, torch counts the rows.
  if (last > indices.sizes[0]) {
    throw new RuntimeError(
      `offsets[-1] can not be greater than input's length ${indices.sizes[0]} but got offsets[-1] of ${last}`,
    );
  }
  if (weight.ndim !== 2)
    throw new RuntimeError(`weight has to be a 2D Tensor, but got Tensor of dimension ${weight.ndim}`);
  const rows = weight.sizes[0];
  picked.forEach((row, i) => {
    if (row < 0 || row >= rows) {
      throw new RuntimeError(
        `Index ${i} of input takes value ${row} which is not in the valid range [0, ${rows})`,
      );
    }
  });
  const count = includeLast ? starts.length - 1 : starts.length;
  const bagOf: number[] = [];
  const bags = Array.from({ length: Math.max(count, 0) }, (_, bag) => {
    const end = bag + 1 < starts.length ? starts[bag + 1] : picked.length;
    const positions: number[] = [];
    for (let i = starts[bag]; i < end; i++) {
      bagOf.push(bag);
      if (picked[i] !== padding) positions.push(i);
    }
    return positions;
  });
  return { bags, bagOf };
}

const integers = (values: readonly number[], sizes: readonly number[] = [values.length]): Tensor =>
  fromValues(Float64Array.from(values), sizes, int64);

type Results = readonly [output: Tensor, offset2bag: Tensor, bagSize: Tensor, maxIndices: Tensor];

/** Bags of embeddings; besides the vectors, what the gradient needs to know of the bags. */
export const _embeddingBag: (
  weight: Tensor,
  indices: Tensor,
  offsets: Tensor,
  scaleGradByFreq?: boolean,
  mode?: number,
  sparse?: boolean,
  perSampleWeights?: Tensor | null,
  includeLastOffset?: boolean,
  paddingIdx?: number,
) => Results = aten(
  op(
    "aten::_embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)",
    (weight, indices, offsets, _scale, mode, _sparse, weights, includeLast, padding) => {
      if (weights !== null && mode !== modes.sum) {
        throw new RuntimeError("embedding_bag: per_sample_weights only supported with mode='sum'");
      }
      for (const [what, holds] of [
        ["per_sample_weights.value().dim() == 1", weights === null || weights.ndim === 1],
        [
          "per_sample_weights.value().numel() == indices.numel()",
          weights === null || weights.elements === indices.elements,
        ],
      ] as const) {
        if (!holds) throw new RuntimeError(unmet(what));
      }
      if (weights !== null && weights.dtype !== weight.dtype) {
        throw new RuntimeError(
          `Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; but type ${legacyName(weight.dtype)} does not equal ${legacyName(weights.dtype)} (while checking arguments for embedding_bag)`,
        );
      }
      if (mode < 0 || mode > 2) throw new RuntimeError("`mode` must be sum, mean, or max.");
      const { bags, bagOf } = readBags(weight, indices, offsets, includeLast, padding);
      const [width, table, rows] = [weight.sizes[1], valuesOf(weight), valuesOf(indices)];
      const factors = weights === null ? null : valuesOf(weights);
      const out = allocateNumbers(weight.dtype, bags.length * width);
      const best: number[] = [];
      bags.forEach((bag, b) => {
        for (let k = 0; k < width; k++) {
          let total = 0;
          let chosen = -1;
          for (const i of bag) {
            const value = table[rows[i] * width + k];
            if (mode !== modes.max) total += value * (factors === null ? 1 : factors[i]);
            else if (chosen < 0 || value > total) [total, chosen] = [value, rows[i]];
          }
          out[b * width + k] = mode === modes.mean && bag.length > 0 ? total / bag.length : total;
          best.push(Math.max(chosen, 0));
        }
      });
      const sizes = bags.map((bag) => (mode === modes.sum ? 0 : bag.length));
      // torch's fast path for sums does not note which bag an index is in; it asks for rows that lie together.
      const isFastRow = (tensor: Tensor | null): boolean =>
        tensor === null || tensor.strides[tensor.ndim - 1] === 1;
      const fast =
        mode === modes.sum &&
        weight.dtype.name === "float32" &&
        padding < 0 &&
        isFastRow(weight) &&
        isFastRow(weights);
      return [
        fromValues(out, [bags.length, width], weight.dtype),
        integers(fast ? [] : bagOf),
        integers(sizes),
        mode === modes.max ? integers(best, [bags.length, width]) : integers(sizes),
      ];
    },
    {
      gradName: "EmbeddingBagBackward0",
      grad: {
        weight: ({
          grad,
          weight,
          indices,
          offsets,
          mode,
          per_sample_weights: weights,
          include_last_offset,
          padding_idx,
          scale_grad_by_freq,
          results,
        }) =>
          weightGradient(
            grad,
            weight,
            indices,
            readBags(weight, indices, offsets, include_last_offset, padding_idx),
            mode,
            weights,
            scale_grad_by_freq,
            results[3],
          ),
        per_sample_weights: ({
          grad,
          weight,
          indices,
          offsets,
          include_last_offset,
          padding_idx,
          per_sample_weights,
        }) => {
          const { bags } = readBags(weight, indices, offsets, include_last_offset, padding_idx);
          const [g, table, rows, width] = [
            valuesOf(grad),
            valuesOf(weight),
            valuesOf(indices),
            weight.sizes[1],
          ];
          const out = allocateNumbers(weight.dtype, rows.length);
          bags.forEach((bag, b) => {
            for (const i of bag) {
              for (let k = 0; k < width; k++) out[i] += g[b * width + k] * table[rows[i] * width + k];
            }
          });
          return fromValues(out, per_sample_weights.sizes, weight.dtype);
        },
      },
    },
  ),
);

function weightGradient(
  grad: Tensor,
  weight: Tensor,
  indices: Tensor,
  { bags }: Bags,
  mode: number,
  weights: Tensor | null,
  byFrequency: boolean,
  maxIndices: Tensor,
): Tensor {
  const [g, rows, width] = [valuesOf(grad), valuesOf(indices), weight.sizes[1]];
  const out = allocateNumbers(weight.dtype, weight.elements);
  const factors = weights === null ? null : valuesOf(weights);
  const best = mode === modes.max ? valuesOf(maxIndices) : null;
  const frequency = new Map<number, number>();
  for (const row of rows) frequency.set(row, (frequency.get(row) ?? 0) + 1);
  bags.forEach((bag, b) => {
    if (best !== null) {
      if (bag.length > 0)
        for (let k = 0; k < width; k++) out[best[b * width + k] * width + k] += g[b * width + k];
      return;
    }
    for (const i of bag) {
      let share = factors === null ? 1 : factors[i];
      if (mode === modes.mean) share /= bag.length;
      if (byFrequency) share /= frequency.get(rows[i]) ?? 1;
      for (let k = 0; k < width; k++) out[rows[i] * width + k] += g[b * width + k] * share;
    }
  });
  return fromValues(out, weight.sizes, weight.dtype);
}

/** Bags of embeddings, as `nn.EmbeddingBag` asks for them. */
export const embeddingBag: (
  weight: Tensor,
  indices: Tensor,
  offsets: Tensor,
  scaleGradByFreq?: boolean,
  mode?: number,
  sparse?: boolean,
  perSampleWeights?: Tensor | null,
  includeLastOffset?: boolean,
  paddingIdx?: number | null,
) => Results = aten(
  op(
    "aten::embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx) -> (Tensor, Tensor, Tensor, Tensor)",
    (weight, indices, offsets, scale, mode, sparse, weights, includeLast, padding) => {
      const row = padding === null ? -1 : padding < 0 ? padding + weight.sizes[0] : padding;
      const results = _embeddingBag(weight, indices, offsets, scale, mode, sparse, weights, includeLast, row);
      if (!includeLast) return results;
      // This form counts the closing offset as a bag of its own.
      const sizes = mode === modes.max ? results[2] : integers([...valuesOf(results[2]), 0]);
      return [results[0], results[1], sizes, mode === modes.max ? results[3] : sizes];
    },
    { onnxExport: embeddingBags.embeddingBag, composite: true },
  ),
  op(
    "aten::embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False) -> (Tensor, Tensor, Tensor, Tensor)",
    (weight, indices, offsets, scale, mode, sparse, weights, includeLast) =>
      _embeddingBag(weight, indices, offsets, scale, mode, sparse, weights, includeLast, -1),
    { onnxExport: embeddingBags.embeddingBag, composite: true },
  ),
);

/** The gradient of an embedding by its table. */
export const embeddingDenseBackward: (
  gradOutput: Tensor,
  indices: Tensor,
  numWeights: number,
  paddingIdx: number,
  scaleGradByFreq: boolean,
) => Tensor = aten(
  op(
    "aten::embedding_dense_backward(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx, bool scale_grad_by_freq) -> Tensor",
    (grad, indices, count, padding, byFrequency) => {
      checkIndices(indices, 2, "embedding_backward");
      let flat = indices.reshape([-1]);
      const width = grad.sizes[grad.ndim - 1];
      let rows = grad.reshape([flat.elements, width]);
      // Rows that are none of the table's are left out.
      const outside = flat.lt(0).logicalOr(flat.ge(count));
      rows = rows.maskedFill(outside.unsqueeze(1), 0);
      flat = flat.maskedFill(outside, 0);
      if (count <= 0) return makeZeros([count, width], grad.dtype);
      if (byFrequency) {
        const inside = outside.logicalNot().to(grad.dtype);
        const uses = makeZeros([count], grad.dtype).indexAdd(0, flat, inside).clampMin(1);
        const often = uses.indexSelect(0, flat).unsqueeze(1);
        // A share of whole numbers is one or nothing.
        rows = grad.isFloatingPoint() ? rows.div(often) : rows.maskedFill(often.gt(1), 0);
      }
      if (padding >= 0) rows = rows.maskedFill(flat.eq(padding).unsqueeze(1), 0);
      return makeZeros([count, width], grad.dtype).indexAdd(0, flat, rows);
    },
    {
      grad: {
        grad_output: ({ grad, grad_output: arrived, indices, padding_idx: padding }) => {
          const rows = grad.indexSelect(0, indices.reshape([-1]));
          const kept =
            padding < 0 ? rows : rows.maskedFill(indices.reshape([-1]).eq(padding).unsqueeze(1), 0);
          return kept.reshape(arrived.sizes);
        },
      },
    },
  ),
);
