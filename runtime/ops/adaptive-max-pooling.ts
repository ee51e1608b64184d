/**
 * Max pooling with as many windows as are asked for, in one to three dimensions.
 * Source: aten/src/ATen/native/AdaptiveMaxPooling2d.cpp, AdaptiveMaxPooling3d.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { onlyFloats } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as adaptivePooling from "../jit/onnx/adaptive-pooling.ts";
import { checkLineDims, checkSingles } from "../kernels/pool-checks.ts";
import { pooledGradient } from "../kernels/pooled-gradient.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { PooledWithIndices } from "./max-pooling.ts";

type AdaptiveMaxPool = (self: Tensor, outputSize: number | readonly number[]) => PooledWithIndices;

function adaptivePool(rank: 2 | 3): AdaptiveMaxPool {
  const name = `adaptive_max_pool${rank}d`;
  return aten(
    op(
      `aten::${name}(Tensor self, int[${rank}] output_size) -> (Tensor, Tensor)` as "aten::adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)",
      (self, output) => {
        if (self.ndim !== rank + 1 && self.ndim !== rank + 2) {
          throw new RuntimeError(
            `${name}(): Expected ${rank + 1}D or ${rank + 2}D tensor, but got: [${self.sizes.join(", ")}]`,
          );
        }
        if (output.length !== rank) {
          throw new RuntimeError(`${name}(): internal error: output_size.size() must be ${rank}`);
        }
        self.sizes.forEach((size, i) => {
          if (size === 0 && i > 0) {
            throw new RuntimeError(
              `${name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes [${self.sizes.join(", ")}] with dimension ${i} being empty`,
            );
          }
        });
        return poolKernel(self, output);
      },
      {
        onnxExport: adaptivePooling.adaptiveMaxPool(rank),
        refuses: onlyFloats(name),
        gradName: `AdaptiveMaxPool${rank}DBackward0`,
        grad: { self: pooledGradient(rank) },
      },
    ),
  );
}

function poolKernel(self: Tensor, output: readonly number[]): [Tensor, Tensor] {
  const spatial = self.sizes.slice(-output.length);
  const planes = self.sizes.slice(0, -output.length);
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
  const windows = windowsOf(spatial, output);
  const size = numelOf(spatial);
  for (let at = 0; at < values.length; at++) {
    const from = Math.floor(at / windows.length) * size;
    const window = windows[at % windows.length];
    let best = window[0];
    for (const place of window) {
      const value = x[from + place];
      if (value > x[from + best] || Number.isNaN(value)) best = place;
    }
    values[at] = x[from + best];
    indices[at] = best;
  }
  return [fromValues(values, sizes, self.dtype), fromValues(indices, sizes, int64)];
}

/** The places in a plane or volume that each element of the output is chosen from, in order. */
function windowsOf(spatial: readonly number[], output: readonly number[]): readonly (readonly number[])[] {
  let windows: number[][] = [[0]];
  spatial.forEach((size, d) => {
    const count = output[d];
    const ranges = Array.from({ length: count }, (_, i) => {
      const start = Math.floor((i * size) / count);
      return Array.from({ length: Math.ceil(((i + 1) * size) / count) - start }, (_, k) => start + k);
    });
    windows = windows.flatMap((outer) =>
      ranges.map((range) => outer.flatMap((place) => range.map((k) => place * size + k))),
    );
  });
  return windows;
}

/** The greatest elements of as many windows of the last two dimensions as are asked for, and their places. */
export const adaptiveMaxPool2d: AdaptiveMaxPool = adaptivePool(2);
/** The greatest elements of as many windows of the last three dimensions as are asked for, and their places. */
export const adaptiveMaxPool3d: AdaptiveMaxPool = adaptivePool(3);

/** Greatest elements of windows chosen so that the last dimension has the given size, and where they are. */
export const adaptiveMaxPool1d: AdaptiveMaxPool = aten(
  op(
    "aten::adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)",
    (self, output) => {
      checkLineDims("adaptive_max_pool1d", self);
      checkSingles("adaptive_max_pool1d", { output_size: output });
      const [values, indices] = adaptiveMaxPool2d(self.unsqueeze(-2), [1, output[0]]);
      return [values.squeeze(-2), indices.squeeze(-2)];
    },
    { composite: true },
  ),
);
