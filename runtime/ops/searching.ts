/**
 * Finding places and counting: in sorted sequences, in bins, of whole numbers.
 * Source: aten/src/ATen/native/Bucketization.cpp, SummaryOps.cpp (bincount), Histogram.cpp (histc).
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools, refuse, whereUnmixed } from "../dispatch/refusal.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { roundingOf } from "../kernels/rounding.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { float64, int32, int64 } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The first place from `start` on whose element is not below `x` (or is above, with `right`). */
function boundary(
  sorted: NumberArray,
  start: number,
  count: number,
  x: number,
  right: boolean,
  order: NumberArray | null,
): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[start + (order === null ? middle : order[start + middle])];
    const before = right ? !(value > x) : !(value >= x);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Options of the searches. */
export interface SearchOptions {
  readonly outInt32?: boolean;
  readonly right?: boolean;
  readonly side?: "left" | "right" | null;
  readonly sorter?: Tensor | null;
}

/**
 * Where numbers would be put into sorted sequences (the last dimension) so that these stay sorted.
 * @example torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([4])) // [2]
 */
export const searchsorted: {
  (sortedSequence: Tensor, self: Tensor, options?: SearchOptions): Tensor;
  (sortedSequence: Tensor, self: Scalar, options?: SearchOptions): Tensor;
} = aten(
  op(
    "aten::searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor",
    (sequence, self, outInt32, right, side, sorter) => {
      if (side !== null && side !== "left" && side !== "right") {
        throw new RuntimeError(`torch.searchsorted(): side can only be 'left' or 'right' but got ${side}`);
      }
      if (side === "left" && right) {
        throw new RuntimeError(
          "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True",
        );
      }
      const single = sequence.ndim === 1;
      if (self.ndim === 0 && !single) {
        throw new RuntimeError(
          `torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(${sequence.ndim}) and input value's dim(0) numel(${self.elements})`,
        );
      }
      if (sorter !== null && sorter.dtype !== int64) {
        throw new RuntimeError(
          `torch.searchsorted(): sorter must be a tensor of long dtype but got dtype ${sorter.dtype.scalarName}`,
        );
      }
      if (sorter !== null && sorter.sizes.join() !== sequence.sizes.join()) {
        throw new RuntimeError(
          `torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor [${sequence.sizes.join(", ")}]and got sorter tensor [${sorter.sizes.join(", ")}]`,
        );
      }
      if (sequence.ndim === 0) {
        throw new RuntimeError(
          "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension",
        );
      }
      if (!single && sequence.sizes.slice(0, -1).join() !== self.sizes.slice(0, -1).join()) {
        throw new RuntimeError(
          `torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor [${sequence.sizes.join(", ")}] and input value tensor [${self.sizes.join(", ")}]`,
        );
      }
      const count = sequence.sizes[sequence.ndim - 1];
      if (sorter !== null && valuesOf(sorter).some((at) => at < 0 || at >= count))
        throw new RuntimeError("torch.searchsorted(): sorter index out of range");
      // The dtype of the sorter is none that is searched in.
      if (sequence.dtype === self.dtype && self.elements > 0)
        refuse(notBools("searchsorted_out_cpu"), self.dtype);
      const perLine = single ? Math.max(self.elements, 1) : self.sizes[self.ndim - 1];
      const sorted = valuesOf(sequence);
      const order = sorter === null ? null : valuesOf(sorter);
      return search(self, outInt32, (x, i) =>
        boundary(
          sorted,
          Math.floor(i / perLine) * (single ? 0 : count),
          count,
          x,
          right || side === "right",
          order,
        ),
      );
    },
    { refuses: whereUnmixed(notBools("searchsorted_out_cpu")) },
  ),
);

function search(self: Tensor, outInt32: boolean, find: (x: number, i: number) => number): Tensor {
  const dtype = outInt32 ? int32 : int64;
  const x = valuesOf(self);
  const out = allocateNumbers(dtype, x.length);
  for (let i = 0; i < out.length; i++) out[i] = find(x[i], i);
  return fromValues(out, self.sizes, dtype);
}

