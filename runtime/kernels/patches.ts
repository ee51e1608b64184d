/**
 * Patches of a convolution's input laid out as the columns of a matrix, and back: what makes a convolution a product of
 * matrices. The products are convolution.ts's.
 */
import type { DType } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { ConvOptions } from "./convolution.ts";

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
export interface PatchPlan {
  readonly batch: number;
  readonly groups: number;
  readonly channelsIn: number;
  readonly channelsOut: number;
  readonly taps: number;
  readonly inputPlaces: number;
  readonly outputPlaces: number;
  readonly table: Int32Array;
}

/** The plan of a convolution between tensors of these sizes. */
export function planOf(
  inputSizes: readonly number[],
  weightSizes: readonly number[],
  outputSizes: readonly number[],
  options: ConvOptions,
): PatchPlan {
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
export function columnsOf(x: NumberArray, plan: PatchPlan, group: number, dtype: DType): NumberArray {
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
export function addColumns(columns: NumberArray, plan: PatchPlan, group: number, out: NumberArray): void {
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
export function groupMatrix(x: NumberArray, plan: PatchPlan, group: number, dtype: DType): NumberArray {
  const { batch, groups, channelsOut, outputPlaces } = plan;
  const matrix = allocateNumbers(dtype, channelsOut * batch * outputPlaces);
  forEachGroupRun(plan, group, (inTensor, inMatrix) =>
    matrix.set(x.subarray(inTensor, inTensor + outputPlaces), inMatrix),
  );
  return groups === 1 && batch === 1 ? x : matrix;
}

/** Visits one group's channels: where each starts in the tensor and in its matrix. */
export function forEachGroupRun(
  plan: PatchPlan,
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

/** One group's filters, a row for each. */
export const groupWeight = (weight: NumberArray, plan: PatchPlan, group: number): NumberArray => {
  const size = plan.channelsOut * plan.channelsIn * plan.taps;
  return weight.subarray(group * size, (group + 1) * size);
};
