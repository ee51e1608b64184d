/**
 * Views: other shapes, orders and parts of the same memory. Nothing is copied but by `reshape` and `flatten` where no
 * view is possible.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorShape.cpp, TensorUtils.cpp (computeStride).
 */
import { nonDifferentiable } from "../autograd/record.ts";
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { numelOf, wrapDim, wrapDims } from "../tensor/geometry.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";

/** A shape by list or by single numbers; one size may be -1. */
export interface Reshape {
  (self: Tensor, size: readonly (number | Tensor)[]): Tensor;
  (self: Tensor, ...size: (number | Tensor)[]): Tensor;
}

/** A shape with its -1 worked out. Throws torch's RuntimeError where the elements do not fit. */
export function inferSizes(shape: readonly number[], numel: number): number[] {
  const unknown = shape.indexOf(-1);
  if (unknown !== shape.lastIndexOf(-1)) throw new RuntimeError("only one dimension can be inferred");
  const invalid = shape.find((size) => size < -1);
  if (invalid !== undefined) throw new RuntimeError(`invalid shape dimension ${invalid}`);
  const known = shape.reduce((n, size) => (size === -1 ? n : n * size), 1);
  const fits = unknown < 0 ? known === numel : known > 0 && numel % known === 0;
  if (!fits) {
    if (unknown >= 0 && known === 0 && numel === 0) {
      throw new RuntimeError(
        `cannot reshape tensor of 0 elements into shape [${shape.join(", ")}] because the unspecified dimension size -1 can be any value and is ambiguous`,
      );
    }
    throw new RuntimeError(`shape '[${shape.join(", ")}]' is invalid for input of size ${numel}`);
  }
  return shape.map((size, i) => (i === unknown ? numel / known : size));
}

/** The strides of a view of `sizes`, or null if the memory cannot be seen that way. */
export function viewStrides(tensor: Tensor, sizes: readonly number[]): number[] | null {
  const old = tensor.sizes;
  if (numelOf(old) === 0) {
    const strides = new Array<number>(sizes.length);
    for (let i = sizes.length - 1, stride = 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= Math.max(sizes[i], 1);
    }
    return strides;
  }
  const strides = new Array<number>(sizes.length);
  let to = sizes.length - 1;
  let chunkElements = 1;
  let viewElements = 1;
  let baseStride = old.length > 0 ? tensor.strides[old.length - 1] : 1;
  if (old.length === 0) return sizes.map(() => 1);
  for (let from = old.length - 1; from >= 0; from--) {
    chunkElements *= old[from];
    const chunkEnds =
      from === 0 || (old[from - 1] !== 1 && tensor.strides[from - 1] !== chunkElements * baseStride);
    if (!chunkEnds) continue;
    while (to >= 0 && (viewElements < chunkElements || sizes[to] === 1)) {
      strides[to] = viewElements * baseStride;
      viewElements *= sizes[to--];
    }
    if (viewElements !== chunkElements) return null;
    if (from > 0) {
      baseStride = tensor.strides[from - 1];
      chunkElements = 1;
      viewElements = 1;
    }
  }
  return to === -1 ? strides : null;
}

function viewKernel(self: Tensor, size: readonly number[]): Tensor {
  const sizes = inferSizes(size, self.elements);
  const strides = viewStrides(self, sizes);
  if (strides === null) {
    throw new RuntimeError(
      "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
    );
  }
  return viewOf(self, sizes, strides);
}

/** The same memory in another shape. Throws a RuntimeError where that would need a copy. */
export const view: Reshape = aten(
  op("aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)", viewKernel, {
    grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
  }),
);

/** Another shape: a view where possible, else a copy. */
export const reshape: Reshape = aten(
  op(
    "aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
    (self, shape) => {
      const sizes = inferSizes(shape, self.elements);
      return viewStrides(self, sizes) === null ? self.clone().view(sizes) : self.view(sizes);
    },
    { composite: true },
  ),
);

/** The shape of `other`. */
export const viewAs: (self: Tensor, other: Tensor) => Tensor = aten(
  op("aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)", (self, other) => self.view(other.sizes), {
    composite: true,
  }),
);

/** Joins the dimensions from `startDim` to `endDim` to one. */
export const flatten: (self: Tensor, startDim?: number, endDim?: number) => Tensor = aten(
  op(
    "aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)",
    (self, startDim, endDim) => {
      const rank = self.sizes.length;
      const [start, end] = [wrapDim(startDim, rank), wrapDim(endDim, rank)];
      if (start > end)
        throw new RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim");
      if (rank === 0) return self.reshape([1]);
      if (start === end) return self;
      const joined = numelOf(self.sizes.slice(start, end + 1));
      return self.reshape([...self.sizes.slice(0, start), joined, ...self.sizes.slice(end + 1)]);
    },
    { composite: true },
  ),
);

