/** Creation after a model: tensors of the shape and dtype of another, filled with a constant. */

import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { aten, op } from "../dispatch/op.ts";
import * as forms from "../jit/onnx/forms.ts";
import { inMemoryOrder } from "../kernels/memory-order.ts";
import type { DType } from "../tensor/dtype.ts";
import { makeFull } from "../tensor/filled.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FactoryLike, TensorOptions } from "./creation.ts";

const tail =
  "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None";

const CONTIGUOUS = 0;

/** Laid out as `self` is. */
const filledLike = (self: Tensor, value: Scalar, dtype: DType | null): Tensor =>
  inMemoryOrder([self], ({ sizes }) => makeFull(sizes, value, dtype ?? self.dtype));

function like(name: string, value: number): FactoryLike {
  return aten(
    op(
      `aten::${name}(Tensor self, *, ${tail}) -> Tensor` as `aten::f(Tensor self, *, ${typeof tail}) -> Tensor`,
      (self, dtype, _layout, _device, _pinned, memoryFormat) =>
        memoryFormat === CONTIGUOUS
          ? makeFull(self.sizes, value, dtype ?? self.dtype)
          : filledLike(self, value, dtype),
      { grad: nonDifferentiable, onnx: forms.filledLike(value) },
    ),
  );
}

/**
 * Zeros with the shape and dtype of `self`.
 * @example torch.zerosLike(x) // [[0, 0], [0, 0]]
 */
export const zerosLike = like("zeros_like", 0);
/**
 * Ones with the shape and dtype of `self`.
 * @example torch.onesLike(y) // [1, 1]
 */
export const onesLike = like("ones_like", 1);
/**
 * A tensor with the shape and dtype of `self`, whose values mean nothing yet.
 * @example torch.emptyLike(x).shape // [2, 2]
 */
export const emptyLike = like("empty_like", 0);

/** A tensor of the shape and dtype of `self` filled with `fillValue`. */
export const fullLike: (self: Tensor, fillValue: Scalar, options?: TensorOptions) => Tensor = aten(
  op(
    "aten::full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    (self, value, dtype) => filledLike(self, value, dtype),
    { grad: nonDifferentiable, onnx: forms.filledLike(null) },
  ),
);
