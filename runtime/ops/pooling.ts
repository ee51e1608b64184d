/**
 * Pooling: windows over the last dimensions reduced to their greatest element or mean.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Pool.h, DilatedMaxPool2d.cpp, AveragePool2d.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools } from "../dispatch/refusal.ts";
import * as layers from "../jit/onnx/layers.ts";
import { checkPool, windowOf } from "../kernels/pool-window.ts";
import { maxPoolKernel } from "../kernels/pooling.ts";
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
      const window = windowOf(kernel, stride, padding, dilation, ceilMode, 2);
      checkPool(self, window);
      return maxPoolKernel(self, window);
    },
    {
      onnx: layers.maxPool2dWithIndices,
      refuses: notBools("max_pool2d"),
      gradName: "MaxPool2DWithIndicesBackward0",
      grad: {
        self: ({ grad, self, results }) => {
          const planes = self.sizes.slice(0, -2);
          const places = results[1].reshape([...planes, -1]);
          const flat = self.zerosLike().reshape([...planes, -1]);
          return flat.scatterAdd(planes.length, places, grad.reshape([...planes, -1])).reshape(self.sizes);
        },
      },
    },
  ),
);

/** The greatest element of each window. */
export const maxPool2d: MaxPool2d<Tensor> = aten(
  op(
    "aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor",
    (...args) => maxPool2dWithIndices(...args)[0],
    { onnx: layers.maxPool(2), composite: true },
  ),
);