/** Splits one dimension into several. */
export const unflatten: (self: Tensor, dim: number, sizes: readonly number[]) => Tensor = aten(
  op(
    "aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)",
    (self, dim, sizes) => {
      const d = wrapDim(dim, self.sizes.length);
      const parts = inferSizes(sizes, self.sizes[d]);
      return self.view([...self.sizes.slice(0, d), ...parts, ...self.sizes.slice(d + 1)]);
    },
    { composite: true },
  ),
);

/** The dimensions in another order. */
export const permute: {
  (self: Tensor, dims: readonly number[]): Tensor;
  (self: Tensor, ...dims: number[]): Tensor;
} = aten(
  op(
    "aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)",
    (self, dims) => {
      if (dims.length !== self.sizes.length) {
        throw new RuntimeError(
          `permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${self.sizes.length} is not equal to len(dims) = ${dims.length}`,
        );
      }
      const order = dims.map((dim) => wrapDim(dim, self.sizes.length));
      if (new Set(order).size !== order.length)
        throw new RuntimeError("permute(): duplicate dims are not allowed.");
      return viewOf(
        self,
        order.map((dim) => self.sizes[dim]),
        order.map((dim) => self.strides[dim]),
      );
    },
    {
      grad: {
        self: ({ grad, dims }) => {
          const order = (dims as number[]).map((dim) => wrapDim(dim, dims.length));
          return grad.permute(order.map((_, i) => order.indexOf(i)));
        },
      },
    },
  ),
);

function transposeKernel(self: Tensor, dim0: number, dim1: number): Tensor {
  const rank = self.sizes.length;
  const [a, b] = [wrapDim(dim0, rank), wrapDim(dim1, rank)];
  const swap = <T>(list: readonly T[]): T[] =>
    list.map((item, i) => (i === a ? list[b] : i === b ? list[a] : item));
  return viewOf(self, swap(self.sizes), swap(self.strides));
}

/** Two dimensions swapped. */
export const transpose: (self: Tensor, dim0: number, dim1: number) => Tensor = aten(
  op("aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", transposeKernel, {
    grad: { self: ({ grad, dim0, dim1 }) => grad.transpose(dim0, dim1) },
  }),
);

/** Same as `transpose`. */
export const swapaxes: (self: Tensor, axis0: number, axis1: number) => Tensor = aten(
  op(
    "aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)",
    (self, a, b) => self.transpose(a, b),
    { composite: true },
  ),
);

/** The transpose of a matrix; vectors and 0-d tensors stay as they are. */
export const t: (self: Tensor) => Tensor = aten(
  op(
    "aten::t(Tensor(a) self) -> Tensor(a)",
    (self) => {
      if (self.sizes.length > 2) {
        throw new RuntimeError(
          `t() expects a tensor with <= 2 dimensions, but self is ${self.sizes.length}D`,
        );
      }
      return self.sizes.length < 2 ? viewOf(self, self.sizes, self.strides) : transposeKernel(self, 0, 1);
    },
    { grad: { self: ({ grad }) => grad.t() }, gradName: "TBackward0" },
  ),
);

/** Moves dimensions to other places; the rest keep their order. */
export const movedim: (
  self: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
) => Tensor = aten(
  op(
    "aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
    (self, source, destination) => moveDims(self, [source], [destination]),
    { composite: true },
  ),
  op("aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)", moveDims, {
    composite: true,
  }),
);

function moveDims(self: Tensor, source: readonly number[], destination: readonly number[]): Tensor {
  const rank = self.sizes.length;
  if (source.length !== destination.length) {
    throw new RuntimeError(
      `movedim: Invalid source or destination dims: source ([${source.join(", ")}] dims) should contain the same number of dims as destination ([${destination.join(", ")}] dims)`,
    );
  }
  const from = wrapDims(source, rank);
  const to = wrapDims(destination, rank);
  const rest = self.sizes.map((_, i) => i).filter((i) => !from.includes(i));
  const order = self.sizes.map((_, i) => (to.includes(i) ? from[to.indexOf(i)] : (rest.shift() as number)));
  return self.permute(order);
}

