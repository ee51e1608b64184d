/**
 * Views of another shape: the same memory with dimensions joined, split, added, dropped or expanded. Nothing is copied
 * but by `reshape` and `flatten` where no view is possible.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorShape.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as rearranging from "../jit/onnx/rearranging.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import * as views from "../jit/optimization/functional-forms.ts";
import { legacyName } from "../tensor/dtype.ts";
import { numelOf, wrapDim, wrapDims } from "../tensor/geometry.ts";
import { inferSizes, viewStrides } from "../tensor/reshape.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";

/** A shape by list or by single numbers; one size may be -1. */
export interface Reshape {
  (self: Tensor, size: readonly (number | Tensor)[]): Tensor;
  (self: Tensor, ...size: (number | Tensor)[]): Tensor;
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

/**
 * The same memory in another shape. Throws a RuntimeError where that would need a copy.
 * @example x.view([4]) // [1, 2, 3, 4]
 * @example x.view([-1, 1]).shape // [4, 1]
 */
export const view: Reshape = aten(
  op("aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)", viewKernel, {
    onnx: shapes.reshape,
    through: views.reshaped,
    grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
  }),
);

/**
 * Another shape: a view where possible, else a copy.
 * @example x.t().reshape([4]) // [1, 3, 2, 4]
 */
export const reshape: {
  (self: Tensor, shape: readonly (number | Tensor)[]): Tensor;
  (self: Tensor, ...shape: (number | Tensor)[]): Tensor;
} = aten(
  op(
    "aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
    (self, shape) => {
      const sizes = inferSizes(shape, self.elements);
      return viewStrides(self, sizes) === null
        ? self.clone({ memoryFormat: 0 }).view(sizes)
        : self.view(sizes);
    },
    { onnx: shapes.reshape, composite: true },
  ),
);

/** The shape of `other`. */
export const viewAs: (self: Tensor, other: Tensor) => Tensor = aten(
  op("aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)", (self, other) => self.view(other.sizes), {
    composite: true,
    onnx: shapes.viewAs,
  }),
);

/**
 * The shape of `other`: a view where possible, else a copy.
 * @example x.reshapeAs(torch.ones([4])) // [1, 2, 3, 4]
 */
export const reshapeAs: (self: Tensor, other: Tensor) => Tensor = aten(
  op(
    "aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    (self, other) => self.reshape(other.sizes),
    { composite: true, onnx: shapes.viewAs },
  ),
);

/**
 * Joins the dimensions from `startDim` to `endDim` to one.
 * @example torch.ones([2, 3, 4]).flatten(1).shape // [2, 12]
 */
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
    { onnx: shapes.flatten, composite: true },
  ),
);

/** Splits one dimension into several. */
export const unflatten: (self: Tensor, dim: number, sizes: readonly number[]) => Tensor = aten(
  op(
    "aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)",
    (self, dim, sizes) => {
      const d = wrapDim(dim, self.sizes.length);
      if (sizes.length === 0) throw new RuntimeError("unflatten: sizes must be non-empty");
      const parts = splitSizes(sizes, self.sizes[d], d);
      return self.view([...self.sizes.slice(0, d), ...parts, ...self.sizes.slice(d + 1)]);
    },
    { onnxExport: rearranging.unflatten, composite: true },
  ),
);

/** The sizes one dimension is split into, with a -1 worked out. */
function splitSizes(sizes: readonly number[], length: number, dim: number): number[] {
  const negative = sizes.findIndex((size) => size < -1);
  if (negative >= 0) {
    throw new RuntimeError(
      `unflatten got an unexpected error:\ninvalid shape dimension ${sizes[negative]} at index ${negative} of shape [${sizes.join(", ")}]`,
    );
  }
  try {
    return inferSizes(sizes, length);
  } catch {
    throw new RuntimeError(
      `unflatten: Provided sizes [${sizes.join(", ")}] don't multiply up to the size of dim ${dim} (${length}) in the input tensor`,
    );
  }
}

function squeezeKernel(self: Tensor, dims: readonly number[]): Tensor {
  const kept = self.sizes.map((_, i) => i).filter((i) => self.sizes[i] !== 1 || !dims.includes(i));
  return viewOf(
    self,
    kept.map((i) => self.sizes[i]),
    kept.map((i) => self.strides[i]),
  );
}

/**
 * Without dimensions of size 1: all of them, or those named.
 * @example torch.ones([1, 2, 1]).squeeze().shape // [2]
 */
export const squeeze: (self: Tensor, dim?: number | readonly number[]) => Tensor = aten(
  op(
    "aten::squeeze(Tensor(a) self) -> Tensor(a)",
    (self) =>
      squeezeKernel(
        self,
        self.sizes.map((_, i) => i),
      ),
    {
      onnx: shapes.squeeze,
      through: views.reshaped,
      grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
    },
  ),
  op(
    "aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
    (self, dim) => squeezeKernel(self, [wrapDim(dim, self.sizes.length)]),
    {
      onnx: shapes.squeeze,
      through: views.reshaped,
      gradName: "SqueezeBackward1",
      grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
    },
  ),
  op(
    "aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
    (self, dims) => squeezeKernel(self, wrapDims(dims, self.sizes.length)),
    {
      onnx: shapes.squeeze,
      through: views.reshaped,
      gradName: "SqueezeBackward2",
      grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
    },
  ),
);

/**
 * With a new dimension of size 1 at `dim`.
 * @example x.unsqueeze(0).shape // [1, 2, 2]
 */
export const unsqueeze: (self: Tensor, dim: number) => Tensor = aten(
  op(
    "aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
    (self, dim) => {
      const d = wrapDim(dim, self.sizes.length + 1);
      const stride = d < self.sizes.length ? self.sizes[d] * self.strides[d] : 1;
      return viewOf(self, self.sizes.toSpliced(d, 0, 1), self.strides.toSpliced(d, 0, stride));
    },
    { onnx: shapes.unsqueeze, through: views.reshaped, grad: { self: ({ grad, dim }) => grad.squeeze(dim) } },
  ),
);

/**
 * Dimensions of size 1 seen as larger, without a copy; -1 keeps a size.
 * @example torch.ones([2, 1]).expand([2, 3]).shape // [2, 3]
 */
export const expand: {
  (self: Tensor, size: readonly (number | Tensor)[], options?: { implicit?: boolean }): Tensor;
  (self: Tensor, ...size: (number | Tensor)[]): Tensor;
} = aten(
  op(
    "aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
    (self, size) => {
      const added = size.length - self.sizes.length;
      if (added < 0) {
        throw new RuntimeError(
          `expand(${legacyName(self.dtype)}{[${self.sizes.join(", ")}]}, size=[${size.join(", ")}]): the number of sizes provided (${size.length}) must be greater or equal to the number of dimensions in the tensor (${self.sizes.length})`,
        );
      }
      const sizes = size.map((wanted, i) => expandedSize(self, wanted, i - added, i, size));
      if (sizes.some((length) => length < 0))
        throw new RuntimeError("numel: integer multiplication overflow");
      const strides = sizes.map((wanted, i) => {
        const from = i - added;
        return from < 0 || (self.sizes[from] === 1 && wanted !== 1) ? 0 : self.strides[from];
      });
      return viewOf(self, sizes, strides);
    },
    { onnx: shapes.expand, through: views.repeated, grad: { self: ({ grad }) => grad } },
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
      `expand(${legacyName(self.dtype)}{[${self.sizes.join(", ")}]}, size=[${size.join(", ")}]): the expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${at}`,
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
    { onnx: shapes.expandAs, through: views.repeated, composite: true },
  ),
);
