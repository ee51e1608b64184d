/** The windows of pooling operators, read from a call's arguments. Source: aten/src/ATen/native/Pool.h. */
import { perDim } from "./convolution.ts";
import { checkPoolLists } from "./pool-checks.ts";
import type { PoolWindow } from "./pooling.ts";

/** The window of a call: lists of one int stand for all dimensions, no stride for the window's size. */
export function windowOf(
  name: string,
  kernel: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  ceilMode: boolean,
  rank: number,
): PoolWindow {
  checkPoolLists(name, rank, { kernel_size: kernel, stride, padding, dilation });
  const size = perDim(kernel, rank);
  return {
    size,
    stride: stride.length === 0 ? size : perDim(stride, rank),
    padding: perDim(padding, rank),
    dilation: perDim(dilation, rank),
    ceilMode,
  };
}
