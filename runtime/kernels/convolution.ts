/**
 * Convolution in one to three dimensions as products of matrices: patches of the input laid out as columns. Its two
 * gradients, and the transposed convolution, are the same two steps turned round.
 * Source of shapes and messages: aten/src/ATen/native/Convolution.cpp.
 */
import { RuntimeError } from "../errors.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import type { DType } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { multiplyMatrices } from "./matmul.ts";

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

/** Where patches lie: for each kernel place and each output place, the input element under it, or -1 in the border. */
function patchPlaces(
  input: readonly number[],
  kernel: readonly number[],
  output: readonly number[],
  { stride, padding, dilation }: ConvOptions,
): Int32Array {
  const [taps, places] = [numelOf(kernel), numelOf(output)];
  const table = new Int32Array(taps * places);
  const rank = input.length;
  for (let tap = 0, at = 0; tap < taps; tap++) {
    for (let place = 0; place < places; place++, at++) {
      let restTap = tap;
      let restPlace = place;
      let index = 0;
      let step = 1;
      for (let d = rank - 1; d >= 0; d--) {
        const x = (restPlace % output[d]) * stride[d] - padding[d] + (restTap % kernel[d]) * dilation[d];
        restTap = Math.floor(restTap / kernel[d]);
        restPlace = Math.floor(restPlace / output[d]);
        if (x < 0 || x >= input[d]) {
          index = -1;
          break;
        }
        index += x * step;
        step *= input[d];
      }
      table[at] = index;
    }
  }
  return table;
}

/** The sizes all steps share. */
interface Plan {
  readonly batch: number;
  readonly groups: number;
  readonly channelsIn: number;
  readonly channelsOut: number;
  readonly taps: number;
  readonly inputPlaces: number;
  readonly outputPlaces: number;
  readonly table: Int32Array;
}

function planOf(
  inputSizes: readonly number[],
  weightSizes: readonly number[],
  outputSizes: readonly number[],
  options: ConvOptions,
): Plan {
  const [input, kernel, output] = [inputSizes.slice(2), weightSizes.slice(2), outputSizes.slice(2)];
  return {
    batch: inputSizes[0],
    groups: options.groups,
    channelsIn: weightSizes[1],
    channelsOut: weightSizes[0] / options.groups,
    taps: numelOf(kernel),
    inputPlaces: numelOf(input),
    outputPlaces: numelOf(output),
    table: patchPlaces(input, kernel, output, options),
  };
}

/** The patches of one group as a matrix: a row for each channel and kernel place, a column for each output place. */
function columnsOf(x: NumberArray, plan: Plan, group: number, dtype: DType): NumberArray {
  const { batch, groups, channelsIn, taps, inputPlaces, outputPlaces, table } = plan;
  const width = batch * outputPlaces;
  const columns = allocateNumbers(dtype, channelsIn * taps * width);
  for (let c = 0; c < channelsIn; c++) {
    for (let n = 0; n < batch; n++) {
      const from = (n * groups * channelsIn + group * channelsIn + c) * inputPlaces;
      for (let tap = 0; tap < taps; tap++) {
        const row = (c * taps + tap) * width + n * outputPlaces;
        const places = tap * outputPlaces;
        for (let place = 0; place < outputPlaces; place++) {
          const at = table[places + place];
          columns[row + place] = at < 0 ? 0 : x[from + at];
        }
      }
    }
  }
  return columns;
}

/** Adds a matrix of patches back to where they came from. */
function addColumns(columns: NumberArray, plan: Plan, group: number, out: NumberArray): void {
  const { batch, groups, channelsIn, taps, inputPlaces, outputPlaces, table } = plan;
  const width = batch * outputPlaces;
  for (let c = 0; c < channelsIn; c++) {
    for (let n = 0; n < batch; n++) {
      const to = (n * groups * channelsIn + group * channelsIn + c) * inputPlaces;
      for (let tap = 0; tap < taps; tap++) {
        const row = (c * taps + tap) * width + n * outputPlaces;
        const places = tap * outputPlaces;
        for (let place = 0; place < outputPlaces; place++) {
          const at = table[places + place];
          if (at >= 0) out[to + at] += columns[row + place];
        }
      }
    }
  }
}

/** One group's channels of a [batch, channels, places] array as a matrix [channels, batch * places]. */
function groupMatrix(x: NumberArray, plan: Plan, group: number, dtype: DType): NumberArray {
  const { batch, groups, channelsOut, outputPlaces } = plan;
  const matrix = allocateNumbers(dtype, channelsOut * batch * outputPlaces);
  forEachGroupRun(plan, group, (inTensor, inMatrix) =>
    matrix.set(x.subarray(inTensor, inTensor + outputPlaces), inMatrix),
  );
  return groups === 1 && batch === 1 ? x : matrix;
}

function forEachGroupRun(
  plan: Plan,
  group: number,
  visit: (inTensor: number, inMatrix: number) => void,
): void {
  const { batch, groups, channelsOut, outputPlaces } = plan;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channelsOut; c++) {
      visit(
        (n * groups * channelsOut + group * channelsOut + c) * outputPlaces,
        (c * batch + n) * outputPlaces,
      );
    }
  }
}

const groupWeight = (weight: NumberArray, plan: Plan, group: number): NumberArray => {
  const size = plan.channelsOut * plan.channelsIn * plan.taps;
  return weight.subarray(group * size, (group + 1) * size);
};

const matrix = (data: NumberArray, rows: number, columns: number, transposed = false) => ({
  data,
  batch: 1,
  rows,
  columns,
  transposed,
});

/** The convolution of [batch, channels, ...] with [channelsOut, channels / groups, ...]. */
export function convolve(input: Tensor, weight: Tensor, options: ConvOptions): Tensor {
  const spatial = convOutputSizes(input.sizes.slice(2), weight.sizes.slice(2), options);
  const sizes = [input.sizes[0], weight.sizes[0], ...spatial];
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
