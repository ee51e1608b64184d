/**
 * Sorting and order statistics: sort, topk, k-th value, median, mode.
 * Source: derivatives.yaml, aten/src/ATen/native/Sorting.cpp, cpu/SortingKernel.cpp, ReduceOps.cpp (median).
 */

import { aten, type GradFormula, op } from "../dispatch/op.ts";
import { notBools, unlessEmpty, refuse } from "../dispatch/refusal.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as ordering from "../jit/onnx/ordering.ts";
import { ascending, pickAlong, sortedPlaces } from "../kernels/order.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { bool } from "../tensor/dtype.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ValuesAndIndices } from "./max-min.ts";

/** Puts the gradients of picked elements back where these came from. */
function putBack(grad: Tensor, self: Tensor, dim: number, indices: Tensor): Tensor {
  return self.ndim === 0 ? grad : self.zerosLike().scatter(dim, indices, grad);
}

const sortGradient: GradFormula = ({ grad, self, dim, results }) => putBack(grad, self, dim, results[1]);

/** The gradient of picking one element along `dim`. */
const pickGradient: GradFormula = ({ grad, self, dim, keepdim, results }) =>
  self.ndim === 0 || keepdim
    ? putBack(grad, self, dim, results[1])
    : putBack(grad.unsqueeze(dim), self, dim, results[1].unsqueeze(dim));

function sortKernel(self: Tensor, dim: number, descending: boolean): [values: Tensor, indices: Tensor] {
  const d = wrapDim(dim, self.ndim);
  return pickAlong(self, dim, self.sizes[d] ?? 1, (line) => sortedPlaces(line, descending));
}

/** The elements in order along `dim`, and where each came from. */
export interface Sort {
  (self: Tensor, dim?: number, descending?: boolean): ValuesAndIndices;
  (self: Tensor, options: { stable?: boolean; dim?: number; descending?: boolean }): ValuesAndIndices;
}

/**
 * The elements in order along `dim` (the last), and where each was.
 * @example torch.sort(torch.tensor([3, 1, 2]))[0] // [1, 2, 3]
 */
export const sort: Sort = aten(
  op(
    "aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    (self, dim, descending) => sortKernel(self, dim, descending),
    { onnxExport: ordering.sort(false), picks: [0], grad: { self: sortGradient } },
  ),
  op(
    "aten::sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    (self, _stable, dim, descending) => sortKernel(self, dim, descending),
    { onnxExport: ordering.sort(true), picks: [0], gradName: "SortBackward1", grad: { self: sortGradient } },
  ),
);

/** Where the elements in order along `dim` come from. */
export interface Argsort {
  (self: Tensor, dim?: number, descending?: boolean): Tensor;
  (self: Tensor, options: { stable: boolean; dim?: number; descending?: boolean }): Tensor;
}

/**
 * The places of the elements in order along `dim` (the last).
 * @example torch.argsort(torch.tensor([3, 1, 2])) // [1, 2, 0]
 */
export const argsort: Argsort = aten(
  op(
    "aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
    (self, dim, descending) => sortKernel(self, dim, descending)[1],
    { onnxExport: ordering.argsort(false), picks: [] },
  ),
  op(
    "aten::argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor",
    (self, _stable, dim, descending) => sortKernel(self, dim, descending)[1],
    { onnxExport: ordering.argsort(true), picks: [] },
  ),
);

/** The elements in order along dimension 0. */
export const msort: (self: Tensor) => Tensor = aten(
  op("aten::msort(Tensor self) -> Tensor", (self) => sort(self, 0, false)[0], { composite: true }),
);

/**
 * The `k` greatest (or least) elements along `dim` and their places.
 * @example torch.tensor([1, 3, 2]).topk(2)[0] // [3, 2]
 */
export const topk: (
  self: Tensor,
  k: number,
  dim?: number,
  largest?: boolean,
  sorted?: boolean,
) => ValuesAndIndices = aten(
  op(
    "aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)",
    (self, k, dim, largest) => {
      const d = wrapDim(dim, self.ndim);
      if (k < 0 || k > (self.sizes[d] ?? 1)) throw new RuntimeError("selected index k out of range");
      if (self.dtype === bool) throw new RuntimeError("topk does not support bool dtypes on CPU");
      // A tensor without dimensions is its own one element, whether that is asked for or none.
      const count = self.ndim === 0 ? 1 : k;
      return pickAlong(self, d, count, (line) => sortedPlaces(line, largest).slice(0, count));
    },
    { onnxExport: ordering.topk, picks: [0], grad: { self: sortGradient } },
  ),
);

