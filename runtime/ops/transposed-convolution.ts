/**
 * Transposed convolutions by dimension.
 * Source: aten/src/ATen/native/Convolution.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { convolution } from "./convolution.ts";

/** A transposed convolution; inputs without a batch dimension are taken as one example. */
export type TransposedConvolution = (
  input: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: number | readonly number[],
  padding?: number | readonly number[],
  outputPadding?: number | readonly number[],
  groups?: number,
  dilation?: number | readonly number[],
) => Tensor;

function named(rank: 1 | 2 | 3): TransposedConvolution {
  const name = `conv_transpose${rank}d${rank === 1 ? "" : ".input"}`;
  const list = (value: number): string => `[${new Array(rank).fill(value).join(", ")}]`;
  return aten(
    op(
      `aten::${name}(Tensor input, Tensor weight, Tensor? bias=None, SymInt[${rank}] stride=${list(1)}, SymInt[${rank}] padding=${list(0)}, SymInt[${rank}] output_padding=${list(0)}, SymInt groups=1, SymInt[${rank}] dilation=${list(1)}) -> Tensor` as "aten::f(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] output_padding=0, int groups=1, int[2] dilation=1) -> Tensor",
      (input, weight, bias, stride, padding, outputPadding, groups, dilation) => {
        if (input.ndim !== rank + 1 && input.ndim !== rank + 2) {
          throw new RuntimeError(
            `Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to conv_transpose${rank}d, but got input of size: [${input.sizes.join(", ")}]`,
          );
        }
        const batched = input.ndim === rank + 2 ? input : input.unsqueeze(0);
        const output = convolution(
          batched,
          weight,
          bias,
          stride,
          padding,
          dilation,
          true,
          outputPadding,
          groups,
        );
        return input.ndim === rank + 2 ? output : output.squeeze(0);
      },
      { composite: true, untraced: true },
    ),
  );
}

/** The transpose of `conv1d`: [N, C, L] and a weight [C, out / groups, kL]. */
export const convTranspose1d = named(1);
/**
 * The transpose of `conv2d`: [N, C, H, W] and a weight [C, out / groups, kH, kW].
 * @example torch.convTranspose2d(torch.ones([1, 1, 2, 2]), torch.ones([1, 1, 2, 2]), null, 2).shape // [1, 1, 4, 4]
 */
export const convTranspose2d = named(2);
/** The transpose of `conv3d`: [N, C, D, H, W] and a weight [C, out / groups, kD, kH, kW]. */
export const convTranspose3d = named(3);
