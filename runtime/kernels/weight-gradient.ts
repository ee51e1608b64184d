/**
 * The gradient of a convolution by its weight, for which ONNX has no operator, as nodes of ONNX. Both the kernels of single operators
 * and compiled graphs have it from here; where the nodes go is theirs.
 */
import type { OnnxAttribute } from "../onnx/proto.ts";
import type { DTypeName } from "../tensor/dtype.ts";
import type { ConvOptions } from "./convolution.ts";

/** Takes nodes of one result and constants, and gives the names of what they stand for. */
export interface NodeTaker {
  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  constant(dtype: DTypeName, sizes: readonly number[], values: readonly number[]): string;
}

/**
 * From the gradient `grad` by the result and the convolution's `input`, both [batch, channels, ...] with sizes that may be open: what
 * each tap of the kernel has seen are the columns of a matrix, and the weight's gradient is the sum over the batch of `grad` times that
 * matrix, turned round. The columns come from a convolution with a kernel for each tap that is 1 there and 0 elsewhere: unlike Slice
 * it is shared among the threads, which so keep to their own part of the batch. As it multiplies by 0, an infinity becomes NaN.
 */
export function weightGradientNodes(
  to: NodeTaker,
  grad: string,
  input: string,
  weightSizes: readonly number[],
  { stride, padding, dilation, groups }: ConvOptions,
): string {
  const [channelsOut, channelsIn, ...kernel] = weightSizes;
  const taps = kernel.reduce((product, size) => product * size, 1);
  const vector = (values: readonly number[]): string => to.constant("int64", [values.length], values);
  // In the target of a Reshape, 0 keeps a size and -1 is all the rest.
  const kept = kernel.map(() => 0);
  const planes = to.emit("Reshape", [input, vector([-1, 1, ...kept])]);
  const ones = Array.from({ length: taps * taps }, (_, i) => (i % (taps + 1) === 0 ? 1 : 0));
  // ONNX Runtime lays images, but not volumes, out in blocks of channels, and so few channels are slower to take apart again.
  const isImage = kernel.length === 2;
  const inVolume = (value: number, values: readonly number[]): readonly number[] =>
    isImage ? [value, ...values] : values;
  const volumes = isImage ? to.emit("Unsqueeze", [planes, vector([2])]) : planes;
  const kernels = to.constant("float32", [taps, 1, ...inVolume(1, kernel)], ones);
  const pads = inVolume(0, padding);
  const found = to.emit("Conv", [volumes, kernels], {
    kernel_shape: { ints: inVolume(1, kernel) },
    strides: { ints: inVolume(1, stride) },
    pads: { ints: [...pads, ...pads] },
    dilations: { ints: inVolume(1, dilation) },
  });
  const seen = isImage ? to.emit("Squeeze", [found, vector([2])]) : found;
  const byImage = to.emit("Reshape", [seen, vector([-1, groups * channelsIn * taps, ...kept])]);
  const columns = to.emit("Reshape", [byImage, vector([0, groups, channelsIn * taps, -1])]);
  const slopes = to.emit("Reshape", [grad, vector([0, groups, channelsOut / groups, -1])]);
  // The smaller one of the two is turned, and the result once more.
  const turned = to.emit("Transpose", [slopes], { perm: { ints: [0, 1, 3, 2] } });
  const products = to.emit("MatMul", [columns, turned]);
  const sum = to.emit("ReduceSum", [products, vector([0])], { keepdims: { int: 0 } });
  const byOutput = to.emit("Transpose", [sum], { perm: { ints: [0, 2, 1] } });
  return to.emit("Reshape", [byOutput, vector(weightSizes)]);
}
