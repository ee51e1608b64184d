/**
 * Normal numbers by the Box–Muller transform, one pair at a time or in blocks of 16 as torch vectorises it.
 * Source: pytorch aten/src/ATen/native/cpu/DistributionTemplates.h (normal_fill) and
 * aten/src/ATen/core/DistributionsHelper.h (normal_distribution).
 */

import type { DType } from "../tensor/dtype.ts";
import { checkBounds } from "./bounds.ts";
import { logFloat32, sinCosFloat32 } from "./float32-math.ts";
import type { Generator } from "./generator.ts";
import { fillUniform, type NumberSink } from "./uniform.ts";

const blockSize = 16;

/**
 * Fills `out` with normal numbers. 16 or more in contiguous memory are drawn in blocks; fewer, or scattered ones, in
 * pairs whose second half the generator keeps for the next call. Throws a RuntimeError if std is negative.
 */
export function fillNormal(
  out: NumberSink,
  dtype: DType,
  mean: number,
  std: number,
  generator: Generator,
  contiguous = true,
): void {
  checkBounds(std >= 0, () => `normal expects std >= 0.0, but found std ${std}`);
  if (out.length >= blockSize && contiguous) {
    fillBlocks(out, dtype, mean, std, generator);
  } else {
    for (let i = 0; i < out.length; i++) out[i] = standardNormal(generator) * std + mean;
  }
}

/** One float64 standard normal: the kept half of the last pair, or the first half of a new one. */
export function standardNormal(generator: Generator): number {
  const cached = generator.cachedNormal;
  if (cached !== null) {
    generator.cachedNormal = null;
    return cached;
  }
  const u1 = generator.uniform53();
  const u2 = generator.uniform53();
  const radius = Math.sqrt(-2 * Math.log1p(-u2));
  const angle = 2 * Math.PI * u1;
  generator.cachedNormal = radius * Math.sin(angle);
  return radius * Math.cos(angle);
}

function fillBlocks(out: NumberSink, dtype: DType, mean: number, std: number, generator: Generator): void {
  const length = out.length;
  const rest = length % blockSize;
  const numbers = new Float64Array(length);
  const transform = dtype.name === "float64" ? transformFloat64 : transformFloat32;
  // Half precisions draw for whole blocks only; the others for every element, though the last ones are drawn again.
  const drawn = dtype.itemSize < 4 ? length - rest : length;
  fillUniform(numbers.subarray(0, drawn), dtype, 0, 1, generator);
  for (let start = 0; start + blockSize <= length; start += blockSize) transform(numbers, start, mean, std);
  if (rest > 0) {
    // The last block overlaps the one before.
    fillUniform(numbers.subarray(length - blockSize), dtype, 0, 1, generator);
    transform(numbers, length - blockSize, mean, std);
  }
  for (let i = 0; i < length; i++) out[i] = numbers[i];
}

/** Turns the sixteen uniforms from `start` on into normals: the first eight give radii, the last eight angles. */
function transformFloat64(out: Float64Array, start: number, mean: number, std: number): void {
  for (let j = start; j < start + blockSize / 2; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - out[j]));
    const angle = 2 * Math.PI * out[j + blockSize / 2];
    out[j] = radius * Math.cos(angle) * std + mean;
    out[j + blockSize / 2] = radius * Math.sin(angle) * std + mean;
  }
}

const f32 = Math.fround;
const twoPi = f32(2 * Math.PI);

/** The same in float32 (for half precisions, too), every step rounded as torch's AVX2 code rounds it. */
function transformFloat32(out: Float64Array, start: number, mean: number, std: number): void {
  const shift = f32(mean);
  const scale = f32(std);
  for (let j = start; j < start + blockSize / 2; j++) {
    const radius = f32(Math.sqrt(f32(-2 * logFloat32(f32(1 - out[j])))));
    const { sin, cos } = sinCosFloat32(f32(twoPi * out[j + blockSize / 2]));
    out[j] = f32(f32(radius * cos) * scale + shift);
    out[j + blockSize / 2] = f32(f32(radius * sin) * scale + shift);
  }
}
