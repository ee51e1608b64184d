/** The gradients of softmax and its logarithm from their results. Source: aten/src/ATen/native/SoftMax.cpp. */
import { aten, op } from "../dispatch/op.ts";
import { onlyFloats, refuse } from "../dispatch/refusal.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { requireSameDtype } from "../kernels/same-dtype.ts";
import { type DType, float16, float32 } from "../tensor/dtype.ts";
import { sameSizes, wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Throws torch's errors for integers, other shapes and mixed dtypes. */
function checkSoftmax(grad: Tensor, output: Tensor, dim: number, inputDtype: DType, kernel: string): void {
  wrapDim(dim, grad.ndim);
  // The logarithm's does not compare sizes where it has nothing to do.
  if (grad.elements === 0 && (kernel.startsWith("log_") || sameSizes(grad.sizes, output.sizes))) {
    if (output.elements > 0) {
      const isLast = wrapDim(dim, grad.ndim) === grad.ndim - 1;
      refuse(onlyFloats(isLast ? "log_softmax_backward_lastdim_kernel_impl" : kernel), grad.dtype);
      requireSameDtype(grad, output);
    }
    return;
  }
  if (grad.sizes.join() !== output.sizes.join()) {
    throw new RuntimeError(
      `Expected tensor for argument #1 'grad' to have same size as tensor for argument #2 'output'; but [${grad.sizes.join(", ")}] does not equal [${output.sizes.join(", ")}] (while checking arguments for softmax_backward)`,
    );
  }
  if (!grad.isFloatingPoint()) {
    throw new NotImplementedError(`"${kernel}" not implemented for '${grad.dtype.scalarName}'`);
  }
  requireSameDtype(grad, output);
  // The one pair of dtypes that is turned into halves, which the kernel then does not expect.
  if (grad.dtype === float32 && inputDtype === float16)
    throw new RuntimeError("expected scalar type Float but found Half");
}

/** The gradient of softmax from its result. */
export type SoftmaxBackward = (gradOutput: Tensor, output: Tensor, dim: number, inputDtype: DType) => Tensor;

/** The gradient of `softmax`. */
export const _softmaxBackwardData: SoftmaxBackward = aten(
  op(
    "aten::_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    (grad, output, dim, inputDtype) => {
      checkSoftmax(grad, output, dim, inputDtype, "softmax_backward_kernel_impl");
      if (grad.elements === 0) return grad.clone();
      const weighted = grad.mul(output);
      return weighted.sub(output.mul(weighted.sum([dim], true) as Tensor));
    },
    { composite: true },
  ),
);

/** The gradient of `logSoftmax`. */
export const _logSoftmaxBackwardData: SoftmaxBackward = aten(
  op(
    "aten::_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    (grad, output, dim, inputDtype) => {
      checkSoftmax(grad, output, dim, inputDtype, "log_softmax_backward_kernel_impl");
      if (grad.elements === 0) return grad.clone();
      return grad.sub(output.exp().mul(grad.sum([dim], true) as Tensor));
    },
    { composite: true },
  ),
);
