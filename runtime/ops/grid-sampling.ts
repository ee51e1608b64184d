/**
 * Reading images at points of a grid, and grids from affine maps.
 * Source: aten/src/ATen/native/GridSampler.cpp, AffineGridGenerator.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { onlyFloats } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { stack } from "./joining.ts";
import { linspace } from "./spacing.ts";

const interpolation = { bilinear: 0, nearest: 1, bicubic: 2 } as const;
const padding = { zeros: 0, border: 1, reflection: 2 } as const;

/** A pixel place along one dimension, and how fast it moves with the grid's coordinate. */
interface Point {
  readonly at: number;
  readonly slope: number;
}

/** Reflects at both ends, which lie at `low / 2` and `high / 2`. */
function reflected({ at, slope }: Point, low: number, high: number): Point {
  if (low === high) return { at: 0, slope: 0 };
  const [min, span] = [low / 2, (high - low) / 2];
  const away = at - min;
  const sign = away < 0 ? -1 : 1;
  const distance = Math.abs(away);
  const extra = distance % span;
  const flips = Math.floor(distance / span);
  return flips % 2 === 0
    ? { at: extra + min, slope: slope * sign }
    : { at: span - extra + min, slope: -slope * sign };
}

function clipped({ at, slope }: Point, size: number): Point {
  if (at <= 0) return { at: 0, slope: 0 };
  if (at >= size - 1) return { at: size - 1, slope: 0 };
  return { at, slope };
}

/** What overflows in float32 is infinite: no grid means a place so far away. */
const inRange = (at: number): number =>
  Math.abs(at) > 3.4028234663852886e38 ? at * Number.POSITIVE_INFINITY : at;

/** From the grid's [-1, 1] to pixels; corners are pixel centres if they are aligned, else pixel edges. */
function unnormalized(coordinate: number, size: number, align: boolean): Point {
  return align
    ? { at: inRange(((coordinate + 1) / 2) * (size - 1)), slope: (size - 1) / 2 }
    : { at: inRange(((coordinate + 1) * size - 1) / 2), slope: size / 2 };
}

function inside(point: Point, size: number, mode: number, align: boolean): Point {
  if (mode === padding.border) return clipped(point, size);
  if (mode !== padding.reflection) return point;
  return clipped(align ? reflected(point, 0, 2 * (size - 1)) : reflected(point, -1, 2 * size - 1), size);
}

/** One pixel that takes part: its places, its weight, and the weight's slopes. */
interface Tap {
  readonly y: number;
  readonly x: number;
  readonly weight: number;
  readonly byX: number;
  readonly byY: number;
}

const cubic = (t: number): readonly { weight: number; slope: number }[] => {
  const a = -0.75;
  const near = (x: number) => ({
    weight: ((a + 2) * x - (a + 3)) * x * x + 1,
    slope: (3 * (a + 2) * x - 2 * (a + 3)) * x,
  });
  const far = (x: number) => ({
    weight: ((a * x - 5 * a) * x + 8 * a) * x - 4 * a,
    slope: (3 * a * x - 10 * a) * x + 8 * a,
  });
  const turn = ({ weight, slope }: { weight: number; slope: number }) => ({ weight, slope: -slope });
  return [far(t + 1), near(t), turn(near(1 - t)), turn(far(2 - t))];
};

/** The pixels that one point of the grid reads. */
function tapsOf(
  gx: number,
  gy: number,
  height: number,
  width: number,
  mode: number,
  pad: number,
  align: boolean,
): Tap[] {
  const [rawX, rawY] = [unnormalized(gx, width, align), unnormalized(gy, height, align)];
  if (mode === interpolation.bicubic) {
    const [left, top] = [Math.floor(rawX.at), Math.floor(rawY.at)];
    const [columns, rows] = [cubic(rawX.at - left), cubic(rawY.at - top)];
    const place = (at: number, size: number): number => inside({ at, slope: 1 }, size, pad, align).at;
    return rows.flatMap((row, i) =>
      columns.map((column, j) => ({
        y: place(top - 1 + i, height),
        x: place(left - 1 + j, width),
        weight: row.weight * column.weight,
        byX: row.weight * column.slope * rawX.slope,
        byY: row.slope * column.weight * rawY.slope,
      })),
    );
  }
  const [x, y] = [inside(rawX, width, pad, align), inside(rawY, height, pad, align)];
  if (mode === interpolation.nearest)
    return [{ y: halfEven(y.at), x: halfEven(x.at), weight: 1, byX: 0, byY: 0 }];
  const [left, top] = [Math.floor(x.at), Math.floor(y.at)];
  const [u, v] = [x.at - left, y.at - top];
  const corner = (dy: number, dx: number): Tap => {
    const [wx, wy] = [dx === 1 ? u : 1 - u, dy === 1 ? v : 1 - v];
    return {
      y: top + dy,
      x: left + dx,
      weight: wx * wy,
      byX: (dx === 1 ? 1 : -1) * wy * x.slope,
      byY: (dy === 1 ? 1 : -1) * wx * y.slope,
    };
  };
  return [corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)];
}

function halfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

function forEachPoint(
  input: Tensor,
  grid: Tensor,
  mode: number,
  pad: number,
  align: boolean,
  visit: (
    n: number,
    point: number,
    taps: readonly (Tap & { readonly place: number })[],
    isLost: boolean,
  ) => void,
): void {
  const [, , height, width] = input.sizes;
  const [batch, rows, columns] = grid.sizes;
  const g = valuesOf(grid);
  for (let n = 0; n < batch; n++) {
    for (let point = 0; point < rows * columns; point++) {
      const at = (n * rows * columns + point) * 2;
      const all = tapsOf(g[at], g[at + 1], height, width, mode, pad, align);
      const taps = all
        .filter(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height)
        .map((tap) => ({ ...tap, place: tap.y * width + tap.x }));
      // A place that is no number gives NaN even where it reads nothing, as 0 times NaN.
      visit(n, point, taps, mode !== interpolation.nearest && all.some(({ weight }) => Number.isNaN(weight)));
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
      const out = allocateNumbers(input.dtype, batch * channels * points);
      forEachPoint(input, grid, mode, pad, align, (n, point, taps, isLost) => {
        for (let c = 0; c < channels; c++) {
          const plane = (n * channels + c) * height * width;
          let sum = isLost ? Number.NaN : 0;
          for (const { place, weight } of taps) sum += x[plane + place] * weight;
          out[(n * channels + c) * points + point] = sum;
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
  forEachPoint(input, grid, mode, pad, align, (n, point, taps) => {
    let [sumX, sumY] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const plane = (n * channels + c) * height * width;
      const arrived = g[(n * channels + c) * points + point];
      for (const { place, weight, byX, byY } of taps) {
        byInput[plane + place] += arrived * weight;
        sumX += arrived * x[plane + place] * byX;
        sumY += arrived * x[plane + place] * byY;
      }
    }
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
