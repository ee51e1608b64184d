/**
 * Views of a part of the memory: an element or a range of a dimension, the diagonal, any strides at all.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorShape.cpp.
 */

import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import * as views from "../jit/optimization/functional-forms.ts";
import { fromValues } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import { elementOffsets, numelOf, wrapDim } from "../tensor/geometry.ts";
import type { NumberArray } from "../tensor/storage.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";

/**
 * Element `index` of dimension `dim`, which disappears.
 * @example x.select(0, 1) // [3, 4]
 */
export const select: (self: Tensor, dim: number, index: number) => Tensor = aten(
  op(
    "aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
    (self, dim, index) => {
      if (self.sizes.length === 0) throw new IndexError("select() cannot be applied to a 0-dim tensor.");
      const d = wrapDim(dim, self.sizes.length);
      const size = self.sizes[d];
      if (index < -size || index >= size) {
        throw new IndexError(
          `select(): index ${index} out of range for tensor of size [${self.sizes.join(", ")}] at dimension ${d}`,
        );
      }
      const at = index < 0 ? index + size : index;
      return viewOf(
        self,
        self.sizes.toSpliced(d, 1),
        self.strides.toSpliced(d, 1),
        self.offset + at * self.strides[d],
      );
    },
    {
      onnx: shapes.select,
      through: views.picked,
      grad: {
        self: ({ grad, self, dim, index }) => {
          const whole = self.zerosLike();
          whole.select(dim, index).copy_(grad);
          return whole;
        },
      },
    },
  ),
);

function sliceBounds(size: number, start: number | null, end: number | null): [number, number] {
  const clampTo = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const from = clampTo(start ?? 0);
  return [from, Math.max(clampTo(end ?? size), from)];
}

/** The elements of `dim` from `start` to `end` (excluded), every `step`th; negative bounds count from the end. */
export const slice: (
  self: Tensor,
  dim?: number,
  start?: number | null,
  end?: number | null,
  step?: number,
) => Tensor = aten(
  op(
    "aten::slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
    (self, dim, start, end, step) => {
      if (self.sizes.length === 0) throw new RuntimeError("slice() cannot be applied to a 0-dim tensor.");
      if (step <= 0) throw new RuntimeError("slice step must be positive");
      const d = wrapDim(dim, self.sizes.length);
      const [from, to] = sliceBounds(self.sizes[d], start, end);
      const length = Math.ceil((to - from) / step);
      return viewOf(
        self,
        self.sizes.with(d, length),
        self.strides.with(d, self.strides[d] * step),
        self.offset + from * self.strides[d],
      );
    },
    {
      onnx: shapes.slice,
      through: views.sliced,
      grad: {
        self: ({ grad, self, dim, start, end, step }) => {
          const whole = self.zerosLike();
          whole.slice(dim, start, end, step).copy_(grad);
          return whole;
        },
      },
    },
  ),
);

/**
 * `length` elements of `dim` from `start` on.
 * @example torch.arange(5).narrow(0, 1, 3) // [1, 2, 3]
 */
export const narrow: (self: Tensor, dim: number, start: number, length: number) => Tensor = aten(
  op(
    "aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)",
    (self, dim, start, length) => {
      if (self.sizes.length === 0) throw new RuntimeError("narrow() cannot be applied to a 0-dim tensor.");
      const size = self.sizes[wrapDim(dim, self.sizes.length)];
      if (length < 0) throw new RuntimeError("narrow(): length must be non-negative.");
      if (start < -size || start > size) {
        throw new IndexError(
          `start out of range (expected to be in range of [${-size}, ${size}], but got ${start})`,
        );
      }
      const from = start < 0 ? start + size : start;
      if (from > size - length) {
        throw new RuntimeError(`start (${from}) + length (${length}) exceeds dimension size (${size}).`);
      }
      return self.slice(dim, from, from + length, 1);
    },
    { onnx: shapes.narrow, through: views.narrowed, composite: true },
  ),
);

/**
 * Each element of a dimension as a tensor of its own.
 * @example x.unbind()[0] // [1, 2]
 */
export const unbind: (self: Tensor, dim?: number) => readonly Tensor[] = aten(
  op(
    "aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]",
    (self, dim) => {
      const d = wrapDim(dim, self.sizes.length);
      if (self.sizes.length === 0) {
        throw new IndexError("Dimension specified as 0 but tensor has no dimensions");
      }
      return Array.from({ length: self.sizes[d] }, (_, i) =>
        viewOf(
          self,
          self.sizes.toSpliced(d, 1),
          self.strides.toSpliced(d, 1),
          self.offset + i * self.strides[d],
        ),
      );
    },
    {
      onnx: shapes.unbind,
      grad: {
        self: ({ grads, self, dim }) => {
          const whole = self.zerosLike();
          for (const [i, grad] of (grads as Tensor[]).entries())
            if (grad.elements > 0) whole.select(dim, i).copy_(grad);
          return whole;
        },
      },
    },
  ),
);

