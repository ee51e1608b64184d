/**
 * What a convolution asks of its arguments beside their shapes, in torch's words.
 * Source: aten/src/ATen/native/Convolution.cpp (check_shape_forward, check_input_same_type_as_parameters).
 */
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The choices of a call, as given. */
export interface ConvArguments {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly transposed: boolean;
  readonly groups: number;
}

/** Throws a RuntimeError for steps that lead nowhere, lists of another length and mixed dtypes. */
export function checkConvArguments(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  call: ConvArguments,
): void {
  if (weight.sizes.length < 3) throw new RuntimeError("weight should have at least three dimensions");
  const rank = weight.sizes.length - 2;
  for (const name of ["dilation", "stride", "padding"] as const) {
    const values = call[name];
    if (values.length !== 1 && values.length !== rank) {
      throw new RuntimeError(
        `expected ${name} to be a single integer value or a list of ${rank} values to match the convolution dimensions, but got ${name}=[${values.join(", ")}]`,
      );
    }
  }
  if (call.padding.some((width) => width < 0)) throw new RuntimeError("negative padding is not supported");
  if (call.stride.some((step) => step <= 0)) throw new RuntimeError("non-positive stride is not supported");
  if (call.dilation.some((step) => step <= 0)) throw new RuntimeError("dilation should be greater than zero");
  if (call.groups <= 0) throw new RuntimeError("non-positive groups is not supported");
  checkTypes(input, weight, bias, call.transposed);
}

function checkTypes(input: Tensor, weight: Tensor, bias: Tensor | null, transposed: boolean): void {
  const typeOf = (tensor: Tensor): string => `torch.${tensor.dtype.scalarName}Tensor`;
  if (weight.dtype !== input.dtype) {
    throw new RuntimeError(
      transposed
        ? `Input type (${typeOf(input)}) and weight type (${typeOf(weight)}) should be the same or input should be a MKLDNN tensor and weight is a dense tensor`
        : `expected scalar type ${input.dtype.scalarName} but found ${weight.dtype.scalarName}`,
    );
  }
  if (bias !== null && bias.dtype !== input.dtype) {
    throw new RuntimeError(
      `Input type (${typeOf(input)}) and bias type (${typeOf(bias)}) should be the same or input should be a MKLDNN tensor and bias is a dense tensor`,
    );
  }
}
