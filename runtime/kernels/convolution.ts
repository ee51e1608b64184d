/**
 * Convolution in one to three dimensions as products of matrices: patches of the input laid out as columns. Its two
 * gradients, and the transposed convolution, are the same two steps turned round.
 * Source of shapes and messages: aten/src/ATen/native/Convolution.cpp.
 */
import { fromValues, valuesOf } from "../tensor/access.ts";
import type { DType } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type HeavyKernels, heavyKernels, type Shaped } from "./backend.ts";
import { multiplyMatrices } from "./matmul.ts";
import { addColumns, columnsOf, forEachGroupRun, groupMatrix, groupWeight, planOf } from "./patches.ts";

/** Step, border and spacing of the kernel along each spatial dimension, and the number of channel groups. */
export interface ConvOptions {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** One int for each spatial dimension: a single one stands for all. */
export const perDim = (values: readonly number[], rank: number): readonly number[] =>
  values.length === rank ? values : new Array<number>(rank).fill(values[0]);

/** The spatial sizes of a convolution's result. */
export function convOutputSizes(
  input: readonly number[],
  kernel: readonly number[],
  options: ConvOptions,
): number[] {
  return input.map((size, i) => {
    const reach = options.dilation[i] * (kernel[i] - 1) + 1;
    return Math.floor((size + 2 * options.padding[i] - reach) / options.stride[i]) + 1;
  });
}

/** The spatial sizes of a transposed convolution's result. */
export function transposedOutputSizes(
  input: readonly number[],
  kernel: readonly number[],
  options: ConvOptions,
  outputPadding: readonly number[],
): number[] {
  return input.map(
    (size, i) =>
      (size - 1) * options.stride[i] -
      2 * options.padding[i] +
      options.dilation[i] * (kernel[i] - 1) +
      outputPadding[i] +
      1,
  );
}

const matrix = (data: NumberArray, rows: number, columns: number, transposed = false) => ({
  data,
  batch: 1,
  rows,
  columns,
  transposed,
});

/** The backend's convolution, if it has one and the work is for it: each element is a sum of as many products as one filter has weights. */
const backendConvolution = (
  dtype: DType,
  elements: number,
  weight: readonly number[],
): HeavyKernels["convolution"] => heavyKernels(dtype, elements * numelOf(weight.slice(1)))?.convolution;

const shaped = (tensor: Tensor): Shaped => ({
  data: valuesOf(tensor) as Float32Array<ArrayBuffer>,
  sizes: tensor.sizes,
});

/** The convolution of [batch, channels, ...] with [channelsOut, channels / groups, ...], plus a bias for each channel. */
export function convolve(input: Tensor, weight: Tensor, bias: Tensor | null, options: ConvOptions): Tensor {
  const spatial = convOutputSizes(input.sizes.slice(2), weight.sizes.slice(2), options);
  const sizes = [input.sizes[0], weight.sizes[0], ...spatial];
  const backend = backendConvolution(input.dtype, numelOf(sizes), weight.sizes);
  if (backend !== undefined) {
    const added = bias === null ? null : shaped(bias);
    return fromValues(backend.forward(shaped(input), shaped(weight), added, options), sizes, input.dtype);
  }
  const result = composedConvolution(input, weight, sizes, options);
  // Integers take over a bias cut to whole numbers: the sum begins with it.
  return bias === null ? result : result.add(bias.to(result.dtype).reshape([-1, ...spatial.map(() => 1)]));
}

function composedConvolution(
  input: Tensor,
  weight: Tensor,
  sizes: readonly number[],
  options: ConvOptions,
): Tensor {
  const plan = planOf(input.sizes, weight.sizes, sizes, options);
  const [x, w, dtype] = [valuesOf(input), valuesOf(weight), input.dtype];
  const out = allocateNumbers(dtype, numelOf(sizes));
  const depth = plan.channelsIn * plan.taps;
  const width = plan.batch * plan.outputPlaces;
  for (let group = 0; group < plan.groups; group++) {
    const columns = matrix(columnsOf(x, plan, group, dtype), depth, width);
    const product = multiplyMatrices(
      matrix(groupWeight(w, plan, group), plan.channelsOut, depth),
      columns,
      dtype,
    );
    forEachGroupRun(plan, group, (inTensor, inMatrix) =>
      out.set(product.subarray(inMatrix, inMatrix + plan.outputPlaces), inTensor),
    );
  }
  return fromValues(out, sizes, dtype);
}

/** The gradient of a convolution by its input; also the transposed convolution itself. */
export function convolveInputGradient(
  grad: Tensor,
  weight: Tensor,
  inputSizes: readonly number[],
  options: ConvOptions,
): Tensor {
  const kernel = weight.sizes.slice(2);
  const plain = transposedOutputSizes(grad.sizes.slice(2), kernel, options, perDim([0], kernel.length));
  const rest = plain.map((size, dim) => inputSizes[dim + 2] - size);
  const backend = backendConvolution(grad.dtype, grad.elements, weight.sizes);
  if (backend !== undefined && rest.every((size, dim) => size >= 0 && size < options.stride[dim])) {
    const values = backend.inputGradient(shaped(grad), shaped(weight), rest, options);
    return fromValues(values, inputSizes, grad.dtype);
  }
  const plan = planOf(inputSizes, weight.sizes, grad.sizes, options);
  const [g, w, dtype] = [valuesOf(grad), valuesOf(weight), grad.dtype];
  const out = allocateNumbers(dtype, numelOf(inputSizes));
  const depth = plan.channelsIn * plan.taps;
  const width = plan.batch * plan.outputPlaces;
  for (let group = 0; group < plan.groups; group++) {
    const slopes = matrix(groupMatrix(g, plan, group, dtype), plan.channelsOut, width);
    const turned = matrix(groupWeight(w, plan, group), depth, plan.channelsOut, true);
    addColumns(multiplyMatrices(turned, slopes, dtype), plan, group, out);
  }
  return fromValues(out, inputSizes, dtype);
}

/** The gradient of a convolution by its weight. */
export function convolveWeightGradient(
  grad: Tensor,
  input: Tensor,
  weightSizes: readonly number[],
  options: ConvOptions,
): Tensor {
  const backend = backendConvolution(grad.dtype, grad.elements, weightSizes);
  // With an output padding as large as the stride, a transposed convolution's result has places that its input does not.
  const seen = convOutputSizes(input.sizes.slice(2), weightSizes.slice(2), options);
  if (backend !== undefined && grad.sizes.slice(2).join() === seen.join()) {
    const values = backend.weightGradient(shaped(grad), shaped(input), weightSizes, options);
    if (!values.some(Number.isNaN)) return fromValues(values, weightSizes, grad.dtype);
  }
  const plan = planOf(input.sizes, weightSizes, grad.sizes, options);
  const [g, x, dtype] = [valuesOf(grad), valuesOf(input), grad.dtype];
  const out = allocateNumbers(dtype, numelOf(weightSizes));
  const depth = plan.channelsIn * plan.taps;
  const width = plan.batch * plan.outputPlaces;
  for (let group = 0; group < plan.groups; group++) {
    const slopes = matrix(groupMatrix(g, plan, group, dtype), plan.channelsOut, width);
    const columns = matrix(columnsOf(x, plan, group, dtype), width, depth, true);
    out.set(multiplyMatrices(slopes, columns, dtype), group * plan.channelsOut * depth);
  }
  return fromValues(out, weightSizes, dtype);
}
