/**
 * Max pooling in one and three dimensions, adaptive, and its gradient as an operator; two dimensions are pooling.ts's.
 * Source: aten/src/ATen/native/Pooling.cpp, DilatedMaxPool3d.cpp, AdaptiveMaxPooling2d.cpp.
 */

import { aten, type GradFormula, op } from "../dispatch/op.ts";
import { notBools, onlyFloats } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as adaptivePooling from "../jit/onnx/adaptive-pooling.ts";
import * as maxPooling from "../jit/onnx/max-pooling.ts";
import { checkLineDims, checkPool, checkSingles } from "../kernels/pool-checks.ts";
import { windowOf } from "../kernels/pool-window.ts";
import { maxPoolKernel } from "../kernels/pooling.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type MaxPool2d, maxPool2dWithIndices } from "./pooling.ts";

/** The greatest elements and their places. */
export type PooledWithIndices = readonly [values: Tensor, indices: Tensor];

/** Gradients put back where the greatest elements came from; `rank` spatial dimensions. */
function putBack(grad: Tensor, self: Tensor, indices: Tensor, rank: number): Tensor {
  const planes = self.sizes.slice(0, -rank);
  const flat = self.zerosLike().reshape([...planes, -1]);
  const at = indices.reshape([...planes, -1]);
  return flat.scatterAdd(planes.length, at, grad.reshape([...planes, -1])).reshape(self.sizes);
}

const gradientOf =
  (rank: number): GradFormula =>
  ({ grad, self, results }) =>
    putBack(grad, self, results[1], rank);

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
      grad: { self: gradientOf(3) },
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

/** The greatest elements of as many windows as are asked for, and their places. */
export const adaptiveMaxPool2d: (self: Tensor, outputSize: number | readonly number[]) => PooledWithIndices =
  aten(
    op(
      "aten::adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)",
      (self, output) => {
        if (self.ndim !== 3 && self.ndim !== 4) {
          throw new RuntimeError(
            `adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: [${self.sizes.join(", ")}]`,
          );
        }
        if (output.length !== 2) {
          throw new RuntimeError("adaptive_max_pool2d(): internal error: output_size.size() must be 2");
        }
        self.sizes.forEach((size, i) => {
          if (size === 0 && i > 0) {
            throw new RuntimeError(
              `adaptive_max_pool2d(): Expected input to have non-zero size for non-batch dimensions, but input has sizes [${self.sizes.join(", ")}] with dimension ${i} being empty`,
            );
          }
        });
        return adaptiveKernel(self, output);
      },
      {
        onnxExport: adaptivePooling.adaptiveMaxPool(2),
        refuses: onlyFloats("adaptive_max_pool2d"),
        gradName: "AdaptiveMaxPool2DBackward0",
        grad: { self: gradientOf(2) },
      },
    ),
  );

function adaptiveKernel(self: Tensor, output: readonly number[]): [Tensor, Tensor] {
  const [height, width] = self.sizes.slice(-2);
  const planes = self.sizes.slice(0, -2);
  const negative = output.find((size) => size < 0);
  if (negative !== undefined) {
    throw new RuntimeError(
      `Trying to create tensor with negative dimension ${negative}: [${[...planes, ...output].join(", ")}]`,
    );
  }
  const x = valuesOf(self);
  const sizes = [...planes, ...output];
  const values = allocateNumbers(self.dtype, numelOf(sizes));
  const indices = allocateNumbers(int64, values.length);
  const bounds = (i: number, size: number, count: number): [number, number] => [
    Math.floor((i * size) / count),
    Math.ceil(((i + 1) * size) / count),
  ];
  let at = 0;
  for (let plane = 0; plane < numelOf(planes); plane++) {
    const from = plane * height * width;
    for (let i = 0; i < output[0]; i++) {
      const [top, bottom] = bounds(i, height, output[0]);
      for (let j = 0; j < output[1]; j++, at++) {
        const [left, right] = bounds(j, width, output[1]);
        let best = top * width + left;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            const value = x[from + row * width + column];
            if (value > x[from + best] || Number.isNaN(value)) best = row * width + column;
          }
        }
        values[at] = x[from + best];
        indices[at] = best;
      }
    }
  }
  return [fromValues(values, sizes, self.dtype), fromValues(indices, sizes, int64)];
}

/** Greatest elements of windows chosen so that the last dimension has the given size, and where they are. */
export const adaptiveMaxPool1d: (self: Tensor, outputSize: number | readonly number[]) => PooledWithIndices =
  aten(
    op(
      "aten::adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)",
      (self, output) => {
        checkLineDims("adaptive_max_pool1d", self);
        checkSingles("adaptive_max_pool1d", { output_size: output });
        const [values, indices] = adaptiveMaxPool2d(self.unsqueeze(-2), [1, output[0]]);
        return [values.squeeze(-2), indices.squeeze(-2)];
      },
      { onnxExport: adaptivePooling.adaptiveMaxPool(1), composite: true },
    ),
  );
