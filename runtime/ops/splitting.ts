/**
 * Splitting and laying out: a tensor cut into parts along a dimension, repeated or turned round.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorShape.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as rearranging from "../jit/onnx/rearranging.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import { rawValuesOf, valuesOf } from "../tensor/access.ts";
import { wrapDim, wrapDims } from "../tensor/geometry.ts";
import { storageArrays } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";

function splitSizes(self: Tensor, sizes: readonly number[], dim: number): Tensor[] {
  const d = wrapDim(dim, self.sizes.length);
  if (sizes.some((size) => size < 0)) {
    throw new RuntimeError(
      `split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=[${sizes.join(", ")}]`,
    );
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== self.sizes[d]) {
    throw new RuntimeError(
      `split_with_sizes expects split_sizes to sum exactly to ${self.sizes[d]} (input tensor's size at dimension ${d}), but got split_sizes=[${sizes.join(", ")}]`,
    );
  }
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return self.narrow(d, start - size, size);
  });
}

function splitEvenly(self: Tensor, size: number, dim: number): Tensor[] {
  const d = wrapDim(dim, self.sizes.length);
  const length = self.sizes[d];
  if (size < 0)
    throw new RuntimeError(`split expects split_size be non-negative, but got split_size=${size}`);
  if (size === 0 && length !== 0) {
    throw new RuntimeError(
      `split_size can only be 0 if dimension size is 0, but got dimension size of ${length}`,
    );
  }
  const count = size === 0 ? 1 : Math.max(Math.ceil(length / size), 1);
  return splitSizes(
    self,
    Array.from({ length: count }, (_, i) => Math.min(size, length - i * size)),
    d,
  );
}

/**
 * Parts of the given size (the last may be smaller), or of the given sizes.
 * @example x.split(1)[1] // [[3, 4]]
 */
export const split: (self: Tensor, splitSize: number | readonly number[], dim?: number) => readonly Tensor[] =
  aten(
    op("aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]", splitEvenly, {
      onnx: shapes.split,
      composite: true,
    }),
    // torch's method is written in Python and calls the other operator for a list.
    op(
      "aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]",
      (self, sizes, dim) => splitWithSizes(self, sizes, dim),
      { onnx: shapes.split, composite: true, untraced: true },
    ),
  );

/** Parts of the given sizes. */
export const splitWithSizes: (
  self: Tensor,
  splitSizes: readonly number[],
  dim?: number,
) => readonly Tensor[] = aten(
  op(
    "aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
    splitSizes,
    { onnx: shapes.split, composite: true },
  ),
);

/**
 * At most `chunks` parts of equal size (the last may be smaller).
 * @example torch.arange(4).chunk(2)[1] // [2, 3]
 */
