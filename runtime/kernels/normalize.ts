/**
 * Normalisation in few passes over the elements, and its gradients: of channels, as batch norm has them, and of rows, as layer norm
 * has them. Which statistics are used, and
 * how gradients of gradients come about, is the operators' affair. Loops are over locals, as V8 makes those fast.
 */
import { float64 } from "../tensor/dtype.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers, allocateUnset, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** `(x - mean) * invstd * weight + bias` with one of each for every channel of `[batch, channels, ...]`. */
export function normalizeChannels(
  input: Tensor,
  mean: Tensor,
  invstd: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
): Tensor {
  const x = valuesOf(input);
  const [m, s] = [valuesOf(mean), valuesOf(invstd)];
  const w = weight === null ? null : valuesOf(weight);
  const b = bias === null ? null : valuesOf(bias);
  const out = allocateUnset(input.dtype, x.length);
  const [channels, inner] = [input.sizes[1], numelOf(input.sizes.slice(2))];
  for (let start = 0, c = 0; start < x.length; start += inner, c = (c + 1) % channels) {
    scaleRun(x, start, start + inner, m[c], s[c] * (w === null ? 1 : w[c]), b === null ? 0 : b[c], out);
  }
  return fromValues(out, input.sizes, input.dtype);
}

function scaleRun(
  x: NumberArray,
  start: number,
  end: number,
  mean: number,
  scale: number,
  shift: number,
  out: NumberArray,
): void {
  for (let i = start; i < end; i++) out[i] = (x[i] - mean) * scale + shift;
}

/** The gradients of `normalizeChannels` by input, weight and bias; `fromBatch` says that mean and invstd are the input's own. */
export function channelGradients(
  grad: Tensor,
  input: Tensor,
  mean: Tensor,
  invstd: Tensor,
  weight: Tensor | null,
  fromBatch: boolean,
): readonly [byInput: Tensor, byWeight: Tensor, byBias: Tensor] {
  const [g, x] = [valuesOf(grad), valuesOf(input)];
  const [m, s] = [valuesOf(mean), valuesOf(invstd)];
  const w = weight === null ? null : valuesOf(weight);
  const [channels, inner] = [input.sizes[1], numelOf(input.sizes.slice(2))];
  const count = x.length / channels;
  const [sums, products] = [new Float64Array(channels), new Float64Array(channels)];
  for (let start = 0, c = 0; start < x.length; start += inner, c = (c + 1) % channels) {
    sums[c] += sumRun(g, start, start + inner);
    products[c] += productRun(g, x, start, start + inner, m[c]);
  }
  const out = allocateUnset(input.dtype, x.length);
  for (let start = 0, c = 0; start < x.length; start += inner, c = (c + 1) % channels) {
    const scale = s[c] * (w === null ? 1 : w[c]);
    // The batch's own mean and deviation move with the input, which takes away what all elements have in common.
    const common = fromBatch ? sums[c] / count : 0;
    const slope = fromBatch ? (products[c] * s[c] * s[c]) / count : 0;
    gradientRun(g, x, start, start + inner, m[c], common, slope, scale, out);
  }
  const [byWeight, byBias] = [invstd.dtype, invstd.dtype].map((dtype) => allocateNumbers(dtype, channels));
  for (let c = 0; c < channels; c++) {
    byWeight[c] = products[c] * s[c];
    byBias[c] = sums[c];
  }
  return [
    fromValues(out, input.sizes, input.dtype),
    fromValues(byWeight, [channels], invstd.dtype),
    fromValues(byBias, [channels], invstd.dtype),
  ];
}

function sumRun(g: NumberArray, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += g[i];
  return sum;
}

function productRun(g: NumberArray, x: NumberArray, start: number, end: number, mean: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += g[i] * (x[i] - mean);
  return sum;
}

function gradientRun(
  g: NumberArray,
  x: NumberArray,
  start: number,
  end: number,
  mean: number,
  common: number,
  slope: number,
  scale: number,
  out: NumberArray,
): void {
  for (let i = start; i < end; i++) out[i] = (g[i] - common - (x[i] - mean) * slope) * scale;
}

/**
 * Rows of `count` elements normalised to mean 0 and variance 1, times `weight` plus `bias`, which have an element for each of a
 * row's; and the mean and inverse deviation of each of the `rows`.
 */
