/**
 * Upsampling: the last dimensions read at more (or fewer) points, by the nearest element or by interpolation.
 * Source: derivatives.yaml, aten/src/ATen/native/UpSample.h, UpSample.cpp.
 */

import { aten, type GradFormula, type OpFacts, op } from "../dispatch/op.ts";
import {
  onlyFloats,
  onlyFloatsAndBytes,
  onlyWideFloatsAndBytes,
  type Refusal,
  refuse,
} from "../dispatch/refusal.ts";
import { RuntimeError, unmet } from "../errors.ts";
import type { LoweringFunction } from "../jit/onnx/lowering.ts";
import * as resizing from "../jit/onnx/resizing.ts";
import {
  antialiasedCubic,
  antialiasedLinear,
  cubic,
  linear,
  nearest,
  nearestExact,
  type Reader,
} from "../kernels/interpolation.ts";
import { resample, resampleGradient, type Taps } from "../kernels/resample.ts";
import { float32, float64, uint8 } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

type Plan = readonly (readonly Taps[])[];

function planOf(
  self: Tensor,
  output: readonly number[],
  scales: readonly (number | null)[],
  alignCorners: boolean,
  read: Reader,
): Plan {
  const spatial = self.sizes.slice(2);
  // Bytes are weighed in more digits.
  const round = self.dtype === float64 || self.dtype === uint8 ? (x: number) => x : Math.fround;
  return output.map((count, d) =>
    Array.from({ length: count }, (_, i) => read(i, spatial[d], count, scales[d], alignCorners, round)),
  );
}

function check(self: Tensor, output: readonly number[]): void {
  const rank = output.length;
  if (self.ndim !== rank + 2) {
    throw new RuntimeError(`It is expected input_size equals to ${rank + 2}, but got size ${self.ndim}`);
  }
  const spatial = self.sizes.slice(2);
  if (spatial.some((size) => size <= 0) || output.some((size) => size <= 0)) {
    const names = ["D", "H", "W"].slice(3 - rank);
    const list = (sizes: readonly number[]): string =>
      sizes.map((size, i) => `${names[i]}: ${size}`).join(", ");
    throw new RuntimeError(
      `Input and output sizes should be greater than 0, but got input (${list(spatial)})${rank === 1 ? " and" : ""} output (${list(output)})`,
    );
  }
  if (self.sizes[1] === 0) {
    throw new RuntimeError(
      `Non-empty ${rank + 2}D data tensor expected but got a tensor with sizes [${self.sizes.join(", ")}]`,
    );
  }
}

function upsample(
  self: Tensor,
  output: readonly number[],
  scales: readonly (number | null)[],
  align: boolean,
  read: Reader,
): Tensor {
  check(self, output);
  const plan = planOf(self, output, scales, align, read);
  if (isAntialiased(read)) return filtered(self, plan);
  if (self.dtype === uint8) return resampleBytes(self, plan);
  // Halves are weighed in float32 along all dimensions, and rounded once.
  const wide = self.dtype.itemSize === 2 ? self.to(float32) : self;
  return plan.reduce((x, taps, d) => resample(x, d + 2, taps), wide).to(self.dtype);
}

/** Bytes, as pictures have them, are rounded after each dimension, the last one first, and kept in range. */
const resampleBytes = (self: Tensor, plan: Plan): Tensor =>
  roundedDims(
    self,
    plan.map((taps, d) => ({ taps, dim: d + 2 })),
  );

const roundedDims = (self: Tensor, dims: readonly { taps: readonly Taps[]; dim: number }[]): Tensor =>
  dims
    .reduceRight(
      (x, { taps, dim }) => resample(x, dim, taps).add(0.5).floor().clamp(0, 255),
      self.to(float64),
    )
    .to(uint8);

const isAntialiased = (read: Reader): boolean => read === antialiasedLinear || read === antialiasedCubic;

