/**
 * Images as columns of patches and back (`nn.Unfold`, `nn.Fold`). Source: aten/src/ATen/native/Im2Col.cpp, Col2Im.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notIntegers } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as rearranging from "../jit/onnx/rearranging.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

interface Window {
  readonly kernel: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly stride: readonly number[];
}

/** Throws unless each list has two ints. */
function checkPairs(lists: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, { length }] of Object.entries(lists)) {
    if (length !== 2) throw new RuntimeError(`It is expected ${name} equals to 2, but got size ${length}`);
  }
}

/** How many patches fit along each dimension. */
function countPatches(spatial: readonly number[], w: Window): number[] {
  return spatial.map(
    (size, d) =>
      Math.floor((size + 2 * w.padding[d] - w.dilation[d] * (w.kernel[d] - 1) - 1) / w.stride[d]) + 1,
  );
}

/** For each kernel place and patch, the place in a plane it shows; -1 in the border. */
function places(spatial: readonly number[], w: Window): Int32Array {
  const [rows, columns] = countPatches(spatial, w);
  const table = new Int32Array(numelOf(w.kernel) * rows * columns);
  let at = 0;
  for (let i = 0; i < w.kernel[0]; i++) {
    for (let j = 0; j < w.kernel[1]; j++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, at++) {
          const y = row * w.stride[0] - w.padding[0] + i * w.dilation[0];
          const x = column * w.stride[1] - w.padding[1] + j * w.dilation[1];
          table[at] = y < 0 || x < 0 || y >= spatial[0] || x >= spatial[1] ? -1 : y * spatial[1] + x;
        }
      }
    }
  }
  return table;
}

function checkWindow(w: Window): void {
  for (const [name, values] of Object.entries({
    "kernel size": w.kernel,
    dilation: w.dilation,
    stride: w.stride,
  })) {
    if (values.some((value) => value <= 0)) {
      throw new RuntimeError(
        `${name} should be greater than zero, but got ${name.replace(/ /g, "_")}_height: ${values[0]} ${name.replace(/ /g, "_")}_width: ${values[1]}`.replace(
          /kernel_size_/g,
          "kernel_",
        ),
      );
    }
  }
  if (w.padding.some((value) => value < 0)) {
    throw new RuntimeError(
      `padding should be non-negative, but got pad_height: ${w.padding[0]} pad_width: ${w.padding[1]}`,
    );
  }
}

/** Patches of an image `[N, C, H, W]` as columns: `[N, C * kernel places, patches]`. */
export const im2col: (
  self: Tensor,
  kernelSize: number | readonly number[],
  dilation: number | readonly number[],
  padding: number | readonly number[],
  stride: number | readonly number[],
) => Tensor = aten(
  op(
    "aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
    (self, kernel, dilation, padding, stride) => {
      checkPairs({ kernel_size: kernel, dilation, padding, stride });
      const window = { kernel, dilation, padding, stride };
      checkWindow(window);
      if (
        (self.ndim !== 3 && self.ndim !== 4) ||
        self.sizes.slice(self.ndim - 3).some((size) => size === 0)
      ) {
        throw new RuntimeError(
          `Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: [${self.sizes.join(", ")}]`,
        );
      }
      const spatial = self.sizes.slice(-2);
      const counts = countPatches(spatial, window);
      if (counts.some((count) => count < 1)) {
        throw new RuntimeError(
          `Given input with spatial size (${spatial.join(", ")}), kernel_size=(${window.kernel.join(", ")}), dilation=(${window.dilation.join(", ")}), padding=(${window.padding.join(", ")}), calculated shape of the array of sliding blocks as (${counts.join(", ")}), but its components must be at least one.`,
        );
      }
      const table = places(spatial, window);
      const lead = self.sizes.slice(0, -3);
      const channels = self.sizes[self.ndim - 3];
      const planes = numelOf(lead) * channels;
      const x = valuesOf(self);
      const out = allocateNumbers(self.dtype, planes * table.length);
      for (let plane = 0; plane < planes; plane++) {
        const from = plane * numelOf(spatial);
        for (let i = 0; i < table.length; i++) {
          if (table[i] >= 0) out[plane * table.length + i] = x[from + table[i]];
        }
      }
      return fromValues(out, [...lead, channels * numelOf(window.kernel), numelOf(counts)], self.dtype);
    },
    {
      onnxExport: rearranging.im2col,
      refuses: notIntegers("im2col_out_cpu"),
      grad: {
        self: ({ grad, self, kernel_size, dilation, padding, stride }) =>
          col2im(grad, self.sizes.slice(-2), kernel_size, dilation, padding, stride),
      },
    },
  ),
);

/** Columns of patches added up to an image of `outputSize`. */
export const col2im: (
  self: Tensor,
  outputSize: readonly number[],
  kernelSize: number | readonly number[],
  dilation: number | readonly number[],
  padding: number | readonly number[],
  stride: number | readonly number[],
) => Tensor = aten(
  op(
    "aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
    (self, outputSize, kernel, dilation, padding, stride) => {
      checkPairs({ output_size: outputSize, kernel_size: kernel, dilation, padding, stride });
      const window = { kernel, dilation, padding, stride };
      checkWindow(window);
      if ((self.ndim !== 2 && self.ndim !== 3) || self.sizes.slice(self.ndim - 2).includes(0)) {
        throw new RuntimeError(
          `Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: [${self.sizes.join(", ")}]`,
        );
      }
      const spatial = outputSize;
      const [rows, columns] = self.sizes.slice(-2);
      const taps = numelOf(window.kernel);
      if (rows % taps !== 0) {
        throw new RuntimeError(
          `Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=${rows} and kernel_size=(${window.kernel.join(", ")}).`,
        );
      }
      const counts = countPatches(spatial, window);
      if (numelOf(counts) !== columns) {
        throw new RuntimeError(
          `Given output_size=(${spatial.join(", ")}), kernel_size=(${window.kernel.join(", ")}), dilation=(${window.dilation.join(", ")}), padding=(${window.padding.join(", ")}), stride=(${window.stride.join(", ")}), expected size of input's dimension 2 to match the calculated number of sliding blocks ${counts.join(" * ")} = ${numelOf(counts)}, but got input.size(2)=${columns}.`,
        );
      }
      const table = places(spatial, window);
      const lead = self.sizes.slice(0, -2);
      const channels = rows / taps;
      const planes = numelOf(lead) * channels;
      const x = valuesOf(self);
      const out = allocateNumbers(self.dtype, planes * numelOf(spatial));
      for (let plane = 0; plane < planes; plane++) {
        const to = plane * numelOf(spatial);
        for (let i = 0; i < table.length; i++)
          if (table[i] >= 0) out[to + table[i]] += x[plane * table.length + i];
      }
      return fromValues(out, [...lead, channels, ...spatial], self.dtype);
    },
    {
      onnxExport: rearranging.col2im,
      refuses: notIntegers("col2im_out_cpu"),
      grad: {
        self: ({ grad, kernel_size, dilation, padding, stride }) =>
          im2col(grad, kernel_size, dilation, padding, stride),
      },
    },
  ),
);