function squeezeKernel(self: Tensor, dims: readonly number[]): Tensor {
  const kept = self.sizes.map((_, i) => i).filter((i) => self.sizes[i] !== 1 || !dims.includes(i));
  return viewOf(
    self,
    kept.map((i) => self.sizes[i]),
    kept.map((i) => self.strides[i]),
  );
}

/** Without dimensions of size 1: all of them, or those named. */
export const squeeze: (self: Tensor, dim?: number | readonly number[]) => Tensor = aten(
  op(
    "aten::squeeze(Tensor(a) self) -> Tensor(a)",
    (self) =>
      squeezeKernel(
        self,
        self.sizes.map((_, i) => i),
      ),
    {
      grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
    },
  ),
  op(
    "aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
    (self, dim) => squeezeKernel(self, [wrapDim(dim, self.sizes.length)]),
    {
      gradName: "SqueezeBackward1",
      grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
    },
  ),
  op(
    "aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
    (self, dims) => squeezeKernel(self, wrapDims(dims, self.sizes.length)),
    {
      gradName: "SqueezeBackward2",
      grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
    },
  ),
);

/** With a new dimension of size 1 at `dim`. */
export const unsqueeze: (self: Tensor, dim: number) => Tensor = aten(
  op(
    "aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
    (self, dim) => {
      const d = wrapDim(dim, self.sizes.length + 1);
      const stride = d < self.sizes.length ? self.sizes[d] * self.strides[d] : 1;
      return viewOf(self, self.sizes.toSpliced(d, 0, 1), self.strides.toSpliced(d, 0, stride));
    },
    { grad: { self: ({ grad, dim }) => grad.squeeze(dim) } },
  ),
);

/** Dimensions of size 1 seen as larger, without a copy; -1 keeps a size. */
export const expand: Reshape = aten(
  op(
    "aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
    (self, size) => {
      const added = size.length - self.sizes.length;
      if (added < 0) {
        throw new RuntimeError(
          `expand(torch.${self.dtype.scalarName}Tensor{[${self.sizes.join(", ")}]}, size=[${size.join(", ")}]): the number of sizes provided (${size.length}) must be greater or equal to the number of dimensions in the tensor (${self.sizes.length})`,
        );
      }
      const sizes = size.map((wanted, i) => expandedSize(self, wanted, i - added, i, size));
      const strides = sizes.map((wanted, i) => {
        const from = i - added;
        return from < 0 || (self.sizes[from] === 1 && wanted !== 1) ? 0 : self.strides[from];
      });
      return viewOf(self, sizes, strides);
    },
    { grad: { self: ({ grad }) => grad } },
  ),
);

function expandedSize(
  self: Tensor,
  wanted: number,
  from: number,
  at: number,
  size: readonly number[],
): number {
  if (wanted === -1) {
    if (from >= 0) return self.sizes[from];
    throw new RuntimeError(
      `expand(torch.${self.dtype.scalarName}Tensor{[${self.sizes.join(", ")}]}, size=[${size.join(", ")}]): the expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${at}`,
    );
  }
  if (from >= 0 && self.sizes[from] !== 1 && self.sizes[from] !== wanted) {
    throw new RuntimeError(
      `The expanded size of the tensor (${wanted}) must match the existing size (${self.sizes[from]}) at non-singleton dimension ${at}.  Target sizes: [${size.join(", ")}].  Tensor sizes: [${self.sizes.join(", ")}]`,
    );
  }
  return wanted;
}

/** Expanded to the shape of `other`. */
export const expandAs: (self: Tensor, other: Tensor) => Tensor = aten(
  op(
    "aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    (self, other) => self.expand(other.sizes),
    { composite: true },
  ),
);

/** Element `index` of dimension `dim`, which disappears. */
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

/** `length` elements of `dim` from `start` on. */
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
    { composite: true },
  ),
);

/** Each element of a dimension as a tensor of its own. */
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
      grad: {
        self: ({ grads, self, dim }) => {
          const whole = self.zerosLike();
          for (const [i, grad] of (grads as Tensor[]).entries()) whole.select(dim, i).copy_(grad);
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
          const whole = self.zerosLike();
          whole.asStrided(size, stride, (offset ?? self.offset) - self.offset).add_(grad);
          return whole;
        },
      },
    },
  ),
);

/** The same memory without its history: no gradient flows through. */
export const detach: (self: Tensor) => Tensor = aten(
  op("aten::detach(Tensor(a) self) -> Tensor(a)", (self) => viewOf(self, self.sizes, self.strides), {
    grad: nonDifferentiable,
  }),
);
