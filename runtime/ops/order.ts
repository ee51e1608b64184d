/**
 * Views with the dimensions in another order.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorShape.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import * as views from "../jit/optimization/functional-forms.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";

/**
 * The dimensions in another order.
 * @example torch.ones([2, 3, 4]).permute([2, 0, 1]).shape // [4, 2, 3]
 */
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
      onnx: shapes.permute,
      through: views.permuted,
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

/**
 * Two dimensions swapped.
 * @example x.transpose(0, 1) // [[1, 3], [2, 4]]
 */
export const transpose: (self: Tensor, dim0: number, dim1: number) => Tensor = aten(
  op("aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", transposeKernel, {
    onnx: shapes.transpose,
    through: views.mirrored,
    grad: { self: ({ grad, dim0, dim1 }) => grad.transpose(dim0, dim1) },
  }),
);

/** Same as `transpose`. */
export const swapaxes: (self: Tensor, axis0: number, axis1: number) => Tensor = aten(
  op(
    "aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)",
    (self, a, b) => self.transpose(a, b),
    { onnx: shapes.transpose, through: views.mirrored, composite: true },
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
    {
      onnx: shapes.matrixTranspose,
      through: views.mirrored,
      grad: { self: ({ grad }) => grad.t() },
      gradName: "TBackward0",
    },
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
  const from = source.map((dim) => wrapDim(dim, rank));
  const to = destination.map((dim) => wrapDim(dim, rank));
  for (const [name, given, dims] of [
    ["source", source, from],
    ["destination", destination, to],
  ] as const) {
    if (new Set(dims).size < dims.length)
      throw new RuntimeError(`movedim: repeated dim in \`${name}\` ([${given.join(", ")}])`);
  }
  const rest = self.sizes.map((_, i) => i).filter((i) => !from.includes(i));
  const order = self.sizes.map((_, i) => (to.includes(i) ? from[to.indexOf(i)] : (rest.shift() as number)));
  return self.permute(order);
}