/** A dimension that keeps its size is left as it is, whatever its scale; if all do, in any dtype. Gradients go by the scale. */
function filtered(self: Tensor, plan: Plan): Tensor {
  const changed = plan.flatMap((taps, d) =>
    taps.length === self.sizes[d + 2] ? [] : [{ taps, dim: d + 2 }],
  );
  if (changed.length === 0) return self.clone();
  refuse(onlyWideFloatsAndBytes("compute_index_ranges_weights"), self.dtype);
  if (self.dtype !== uint8) return changed.reduce((x, { taps, dim }) => resample(x, dim, taps), self);
  return roundedDims(self, changed);
}

function upsampleGradient(grad: Tensor, self: Tensor, plan: Plan): Tensor {
  return plan.reduce((g, taps, d) => resampleGradient(g, d + 2, taps, self.sizes[d + 2]), grad);
}

/** Sizes and scales from what the caller named: sizes, or factors. */
function resolve(
  input: Tensor,
  outputSize: readonly number[] | null,
  factors: readonly number[] | null,
): { output: readonly number[]; scales: readonly (number | null)[] } {
  const spatial = input.sizes.slice(2);
  if (outputSize !== null) {
    if (factors !== null) throw new RuntimeError("Must specify exactly one of output_size and scale_factors");
    if (outputSize.length !== spatial.length) {
      throw new RuntimeError(unmet("static_cast<int64_t>(output_size->size()) == spatial_dimensions"));
    }
    return { output: outputSize, scales: spatial.map(() => null) };
  }
  if (factors === null) throw new RuntimeError("Must specify exactly one of output_size and scale_factors");
  if (factors.length !== spatial.length) {
    throw new RuntimeError(unmet("static_cast<int64_t>(scale_factors->size()) == spatial_dimensions"));
  }
  return { output: spatial.map((size, i) => Math.trunc(size * factors[i])), scales: factors };
}

/** One for each dimension; null where it follows from the sizes. */
type Scales = readonly (number | null)[];

/** Reads at the points of a grid of `outputSize`, or one finer by `scaleFactors`. */
type Upsample = (
  input: Tensor,
  outputSize: readonly number[] | null,
  alignCorners: boolean,
  scaleFactors: readonly number[] | null,
) => Tensor;
export interface Upsample1d extends Upsample {
  (self: Tensor, outputSize: readonly number[], alignCorners: boolean, scales?: number | null): Tensor;
}
export interface Upsample3d extends Upsample {
  (
    self: Tensor,
    outputSize: readonly number[],
    alignCorners: boolean,
    scalesD?: number | null,
    scalesH?: number | null,
    scalesW?: number | null,
  ): Tensor;
}
export interface Upsample2d extends Upsample {
  (
    self: Tensor,
    outputSize: readonly number[],
    alignCorners: boolean,
    scalesH?: number | null,
    scalesW?: number | null,
  ): Tensor;
}

/** The arguments that name the factor of each dimension, and their places in a schema. */
const SCALES = {
  1: ["scales"],
  2: ["scales_h", "scales_w"],
  3: ["scales_d", "scales_h", "scales_w"],
} as const;
type Rank = keyof typeof SCALES;
const scaleList = (rank: Rank): string => SCALES[rank].map((name) => `float? ${name}=None`).join(", ");
const scalesIn = (rank: Rank, args: object): Scales =>
  SCALES[rank].map((name) => (args as Record<string, number | null | undefined>)[name] ?? null);

/** Names what it needs one by one: that is what a call keeps for its gradient. Only some operators align corners. */
function readGradient(rank: Rank, read: Reader): GradFormula {
  return ({ grad, self, output_size, align_corners, scales, scales_d, scales_h, scales_w }) => {
    const given = scalesIn(rank, { scales, scales_d, scales_h, scales_w });
    return upsampleGradient(grad, self, planOf(self, output_size, given, align_corners ?? false, read));
  };
}

