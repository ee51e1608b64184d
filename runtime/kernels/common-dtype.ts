/** Operands converted to the dtype they promote to together, for kernels that are put together from several operators. */
import type { DType } from "../tensor/dtype.ts";
import { resultType } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The tensors, all in the dtype that an operator on all of them gives. */
export function inCommonDtype<T extends readonly Tensor[]>(...tensors: T): { [K in keyof T]: Tensor } {
  const dtype: DType = resultType(tensors);
  return tensors.map((tensor) => (tensor.dtype === dtype ? tensor : tensor.to(dtype))) as {
    [K in keyof T]: Tensor;
  };
}
