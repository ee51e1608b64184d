/** Padding and resizing as functions. Source: torch/nn/functional.py. */
import { NotImplementedError, ValueError } from "../../errors.ts";
import { tensor } from "../../from-values.ts";
import * as ops from "../../ops/functions.ts";
import { float32 } from "../../tensor/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { eachDim } from "../options.ts";

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
export type InterpolateMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "bicubic"
  | "trilinear"
  | "area";

/** Options of `interpolate`: one of `size` and `scaleFactor` is needed. */
export interface InterpolateOptions {
  readonly size?: number | readonly number[] | null;
  readonly scaleFactor?: number | readonly number[] | null;
  readonly mode?: InterpolateMode;
  readonly alignCorners?: boolean | null;
  /** Take the scale from the sizes that `scaleFactor` leads to, which are whole. */
  readonly recomputeScaleFactor?: boolean | null;
  /** Read over all that an element of a smaller picture covers; "bilinear" and "bicubic" only. */
  readonly antialias?: boolean;
}

/** Sizes of the spatial dimensions, or factors: one of the two. */
interface Target {
  readonly sizes: readonly number[] | null;
  readonly scales: readonly number[] | null;
}

type Resize = (input: Tensor, target: Target, alignCorners: boolean) => Tensor;

const resizes: Readonly<Record<string, Resize | undefined>> = {
  "nearest 1": (x, { sizes, scales }) => ops.upsampleNearest1d(x, sizes, scales),
  "nearest 2": (x, { sizes, scales }) => ops.upsampleNearest2d(x, sizes, scales),
  "nearest 3": (x, { sizes, scales }) => ops.upsampleNearest3d(x, sizes, scales),
  "nearest-exact 1": (x, { sizes, scales }) => ops._upsampleNearestExact1d(x, sizes, scales),
  "nearest-exact 2": (x, { sizes, scales }) => ops._upsampleNearestExact2d(x, sizes, scales),
  "nearest-exact 3": (x, { sizes, scales }) => ops._upsampleNearestExact3d(x, sizes, scales),
  "area 1": (x, { sizes }) => ops.adaptiveAvgPool1d(x, sizes!),
  "area 2": (x, { sizes }) => ops.adaptiveAvgPool2d(x, sizes!),
  "area 3": (x, { sizes }) => ops.adaptiveAvgPool3d(x, sizes!),
  "linear 1": (x, { sizes, scales }, align) => ops.upsampleLinear1d(x, sizes, align, scales),
  "bilinear 2": (x, { sizes, scales }, align) => ops.upsampleBilinear2d(x, sizes, align, scales),
  "bilinear 2 antialiased": (x, { sizes, scales }, align) =>
    ops._upsampleBilinear2dAa(x, sizes, align, scales),
  "bicubic 2": (x, { sizes, scales }, align) => ops.upsampleBicubic2d(x, sizes, align, scales),
  "bicubic 2 antialiased": (x, { sizes, scales }, align) => ops._upsampleBicubic2dAa(x, sizes, align, scales),
  "trilinear 3": (x, { sizes, scales }, align) => ops.upsampleTrilinear3d(x, sizes, align, scales),
};

/**
 * Resizes the spatial dimensions of [N, C, ...] to `size`, or by `scaleFactor`.
 * @throws ValueError unless exactly one of the two is given, for each spatial dimension or for all of them.
 * @throws NotImplementedError for a mode that the number of dimensions does not have.
 * @example nn.functional.interpolate(torch.ones([1, 1, 2, 2]), { scaleFactor: 2, mode: "bilinear" }).shape // [1, 1, 4, 4]
 */
export function interpolate(input: Tensor, options: InterpolateOptions): Tensor {
  const { mode = "nearest", alignCorners = null, antialias = false } = options;
  const rank = input.ndim - 2;
  if (["nearest", "area", "nearest-exact"].includes(mode) && alignCorners !== null) {
    throw new ValueError(
      "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
    );
  }
  const target = targetOf(input, options);
  if (antialias && !(["bilinear", "bicubic"].includes(mode) && rank === 2)) {
    throw new ValueError(
      "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input",
    );
  }
  const resize = resizes[`${mode} ${rank}${antialias ? " antialiased" : ""}`];
  if (resize !== undefined) return resize(input, target, alignCorners ?? false);
  const needed = { linear: 3, bilinear: 4, trilinear: 5 }[mode as string];
  throw new NotImplementedError(
    needed !== undefined && rank >= 1 && rank <= 3
      ? `Got ${input.ndim}D input, but ${mode} mode needs ${needed}D input`
      : `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got ${mode})`,
  );
}

/** The target as an operator takes it, checked as torch does. */
function targetOf(input: Tensor, options: InterpolateOptions): Target {
  const { size = null, scaleFactor = null, recomputeScaleFactor = null } = options;
  if (size !== null && scaleFactor !== null)
    throw new ValueError("only one of size or scale_factor should be defined");
  if (size === null && scaleFactor === null)
    throw new ValueError("either size or scale_factor should be defined");
  if (recomputeScaleFactor && size !== null)
    throw new ValueError("recompute_scale_factor is not meaningful with an explicit size.");
  const rank = input.ndim - 2;
  if (size !== null) {
    if (typeof size === "object" && "length" in size && size.length !== rank)
      throw new ValueError(
        `Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of [${input.sizes.slice(2).join(", ")}] and output size of [${size.join(", ")}]. ` +
          "Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format.",
      );
    return { sizes: eachDim(size, rank), scales: null };
  }
  const factor = scaleFactor as number | readonly number[];
  if (typeof factor === "object" && factor.length !== rank)
    throw new ValueError(
      `Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of [${input.sizes.slice(2).join(", ")}] and scale_factor of shape [${factor.join(", ")}]. ` +
        "Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format.",
    );
  const scales = eachDim(factor, rank);
  // "area" has windows by sizes only.
  if (!recomputeScaleFactor && options.mode !== "area") return { sizes: null, scales };
  return { sizes: scales.map((scale, i) => scaled(input.size(i + 2), scale)), scales: null };
}

/** A size times a factor, as a whole number. A trace, which sees sizes as tensors, records how it is computed. */
function scaled(size: number, factor: number): number {
  const traced: unknown = size;
  if (!(traced instanceof Tensor)) return Math.floor(size * factor);
  const product = traced.float().mul(tensor(factor, { dtype: float32 }));
  return product.float().floor() as unknown as number;
}
