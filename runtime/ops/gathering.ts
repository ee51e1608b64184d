/**
 * Elements and slices picked, scattered and added along one dimension by an index tensor.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorAdvancedIndexing.cpp.
 */

import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as gradients from "../jit/onnx/gradients.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import * as writing from "../jit/onnx/writing.ts";
import { indicesOf } from "../kernels/indices.ts";
import { fromValues, rawValuesOf, valuesAs, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, int64 } from "../tensor/dtype.ts";
import { contiguousStrides, numelOf, sameSizes, wrapDim } from "../tensor/geometry.ts";
import type { Scalar } from "../tensor/scalar.ts";
import { type NumberArray, storageArrays } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

/**
 * The slices of `dim` that `index`, a vector, names.
 * @example x.indexSelect(1, torch.tensor([1n])) // [[2], [4]]
 */
export const indexSelect: (self: Tensor, dim: number, index: Tensor) => Tensor = aten(
  op(
    "aten::index_select(Tensor self, int dim, Tensor index) -> Tensor",
    (self, dim, index) => {
      if (index.sizes.length > 1) throw new IndexError("index_select(): Index is supposed to be a vector");
      const d = wrapDim(dim, self.sizes.length);
      const sizes = self.sizes.length === 0 ? [] : self.sizes.with(d, index.elements);
      checkSelected(self, d, index);
      const at = indicesOf(index, self.sizes[d] ?? 1, "index_select", d, false);
      const raw = rawValuesOf(self);
      const out = new storageArrays[self.dtype.name](numelOf(sizes));
      const inner = numelOf(self.sizes.slice(d + 1));
      const outer = numelOf(self.sizes.slice(0, d));
      let k = 0;
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < at.length; i++) {
          const from = (o * (self.sizes[d] ?? 1) + at[i]) * inner;
          for (let j = 0; j < inner; j++) out[k++] = raw[from + j];
        }
      }
      return tensorFromArray(out, self.dtype, sizes);
    },
    {
      onnx: shapes.indexSelect,
      grad: { self: ({ grad, self, dim, index }) => self.zerosLike().indexAdd(dim, index, grad) },
    },
  ),
);

/** Throws for places that do not exist; the text depends on the kernel that PyTorch takes. */
function checkSelected(self: Tensor, dim: number, index: Tensor): void {
  const size = self.sizes[dim] ?? 1;
  if (index.dtype !== int64 && index.dtype.name !== "int32")
    throw new RuntimeError("index_select(): Expected dtype int32 or int64 for index");
  if (self.ndim === 0 && index.elements !== 1) {
    throw new RuntimeError(
      `index_select(): Index to scalar can have only 1 value, got ${index.elements} value(s)`,
    );
  }
  const outside = valuesOf(index).find((at) => at < 0 || at >= size);
  if (outside === undefined) return;
  if (self.ndim > 1 && self.isContiguous() && dim === self.ndim - 1 && self.dtype.name !== "bool") {
    throw new RuntimeError(`INDICES element is out of DATA bounds, id=${outside} axis_dim=${size}`);
  }
  throw new IndexError("index out of range in self");
}

/**
 * The elements that `index` names along `dim`; the result has the shape of `index`.
 * @example x.gather(1, torch.tensor([[1n], [0n]])) // [[2], [3]]
 */
export const gather: (
  self: Tensor,
  dim: number,
  index: Tensor,
  options?: { sparseGrad?: boolean },
) => Tensor = aten(
  op(
    "aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
    (self, dim, index) => {
      const d = checkScatterShapes(self, dim, index, "gather");
      const at = indicesOf(index, self.sizes[d] ?? 1, "gather", d, false);
      const raw = rawValuesOf(self);
      const out = new storageArrays[self.dtype.name](at.length);
      const places = placesOf(self, d, index.sizes, at);
      for (let i = 0; i < out.length; i++) out[i] = raw[places[i]];
      return tensorFromArray(out, self.dtype, index.sizes);
    },
    {
      onnx: shapes.gather,
      grad: { self: ({ grad, self, dim, index }) => self.zerosLike().scatterAdd(dim, index, grad) },
    },
  ),
);

/** Throws unless every index has its place in `self` and its element in `src`. */
function checkScatterSizes(self: Tensor, dim: number, index: Tensor, src: Tensor | null): void {
  if (src !== null && Math.max(src.ndim, 1) !== Math.max(index.ndim, 1)) {
    throw new RuntimeError("Index tensor must have the same number of dimensions as src tensor");
  }
  const fits = index.sizes.every(
    (size, i) => (i === dim || size <= self.sizes[i]) && (src === null || size <= (src.sizes[i] ?? 1)),
  );
  if (fits) return;
  const ofSource = src === null ? "" : ` and to be no larger size than src [${src.sizes.join(", ")}]`;
  throw new RuntimeError(
    `Expected index [${index.sizes.join(", ")}] to be no larger than self [${self.sizes.join(", ")}] apart from dimension ${dim}${ofSource}`,
  );
}

