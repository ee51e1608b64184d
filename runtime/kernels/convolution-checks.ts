/**
 * What a convolution asks of its arguments beside their shapes, in torch's words.
 * Source: aten/src/ATen/native/Convolution.cpp (check_shape_forward, check_input_same_type_as_parameters).
 */

import { notBools, onlyFloatsAndLongs, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { cppName, legacyName } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { perDim } from "./convolution.ts";

/** The choices of a call, as given. */
export interface ConvArguments {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly outputPadding: readonly number[];
  readonly transposed: boolean;
  readonly groups: number;
}

const listNames = {
  dilation: "dilation",
  padding: "padding",
  outputPadding: "output_padding",
  stride: "stride",
};

/** Throws a RuntimeError for steps that lead nowhere and lists of another length. */
export function checkConvSteps(weight: Tensor, call: ConvArguments): void {
  if (weight.sizes.length < 3) throw new RuntimeError("weight should have at least three dimensions");
  const rank = weight.sizes.length - 2;
  for (const [key, name] of Object.entries(listNames)) {
    const values = call[key as keyof typeof listNames];
    if (values.length !== 1 && values.length !== rank) {
      throw new RuntimeError(
        `expected ${name} to be a single integer value or a list of ${rank} values to match the convolution dimensions, but got ${name}=[${values.join(", ")}]`,
      );
    }
  }
  if (call.outputPadding.some((width) => width < 0))
    throw new RuntimeError("negative output_padding is not supported");
  if (call.padding.some((width) => width < 0)) throw new RuntimeError("negative padding is not supported");
  if (call.stride.some((step) => step <= 0)) throw new RuntimeError("non-positive stride is not supported");
  if (call.dilation.some((step) => step < 0)) throw new RuntimeError("dilation should be greater than zero");
  if (call.dilation.includes(0)) {
    throw new RuntimeError(
      `dilation should be greater than zero, but got [${perDim(call.dilation, rank).join(", ")}]`,
    );
  }
  if (call.groups <= 0) throw new RuntimeError("non-positive groups is not supported");
}

/** Throws a RuntimeError for dtypes that differ or cannot be convolved. */
export function checkConvTypes(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { transposed, dilation, groups }: ConvArguments,
): void {
  if (weight.dtype !== input.dtype) {
    throw new RuntimeError(
      takesOneDnn(input, weight, groups)
        ? `Input type (${legacyName(input.dtype)}) and weight type (${legacyName(weight.dtype)}) should be the same or input should be a MKLDNN tensor and weight is a dense tensor`
        : `expected scalar type ${input.dtype.scalarName} but found ${weight.dtype.scalarName}`,
    );
  }
  if (bias !== null && bias.dtype !== input.dtype && takesOneDnn(input, weight, groups)) {
    throw new RuntimeError(
      `Input type (${legacyName(input.dtype)}) and bias type (${legacyName(bias.dtype)}) should be the same or input should be a MKLDNN tensor and bias is a dense tensor`,
    );
  }
  const rank = weight.sizes.length - 2;
  if (transposed) refuse(onlyFloatsAndLongs(`slow_conv_transpose${Math.max(rank, 2)}d_out_cpu`), input.dtype);
  else if (dilation.some((step) => step > 1)) refuse(onlyFloatsAndLongs("slow_conv_dilated<>"), input.dtype);
  else refuse(notBools(rank === 3 ? "compute_columns3d" : "slow_conv2d_cpu"), input.dtype);
}

/** Whether PyTorch would give the call to oneDNN, whose checks come first. Source: ConvParams::use_mkldnn. */
function takesOneDnn(input: Tensor, weight: Tensor, groups: number): boolean {
  const kernel = weight.sizes.slice(2).slice(-2);
  const large = kernel.length === 2 && kernel.every((size) => size > 3);
  return (
    input.dtype.name === "float32" && (groups > 1 || large || input.sizes[0] > 1 || input.elements > 20480)
  );
}

/** Throws a RuntimeError if a transposed convolution has no output, or pads more of it than a step can reach. */
export function checkTransposed(
  input: Tensor,
  { outputPadding, stride, dilation }: ConvArguments,
  output: readonly number[],
): void {
  if (output.some((size) => size <= 0)) {
    throw new RuntimeError(
      `Given input size per channel: (${input.sizes.slice(2).join(" x ")}). Calculated output size per channel: (${output.join(" x ")}). Output size is too small`,
    );
  }
  const names = ["depth", "height", "width"];
  // One dimension is computed as two.
  const rank = Math.max(output.length, 2);
  const alongAll = (values: readonly number[], other: number): readonly number[] => {
    const all = perDim(values, output.length);
    return rank > all.length ? [other, ...all] : all;
  };
  const lists = {
    output_padding: alongAll(outputPadding, 0),
    stride: alongAll(stride, 1),
    dilation: alongAll(dilation, 1),
  };
  const reaches = lists.output_padding.every(
    (width, i) => width < lists.stride[i] || width < lists.dilation[i],
  );
  if (reaches) return;
  const listed = Object.entries(lists).flatMap(([name, values]) =>
    values.map((value, i) => `${name}_${names[i + names.length - rank]}: ${value}`),
  );
  throw new RuntimeError(
    `output padding must be smaller than either stride or dilation, but got ${listed.join(" ")}`,
  );
}

/** Throws torch's RuntimeError for an input without elements that has a batch and channels. */
export function checkNotEmpty({ sizes }: Tensor): void {
  if (!sizes.includes(0) || sizes[0] === 0 || sizes[1] === 0) return;
  const [batch, channels, ...spatial] = sizes;
  // One dimension is computed as two.
  const seen = [batch, channels, ...(spatial.length === 1 ? [1] : []), ...spatial];
  throw new RuntimeError(
    `Only zero batch or zero channel inputs are supported, but got input shape: [${seen.join(", ")}]`,
  );
}

/** Throws if the bias of a named convolution has another dtype than the input. */
export function checkBiasType(input: Tensor, bias: Tensor | null): void {
  if (bias !== null && bias.dtype !== input.dtype) {
    throw new RuntimeError(
      `Input type (${cppName(input.dtype)}) and bias type (${cppName(bias.dtype)}) should be the same`,
    );
  }
}

/** Checks the shapes of a call and throws in torch's words. */
export function checkConvShapes(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  transposed: boolean,
  groups: number,
): void {
  const rank = weight.sizes.length;
  const shape = (tensor: Tensor): string => `[${tensor.sizes.join(", ")}]`;
  if (input.sizes.length !== rank) {
    throw new RuntimeError(
      `Expected ${rank}-dimensional input for ${rank}-dimensional weight ${shape(weight)}, but got ${input.sizes.length}-dimensional input of size ${shape(input)} instead`,
    );
  }
  if (weight.sizes[0] < groups) {
    throw new RuntimeError(
      `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size ${shape(weight)} instead`,
    );
  }
  if (weight.sizes[0] % groups !== 0) {
    throw new RuntimeError(
      `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size [${shape(weight)}] instead`,
    );
  }
  const kernel = weight.sizes.slice(2);
  if (kernel.includes(0)) {
    const sizes = kernel.length === 1 ? [1, ...kernel] : kernel;
    const named = sizes.map(
      (size, i) => `kernel_${["depth", "height", "width"].slice(-sizes.length)[i]}: ${size}`,
    );
    throw new RuntimeError(`kernel size should be greater than zero, but got ${named.join(" ")}`);
  }
  const expected = transposed ? weight.sizes[0] : weight.sizes[1] * groups;
  if (input.sizes[1] !== expected) {
    throw new RuntimeError(
      `Given ${transposed ? "transposed=1" : `groups=${groups}`}, weight of size ${shape(weight)}, expected input${shape(input)} to have ${expected} channels, but got ${input.sizes[1]} channels instead`,
    );
  }
  const outputs = transposed ? weight.sizes[1] * groups : weight.sizes[0];
  if (bias !== null && (bias.sizes.length !== 1 || bias.sizes[0] !== outputs)) {
    throw new RuntimeError(
      `Given weight of size ${shape(weight)}, expected bias to be 1-dimensional with ${outputs} elements, but got bias of size ${shape(bias)} instead`,
    );
  }
}
