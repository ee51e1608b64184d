/**
 * Transposed convolutions by dimension, and the gradients of a convolution as one operator.
 * Source: aten/src/ATen/native/Convolution.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { convolveInputGradient, convolveWeightGradient, perDim } from "../kernels/convolution.ts";
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

export const convTranspose1d = named(1);
export const convTranspose2d = named(2);
export const convTranspose3d = named(3);

/** The gradients of a convolution by input, weight and bias, null where `outputMask` does not ask. */
export const convolutionBackward: (
  gradOutput: Tensor,
  input: Tensor,
  weight: Tensor,
  biasSizes: readonly number[] | null,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  transposed: boolean,
  outputPadding: readonly number[],
  groups: number,
  outputMask: readonly boolean[],
) => readonly (Tensor | null)[] = aten(
  op(
    "aten::convolution_backward(Tensor grad_output, Tensor input, Tensor weight, SymInt[]? bias_sizes, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    (grad, input, weight, _biasSizes, stride, padding, dilation, transposed, outputPadding, groups, mask) => {
      if (groups <= 0)
        throw new RuntimeError(`expected groups to be greater than 0, but got groups=${groups}`);
      if (weight.sizes[0] < groups) {
        throw new RuntimeError(
          `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size [${weight.sizes.join(", ")}] instead`,
        );
      }
      const rank = weight.ndim - 2;
      const pads = perDim(outputPadding, rank);
      const [s, p, d] = [perDim(stride, rank), perDim(padding, rank), perDim(dilation, rank)];
      const options = { stride: s, padding: p, dilation: d, groups };
      const byInput = (): Tensor =>
        transposed
          ? convolution(
              grad,
              weight,
              null,
              s,
              p,
              d,
              false,
              pads.map(() => 0),
              groups,
            )
          : convolveInputGradient(grad, weight, input.sizes, options);
      const byWeight = (): Tensor =>
        transposed
          ? convolveWeightGradient(input, grad, weight.sizes, options)
          : convolveWeightGradient(grad, input, weight.sizes, options);
      const dims = grad.sizes.map((_, i) => i).filter((i) => i !== 1);
      return [
        mask[0] ? byInput() : null,
        mask[1] ? byWeight() : null,
        mask[2] ? (grad.sum(dims) as Tensor) : null,
      ];
    },
  ),
);
