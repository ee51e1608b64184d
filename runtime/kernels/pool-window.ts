/** The windows of pooling operators: read from a call's arguments, and checked against the input. Source: aten/src/ATen/native/Pool.h. */
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { perDim } from "./convolution.ts";
import { type PoolWindow, poolOutputSize } from "./pooling.ts";

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