/** Pictures of bytes are interpolated too, lines are not. */
function interpolationRefusal(name: string): Refusal | undefined {
  if (name.endsWith("_aa")) return undefined;
  if (name === "upsample_linear1d") return onlyFloats("compute_indices_weights_linear");
  return onlyFloatsAndBytes(
    name === "upsample_bicubic2d" ? "compute_indices_weights_cubic" : `${name}_channels_last`,
  );
}

/** The rows of an interpolation that can align corners. */
function interpolation<F extends Upsample>(
  name: string,
  node: string,
  rank: Rank,
  read: Reader,
  curve: "linear" | "cubic" | null,
): F {
  const exported = (vec: boolean): { readonly onnxExport?: LoweringFunction } =>
    curve === null ? {} : { onnxExport: resizing.resize(curve, rank, vec) };
  const facts: OpFacts = {
    ...exported(false),
    refuses: interpolationRefusal(name),
    gradName: node,
    grad: { self: readGradient(rank, read) },
  };
  const vector = (
    input: Tensor,
    size: readonly number[] | null,
    align: boolean,
    factors: readonly number[] | null,
  ): Tensor => {
    const { output, scales } = resolve(input, size, factors);
    return plain(input, output, align, ...scales);
  };
  const plainRow = op(
    `aten::${name}(Tensor self, SymInt[${rank}] output_size, bool align_corners, ${scaleList(rank)}) -> Tensor` as "aten::f(Tensor self, int[2] output_size, bool align_corners, float? scales_h=None, float? scales_w=None) -> Tensor",
    (self, output, align, ...scales) => {
      checkOutput(output, rank);
      return upsample(self, output, scales, align, read);
    },
    facts,
  );
  const plain: (input: Tensor, output: readonly number[], align: boolean, ...scales: Scales) => Tensor =
    aten(plainRow);
  const vectorRow = op(
    `aten::${name}.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor` as "aten::f(Tensor input, int[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor",
    vector,
    { ...exported(true), composite: true },
  );
  // As Python binds them: without scale factors the call is still the one of lists.
  return aten(vectorRow, plainRow);
}

/** Lines made longer or shorter, linear between elements: [N, C, L]. */
export const upsampleLinear1d: Upsample1d = interpolation(
  "upsample_linear1d",
  "UpsampleLinear1DBackward0",
  1,
  linear,
  "linear",
);
/** Pictures made larger or smaller, linear between pixels: [N, C, H, W]. */
export const upsampleBilinear2d: Upsample2d = interpolation(
  "upsample_bilinear2d",
  "UpsampleBilinear2DBackward0",
  2,
  linear,
  "linear",
);
/** Pictures made larger or smaller by cubic curves through pixels: [N, C, H, W]. */
export const upsampleBicubic2d: Upsample2d = interpolation(
  "upsample_bicubic2d",
  "UpsampleBicubic2DBackward0",
  2,
  cubic,
  "cubic",
);

/** Volumes made larger or smaller, linear between elements: [N, C, D, H, W]. */
export const upsampleTrilinear3d: Upsample3d = interpolation(
  "upsample_trilinear3d",
  "UpsampleTrilinear3DBackward0",
  3,
  linear,
  "linear",
);
/** As `upsampleBilinear2d`, over all the pixels that one of a smaller picture covers. */
export const _upsampleBilinear2dAa: Upsample2d = interpolation(
  "_upsample_bilinear2d_aa",
  "UpsampleBilinear2DAaBackward0",
  2,
  antialiasedLinear,
  null,
);
/** As `upsampleBicubic2d`, over all the pixels that one of a smaller picture covers. */
export const _upsampleBicubic2dAa: Upsample2d = interpolation(
  "_upsample_bicubic2d_aa",
  "UpsampleBicubic2DAaBackward0",
  2,
  antialiasedCubic,
  null,
);

