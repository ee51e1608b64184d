/** Undoing max pooling, as functions. Source: torch/nn/functional.py. */
import { ValueError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { eachDim } from "../options.ts";

type PerDim = number | readonly number[];

/** Options of the inverses of max pooling: those that the pooling had. */
export interface MaxUnpoolOptions {
  /** Default: the window's size. */
  readonly stride?: PerDim | null;
  readonly padding?: PerDim;
  /** The size before pooling, where several lead to the same result: of the last dimensions or of all. */
  readonly outputSize?: readonly number[] | null;
}

type MaxUnpool = (input: Tensor, indices: Tensor, kernelSize: PerDim, options?: MaxUnpoolOptions) => Tensor;

const list = (sizes: readonly number[]): string => `[${sizes.join(", ")}]`;

function maxUnpool(
  rank: number,
  run: (
    x: Tensor,
    at: Tensor,
    size: readonly number[],
    stride: readonly number[],
    pad: readonly number[],
  ) => Tensor,
): MaxUnpool {
  return (input, indices, kernelSize, { stride, padding = 0, outputSize = null } = {}) => {
    const [kernel, steps, borders] = [kernelSize, stride ?? kernelSize, padding].map((value) =>
      eachDim(value, rank),
    );
    const usual = kernel.map(
      (size, d) => (input.sizes[input.ndim - rank + d] - 1) * steps[d] + size - 2 * borders[d],
    );
    return run(
      input,
      indices,
      outputSize === null ? usual : chosen(outputSize, usual, steps),
      steps,
      borders,
    );
  };
}

/** The size asked for, checked to be one that pooling would make the input of. */
function chosen(
  outputSize: readonly number[],
  usual: readonly number[],
  stride: readonly number[],
): readonly number[] {
  const rank = usual.length;
  const sizes = outputSize.length === rank + 2 ? outputSize.slice(2) : outputSize;
  if (sizes.length !== rank) {
    throw new ValueError(
      `output_size should be a sequence containing ${rank} or ${rank + 2} elements, but it has a length of '${sizes.length}'`,
    );
  }
  sizes.forEach((size, d) => {
    const [least, most] = [usual[d] - stride[d], usual[d] + stride[d]];
    if (size <= least || size >= most)
      throw new ValueError(
        `invalid output_size "${list(sizes)}" (dim ${d} must be between ${least} and ${most})`,
      );
  });
  return sizes;
}

/** Puts elements of [N, C, L] back where `maxPool1dWithIndices` took them from; the rest is 0. */
export const maxUnpool1d: MaxUnpool = maxUnpool(1, (x, at, size) =>
  ops.maxUnpool2d(x.unsqueeze(-1), at.unsqueeze(-1), [...size, 1]).squeeze(-1),
);
/** Puts elements of [N, C, H, W] back where `maxPool2dWithIndices` took them from; the rest is 0. */
export const maxUnpool2d: MaxUnpool = maxUnpool(2, (x, at, size) => ops.maxUnpool2d(x, at, size));
/** Puts elements of [N, C, D, H, W] back where `maxPool3dWithIndices` took them from; the rest is 0. */
export const maxUnpool3d: MaxUnpool = maxUnpool(3, (x, at, size, stride, padding) =>
  ops.maxUnpool3d(x, at, size, stride, padding),
);