/** The diagonal of the matrices in `dim1` and `dim2`, as the last dimension of a view. */
export const diagonal: (self: Tensor, offset?: number, dim1?: number, dim2?: number) => Tensor = aten(
  op(
    "aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
    (self, offset, dim1, dim2) => {
      const rank = self.sizes.length;
      const [a, b] = [wrapDim(dim1, rank), wrapDim(dim2, rank)];
      if (a === b) throw new RuntimeError(`diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
      const [rows, columns] = [self.sizes[a], self.sizes[b]];
      const length = Math.max(
        offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns),
        0,
      );
      const shift = length === 0 ? 0 : offset >= 0 ? offset * self.strides[b] : -offset * self.strides[a];
      const without = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== a && i !== b);
      return viewOf(
        self,
        [...without(self.sizes), length],
        [...without(self.strides), self.strides[a] + self.strides[b]],
        self.offset + shift,
      );
    },
    {
      grad: {
        self: ({ grad, self, offset, dim1, dim2 }) => {
          const whole = self.zerosLike();
          whole.diagonal(offset, dim1, dim2).copy_(grad);
          return whole;
        },
      },
    },
  ),
);

/** Throws torch's RuntimeErrors for geometries that no memory has. */
function checkStrided(size: readonly number[], stride: readonly number[], offset: number): void {
  if (size.length !== stride.length) {
    throw new RuntimeError("mismatch in length of strides and shape");
  }
  if (offset < 0) throw new RuntimeError(`Tensor: invalid storage offset ${offset}`);
  if (stride.some((step) => step < 0)) {
    throw new RuntimeError(
      `as_strided: Negative strides are not supported at the moment, got strides: [${stride.join(", ")}]`,
    );
  }
  if (size.some((n) => n < 0)) {
    throw new RuntimeError(
      `Storage size calculation overflowed with sizes=[${size.join(", ")}] and strides=[${stride.join(", ")}]`,
    );
  }
}

/** Any sizes, strides and offset over the same memory. */
export const asStrided: (
  self: Tensor,
  size: readonly number[],
  stride: readonly number[],
  storageOffset?: number | null,
) => Tensor = aten(
  op(
    "aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)",
    (self, size, stride, storageOffset) => {
      const offset = storageOffset ?? self.offset;
      checkStrided(size, stride, offset);
      const last = size.reduce((end, n, i) => end + (n - 1) * stride[i], offset);
      if (numelOf(size) > 0 && last >= self.storage.data.length) {
        throw new RuntimeError(
          `setStorage: sizes [${size.join(", ")}], strides [${stride.join(", ")}], storage offset ${offset}, and itemsize ${self.dtype.itemSize} requiring a storage size of ${(last + 1) * self.dtype.itemSize} are out of bounds for storage of size ${self.storage.data.byteLength}`,
        );
      }
      return viewOf(self, size, stride, offset);
    },
    {
      grad: {
        self: ({ grad, self, size, stride, storage_offset: offset }) => {
          // Places that the view shows several times get the sum of their gradients.
          const start: number = offset ?? self.offset;
          const length = Math.max(reach(self.sizes, self.strides, self.offset), reach(size, stride, start));
          const memory = makeZeros([length], grad.dtype);
          const places = Float64Array.from(elementOffsets(size, stride, start));
          const summed = memory.indexAdd(0, fromValues(places, [places.length], int64), grad.reshape([-1]));
          const found = summed.asStrided(self.sizes, self.strides, self.offset);
          const shared = sharersOf(self);
          return shared === null ? found : found.div(fromValues(shared, self.sizes, grad.dtype));
        },
      },
    },
  ),
);

/** How many elements of a tensor lie where each of them does, and share what arrives there; null if each lies alone. */
function sharersOf({ sizes, strides }: Tensor): NumberArray | null {
  const places = [...elementOffsets(sizes, strides, 0)];
  const counts = new Map<number, number>();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  return counts.size === places.length ? null : Float64Array.from(places, (place) => counts.get(place) ?? 1);
}

/** How many elements of memory a view needs: one more than the place of its last element. */
const reach = (sizes: readonly number[], strides: readonly number[], offset: number): number =>
  numelOf(sizes) === 0 ? offset : sizes.reduce((end, size, i) => end + (size - 1) * strides[i], offset) + 1;

/** The same memory without its history: no gradient flows through. */
export const detach: (self: Tensor) => Tensor = aten(
  op("aten::detach(Tensor(a) self) -> Tensor(a)", (self) => viewOf(self, self.sizes, self.strides), {
    onnx: forms.identity,
    through: views.same,
    grad: nonDifferentiable,
  }),
);
