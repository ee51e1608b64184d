/**
 * The gradient of a convolution by its weight, for which ONNX has no operator, as nodes of ONNX. Both the kernels of single operators
 * and compiled graphs have it from here; where the nodes go is theirs.
 */
import type { DTypeName } from "../tensor/dtype.ts";
import type { OnnxAttribute } from "./proto.ts";

/** Takes nodes of one result and constants, and gives the names of what they stand for. */
export interface NodeTaker {
  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  constant(dtype: DTypeName, sizes: readonly number[], values: readonly number[]): string;
}

/** The convolution, each list with a number for each spatial dimension. */
export interface ForwardConvolution {
  /** [channelsOut, channelsIn / groups, ...kernel] */
  readonly weightSizes: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
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
  { weightSizes, stride, padding, dilation, groups }: ForwardConvolution,
): string {
  const [channelsOut, channelsIn, ...kernel] = weightSizes;
  const taps = kernel.reduce((product, size) => product * size, 1);
  const vector = (values: readonly number[]): string => to.constant("int64", [values.length], values);
  // In the target of a Reshape, 0 keeps a size and -1 is all the rest.
  const kept = kernel.map(() => 0);
  const planes = to.emit("Reshape", [input, vector([-1, 1, ...kept])]);
  const ones = Array.from({ length: taps * taps }, (_, i) => (i % (taps + 1) === 0 ? 1 : 0));
  // ONNX Runtime lays images, but not volumes, out in blocks of channels, and so few channels are slower to take apart again.
  const volumes = kernel.length === 2 ? to.emit("Unsqueeze", [planes, vector([2])]) : planes;
  const lead = kernel.length === 2 ? 1 : 0;
  const kernels = to.constant("float32", [taps, 1, ...new Array<number>(lead).fill(1), ...kernel], ones);
  const before = (value: number, values: readonly number[]): number[] => [
    ...new Array<number>(lead).fill(value),
    ...values,
  ];
  const pads = before(0, padding);
  const found = to.emit("Conv", [volumes, kernels], {
    kernel_shape: { ints: before(1, kernel) },
    strides: { ints: before(1, stride) },
    pads: { ints: [...pads, ...pads] },
    dilations: { ints: before(1, dilation) },
  });
  const seen = lead === 1 ? to.emit("Squeeze", [found, vector([2])]) : found;
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