function checkScatterShapes(
  self: Tensor,
  dim: number,
  index: Tensor,
  name: string,
  src: Tensor | null = null,
): number {
  const d = wrapDim(dim, self.sizes.length);
  if (index.elements === 0) return d;
  if (index.dtype !== int64 && index.dtype.name !== "int32") {
    throw new RuntimeError(`${name}(): Expected dtype int32/int64 for index`);
  }
  const rank = Math.max(index.sizes.length, 1);
  if (rank !== Math.max(self.sizes.length, 1)) {
    const whom = name === "gather" ? "input" : "self";
    throw new RuntimeError(`Index tensor must have the same number of dimensions as ${whom} tensor`);
  }
  if (name !== "gather") {
    checkScatterSizes(self, d, index, src);
    return d;
  }
  index.sizes.forEach((size, i) => {
    if (i !== d && size > self.sizes[i]) {
      throw new RuntimeError(
        `Size does not match at dimension ${i} expected index [${index.sizes.join(", ")}] to be no larger than self [${self.sizes.join(", ")}] apart from dimension ${d}`,
      );
    }
  });
  return d;
}

/** For each index element: the row-major place in `self` it names. */
function placesOf(self: Tensor, dim: number, sizes: readonly number[], at: NumberArray): NumberArray {
  if (sizes.length === 0) return at;
  const places = new Int32Array(at.length);
  const strides = contiguousStrides(self.sizes);
  const last = sizes.length - 1;
  const [step, row] = [dim === last ? 0 : strides[last], sizes[last]];
  const index = new Array<number>(last).fill(0);
  for (let i = 0; i < places.length; ) {
    let base = 0;
    for (let d = 0; d < last; d++) if (d !== dim) base += index[d] * strides[d];
    for (let j = 0; j < row; j++, i++) places[i] = base + j * step + at[i] * strides[dim];
    for (let d = last - 1; d >= 0 && ++index[d] === sizes[d]; d--) index[d] = 0;
  }
  return places;
}

function scatterKernel(
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  name: string,
  combine: (old: number, value: number) => number,
): Tensor {
  if (
    src.dtype !== self.dtype &&
    !src.wrapped &&
    (index.elements === 0 || index.dtype.category === "integral")
  ) {
    throw new RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype");
  }
  const d = checkScatterShapes(self, dim, index, "scatter", src.wrapped ? null : src);
  const at = indicesOf(index, self.sizes[d] ?? 1, name, d, false);
  const out = valuesOf(self).slice();
  const from = valuesAs(src, self.dtype);
  const place = sourcePlaces(index.sizes, src.sizes);
  const truth = self.dtype === bool;
  const places = placesOf(self, d, index.sizes, at);
  for (let i = 0; i < places.length; i++) {
    const value = combine(out[places[i]], from[src.wrapped ? 0 : place(i)]);
    out[places[i]] = truth ? Number(value !== 0) : value;
  }
  return fromValues(out, self.sizes, self.dtype);
}

/** Where element i of `index` lies in a `src` that may be larger. */
function sourcePlaces(indexSizes: readonly number[], srcSizes: readonly number[]): (i: number) => number {
  if (sameSizes(indexSizes, srcSizes)) return (i) => i;
  return (i) => {
    let rest = i;
    let place = 0;
    let stride = 1;
    for (let d = indexSizes.length - 1; d >= 0; d--) {
      place += (rest % indexSizes[d]) * stride;
      rest = Math.floor(rest / indexSizes[d]);
      stride *= srcSizes[d];
    }
    return place;
  };
}

/** What `scatter` does where something is already; by default it writes over it. */
interface ScatterOptions {
  readonly reduce?: "add" | "multiply";
}

/** A copy with elements of `src`, or the number `value`, put where `index` says along `dim`. */
export const scatter: {
  (self: Tensor, dim: number, index: Tensor, src: Tensor, options?: ScatterOptions): Tensor;
  (self: Tensor, dim: number, index: Tensor, value: Scalar, options?: ScatterOptions): Tensor;
} = aten(
  op(
    "aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    (self, dim, index, src) => scatterKernel(self, dim, index, src, "scatter", (_, value) => value),
    {
      onnxExport: writing.scatter(false),
      grad: {
        self: ({ grad, dim, index }) => grad.scatter(dim, index, 0),
        src: ({ grad, dim, index }) => grad.gather(dim, index),
      },
    },
  ),
  op(
    "aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
    (self, dim, index, value) => scatterKernel(self, dim, index, wrapScalar(value), "scatter", (_, v) => v),
    {
      onnxExport: writing.scatterValue(false),
      gradName: "ScatterBackward1",
      grad: { self: ({ grad, dim, index }) => grad.scatter(dim, index, 0) },
    },
  ),
  op(
    "aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
    (self, dim, index, src, reduce) => scatterKernel(self, dim, index, src, "scatter", combiner(reduce)),
    { onnxExport: writing.scatter(true) },
  ),
  op(
    "aten::scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor",
    (self, dim, index, value, reduce) => {
      if (index.elements > 0) checkConversion(value, self.dtype);
      return scatterKernel(self, dim, index, wrapScalar(value), "scatter", combiner(reduce));
    },
    { onnxExport: writing.scatterValue(true) },
  ),
);
/** `scatter`, written to `self`. */
export const scatter_ = inplaceOf(scatter);