/** Picks one element a line and drops the dimension unless `keepdim`. */
function pickOne(
  self: Tensor,
  dim: number,
  keepdim: boolean,
  name: string,
  choose: (line: NumberArray) => number,
): [values: Tensor, indices: Tensor] {
  const d = wrapDim(dim, self.ndim);
  if (self.ndim > 0 && self.sizes[d] === 0) {
    throw new IndexError(`${name}(): Expected reduction dim ${d} to have non-zero size.`);
  }
  const [values, indices] = pickAlong(self, d, 1, (line) => [choose(line)]);
  return self.ndim === 0 || keepdim ? [values, indices] : [values.squeeze(d), indices.squeeze(d)];
}

/** The `k`-th smallest element along `dim`, counted from 1, and its place. */
export const kthvalue: (self: Tensor, k: number, dim?: number, keepdim?: boolean) => ValuesAndIndices = aten(
  op(
    "aten::kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    (self, k, dim, keepdim) => {
      if (self.ndim > 0) refuse(notBools("kthvalue_cpu"), self.dtype);
      const size = self.sizes[wrapDim(dim, self.ndim)] ?? 1;
      if (size > 0 && (k < 1 || k > size))
        throw new RuntimeError(
          `kthvalue(): selected number k out of range for dimension ${wrapDim(dim, self.ndim)}`,
        );
      return pickOne(self, dim, keepdim, "kthvalue", (line) => sortedPlaces(line, false)[k - 1]);
    },
    { picks: [0], grad: { self: pickGradient } },
  ),
);

/** The place of the lower median; the first NaN where there is one, unless NaNs are ignored. */
function medianPlace(line: NumberArray, ignoreNan: boolean): number {
  const places = sortedPlaces(line, false);
  const nans = line.filter(Number.isNaN).length;
  if (nans > 0 && !ignoreNan) return line.findIndex(Number.isNaN);
  return places[Math.max((line.length - nans - 1) >> 1, 0)];
}

/** The median of all elements, or along `dim` with its place; of two middle ones the lower. */
export interface Median {
  (self: Tensor): Tensor;
  (self: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
}

function medianRows(name: string, ignoreNan: boolean): Median {
  const node = ignoreNan ? "Nanmedian" : "Median";
  return aten(
    op(
      `aten::${name}(Tensor self) -> Tensor` as "aten::f(Tensor self) -> Tensor",
      (self) => {
        const x = valuesOf(self);
        const out = allocateNumbers(self.dtype, 1);
        const none = self.dtype === bool ? 1 : Number.NaN;
        out[0] = x.length === 0 ? none : x[medianPlace(x, ignoreNan)];
        return fromValues(out, [], self.dtype);
      },
      {
        picks: [0],
        refuses: unlessEmpty(notBools("median_cpu")),
        gradName: `${node}Backward0`,
        grad: {
          self: ({ grad, self, result }) => {
            const mask = self.eq(result).logicalOr(self.isnan().logicalAnd(result.isnan()));
            return mask.mul(grad.div(mask.sum()));
          },
        },
      },
    ),
    op(
      `aten::${name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)` as "aten::f(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
      (self, dim, keepdim) => pickOne(self, dim, keepdim, name, (line) => medianPlace(line, ignoreNan)),
      {
        picks: [0],
        refuses: notBools("median_out"),
        gradName: `${node}Backward1`,
        grad: { self: pickGradient },
      },
    ),
  );
}

/**
 * The middle element (the lower of two); along `dim` a pair with its place.
 * @example torch.median(torch.tensor([3, 1, 2])).item() // 2
 */
export const median = medianRows("median", false);
/** The median without the NaNs. */
export const nanmedian = medianRows("nanmedian", true);

/** The most frequent element along `dim` (of several the least), and the place of its last occurrence. */
export const mode: (self: Tensor, dim?: number, keepdim?: boolean) => ValuesAndIndices = aten(
  op(
    "aten::mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    (self, dim, keepdim) => pickOne(self, dim, keepdim, "mode", mostFrequent),
    { picks: [0], grad: { self: pickGradient } },
  ),
);

function mostFrequent(line: NumberArray): number {
  const places = sortedPlaces(line, false);
  let best = places[0];
  let bestCount = 0;
  for (let i = 0; i < places.length; ) {
    let end = i + 1;
    while (end < places.length && ascending(line[places[end]], line[places[i]]) === 0) end++;
    if (end - i > bestCount) {
      bestCount = end - i;
      best = places[end - 1];
    }
    i = end;
  }
  return best;
}
