/**
 * Copies with parts replaced: slices by index, masked elements, one selected slice; and the gradients of picking parts.
 * Source: derivatives.yaml, aten/src/ATen/native/TensorAdvancedIndexing.cpp, TensorShape.cpp.
 */

import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError, ValueError } from "../errors.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import * as writing from "../jit/onnx/writing.ts";
import { firstValue, fromValues, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import { contiguousStrides, sameSizes, wrapDim } from "../tensor/geometry.ts";
import { scalar, type Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

/** A copy with slices of `source` where `index`, a vector, says along `dim`. */
export const indexCopy: (self: Tensor, dim: number, index: Tensor, source: Tensor) => Tensor = aten(
  op(
    "aten::index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
    (self, dim, index, source) => {
      const d = wrapDim(dim, self.ndim);
      if (index.ndim >= 2) {
        throw new IndexError(`index_copy_(): Index should have dimension 1 or 0 (got ${index.ndim})`);
      }
      if (index.dtype.name !== "int64") {
        throw new RuntimeError(
          `index_copy_(): Expected a long tensor for index, but got ${index.dtype.scalarName}`,
        );
      }
      if (self.dtype !== source.dtype) {
        throw new RuntimeError(
          `index_copy_(): self and source expected to have the same dtype, but got (self) ${self.dtype.scalarName} and (source) ${source.dtype.scalarName}`,
        );
      }
      const rows = source.ndim === 0 ? 1 : source.sizes[d];
      if (index.elements !== rows && self.ndim > 0) {
        throw new IndexError(
          `index_copy_(): Number of indices (${index.elements}) should be equal to source.size(dim) (${rows})`,
        );
      }
      if (source.ndim === 0 && index.elements !== 1) {
        throw new IndexError(
          `index_copy_(): When source is scalar, index should have one element (got ${index.elements})`,
        );
      }
      const without = (sizes: readonly number[]): readonly number[] => sizes.filter((_, i) => i !== d);
      if (self.ndim > 0 && !sameSizes(without(self.sizes), without(source.sizes))) {
        throw new RuntimeError(
          `index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: ${without(self.sizes).join(" ")} at dimension ${d} and source slice shape: ${without(source.sizes).join(" ")} at dimension 0.`,
        );
      }
      const out = self.clone();
      const size = self.sizes[d] ?? 1;
      valuesOf(index).forEach((at, i) => {
        if (at < 0 || at >= size)
          throw new IndexError(
            `index_copy_(): index ${at} is out of bounds for dimension ${d} with size ${size}`,
          );
        if (self.ndim === 0) out.copy_(source.reshape([]));
        else out.select(d, at).copy_(source.ndim === 0 ? source : source.select(d, i));
      });
      return out;
    },
    {
      onnxExport: writing.indexCopy,
      grad: {
        self: ({ grad, dim, index }) => grad.indexFill(dim, index, 0),
        source: ({ grad, dim, index, source }) =>
          source.ndim > 0
            ? grad.indexSelect(dim, index).reshape(source.sizes)
            : grad.indexSelect(dim, index).reshape([]),
      },
    },
  ),
);
/** `indexCopy`, written to `self`. */
export const indexCopy_ = inplaceOf(indexCopy);

/** Torch views a tensor as having each slice once for each index; one without elements has no memory for that. */
function checkRestrided(self: Tensor, dim: number, count: number): void {
  const sizes = self.ndim === 0 ? [] : self.sizes.with(dim, count);
  if (sizes.includes(0)) return;
  const strides = contiguousStrides(self.sizes).with(dim, 0);
  const bytes = self.dtype.itemSize * (1 + sizes.reduce((end, size, i) => end + (size - 1) * strides[i], 0));
  throw new RuntimeError(
    `setStorage: sizes [${sizes.join(", ")}], strides [${strides.join(", ")}], storage offset 0, and itemsize ${self.dtype.itemSize} requiring a storage size of ${bytes} are out of bounds for storage of size 0`,
  );
}

function fillSlices(self: Tensor, dim: number, index: Tensor, value: Tensor): Tensor {
  if (index.dtype.name !== "int64") throw new IndexError("index_fill_(): Expected dtype int64 for index.");
  if (index.ndim > 1) throw new RuntimeError("Index has to be a vector/scalar");
  const d = wrapDim(dim, self.ndim);
  const size = self.sizes[d] ?? 1;
  const out = self.clone();
  if (self.elements === 0) {
    checkRestrided(self, d, index.elements);
    return out;
  }
  for (const at of valuesOf(index)) {
    if (at < -size || at >= size)
      throw new IndexError(`index ${at} is out of bounds for dimension ${d} with size ${size}`);
    if (self.ndim === 0) out.copy_(value);
    else out.select(d, at < 0 ? at + size : at).copy_(value);
  }
  return out;
}

/** A copy with the slices that `index`, a vector, names along `dim` filled with a value. */
export const indexFill: (self: Tensor, dim: number, index: Tensor, value: Scalar | Tensor) => Tensor = aten(
  op(
    "aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
    (self, dim, index, value) => {
      checkConversion(value, self.dtype);
      return fillSlices(self, dim, index, wrapScalar(value));
    },
    {
      onnxExport: writing.indexFill,
      overlapping: true,
      grad: { self: ({ grad, dim, index }) => grad.indexFill(dim, index, 0) },
    },
  ),
  op(
    "aten::index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor",
    (self, dim, index, value) => {
      if (value.ndim > 0) {
        throw new RuntimeError(
          `index_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s).`,
        );
      }
      const number = firstValue(value);
      checkConversion(value.isFloatingPoint() ? scalar(number, "float") : number, self.dtype);
      return fillSlices(self, dim, index, value);
    },
    {
      onnxExport: writing.indexFill,
      overlapping: true,
      gradName: "IndexFillBackward1",
      grad: {
        self: ({ grad, dim, index }) => grad.indexFill(dim, index, 0),
        value: ({ grad, dim, index }) => grad.sub(grad.indexFill(dim, index, 0)).sum(),
      },
    },
  ),
);
/** `indexFill`, written to `self`. */
export const indexFill_ = inplaceOf(indexFill);

/** A copy with the elements of `source`, in order, where `mask` is true. */
export const maskedScatter: (self: Tensor, mask: Tensor, source: Tensor) => Tensor = aten(
  op(
    "aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor",
    (self, mask, source) => {
      if (self.dtype !== source.dtype) {
        throw new RuntimeError(
          `masked_scatter: expected self and source to have same dtypes but got${self.dtype.scalarName} and ${source.dtype.scalarName}`,
        );
      }
      if (mask.dtype !== bool) {
        throw new RuntimeError(
          `masked_scatter_ only supports boolean masks, but got mask with dtype ${mask.dtype.scalarName}`,
        );
      }
      const [big, chosen] = expandTogether(self, mask);
      const out = valuesOf(big).slice();
      const from = valuesOf(source);
      const flags = valuesOf(chosen);
      let next = 0;
      for (let i = 0; i < out.length; i++) {
        if (flags[i] === 0) continue;
        if (next >= from.length)
          throw new RuntimeError("Number of elements of source < number of ones in mask");
        out[i] = from[next++];
      }
      return fromValues(out, big.sizes, self.dtype);
    },
    {
      grad: {
        self: ({ grad, mask }) => grad.maskedFill(mask, 0),
        source: ({ grad, mask, source }) => {
          const picked = grad.maskedSelect(mask);
          const padded = makeZeros([source.elements], grad.dtype);
          padded.narrow(0, 0, picked.elements).copy_(picked);
          return padded.reshape(source.sizes);
        },
      },
    },
  ),
);
/** `maskedScatter`, written to `self`. */
export const maskedScatter_ = inplaceOf(maskedScatter);

function expandTogether(self: Tensor, mask: Tensor): [Tensor, Tensor] {
  const target =
    self.ndim >= mask.ndim &&
    mask.sizes.every((size, i) => size === 1 || size === self.sizes[self.ndim - mask.ndim + i]);
  if (target) return [self, mask.expand(self.sizes)];
  const expanded = mask.logicalOr(self.ne(self)).sizes;
  return [self.expand(expanded), mask.expand(expanded)];
}

/** A copy with `src` as the slice `index` of `dim`. */
export const selectScatter: (self: Tensor, src: Tensor, dim: number, index: number) => Tensor = aten(
  op(
    "aten::select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor",
    (self, src, dim, index) => {
      const out = self.clone();
      const slice = out.select(dim, index);
      checkSlice(slice, src);
      slice.copy_(src);
      return out;
    },
    {
      onnx: shapes.selectScatter,
      grad: {
        self: ({ grad, src, dim, index }) => selectScatter(grad, src.zerosLike(), dim, index),
        src: ({ grad, dim, index }) => grad.select(dim, index),
      },
    },
  ),
);

function checkSlice(slice: Tensor, src: Tensor): void {
  if (!sameSizes(slice.sizes, src.sizes)) {
    throw new RuntimeError(
      `expected src to have a size equal to the slice of self. src size = [${src.sizes.join(", ")}], slice size = [${slice.sizes.join(", ")}]`,
    );
  }
}

/** A copy with `src` as a range of `dim`. */
export const sliceScatter: (
  self: Tensor,
  src: Tensor,
  dim?: number,
  start?: number | null,
  end?: number | null,
  step?: number,
) => Tensor = aten(
  op(
    "aten::slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
    (self, src, dim, start, end, step) => {
      const out = self.clone();
      const slice = out.slice(dim, start, end, step);
      checkSlice(slice, src);
      slice.copy_(src);
      return out;
    },
    {
      onnx: shapes.sliceScatter,
      grad: {
        self: ({ grad, src, dim, start, end, step }) =>
          sliceScatter(grad, src.zerosLike(), dim, start, end, step),
        src: ({ grad, dim, start, end, step }) => grad.slice(dim, start, end, step),
      },
    },
  ),
);

/** The gradient of `select`: zeros but for one slice. */
export const selectBackward: (
  gradOutput: Tensor,
  inputSizes: readonly number[],
  dim: number,
  index: number,
) => Tensor = aten(
  op(
    "aten::select_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt index) -> Tensor",
    (grad, sizes, dim, index) => {
      const out = makeZeros(sizes, grad.dtype);
      out.select(dim, index).copy_(grad);
      return out;
    },
    { grad: { grad_output: ({ grad, dim, index }) => grad.select(dim, index) } },
  ),
);

/** The gradient of `slice`: zeros but for a range. */
export const sliceBackward: (
  gradOutput: Tensor,
  inputSizes: readonly number[],
  dim: number,
  start: number,
  end: number,
  step: number,
) => Tensor = aten(
  op(
    "aten::slice_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt start, SymInt end, SymInt step) -> Tensor",
    (grad, sizes, dim, start, end, step) => {
      const out = makeZeros(sizes, grad.dtype);
      out.slice(dim, start, end, step).copy_(grad);
      return out;
    },
    { grad: { grad_output: ({ grad, dim, start, end, step }) => grad.slice(dim, start, end, step) } },
  ),
);

/** Windows of `size` elements, `step` apart along `dimension`, as a view with a last dimension for the window. */
export const unfold: (self: Tensor, dimension: number, size: number, step: number) => Tensor = aten(
  op(
    "aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)",
    (self, dimension, size, step) => {
      const d = wrapDim(dimension, self.ndim);
      const length = self.sizes[d] ?? 1;
      if (size > length) {
        throw new RuntimeError(`maximum size for tensor at dimension ${d} is ${length} but size is ${size}`);
      }
      if (size < 0) throw new RuntimeError(`size is ${size} but must be >= 0`);
      if (step <= 0) throw new RuntimeError(`step is ${step} but must be > 0`);
      const stride = self.strides[d] ?? 1;
      const count = Math.floor((length - size) / step) + 1;
      const sizes = self.ndim === 0 ? [size] : [...self.sizes.with(d, count), size];
      const strides = self.ndim === 0 ? [1] : [...self.strides.with(d, stride * step), stride];
      return self.asStrided(sizes, strides, self.offset);
    },
    {
      grad: {
        self: ({ grad, self, dimension, size, step }) =>
          unfoldBackward(grad, self.sizes, dimension, size, step),
      },
    },
  ),
);

/** The gradient of `unfold`: what overlapping windows share is summed. */
export const unfoldBackward: (
  gradIn: Tensor,
  inputSizes: readonly number[],
  dim: number,
  size: number,
  step: number,
) => Tensor = aten(
  op(
    "aten::unfold_backward(Tensor grad_in, SymInt[] input_sizes, int dim, int size, int step) -> Tensor",
    (grad, sizes, dim, size, step) => {
      if (size < 0) throw new RuntimeError(`size is ${size} but must be >= 0`);
      if (step <= 0) throw new ValueError(`step is ${step} but must be > 0`);
      const d = wrapDim(dim, sizes.length);
      if (sizes.length === 0) return grad.sum().reshape([]);
      const out = makeZeros(sizes, grad.dtype);
      const windows = grad.sizes[d];
      for (let i = 0; i < windows; i++) {
        out.narrow(d, i * step, size).add_(grad.select(d, i).movedim(-1, d));
      }
      return out;
    },
    { grad: { grad_in: ({ grad, dim, size, step }) => unfold(grad, dim, size, step) } },
  ),
);