/** The number of the bucket between `boundaries` that each element falls into. */
export const bucketize: (
  self: Tensor,
  boundaries: Tensor,
  options?: { outInt32?: boolean; right?: boolean },
) => Tensor = aten(
  op(
    "aten::bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    (self, boundaries, outInt32, right) => {
      if (boundaries.ndim !== 1) {
        throw new RuntimeError(`boundaries tensor must be 1 dimension, but got dim(${boundaries.ndim})`);
      }
      const sorted = valuesOf(boundaries);
      return search(self, outInt32, (x) => boundary(sorted, 0, sorted.length, x, right, null));
    },
    { refuses: whereUnmixed(notBools("searchsorted_out_cpu")) },
  ),
);

/** How many elements fall into each of `bins` equal bins from `min` to `max` (of the elements, if both are equal). */
export const histc: (self: Tensor, bins?: number, min?: Scalar, max?: Scalar) => Tensor = aten(
  op(
    "aten::histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor",
    (self, bins, min, max) => {
      if (!self.isFloatingPoint())
        throw new NotImplementedError(`"linspace_cpu" not implemented for '${self.dtype.scalarName}'`);
      if (bins <= 0) throw new RuntimeError(`torch.histogramdd(): bins ${bins} must be > 0`);
      const x = valuesOf(self);
      let [low, high] = [scalarValue(min), scalarValue(max)];
      if (low > high) throw new RuntimeError(`torch.histc: max must be larger than min`);
      if (low === high && x.length > 0) {
        low = extreme(x, Math.min);
        high = extreme(x, Math.max);
      }
      const within = roundingOf(self.dtype);
      if (low === high) [low, high] = [within(low - 1), within(high + 1)];
      if (!Number.isFinite(low) || !Number.isFinite(high)) {
        throw new RuntimeError(`torch.histc: range of [${low}, ${high}] is not finite`);
      }
      const out = allocateNumbers(self.dtype, bins);
      for (const value of x) {
        if (!(value >= low && value <= high)) continue;
        // What overflows falls into the first bin, as the processor's conversion has it.
        const at = within(within(within(value - low) * within(bins)) / within(high - low));
        out[Number.isFinite(at) ? Math.min(Math.floor(at), bins - 1) : 0]++;
      }
      return fromValues(out, [bins], self.dtype);
    },
  ),
);

function extreme(x: NumberArray, choose: (a: number, b: number) => number): number {
  let result = x[0];
  for (const value of x) result = choose(result, value);
  return result;
}

/**
 * How often each whole number from 0 occurs, or the sum of its weights.
 * @example torch.bincount(torch.tensor([0n, 2n, 2n])) // [1, 0, 2]
 */
export const bincount: (self: Tensor, weights?: Tensor | null, minlength?: number) => Tensor = aten(
  op(
    "aten::bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor",
    (self, weights, minlength) => {
      if (minlength < 0) throw new RuntimeError("minlength should be >= 0");
      if (self.dtype.category === "floating")
        throw new NotImplementedError(`"bincount_cpu" not implemented for '${self.dtype.scalarName}'`);
      const x = valuesOf(self);
      if (self.ndim !== 1 || x.some((value) => value < 0)) {
        throw new RuntimeError("bincount only supports 1-d non-negative integral inputs.");
      }
      if (self.elements === 0) return makeZeros([minlength], int64);
      if (weights !== null && (weights.ndim !== 1 || weights.elements !== self.elements)) {
        throw new RuntimeError("weights should be 1-d and have the same length as input");
      }
      const length = x.length === 0 ? minlength : Math.max(minlength, extreme(x, Math.max) + 1);
      const dtype = weights === null ? int64 : weights.dtype.name === "float32" ? weights.dtype : float64;
      const out = allocateNumbers(dtype, length);
      const w = weights === null ? null : valuesOf(weights);
      x.forEach((value, i) => {
        out[value] += w === null ? 1 : w[i];
      });
      return fromValues(out, [length], dtype);
    },
    { refuses: notBools("bincount_cpu") },
  ),
);
