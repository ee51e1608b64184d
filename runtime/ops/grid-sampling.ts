/**
 * Reading images at points of a grid, and grids from affine maps.
 * Source: aten/src/ATen/native/GridSampler.cpp, AffineGridGenerator.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { onlyFloats } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { interpolation, rowsOf, type Tap } from "../kernels/grid-points.ts";
import { roundingOf } from "../kernels/rounding.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { stack } from "./joining.ts";
import { linspace } from "./spacing.ts";

/** What a point reads: the sums of pixels within the picture, and whether its place is no number. */
type Visit = (n: number, point: number, rows: readonly PlacedRow[], isLost: boolean) => void;

interface PlacedRow {
  readonly weight: number;
  readonly taps: readonly (Tap & { readonly place: number })[];
}

function forEachPoint(
  input: Tensor,
  grid: Tensor,
  mode: number,
  pad: number,
  align: boolean,
  visit: Visit,
): void {
  const [, , height, width] = input.sizes;
  const [batch, rows, columns] = grid.sizes;
  const g = valuesOf(grid);
  const reading = { height, width, mode, pad, align, round: roundingOf(input.dtype) };
  for (let n = 0; n < batch; n++) {
    for (let point = 0; point < rows * columns; point++) {
      const at = (n * rows * columns + point) * 2;
      const all = rowsOf(g[at], g[at + 1], reading);
      const placed = all.map(({ weight, taps }) => ({
        weight,
        taps: taps
          .filter(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height)
          .map((tap) => ({ ...tap, place: tap.y * width + tap.x })),
      }));
      // A place that is no number gives NaN even where it reads nothing, as 0 times NaN.
      const isLost = all.some((row) => row.taps.some((tap) => Number.isNaN(tap.weight * row.weight)));
      visit(n, point, placed, mode !== interpolation.nearest && isLost);
    }
  }
}

function check(input: Tensor, grid: Tensor): void {
  const shapes = `but got input with sizes [${input.sizes.join(", ")}] and grid with sizes [${grid.sizes.join(", ")}]`;
  if (input.sizes[0] !== grid.sizes[0]) {
    throw new RuntimeError(`grid_sampler(): expected grid and input to have same batch size, ${shapes}`);
  }
  if (grid.sizes[grid.ndim - 1] !== input.ndim - 2) {
    throw new RuntimeError(
      `grid_sampler(): expected grid to have size ${input.ndim - 2} in last dimension, but got grid with sizes [${grid.sizes.join(", ")}]`,
    );
  }
  if (input.ndim !== 4 || grid.ndim !== 4) {
    throw new RuntimeError(
      `grid_sampler(): expected 4D input and grid with same number of dimensions, ${shapes}`,
    );
  }
  const empty = input.sizes.findIndex((size, dim) => dim > 1 && size === 0);
  if (empty >= 0) {
    throw new RuntimeError(
      `grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes [${input.sizes.join(", ")}] with dimension ${empty} being empty`,
    );
  }
  if (input.dtype !== grid.dtype) {
    throw new RuntimeError(
      `expected scalar type ${input.dtype.scalarName} but found ${grid.dtype.scalarName}`,
    );
  }
}

/** Throws a RuntimeError for numbers that name no mode, with which torch's kernel leaves its result unset. */
function checkModes(mode: number, pad: number): void {
  for (const [name, given] of Object.entries({ interpolation_mode: mode, padding_mode: pad }))
    if (![0, 1, 2].includes(given))
      throw new RuntimeError(`grid_sampler_2d(): expected ${name} to be 0, 1 or 2, but got ${given}`);
}

/** Reads images `[N, C, H, W]` at the points of a grid `[N, h, w, 2]` whose corners are -1 and 1. */
export type GridSampler = (
  input: Tensor,
  grid: Tensor,
  interpolationMode: number,
  paddingMode: number,
  alignCorners: boolean,
) => Tensor;

