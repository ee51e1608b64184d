/**
 * Max pooling in one and three dimensions; two dimensions are pooling.ts's, windows by the size of the result adaptive-max-pooling.ts's.
 * Source: aten/src/ATen/native/Pooling.cpp, DilatedMaxPool3d.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools, onlyFloats } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as maxPooling from "../jit/onnx/max-pooling.ts";
import { checkLineDims, checkPool, checkSingles } from "../kernels/pool-checks.ts";
import { windowOf } from "../kernels/pool-window.ts";
import { pooledGradient } from "../kernels/pooled-gradient.ts";
import { maxPoolKernel } from "../kernels/pooling.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type MaxPool2d, maxPool2dWithIndices } from "./pooling.ts";

/** The greatest elements and their places. */
export type PooledWithIndices = readonly [values: Tensor, indices: Tensor];

/** The greatest element of each window of the last three dimensions, and its place in the volume. */
export const maxPool3dWithIndices: MaxPool2d<PooledWithIndices> = aten(
  op(
    "aten::max_pool3d_with_indices(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)",
    (self, kernel, stride, padding, dilation, ceilMode) => {
      const window = windowOf("max_pool3d", kernel, stride, padding, dilation, ceilMode, 3);
      checkPool("max_pool3d", self, window);
      return maxPoolKernel(self, window);
    },
    {
      refuses: notBools("max_pool3d"),
      gradName: "MaxPool3DWithIndicesBackward0",
      grad: { self: pooledGradient(3) },
    },
  ),
);

/** The greatest element of each window of the last three dimensions. */
export const maxPool3d: MaxPool2d<Tensor> = aten(
  op(
    "aten::max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False) -> Tensor",
    (...args) => maxPool3dWithIndices(...args)[0],
    { onnxExport: maxPooling.maxPool(3), composite: true },
  ),
);

/** The greatest element of each window of the last dimension, and its place. */
export const maxPool1dWithIndices: MaxPool2d<PooledWithIndices> = aten(
  op(
    "aten::max_pool1d_with_indices(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)",
    (self, kernel, stride, padding, dilation, ceilMode) => {
      checkLineDims("max_pool1d", self);
      checkSingles("max_pool1d", { kernel_size: kernel, stride, padding, dilation });
      const steps = stride.length === 0 ? kernel : stride;
      const [values, indices] = maxPool2dWithIndices(
        self.unsqueeze(-2),
        [1, kernel[0]],
        [1, steps[0]],
        [0, padding[0]],
        [1, dilation[0]],
        ceilMode,
      );
      return [values.squeeze(-2), indices.squeeze(-2)];
    },
    { composite: true },
  ),
);

function checkLine(
  self: Tensor,
  kernel: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
): void {
  if ((self.ndim !== 2 && self.ndim !== 3) || self.sizes.slice(self.ndim - 2).includes(0)) {
    throw new RuntimeError(
      `max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:[${self.sizes.join(", ")}]`,
    );
  }
  for (const [name, values, kind] of [
    ["kernel_size", kernel, "an int, list of ints or tuple of ints"],
    ["stride", stride, "None, an int, list of ints, or tuple of ints"],
    ["padding", padding, "an int, list of ints, or tuple of ints"],
    ["dilation", dilation, "an int, list of ints or tuple of ints"],
  ] as const) {
    if (values.length === 1 || (name === "stride" && values.length === 0)) continue;
    throw new RuntimeError(`max_pool1d() ${name} must be ${kind} of size 1 but got size ${values.length}`);
  }
  if (kernel[0] <= 0)
    throw new RuntimeError(`max_pool1d() kernel_size must be greater than zero, but got ${kernel[0]}`);
  if (stride.length > 0 && stride[0] <= 0) {
    throw new RuntimeError(`max_pool1d() stride must be greater than zero, but got ${stride[0]}`);
  }
  if (padding[0] < 0)
    throw new RuntimeError(`max_pool1d() padding must be non-negative, but got ${padding[0]}`);
  if (padding[0] > kernel[0] / 2) {
    throw new RuntimeError(
      `max_pool1d() padding should be at most half of kernel size, but got padding=${padding[0]} and kernel_size=${kernel[0]}`,
    );
  }
  if (dilation[0] <= 0)
    throw new RuntimeError(`max_pool1d() dilation must be greater than zero, but got ${dilation[0]}`);
}

/** The greatest element of each window of the last dimension. */
export const maxPool1d: MaxPool2d<Tensor> = aten(
  op(
    "aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, int[1] dilation=1, bool ceil_mode=False) -> Tensor",
    (self, kernel, stride, padding, dilation, ceilMode) => {
      checkLine(self, kernel, stride, padding, dilation);
      return maxPool1dWithIndices(self, kernel, stride, padding, dilation, ceilMode)[0];
    },
    { onnx: maxPooling.maxPool(1), refuses: onlyFloats("max_pool1d_impl"), composite: true },
  ),
);
