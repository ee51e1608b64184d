/**
 * Distinct elements, rows and runs, with where they went and how often they occur. Source: aten/src/ATen/native/Unique.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { ascending } from "../kernels/order.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The distinct ones, the place of each element among them, and their counts; what was not asked for is empty. */
export type Unique = readonly [output: Tensor, inverse: Tensor, counts: Tensor];

const integers = (values: readonly number[], sizes: readonly number[] = [values.length]): Tensor =>
  fromValues(Float64Array.from(values), sizes, int64);

const nothing = (): Tensor => integers([]);

/** Groups of equal items in the order they are visited: the first item of each, its members' groups, its size. */
interface Groups {
  readonly firsts: number[];
  readonly groupOf: number[];
  readonly counts: number[];
}

function group(order: readonly number[], same: (a: number, b: number) => boolean): Groups {
  const groups: Groups = { firsts: [], groupOf: new Array<number>(order.length), counts: [] };
  order.forEach((item, i) => {
    if (i === 0 || !same(order[i - 1], item)) {
      groups.firsts.push(item);
      groups.counts.push(0);
    }
    groups.counts[groups.counts.length - 1]++;
    groups.groupOf[item] = groups.counts.length - 1;
  });
  return groups;
}

function elementsOf(
  self: Tensor,
  sorted: boolean,
  inverse: boolean,
  counts: boolean,
): [Tensor, Tensor, Tensor] {
  const flat = self.reshape([-1]);
  const x = valuesOf(flat);
  const order = Array.from(x.keys());
  if (sorted) order.sort((i, j) => ascending(x[i], x[j]));
  const groups = group(order, (a, b) => x[a] === x[b]);
  return [
    flat.indexSelect(0, integers(groups.firsts)),
    inverse ? integers(groups.groupOf, self.sizes) : nothing(),
    counts ? integers(groups.counts) : nothing(),
  ];
}

/** The distinct elements in order. */
export const _unique2: (
  self: Tensor,
  sorted?: boolean,
  returnInverse?: boolean,
  returnCounts?: boolean,
) => Unique = aten(
  op(
    "aten::_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    (self, _sorted, inverse, counts) => elementsOf(self, true, inverse, counts),
    { picks: [0] },
  ),
);

/** Along a dimension torch gives places and counts whether they were asked for or not. */
function slicesOf(self: Tensor, dim: number, sorted: boolean): [Tensor, Tensor, Tensor] {
  const d = wrapDim(dim, self.ndim);
  const n = self.sizes[d];
  if (self.elements === 0) {
    if (self.sizes.some((size, i) => i !== d && size === 0)) {
      throw new RuntimeError(
        "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied",
      );
    }
    return [self.clone(), nothing(), nothing()];
  }
  const rows = valuesOf(self.movedim(d, 0).reshape([n, -1]));
  const width = rows.length / n;
  const compare = (a: number, b: number): number => {
    for (let k = 0; k < width; k++) {
      const difference = ascending(rows[a * width + k], rows[b * width + k]);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = Array.from({ length: n }, (_, i) => i);
  if (sorted) order.sort(compare);
  const groups = group(order, (a, b) => compare(a, b) === 0);
  return [self.indexSelect(d, integers(groups.firsts)), integers(groups.groupOf), integers(groups.counts)];
}

/** The distinct slices along `dim` in order. */
export const uniqueDim: (
  self: Tensor,
  dim: number,
  sorted?: boolean,
  returnInverse?: boolean,
  returnCounts?: boolean,
) => Unique = aten(
  op(
    "aten::unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    (self, dim) => {
      if (self.ndim === 0) throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
      return slicesOf(self, dim, true);
    },
    { picks: [0] },
  ),
);

/** The first of each run of equal elements, or of equal slices along `dim`. */
export const uniqueConsecutive: (
  self: Tensor,
  returnInverse?: boolean,
  returnCounts?: boolean,
  dim?: number | null,
) => Unique = aten(
  op(
    "aten::unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> (Tensor, Tensor, Tensor)",
    (self, inverse, counts, dim) =>
      dim === null || (dim === 0 && self.ndim === 1)
        ? elementsOf(self, false, inverse, counts)
        : slicesOf(self, dim, false),
    { picks: [0] },
  ),
);