/** Repeats the nearest elements. */
type UpsampleNearest = (
  input: Tensor,
  outputSize: readonly number[] | null,
  scaleFactors: readonly number[] | null,
) => Tensor;
export interface UpsampleNearest1d extends UpsampleNearest {
  (self: Tensor, outputSize: readonly number[], scales?: number | null): Tensor;
}
export interface UpsampleNearest2d extends UpsampleNearest {
  (self: Tensor, outputSize: readonly number[], scalesH?: number | null, scalesW?: number | null): Tensor;
}
export interface UpsampleNearest3d extends UpsampleNearest {
  (
    self: Tensor,
    outputSize: readonly number[],
    scalesD?: number | null,
    scalesH?: number | null,
    scalesW?: number | null,
  ): Tensor;
}

function checkOutput(output: readonly number[], rank: number): void {
  if (output.length !== rank)
    throw new RuntimeError(`It is expected output_size equals to ${rank}, but got size ${output.length}`);
}

function nearestRows<F extends UpsampleNearest>(name: string, node: string, rank: Rank, read: Reader): F {
  const mode = read === nearest ? "nearest" : "nearest-exact";
  const plainRow = op(
    `aten::${name}(Tensor self, SymInt[${rank}] output_size, ${scaleList(rank)}) -> Tensor` as "aten::f(Tensor self, int[2] output_size, float? scales_h=None, float? scales_w=None) -> Tensor",
    (self, output, ...scales) => {
      checkOutput(output, rank);
      return upsample(self, output, scales, false, read);
    },
    {
      onnxExport: resizing.resize(mode, rank),
      refuses: onlyFloatsAndBytes(rank === 1 ? "compute_indices_weights_nearest" : `${name}_channels_last`),
      gradName: node,
      grad: { self: readGradient(rank, read) },
    },
  );
  const plain: (input: Tensor, output: readonly number[], ...scales: Scales) => Tensor = aten(plainRow);
  return aten(
    op(
      `aten::${name}.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor` as "aten::f(Tensor input, int[]? output_size, float[]? scale_factors) -> Tensor",
      (input, size, factors) => {
        const { output, scales } = resolve(input, size, factors);
        return plain(input, output, ...scales);
      },
      { onnxExport: resizing.resize(mode, rank, true), composite: true },
    ),
    plainRow,
  );
}

/** Lines made longer or shorter by repeating the nearest element: [N, C, L]. */
export const upsampleNearest1d: UpsampleNearest1d = nearestRows(
  "upsample_nearest1d",
  "UpsampleNearest1DBackward0",
  1,
  nearest,
);
/** Pictures made larger or smaller by repeating the nearest pixel: [N, C, H, W]. */
export const upsampleNearest2d: UpsampleNearest2d = nearestRows(
  "upsample_nearest2d",
  "UpsampleNearest2DBackward0",
  2,
  nearest,
);
/** Volumes made larger or smaller by repeating the nearest element: [N, C, D, H, W]. */
export const upsampleNearest3d: UpsampleNearest3d = nearestRows(
  "upsample_nearest3d",
  "UpsampleNearest3DBackward0",
  3,
  nearest,
);
/** As `upsampleNearest1d`, but from middle to middle, as other libraries do. */
export const _upsampleNearestExact1d: UpsampleNearest1d = nearestRows(
  "_upsample_nearest_exact1d",
  "UpsampleNearestExact1DBackward0",
  1,
  nearestExact,
);
/** As `upsampleNearest2d`, but from middle to middle, as other libraries do. */
export const _upsampleNearestExact2d: UpsampleNearest2d = nearestRows(
  "_upsample_nearest_exact2d",
  "UpsampleNearestExact2DBackward0",
  2,
  nearestExact,
);
/** As `upsampleNearest3d`, but from middle to middle, as other libraries do. */
export const _upsampleNearestExact3d: UpsampleNearest3d = nearestRows(
  "_upsample_nearest_exact3d",
  "UpsampleNearestExact3DBackward0",
  3,
  nearestExact,
);