function combiner(reduce: string): (old: number, value: number) => number {
  if (reduce === "add") return (old, value) => old + value;
  if (reduce === "multiply") return (old, value) => old * value;
  throw new RuntimeError("reduce argument must be either add or multiply.");
}

/** A copy with elements of `src` added where `index` says along `dim`. */
export const scatterAdd: (self: Tensor, dim: number, index: Tensor, src: Tensor) => Tensor = aten(
  op(
    "aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    (self, dim, index, src) =>
      scatterKernel(self, dim, index, src, "scatter_add", (old, value) => old + value),
    {
      onnxExport: writing.scatterAdd,
      onnx: gradients.scatterAdd,
      grad: { self: ({ grad }) => grad, src: ({ grad, dim, index }) => grad.gather(dim, index) },
    },
  ),
);
/** `scatterAdd`, written to `self`. */
export const scatterAdd_ = inplaceOf(scatterAdd);

function checkIndexAdd(self: Tensor, dim: number, index: Tensor, source: Tensor): void {
  if (index.ndim > 1)
    throw new IndexError(
      "index_add_(): Index is supposed to be a vector, but got dim: " +
        `${index.ndim} with type: ${index.dtype.scalarName} and size: [${index.sizes.join(", ")}]`,
    );
  if (index.dtype !== int64 && index.dtype.name !== "int32") {
    throw new RuntimeError(
      `index_add_(): Expected dtype int32/int64 for index but got: ${index.dtype.scalarName}`,
    );
  }
  if (self.dtype !== source.dtype) {
    throw new RuntimeError(
      `index_add_(): self (${self.dtype.scalarName}) and source (${source.dtype.scalarName}) must have the same scalar type`,
    );
  }
  if (dim !== 0 && dim >= source.ndim) {
    throw new RuntimeError(
      `index_add_(): Indexing dim ${dim} is out of bounds of the source tensor with dim ${source.ndim}`,
    );
  }
  if (index.elements !== (source.ndim === 0 ? 1 : source.sizes[dim])) {
    if (source.ndim === 0) throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
    throw new RuntimeError(
      `index_add_(): Number of indices (${index.elements}) should be equal to source.size(dim): (${source.sizes[dim]}), for dim: ${dim}`,
    );
  }
  const others = (sizes: readonly number[]): readonly number[] => sizes.filter((_, i) => i !== dim);
  if (self.ndim !== source.ndim || !sameSizes(others(self.sizes), others(source.sizes))) {
    throw new RuntimeError(
      `source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = [${self.sizes.join(", ")}] source.shape = [${source.sizes.join(", ")}]`,
    );
  }
  const size = self.sizes[dim] ?? 1;
  for (const at of valuesOf(index))
    if (at < 0 || at >= size) throw new IndexError("index out of range in self");
}

/** A copy with slices of `source`, times `alpha`, added where `index`, a vector, says along `dim`. */
export const indexAdd: (
  self: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options?: { alpha?: Scalar },
) => Tensor = aten(
  op(
    "aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
    (self, dim, index, source, alpha) => {
      const d = wrapDim(dim, self.sizes.length);
      checkIndexAdd(self, d, index, source);
      checkConversion(alpha, self.dtype);
      const at = indicesOf(index, self.sizes[d] ?? 1, "index_add", d, false);
      const out = valuesOf(self).slice();
      const most = self.dtype === bool ? 1 : Number.POSITIVE_INFINITY;
      const from = valuesAs(alpha === 1 ? source : source.mul(alpha), self.dtype);
      const inner = numelOf(self.sizes.slice(d + 1));
      const outer = numelOf(self.sizes.slice(0, d));
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < at.length; i++) {
          const target = (o * (self.sizes[d] ?? 1) + at[i]) * inner;
          const start = (o * at.length + i) * inner;
          for (let j = 0; j < inner; j++) out[target + j] = Math.min(out[target + j] + from[start + j], most);
        }
      }
      return fromValues(out, self.sizes, self.dtype);
    },
    {
      onnxExport: writing.indexAdd,
      grad: {
        self: ({ grad }) => grad,
        source: ({ grad, dim, index, alpha }) => grad.indexSelect(dim, index).mul(alpha),
      },
    },
  ),
);
/** `indexAdd`, written to `self`. */
export const indexAdd_ = inplaceOf(indexAdd);