export const chunk: (self: Tensor, chunks: number, dim?: number) => readonly Tensor[] = aten(
  op(
    "aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]",
    (self, chunks, dim) => {
      if (self.sizes.length === 0) throw new RuntimeError("chunk expects at least a 1-dimensional tensor");
      if (chunks <= 0)
        throw new RuntimeError(`chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
      const length = self.sizes[wrapDim(dim, self.sizes.length)];
      const size = Math.ceil(length / chunks);
      return length === 0 ? splitSizes(self, new Array(chunks).fill(0), dim) : splitEvenly(self, size, dim);
    },
    { onnx: shapes.chunk, composite: true },
  ),
);

/**
 * The tensor laid side by side with itself.
 * @example torch.tensor([1, 2]).repeat([2]) // [1, 2, 1, 2]
 */
export const repeat: {
  (self: Tensor, repeats: readonly number[]): Tensor;
  (self: Tensor, ...repeats: number[]): Tensor;
} = aten(
  op(
    "aten::repeat(Tensor self, SymInt[] repeats) -> Tensor",
    (self, repeats) => {
      const added = repeats.length - self.sizes.length;
      if (added < 0) {
        throw new RuntimeError(
          "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
        );
      }
      const sizes = [...new Array<number>(added).fill(1), ...self.sizes];
      const whole = sizes.map((size, i) => size * repeats[i]);
      const negative = repeats.findIndex((count) => count < 0);
      if (negative >= 0) {
        throw new RuntimeError(
          `Trying to create tensor with negative dimension ${whole[negative] || repeats[negative]}: [${whole.join(", ")}]`,
        );
      }
      const interleaved = sizes.flatMap((size, i) => [repeats[i], size]);
      const expanded = self.reshape(sizes.flatMap((size) => [1, size])).expand(interleaved);
      // A copy also where nothing is repeated.
      return expanded.clone({ memoryFormat: 0 }).view(whole);
    },
    {
      onnx: shapes.repeat,
      grad: {
        self: ({ grad, self, repeats }) => {
          const added = repeats.length - self.sizes.length;
          const sizes = [...new Array<number>(added).fill(1), ...self.sizes];
          const parted = grad.reshape(sizes.flatMap((size, i) => [repeats[i], size]));
          return parted.sum(sizes.map((_, i) => 2 * i)).reshape(self.sizes);
        },
      },
    },
  ),
);

/**
 * The order of the elements reversed along dimensions.
 * @example torch.arange(3).flip([0]) // [2, 1, 0]
 */
export const flip: (self: Tensor, dims: readonly number[]) => Tensor = aten(
  op(
    "aten::flip(Tensor self, int[] dims) -> Tensor",
    (self, dims) => {
      const flipped = wrapDims(dims, self.sizes.length);
      const raw = rawValuesOf(self);
      const out = new storageArrays[self.dtype.name](raw.length);
      const index = new Array<number>(self.sizes.length).fill(0);
      for (let i = 0; i < raw.length; i++) {
        let from = 0;
        for (let d = 0; d < index.length; d++) {
          from = from * self.sizes[d] + (flipped.includes(d) ? self.sizes[d] - 1 - index[d] : index[d]);
        }
        out[i] = raw[from];
        for (let d = index.length - 1; d >= 0 && ++index[d] === self.sizes[d]; d--) index[d] = 0;
      }
      return tensorFromArray(out, self.dtype, self.sizes);
    },
    { onnx: rearranging.flip, grad: { self: ({ grad, dims }) => grad.flip(dims) } },
  ),
);

/** Parts as equal as can be, or cut at given places. */
export const tensorSplit: {
  (self: Tensor, sections: number, dim?: number): readonly Tensor[];
  (self: Tensor, indices: readonly number[], dim?: number): readonly Tensor[];
  (self: Tensor, tensorIndicesOrSections: Tensor, dim?: number): readonly Tensor[];
} = aten(
  op(
    "aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]",
    splitSections,
    {
      composite: true,
    },
  ),
  op("aten::tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]", splitAt, {
    composite: true,
  }),
  op(
    "aten::tensor_split.tensor_indices_or_sections(Tensor(a -> *) self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor(a)[]",
    (self, given, dim) => {
      if (given.dtype.name !== "int64") {
        throw new RuntimeError(
          `tensor_split expected tensor_indices_or_sections to have dtype of long, but got ${given.dtype.scalarName}`,
        );
      }
      if (given.sizes.length > 1) {
        throw new RuntimeError(
          `tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with ${given.sizes.length} dims`,
        );
      }
      const places = Array.from(valuesOf(given));
      return given.sizes.length === 0 ? splitSections(self, places[0], dim) : splitAt(self, places, dim);
    },
    { composite: true },
  ),
);

function checkSplittable(self: Tensor): void {
  if (self.sizes.length === 0) {
    throw new RuntimeError(
      "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims",
    );
  }
}

function splitSections(self: Tensor, sections: number, dim: number): readonly Tensor[] {
  checkSplittable(self);
  const d = wrapDim(dim, self.sizes.length);
  if (sections <= 0) throw new RuntimeError(`number of sections must be larger than 0, got ${sections}`);
  if (sections >= 2 ** 32) throw new RuntimeError(`no list holds ${sections} sections`);
  const least = Math.floor(self.sizes[d] / sections);
  const longer = self.sizes[d] % sections;
  return splitSizes(
    self,
    Array.from({ length: sections }, (_, i) => least + (i < longer ? 1 : 0)),
    d,
  );
}

function splitAt(self: Tensor, places: readonly number[], dim: number): readonly Tensor[] {
  checkSplittable(self);
  const d = wrapDim(dim, self.sizes.length);
  const bounds = [0, ...places, self.sizes[d]];
  return bounds.slice(1).map((end, i) => self.slice(d, bounds[i], end, 1));
}
