/**
 * Pooling: windows over the last dimensions reduced to their greatest element or mean.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Pool.h, DilatedMaxPool2d.cpp, AveragePool2d.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools, onlyFloats } from "../dispatch/refusal.ts";
import * as maxPooling from "../jit/onnx/max-pooling.ts";
import { checkArrived, checkGradientDtype, checkPool } from "../kernels/pool-checks.ts";
import { windowOf } from "../kernels/pool-window.ts";
import { maxPoolGradient, maxPoolKernel } from "../kernels/pooling.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Pools windows of the last two dimensions; `stride` defaults to the window's size. */
export type MaxPool2d<R> = (
  self: Tensor,
  kernelSize: number | readonly number[],
  stride?: number | readonly number[],
  padding?: number | readonly number[],
  dilation?: number | readonly number[],
  ceilMode?: boolean,
) => R;

/** The greatest element of each window, and its place in the plane. */
export const maxPool2dWithIndices: MaxPool2d<readonly [Tensor, Tensor]> = aten(
  op(
    "aten::max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)",
    (self, kernel, stride, padding, dilation, ceilMode) => {
      const window = windowOf("max_pool2d", kernel, stride, padding, dilation, ceilMode, 2);
      checkPool("max_pool2d", self, window);
      return maxPoolKernel(self, window);
    },
    {
      onnx: maxPooling.maxPool2dWithIndices,
      refuses: notBools("max_pool2d"),
      gradName: "MaxPool2DWithIndicesBackward0",
      grad: {
        self: ({
          grad,
          self,
          kernel_size: kernel,
          stride,
          padding,
          dilation,
          ceil_mode: ceilMode,
          results,
        }) =>
          maxPool2dWithIndicesBackward(grad, self, kernel, stride, padding, dilation, ceilMode, results[1]),
      },
    },
  ),
);

/** The gradient of max pooling: what arrived for a window goes to where its greatest element came from. */
export const maxPool2dWithIndicesBackward: (
  gradOutput: Tensor,
  self: Tensor,
  kernelSize: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  ceilMode: boolean,
  indices: Tensor,
) => Tensor = aten(
  op(
    "aten::max_pool2d_with_indices_backward(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] stride, int[2] padding, int[2] dilation, bool ceil_mode, Tensor indices) -> Tensor",
    (grad, self, kernel, stride, padding, dilation, ceilMode, indices) => {
      const window = windowOf("max_pool2d", kernel, stride, padding, dilation, ceilMode, 2);
      if (self.ndim > 2) checkGradientDtype(grad, self);
      checkPool("max_pool2d", self, window);
      checkArrived(self, window, { grad, indices });
      return maxPoolGradient(grad, indices, self.sizes, 2);
    },
    {
      onnx: maxPooling.maxPoolBackward,
      refuses: onlyFloats("max_pool2d_backward"),
      grad: {
        grad_output: ({ grad, grad_output: gradOutput, indices }) => {
          const planes = grad.sizes.slice(0, -2);
          const at = indices.reshape([...planes, -1]);
          return grad
            .reshape([...planes, -1])
            .gather(planes.length, at)
            .reshape(gradOutput.sizes);
        },
        self: ({ self }) => self.zerosLike(),
      },
    },
  ),
);

/** The greatest element of each window. */
export const maxPool2d: MaxPool2d<Tensor> = aten(
  op(
    "aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor",
    (...args) => maxPool2dWithIndices(...args)[0],
    { onnx: maxPooling.maxPool(2), composite: true },
  ),
);
