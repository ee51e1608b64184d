/** Convolutions and rearrangements of patches as functions. Source: torch/nn/functional.py. */
import * as ops from "../../ops/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

export {
  bilinear,
  channelShuffle,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  linear,
  pixelShuffle,
  pixelUnshuffle,
} from "../../ops/functions.ts";

type Pair = number | readonly number[];

const pair = (value: Pair): readonly number[] => (typeof value === "number" ? [value, value] : value);

/** Options of `fold` and `unfold`. */
export interface PatchOptions {
  readonly dilation?: Pair;
  readonly padding?: Pair;
  readonly stride?: Pair;
}

/** The patches of [N, C, H, W] as columns: [N, C * patch, patches]. */
export function unfold(input: Tensor, kernelSize: Pair, options: PatchOptions = {}): Tensor {
  const { dilation = 1, padding = 0, stride = 1 } = options;
  return ops.im2col(input, pair(kernelSize), pair(dilation), pair(padding), pair(stride));
}

/** Columns put back and summed where patches overlap: the other way round. */
export function fold(input: Tensor, outputSize: Pair, kernelSize: Pair, options: PatchOptions = {}): Tensor {
  const { dilation = 1, padding = 0, stride = 1 } = options;
  return ops.col2im(input, pair(outputSize), pair(kernelSize), pair(dilation), pair(padding), pair(stride));
}