/** `gridSampler` of pictures. */
export const gridSampler2d: GridSampler = aten(
  op(
    "aten::grid_sampler_2d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
    (input, grid, mode, pad, align) => {
      check(input, grid);
      checkModes(mode, pad);
      const [batch, channels, height, width] = input.sizes;
      const [, rows, columns] = grid.sizes;
      const x = valuesOf(input);
      const points = rows * columns;
      const round = roundingOf(input.dtype);
      const out = allocateNumbers(input.dtype, batch * channels * points);
      forEachPoint(input, grid, mode, pad, align, (n, point, placed, isLost) => {
        for (let c = 0; c < channels; c++) {
          const plane = (n * channels + c) * height * width;
          let total = isLost ? Number.NaN : 0;
          for (const { weight, taps } of placed) {
            let sum = 0;
            for (const tap of taps) sum = round(sum + round(x[plane + tap.place] * tap.weight));
            total = round(total + round(weight * sum));
          }
          out[(n * channels + c) * points + point] = total;
        }
      });
      return fromValues(out, [batch, channels, rows, columns], input.dtype);
    },
    {
      refuses: onlyFloats("grid_sampler_2d_cpu_kernel_impl"),
      gradName: "GridSampler2DBackward0",
      grad: {
        "input, grid": ({ grad, input, grid, interpolation_mode, padding_mode, align_corners }) =>
          gradients(grad, input, grid, interpolation_mode, padding_mode, align_corners),
      },
    },
  ),
);

function gradients(
  grad: Tensor,
  input: Tensor,
  grid: Tensor,
  mode: number,
  pad: number,
  align: boolean,
): Tensor[] {
  const [, channels, height, width] = input.sizes;
  const points = grid.sizes[1] * grid.sizes[2];
  const [x, g]: NumberArray[] = [valuesOf(input), valuesOf(grad)];
  const byInput = allocateNumbers(input.dtype, input.elements);
  const byGrid = allocateNumbers(grid.dtype, grid.elements);
  forEachPoint(input, grid, mode, pad, align, (n, point, rows) => {
    let [sumX, sumY] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const plane = (n * channels + c) * height * width;
      const arrived = g[(n * channels + c) * points + point];
      for (const row of rows) {
        for (const { place, weight, byX, byY } of row.taps) {
          byInput[plane + place] += arrived * weight * row.weight;
          sumX += arrived * x[plane + place] * byX;
          sumY += arrived * x[plane + place] * byY;
        }
      }
    }
    if (mode === interpolation.nearest) return;
    byGrid[(n * points + point) * 2] = sumX;
    byGrid[(n * points + point) * 2 + 1] = sumY;
  });
  return [fromValues(byInput, input.sizes, input.dtype), fromValues(byGrid, grid.sizes, grid.dtype)];
}

/** Reads a picture at the points of a grid; numbers choose the modes. `nn.functional.gridSample` names them. */
export const gridSampler: GridSampler = aten(
  op(
    "aten::grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
    (input, grid, mode, pad, align) => {
      check(input, grid);
      return gridSampler2d(input, grid, mode, pad, align);
    },
    { composite: true },
  ),
);

/** The grid that affine maps `[N, 2, 3]` make of images of `size` `[N, C, H, W]`. */
export const affineGridGenerator: (theta: Tensor, size: readonly number[], alignCorners: boolean) => Tensor =
  aten(
    op(
      "aten::affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor",
      (theta, size, align) => {
        if (size.length !== 4) {
          throw new RuntimeError("AffineGridGenerator needs 4d (spatial) input.");
        }
        const [n, , height, width] = size;
        if (n < 0) {
          throw new RuntimeError(
            `Trying to create tensor with negative dimension ${n}: [${n}, ${height}, ${width}, 3]`,
          );
        }
        const coordinates = (count: number): Tensor => {
          if (count <= 1) return linspace(0, 0, count, { dtype: theta.dtype });
          const ends = linspace(-1, 1, count, { dtype: theta.dtype });
          return align
            ? ends
            : ends
                .mul(count - 1)
                .div(count)
                .to(theta.dtype);
        };
        const xs = coordinates(width).reshape([1, width]).expand([height, width]);
        const ys = coordinates(height).reshape([height, 1]).expand([height, width]);
        const base = stack([xs, ys, xs.onesLike()], -1)
          .reshape([1, height * width, 3])
          .expand([n, height * width, 3]);
        return base.bmm(theta.transpose(1, 2)).reshape([n, height, width, 2]);
      },
      { composite: true },
    ),
  );
