/**
 * Pooling: windows over the last dimensions reduced to their greatest element or mean.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Pool.h, DilatedMaxPool2d.cpp, AveragePool2d.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as layers from "../jit/onnx/layers.ts";
import { perDim } from "../kernels/convolution.ts";
import { maxPoolKernel, type PoolWindow, poolOutputSize } from "../kernels/pooling.ts";
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

/** The window of a call: lists of one int stand for all dimensions, no stride for the window's size. */
export function windowOf(
  kernel: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  ceilMode: boolean,
  rank: number,
): PoolWindow {
  const size = perDim(kernel, rank);
  return {
    size,
    stride: stride.length === 0 ? size : perDim(stride, rank),
    padding: perDim(padding, rank),
    dilation: perDim(dilation, rank),
    ceilMode,
  };
}

/** Throws in torch's words if a window does not fit. */
export function checkPool(self: Tensor, window: PoolWindow): void {
  const rank = window.size.length;
  const named = (values: readonly number[]): string =>
    values.map((value, i) => `d${"THW"[3 - rank + i]}: ${value}`).join(" ");
  if (window.stride.some((step) => step <= 0)) {
    throw new RuntimeError(`stride should be greater than zero, but got ${named(window.stride)}`);
  }
  if (self.sizes.length !== rank + 1 && self.sizes.length !== rank + 2) {
    throw new RuntimeError(`non-empty ${rank + 1}D or ${rank + 2}D (batch mode) tensor expected for input`);
  }
  window.padding.forEach((pad, i) => {
    if (pad * 2 > window.size[i]) {
      throw new RuntimeError(
        `pad should be at most half of effective kernel size, but got pad=${pad}, kernel_size=${window.size[i]} and dilation=${window.dilation[i]}`,
      );
    }
  });
  const sizes = self.sizes.slice(-rank);
  const output = sizes.map((size, i) => poolOutputSize(size, window, i));
  if (output.some((size) => size < 1)) {
    const [c] = self.sizes.slice(-rank - 1);
    throw new RuntimeError(
      `Given input size: (${[c, ...sizes].join("x")}). Calculated output size: (${[c, ...output].join("x")}). Output size is too small`,
    );
  }
}

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
