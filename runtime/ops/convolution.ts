/**
 * Convolutions: the general operator, the one traces record, and the named forms by dimension.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Convolution.cpp.
 */

import { aten, type OpFacts, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as gradients from "../jit/onnx/gradients.ts";
import * as layers from "../jit/onnx/layers.ts";
import {
  type ConvOptions,
  convOutputSizes,
  convolve,
  convolveInputGradient,
  convolveWeightGradient,
  perDim,
  transposedOutputSizes,
} from "../kernels/convolution.ts";
import {
  checkBiasType,
  checkConvShapes,
  checkConvSteps,
  checkConvTypes,
  checkNotEmpty,
  checkTransposed,
} from "../kernels/convolution-checks.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { constantPadNd } from "./padding.ts";

function convolutionKernel(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  transposed: boolean,
  outputPadding: readonly number[],
  groups: number,
): Tensor {
  const call = { stride, padding, dilation, outputPadding, transposed, groups };
  checkConvSteps(weight, call);
  checkConvShapes(input, weight, bias, transposed, groups);
  checkConvTypes(input, weight, bias, call);
  const rank = weight.sizes.length - 2;
  const options: ConvOptions = {
    stride: perDim(stride, rank),
    padding: perDim(padding, rank),
    dilation: perDim(dilation, rank),
    groups,
  };
  const [spatial, kernel] = [input.sizes.slice(2), weight.sizes.slice(2)];
  if (transposed) {
    checkNotEmpty(input);
    const sizes = transposedOutputSizes(spatial, kernel, options, perDim(outputPadding, rank));
    checkTransposed(input, call, sizes);
    const result = convolveInputGradient(
      input,
      weight,
      [input.sizes[0], weight.sizes[1] * groups, ...sizes],
      options,
    );
    return bias === null ? result : result.add_(bias.reshape([-1, ...kernel.map(() => 1)]));
  }
  const sizes = convOutputSizes(spatial, kernel, options);
  if (sizes.some((size) => size <= 0)) {
    const padded = spatial.map((size, i) => size + 2 * options.padding[i]);
    throw new RuntimeError(
      `Calculated padded input size per channel: (${padded.join(" x ")}). Kernel size: (${kernel.join(" x ")}). Kernel size can't be greater than actual input size`,
    );
  }
  checkNotEmpty(input);
  return convolve(input, weight, bias, options);
}

type Needs = (name: string) => boolean;

/** The gradients by input, weight and bias, null where not needed. */
function convolutionGradients(
  grad: Tensor,
  input: Tensor,
  weight: Tensor,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  transposed: boolean,
  groups: number,
  needs: Needs,
): (Tensor | null)[] {
  const rank = weight.sizes.length - 2;
  const [s, p, d] = [perDim(stride, rank), perDim(padding, rank), perDim(dilation, rank)];
  const options: ConvOptions = { stride: s, padding: p, dilation: d, groups };
  const byInput = (): Tensor =>
    transposed
      ? seenPart(convolution(grad, weight, null, s, p, d, false, [0], groups), input)
      : inputGradient(grad, weight, input, options);
  const byWeight = (): Tensor =>
    transposed ? weightGradient(input, grad, weight, options) : weightGradient(grad, input, weight, options);
  return [
    needs("input") ? byInput() : null,
    needs("weight") ? byWeight() : null,
    needs("bias") ? grad.sum(grad.sizes.map((_, i) => i).filter((i) => i !== 1)) : null,
  ];
}

/** Without the places that only an output padding as large as the stride gives. */
const seenPart = (gradient: Tensor, { sizes }: Tensor): Tensor =>
  sizes.reduce((part, size, dim) => (part.sizes[dim] > size ? part.narrow(dim, 0, size) : part), gradient);

/** A transposed convolution; what the floor in the output size cut off is given back as output padding. */
function inputGradient(grad: Tensor, weight: Tensor, input: Tensor, options: ConvOptions): Tensor {
  const none = options.stride.map(() => 0);
  const plain = transposedOutputSizes(grad.sizes.slice(2), weight.sizes.slice(2), options, none);
  const rest = plain.map((size, i) => input.sizes[i + 2] - size);
  const { stride, padding, dilation, groups } = options;
  return convolution(grad, weight, null, stride, padding, dilation, true, rest, groups);
}

const weightGradient = (grad: Tensor, input: Tensor, weight: Tensor, options: ConvOptions): Tensor =>
  convolutionWeightGradient(
    grad,
    input,
    weight,
    options.stride,
    options.padding,
    options.dilation,
    options.groups,
  );

/** The gradient by the weight as an operator of its own, so that it can be differentiated again. */
const convolutionWeightGradient: (
  grad: Tensor,
  input: Tensor,
  weight: Tensor,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  groups: number,
) => Tensor = aten(
  op(
    "tracebook::convolution_weight_gradient(Tensor output_grad, Tensor input, Tensor weight, int[] stride, int[] padding, int[] dilation, int groups) -> Tensor",
    (grad, input, weight, stride, padding, dilation, groups) =>
      convolveWeightGradient(grad, input, weight.sizes, { stride, padding, dilation, groups }),
    {
      onnx: gradients.convolutionWeightGradient,
      grad: {
        output_grad: ({ grad, input, stride, padding, dilation, groups }) =>
          convolution(
            input,
            grad,
            null,
            stride,
            padding,
            dilation,
            false,
            stride.map(() => 0),
            groups,
          ),
        weight: ({ weight }) => weight.zerosLike(),
        input: ({ grad, output_grad: outputGrad, input, stride, padding, dilation, groups }) =>
          inputGradient(outputGrad, grad, input, { stride, padding, dilation, groups }),
      },
    },
  ),
);

const convolutionGrad: OpFacts["grad"] = {
  "input, weight, bias": ({ grad, input, weight, stride, padding, dilation, transposed, groups, needs }) =>
    convolutionGradients(grad, input, weight, stride, padding, dilation, transposed, groups, needs),
};

/** A convolution of one to three spatial dimensions, with every choice spelled out. */
export type GeneralConvolution = (
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  transposed: boolean,
  outputPadding: readonly number[],
  groups: number,
) => Tensor;

const general = { onnx: layers.convolution, gradName: "ConvolutionBackward0", grad: convolutionGrad };

/** The form traces record: PyTorch's tracer sees below `convolution`. The last arguments choose among GPU algorithms. */
export const _convolution: (
  ...args: [
    ...Parameters<GeneralConvolution>,
    benchmark: boolean,
    deterministic: boolean,
    cudnnEnabled: boolean,
    allowTf32?: boolean,
  ]
) => Tensor = aten(
  op(
    "aten::_convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool benchmark, bool deterministic, bool cudnn_enabled, bool allow_tf32) -> Tensor",
    convolutionKernel,
    general,
  ),
  op(
    "aten::_convolution.deprecated(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, int[] output_padding, SymInt groups, bool benchmark, bool deterministic, bool cudnn_enabled) -> Tensor",
    convolutionKernel,
    general,
  ),
);

/** Any convolution, plain or transposed, of 1 to 3 dimensions, all arguments given: what the others call. */
export const convolution: GeneralConvolution = aten(
  op(
    "aten::convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor",
    (...args) => _convolution(...args, false, false, true, true),
    { onnxExport: layers.convolution, untraced: true, grad: convolutionGrad },
  ),
);

/** A convolution over the last dimensions; sizes without a batch dimension are taken as one example. */
export type Convolution = (
  input: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: number | readonly number[],
  padding?: number | readonly number[] | "same" | "valid",
  dilation?: number | readonly number[],
  groups?: number,
) => Tensor;

function convolveNamed(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  groups: number,
  rank: number,
): Tensor {
  const call = (x: Tensor): Tensor =>
    convolution(
      x,
      weight,
      bias,
      stride,
      padding,
      dilation,
      false,
      stride.map(() => 0),
      groups,
    );
  checkBiasType(input, bias);
  checkInputDims(input, rank);
  return input.sizes.length === rank + 1 ? call(input.unsqueeze(0)).squeeze(0) : call(input);
}

function checkInputDims({ ndim, sizes }: Tensor, rank: number): void {
  if (ndim === rank + 1 || ndim === rank + 2) return;
  throw new RuntimeError(
    `Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to conv${rank}d, but got input of size: [${sizes.join(", ")}]`,
  );
}

function paddingByName(
  name: string,
  input: Tensor,
  weight: Tensor,
  stride: readonly number[],
  dilation: readonly number[],
): [Tensor, number[]] {
  if (name !== "same" && name !== "valid") throw new RuntimeError(`Invalid padding string: '${name}'`);
  if (weight.ndim < 3) throw new RuntimeError("weight should have at least three dimensions");
  const rank = weight.sizes.length - 2;
  if (name === "valid") return [input, new Array<number>(rank).fill(0)];
  if (input.ndim !== weight.ndim) {
    throw new RuntimeError(
      `Expected ${weight.ndim}-dimensional input for ${weight.ndim}-dimensional weight[${weight.sizes.join(", ")}], but got ${input.ndim}-dimensional input of size [${input.sizes.join(", ")}] instead`,
    );
  }
  if (stride.some((step) => step !== 1))
    throw new RuntimeError("padding='same' is not supported for strided convolutions");
  const total = weight.sizes.slice(2).map((size, i) => perDim(dilation, rank)[i] * (size - 1));
  const uneven = total.map((sum) => sum % 2);
  // An uneven border has its extra column after the data; pads are listed from the last dimension.
  const pads = uneven.toReversed().flatMap((extra) => [0, extra]);
  const padded = uneven.includes(1) ? constantPadNd(input, pads) : input;
  return [padded, total.map((sum) => Math.floor(sum / 2))];
}

/** A convolution with borders by name, "same" or "valid": the form traces record. */
export const _convolutionMode: (
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: string,
  dilation: readonly number[],
  groups: number,
) => Tensor = aten(
  op(
    "aten::_convolution_mode(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, str padding, SymInt[] dilation, SymInt groups) -> Tensor",
    (input, weight, bias, stride, padding, dilation, groups) => {
      const [padded, amounts] = paddingByName(padding, input, weight, stride, dilation);
      const none = amounts.map(() => 0);
      return convolution(padded, weight, bias, stride, amounts, dilation, false, none, groups);
    },
    { onnx: layers.plainConvolution, composite: true },
  ),
);

function named(rank: 1 | 2 | 3): Convolution {
  const ones = `[${new Array(rank).fill(1).join(", ")}]`;
  const zeros = `[${new Array(rank).fill(0).join(", ")}]`;
  type Schema =
    "aten::f(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] dilation=1, int groups=1) -> Tensor";
  type PaddingSchema =
    "aten::f(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, str padding=x, int[2] dilation=1, int groups=1) -> Tensor";
  return aten(
    op(
      `aten::conv${rank}d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[${rank}] stride=${ones}, SymInt[${rank}] padding=${zeros}, SymInt[${rank}] dilation=${ones}, SymInt groups=1) -> Tensor` as Schema,
      (input, weight, bias, stride, padding, dilation, groups) =>
        convolveNamed(input, weight, bias, stride, padding, dilation, groups, rank),
      { onnx: layers.plainConvolution, composite: true, untraced: true },
    ),
    op(
      `aten::conv${rank}d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[${rank}] stride=${ones}, str padding="valid", SymInt[${rank}] dilation=${ones}, SymInt groups=1) -> Tensor` as PaddingSchema,
      (input, weight, bias, stride, padding, dilation, groups) => {
        checkInputDims(input, rank);
        return input.sizes.length === rank + 1
          ? _convolutionMode(input.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
          : _convolutionMode(input, weight, bias, stride, padding, dilation, groups);
      },
      { onnx: layers.plainConvolution, composite: true, untraced: true },
    ),
  );
}

/** Convolves [N, C, L] (or [C, L]) with [out, C / groups, k]. */
export const conv1d = named(1);
/**
 * Convolves [N, C, H, W] (or [C, H, W]) with [out, C / groups, kH, kW].
 * @example torch.conv2d(torch.ones([1, 1, 3, 3]), torch.ones([1, 1, 2, 2])) // [[[[4, 4], [4, 4]]]]
 */
export const conv2d = named(2);
/** Convolves [N, C, D, H, W] (or [C, D, H, W]) with [out, C / groups, kD, kH, kW]. */
export const conv3d = named(3);

/** The gradients of a convolution by input, weight and bias, null where `outputMask` does not ask for one. */
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
      if (mask.length !== 3) {
        throw new RuntimeError(
          `Tried to convert a List with ${mask.length} elements to a fixed-size array of size 3`,
        );
      }
      if (weight.ndim >= 3 && groups <= 0)
        throw new RuntimeError(`expected groups to be greater than 0, but got groups=${groups}`);
      checkConvSteps(weight, { stride, padding, dilation, outputPadding, transposed, groups });
      if (weight.sizes[0] < groups) {
        throw new RuntimeError(
          `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size [${weight.sizes.join(", ")}] instead`,
        );
      }
      const wanted = ["input", "weight", "bias"].filter((_, i) => mask[i]);
      return convolutionGradients(
        grad,
        input,
        weight,
        stride,
        padding,
        dilation,
        transposed,
        groups,
        (name) => wanted.includes(name),
      );
    },
    { composite: true },
  ),
);
