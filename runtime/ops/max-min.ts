/**
 * The greatest and the smallest elements, and where they are.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/ReduceOps.cpp, TensorCompare.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as extremes from "../jit/onnx/extremes.ts";
import { extremeOfAll, extremesAlong } from "../kernels/reduce.ts";
import { bool } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Values and their places along a dimension; an array of both with the names torch gives them. */
export type ValuesAndIndices = readonly [values: Tensor, indices: Tensor];

/** The gradient of picking elements: put back where they came from. */
function scatterGradient(grad: Tensor, self: Tensor, dim: number, indices: Tensor, keepdim: boolean): Tensor {
  if (self.sizes.length === 0) return grad;
  const [g, at] = keepdim ? [grad, indices] : [grad.unsqueeze(dim), indices.unsqueeze(dim)];
  return self.zerosLike().scatter(dim, at, g);
}

/** The gradient of a full extreme: shared evenly by the elements that reach it. */
function evenGradient(grad: Tensor, self: Tensor, result: Tensor): Tensor {
  const mask = self.eq(result);
  return mask.to(grad.dtype).mul(grad.div(mask.sum()));
}

/** The greatest element, the greatest along a dimension with their places, or the greater of two tensors. */
export interface Extreme {
  (self: Tensor): Tensor;
  (self: Tensor, other: Tensor): Tensor;
  (self: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
}

/**
 * The greatest element; along `dim` a pair of the greatest and where they are (of equals, any); with a second tensor, the greater of each
 * two. NaN wins.
 * @example x.max().item() // 4
 * @example x.max(1)[1] // [1, 1]
 */
export const max: Extreme = aten(
  op("aten::max(Tensor self) -> Tensor", (self) => extremeOfAll(self, 1, "max"), {
    picks: [0],
    onnx: extremes.extreme("ReduceMax"),
    gradName: "MaxBackward1",
    grad: { self: ({ grad, self, result }) => evenGradient(grad, self, result) },
  }),
  op(
    "aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    (self, dim, keepdim) => extremesAlong(self, dim, keepdim, 1, "max"),
    {
      picks: [0],
      onnx: extremes.extremeAlong("ReduceMax", "ArgMax"),
      grad: {
        self: ({ grad, self, dim, keepdim, results }) =>
          scatterGradient(grad, self, dim, results[1], keepdim),
      },
    },
  ),
  op("aten::max.other(Tensor self, Tensor other) -> Tensor", (self, other) => self.maximum(other), {
    composite: true,
  }),
);

/**
 * The least element; along `dim` a pair of the least and where they are (of equals, any); with a second tensor, the lesser of each two.
 * NaN wins.
 * @example x.min(0)[0] // [1, 2]
 */
export const min: Extreme = aten(
  op("aten::min(Tensor self) -> Tensor", (self) => extremeOfAll(self, -1, "min"), {
    picks: [0],
    onnx: extremes.extreme("ReduceMin"),
    gradName: "MinBackward1",
    grad: { self: ({ grad, self, result }) => evenGradient(grad, self, result) },
  }),
  op(
    "aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    (self, dim, keepdim) => extremesAlong(self, dim, keepdim, -1, "min"),
    {
      picks: [0],
      onnx: extremes.extremeAlong("ReduceMin", "ArgMin"),
      grad: {
        self: ({ grad, self, dim, keepdim, results }) =>
          scatterGradient(grad, self, dim, results[1], keepdim),
      },
    },
  ),
  op("aten::min.other(Tensor self, Tensor other) -> Tensor", (self, other) => self.minimum(other), {
    composite: true,
  }),
);

/** The place of an extreme: in the flattened tensor, or along `dim`. */
export type ArgExtreme = (self: Tensor, dim?: number | null, keepdim?: boolean) => Tensor;

function argExtreme(self: Tensor, dim: number | null, keepdim: boolean, sign: 1 | -1, name: string): Tensor {
  if (self.dtype === bool) throw new RuntimeError(`${name}(): does not support bool input`);
  if (dim === null) {
    if (self.elements === 0)
      throw new IndexError(
        `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
      );
    const index = extremesAlong(self.reshape([-1]), 0, false, sign, name)[1];
    return keepdim ? index.reshape(self.sizes.map(() => 1)) : index;
  }
  return extremesAlong(self, dim, keepdim, sign, name)[1];
}

/**
 * Where the greatest element is: along `dim`, or counted through the whole tensor. int64.
 * @example x.argmax(1) // [1, 1]
 */
export const argmax: ArgExtreme = aten(
  op(
    "aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
    (self, dim, keepdim) => argExtreme(self, dim, keepdim, 1, "argmax"),
    { picks: [], onnx: extremes.placeOfExtreme("ArgMax") },
  ),
);

/**
 * Where the least element is: along `dim`, or counted through the whole tensor. int64.
 * @example x.argmin().item() // 0
 */
export const argmin: ArgExtreme = aten(
  op(
    "aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
    (self, dim, keepdim) => argExtreme(self, dim, keepdim, -1, "argmin"),
    { picks: [], onnx: extremes.placeOfExtreme("ArgMin") },
  ),
);