export function normalizeRows(
  input: Tensor,
  rows: number,
  count: number,
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): readonly [result: NumberArray, mean: NumberArray, invstd: NumberArray] {
  const x = valuesOf(input);
  const w = weight === null ? new Float64Array(count).fill(1) : valuesOf(weight);
  const b = bias === null ? new Float64Array(count) : valuesOf(bias);
  const out = allocateUnset(input.dtype, x.length);
  const [means, invstds] = [allocateNumbers(input.dtype, rows), allocateNumbers(input.dtype, rows)];
  for (let row = 0, start = 0; row < rows; row++, start += count) {
    const mean = sumRun(x, start, start + count) / count;
    const invstd = 1 / Math.sqrt(squaresRun(x, start, start + count, mean) / count + eps);
    for (let k = 0; k < count; k++) out[start + k] = (x[start + k] - mean) * invstd * w[k] + b[k];
    means[row] = mean;
    invstds[row] = invstd;
  }
  return [out, means, invstds];
}

/**
 * Each example's groups of channels normalised to mean 0 and variance 1, times `weight` plus `bias` of the channel; and the mean and
 * inverse deviation of each group.
 */
export function normalizeGroups(
  input: Tensor,
  examples: number,
  groups: number,
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): readonly [result: Tensor, mean: Tensor, invstd: Tensor] {
  const x = valuesOf(input);
  const w = weight === null ? null : valuesOf(weight);
  const b = bias === null ? null : valuesOf(bias);
  const out = allocateUnset(input.dtype, x.length);
  const rows = examples * groups;
  const [means, invstds] = [allocateNumbers(input.dtype, rows), allocateNumbers(input.dtype, rows)];
  const [channels, inner] = [input.sizes[1], numelOf(input.sizes.slice(2))];
  const each = channels / groups;
  for (let row = 0, start = 0; row < rows; row++) {
    const end = start + each * inner;
    const mean = sumRun(x, start, end) / (each * inner);
    const squares = squaresRun(x, start, end, mean);
    // Overflows where torch's sum does, which is one of float32.
    const variance = (input.dtype === float64 ? squares : Math.fround(squares)) / (each * inner);
    const invstd = 1 / Math.sqrt(variance + eps);
    for (let c = (row % groups) * each; start < end; c++, start += inner)
      scaleRun(
        x,
        start,
        start + inner,
        mean,
        w === null ? invstd : invstd * w[c],
        b === null ? 0 : b[c],
        out,
      );
    means[row] = mean;
    invstds[row] = invstd;
  }
  const statistics = (values: NumberArray): Tensor => fromValues(values, [examples, groups], input.dtype);
  return [fromValues(out, input.sizes, input.dtype), statistics(means), statistics(invstds)];
}

/** The sum of squared differences to the mean. */
function squaresRun(x: NumberArray, start: number, end: number, mean: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += (x[i] - mean) * (x[i] - mean);
  return sum;
}

/** The gradients of `normalizeRows` by input, weight and bias. */
export function rowGradients(
  grad: Tensor,
  input: Tensor,
  mean: Tensor,
  invstd: Tensor,
  weight: Tensor | null,
  shape: readonly number[],
): readonly [byInput: Tensor, byWeight: Tensor, byBias: Tensor] {
  const count = numelOf(shape);
  const [g, x] = [valuesOf(grad), valuesOf(input)];
  const [m, s] = [valuesOf(mean), valuesOf(invstd)];
  const w = weight === null ? new Float64Array(count).fill(1) : valuesOf(weight);
  const [byWeight, byBias] = [new Float64Array(count), new Float64Array(count)];
  const out = allocateUnset(input.dtype, x.length);
  for (let row = 0; row < m.length; row++)
    rowGradient(g, x, row * count, m[row], s[row], w, byWeight, byBias, out);
  const { dtype } = weight ?? input;
  const sums = (values: Float64Array): Tensor => {
    const rounded = allocateNumbers(dtype, count);
    rounded.set(values);
    return fromValues(rounded, shape, dtype);
  };
  return [fromValues(out, input.sizes, input.dtype), sums(byWeight), sums(byBias)];
}

function rowGradient(
  g: NumberArray,
  x: NumberArray,
  start: number,
  mean: number,
  invstd: number,
  w: NumberArray,
  byWeight: Float64Array,
  byBias: Float64Array,
  out: NumberArray,
): void {
  const count = w.length;
  let [sum, product] = [0, 0];
  for (let k = 0; k < count; k++) {
    const slope = g[start + k];
    const centred = (x[start + k] - mean) * invstd;
    sum += slope * w[k];
    product += slope * w[k] * centred;
    byWeight[k] += slope * centred;
    byBias[k] += slope;
  }
  for (let k = 0; k < count; k++) {
    const centred = (x[start + k] - mean) * invstd;
    out[start + k] = (g[start + k] * w[k] - sum / count - (centred * product) / count) * invstd;
  }
}
