/** Padding and resizing as functions. Source: torch/nn/functional.py. */
import { NotImplementedError, ValueError } from "../../errors.ts";
import * as ops from "../../ops/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What a border is filled with. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** Adds borders, given from the last dimension on: [left, right, top, bottom, ...]. */
export function pad(
  input: Tensor,
  widths: readonly number[],
  mode: PadMode | { readonly mode?: PadMode; readonly value?: number | null } = "constant",
  value: number | null = null,
): Tensor {
  if (typeof mode === "string") return ops.pad(input, widths, mode, value);
  return ops.pad(input, widths, mode.mode ?? "constant", mode.value ?? null);
}

/** How new elements come from old ones. */
export type InterpolateMode = "nearest" | "linear" | "bilinear" | "bicubic" | "area";

/** Options of `interpolate`: one of `size` and `scaleFactor` is needed. */
export interface InterpolateOptions {
  readonly size?: number | readonly number[] | null;
  readonly scaleFactor?: number | readonly number[] | null;
  readonly mode?: InterpolateMode;
  readonly alignCorners?: boolean | null;
}

type Resize = (input: Tensor, size: readonly number[] | null, scales: readonly number[] | null) => Tensor;

/** Resizes the spatial dimensions of [N, C, ...]. */
export function interpolate(input: Tensor, options: InterpolateOptions): Tensor {
  const { size = null, scaleFactor = null, mode = "nearest", alignCorners = null } = options;
  const rank = input.ndim - 2;
  if ((mode === "nearest" || mode === "area") && alignCorners !== null) {
    throw new ValueError(
      "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
    );
  }
  if (size !== null && scaleFactor !== null)
    throw new ValueError("only one of size or scale_factor should be defined");
  if (size === null && scaleFactor === null)
    throw new ValueError("either size or scale_factor should be defined");
  const each = <T>(value: T | readonly T[] | null): readonly T[] | null =>
    value === null || Array.isArray(value)
      ? (value as readonly T[] | null)
      : new Array<T>(rank).fill(value as T);
  const sizes = each<number>(size);
  const scales = each<number>(scaleFactor);
  const align = alignCorners ?? false;
  const byMode: Readonly<Record<string, Resize | undefined>> = {
    "nearest 1": (x, to, by) => ops.upsampleNearest1d(x, to, by),
    "nearest 2": (x, to, by) => ops.upsampleNearest2d(x, to, by),
    "linear 1": (x, to, by) => ops.upsampleLinear1d(x, to, align, by),
    "bilinear 2": (x, to, by) => ops.upsampleBilinear2d(x, to, align, by),
    "bicubic 2": (x, to, by) => ops.upsampleBicubic2d(x, to, align, by),
    "area 1": (x, to, by) => ops.adaptiveAvgPool1d(x, targetOf(x, to, by)),
    "area 2": (x, to, by) => ops.adaptiveAvgPool2d(x, targetOf(x, to, by)),
    "area 3": (x, to, by) => ops.adaptiveAvgPool3d(x, targetOf(x, to, by)),
  };
  const resize = byMode[`${mode} ${rank}`];
  if (resize === undefined) {
    throw new NotImplementedError(
      `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | area (got ${mode})`,
    );
  }
  return resize(input, sizes, scales);
}

const targetOf = (
  input: Tensor,
  size: readonly number[] | null,
  scales: readonly number[] | null,
): number[] =>
  input.sizes.slice(2).map((old, i) => size?.[i] ?? Math.floor(old * (scales as readonly number[])[i]));
