/**
 * Average pooling: the means of windows of given size, and of as many windows as are asked for (adaptive).
 * Source: derivatives.yaml, aten/src/ATen/native/AveragePool2d.cpp, AdaptiveAveragePooling.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { onlyFloats, onlyFloatsAndLongs, onlyWideFloatsAndLongs, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as adaptivePooling from "../jit/onnx/adaptive-pooling.ts";
import * as layers from "../jit/onnx/layers.ts";
import {
  checkArrived,
  checkGradientDtype,
  checkLineDims,
  checkPool,
  checkSingles,
} from "../kernels/pool-checks.ts";
import { windowOf } from "../kernels/pool-window.ts";
import { type PoolWindow, poolOutputSize } from "../kernels/pooling.ts";
import { resample, resampleGradient, type Taps } from "../kernels/resample.ts";
import { fromValues } from "../tensor/access.ts";
import { cppName, float64, int64 } from "../tensor/dtype.ts";
import { sameSizes } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

const range = (start: number, end: number): number[] =>
  Array.from({ length: Math.max(end - start, 0) }, (_, i) => start + i);

const evenly = (places: readonly number[], share: number): Taps => ({
  places,
  weights: places.map(() => share),
});

/** The windows along one spatial dimension; each element counts for its share of the mean. */
function averageTaps(
  size: number,
  window: PoolWindow,
  dim: number,
  countPadding: boolean,
  divisor: number | null,
): Taps[] {
  const { stride, padding } = window;
  return range(0, poolOutputSize(size, window, dim)).map((i) => {
    const start = i * stride[dim] - padding[dim];
    const end = Math.min(start + window.size[dim], size + padding[dim]);
    const inside = range(Math.max(start, 0), Math.min(end, size));
    const count = divisor !== null ? 1 : countPadding ? end - start : inside.length;
    return evenly(inside, 1 / count);
  });
}

/** Windows that cover `size` elements in `count` parts as equal as can be. */
function adaptiveTaps(size: number, count: number): Taps[] {
  return range(0, count).map((i) => {
    const places = range(Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count));
    return evenly(places, 1 / places.length);
  });
}

type Plan = readonly (readonly Taps[])[];

/** Applies one list of taps to each of the last dimensions, then divides; integers are divided toward zero. */
function pooled(self: Tensor, plan: Plan, divisor: number | null = null): Tensor {
  const x = self.isFloatingPoint() ? self : self.to(float64);
  const means = plan.reduce((y, taps, i) => resample(y, self.ndim - plan.length + i, taps), x);
  const divided = divisor === null ? means : means.div(divisor);
  if (self.isFloatingPoint()) return divided;
  // The shares of a mean may add up to just below the whole number they stand for.
  return divided
    .mul(2 ** 20)
    .round()
    .div(2 ** 20)
    .trunc()
    .to(self.dtype);
}

function pooledGradient(grad: Tensor, sizes: readonly number[], plan: Plan): Tensor {
  const first = sizes.length - plan.length;
  return plan.reduce((g, taps, i) => resampleGradient(g, first + i, taps, sizes[first + i]), grad);
}

function averagePlan(self: Tensor, window: PoolWindow, countPadding: boolean, divisor: number | null): Plan {
  const rank = window.size.length;
  return self.sizes.slice(-rank).map((size, i) => averageTaps(size, window, i, countPadding, divisor));
}

/** Means of windows over the last dimensions; `stride` defaults to the window's size. */
export type AveragePool = (
  self: Tensor,
  kernelSize: number | readonly number[],
  stride?: number | readonly number[],
  padding?: number | readonly number[],
  ceilMode?: boolean,
  countIncludePad?: boolean,
  divisorOverride?: number | null,
) => Tensor;

function checkDivisor(divisor: number | null): void {
  if (divisor === 0) throw new RuntimeError("divisor must be not zero");
}

function averageRow(rank: 2 | 3): AveragePool {
  const name = `avg_pool${rank}d`;
  type Schema =
    "aten::f(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor";
  const none = new Array<number>(rank).fill(1);
  return aten(
    op(
      `aten::${name}(Tensor self, int[${rank}] kernel_size, int[${rank}] stride=[], int[${rank}] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor` as Schema,
      (self, kernel, stride, padding, ceilMode, countPadding, divisor) => {
        const window = windowOf(name, kernel, stride, padding, none, ceilMode, rank);
        checkDivisor(divisor);
        checkPool(name, self, window);
        return pooled(self, averagePlan(self, window, countPadding, divisor), divisor);
      },
      {
        onnxExport: layers.averagePool(rank),
        refuses: rank === 2 ? onlyFloatsAndLongs(name) : onlyWideFloatsAndLongs(`${name}_out_frame`),
        gradName: `AvgPool${rank}DBackward0`,
        grad: {
          self: ({
            grad,
            self,
            kernel_size,
            stride,
            padding,
            ceil_mode,
            count_include_pad,
            divisor_override,
          }) => {
            const window = windowOf(name, kernel_size, stride, padding, none, ceil_mode, rank);
            const plan = averagePlan(self, window, count_include_pad, divisor_override);
            const g = pooledGradient(grad, self.sizes, plan);
            return divisor_override === null ? g : g.div(divisor_override);
          },
        },
      },
    ),
  );
}

/** Means of windows of the last two dimensions. */
export const avgPool2d = averageRow(2);
/** Means of windows of the last three dimensions. */
export const avgPool3d = averageRow(3);

/** Of integers, each window's share is cut to a whole number before shares are summed. */
function wholeGradient(grad: Tensor, self: Tensor, plan: Plan, divisor: number | null): Tensor {
  const [rows, columns] = plan.map((taps) => {
    const counts = taps.map(({ weights }) => Math.round(1 / (weights[0] ?? 1)));
    return fromValues(Float64Array.from(counts), [counts.length], int64);
  });
  const shares = grad.div(divisor ?? rows.unsqueeze(1).mul(columns), { roundingMode: "trunc" });
  const units = plan.map((taps) => taps.map(({ places }) => evenly(places, 1)));
  return pooledGradient(shares, self.sizes, units);
}

/** The gradient of `avgPool2d`. */
export const avgPool2dBackward: (
  gradOutput: Tensor,
  self: Tensor,
  kernelSize: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
  ceilMode: boolean,
  countIncludePad: boolean,
  divisorOverride: number | null,
) => Tensor = aten(
  op(
    "aten::avg_pool2d_backward(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] stride, int[2] padding, bool ceil_mode, bool count_include_pad, int? divisor_override) -> Tensor",
    (grad, self, kernel, stride, padding, ceilMode, countPadding, divisor) => {
      const window = windowOf("avg_pool2d", kernel, stride, padding, [1, 1], ceilMode, 2);
      checkDivisor(divisor);
      if (self.ndim > 2) checkGradientDtype(grad, self);
      checkPool("avg_pool2d", self, window);
      checkArrived(self, window, { grad });
      const plan = averagePlan(self, window, countPadding, divisor);
      if (!grad.isFloatingPoint()) return wholeGradient(grad, self, plan, divisor);
      const g = pooledGradient(grad, self.sizes, plan);
      return divisor === null ? g : g.div(divisor);
    },
    {
      refuses: onlyFloatsAndLongs("avg_pool2d_backward"),
      grad: {
        grad_output: ({
          grad,
          kernel_size,
          stride,
          padding,
          ceil_mode,
          count_include_pad,
          divisor_override,
        }) => avgPool2d(grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
        self: ({ self }) => self.zerosLike(),
      },
    },
  ),
);

/** Means of windows of the last dimension. */
export const avgPool1d: (
  self: Tensor,
  kernelSize: number | readonly number[],
  stride?: number | readonly number[],
  padding?: number | readonly number[],
  ceilMode?: boolean,
  countIncludePad?: boolean,
) => Tensor = aten(
  op(
    "aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, bool count_include_pad=True) -> Tensor",
    (self, kernel, stride, padding, ceilMode, countPadding) => {
      const steps = stride.length === 0 ? kernel : stride;
      checkLineDims("avg_pool1d", self);
      checkSingles("avg_pool1d", { kernel_size: kernel, stride, padding });
      return avgPool2d(
        self.unsqueeze(-2),
        [1, kernel[0]],
        [1, steps[0]],
        [0, padding[0]],
        ceilMode,
        countPadding,
      ).squeeze(-2);
    },
    { onnx: layers.averagePool(1), composite: true },
  ),
);

/** Means of as many windows as are asked for. */
export type AdaptivePool = (self: Tensor, outputSize: number | readonly number[]) => Tensor;

const adaptivePlan = (sizes: readonly number[], output: readonly number[]): Plan =>
  output.map((count, i) => adaptiveTaps(sizes[sizes.length - output.length + i], count));

function checkAdaptive(self: Tensor, output: readonly number[], name: string): void {
  const rank = name === "adaptive_avg_pool2d" ? 2 : 3;
  if (output.length !== rank) throw new RuntimeError(`${name}: output_size must be ${rank}`);
  if (self.ndim !== rank + 1 && self.ndim !== rank + 2) {
    throw new RuntimeError(
      `${name}(): Expected ${rank + 1}D or ${rank + 2}D tensor, but got [${self.sizes.join(", ")}]`,
    );
  }
  // In three dimensions the channels count among those that are not the batch.
  const empty = self.sizes.indexOf(0, rank === 3 ? 1 : self.ndim - rank);
  if (empty >= 0) {
    throw new RuntimeError(
      `${name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes [${self.sizes.join(", ")}] with dimension ${empty} being empty`,
    );
  }
  if (output.some((size) => size < 0)) throw new RuntimeError("numel: integer multiplication overflow");
}

function adaptiveRow(rank: 2 | 3): AdaptivePool {
  return aten(
    op(
      `aten::_adaptive_avg_pool${rank}d(Tensor self, SymInt[${rank}] output_size) -> Tensor` as "aten::f(Tensor self, SymInt[2] output_size) -> Tensor",
      (self, output) => {
        checkAdaptive(self, output, `adaptive_avg_pool${rank}d`);
        // Planes are seen to be empty before the kernel that has not all dtypes.
        if (rank === 3 || (self.elements > 0 && !output.includes(0)))
          refuse(onlyFloats(`adaptive_avg_pool${rank}d${rank === 2 ? "" : "_cpu"}`), self.dtype);
        return pooled(self, adaptivePlan(self.sizes, output));
      },
      {
        gradName: `AdaptiveAvgPool${rank}DBackward0`,
        grad: {
          self: ({ grad, self, output_size }) =>
            pooledGradient(grad, self.sizes, adaptivePlan(self.sizes, output_size)),
        },
      },
    ),
  );
}

const adaptive2d = adaptiveRow(2);
const adaptive3d = adaptiveRow(3);

/** The gradient of `adaptiveAvgPool2d`. */
export const adaptiveAvgPool2dBackward: (gradOutput: Tensor, self: Tensor) => Tensor = aten(
  op(
    "aten::_adaptive_avg_pool2d_backward(Tensor grad_output, Tensor self) -> Tensor",
    (grad, self) => {
      const empty = grad.sizes.indexOf(0, 1);
      if (empty > 0) {
        throw new RuntimeError(
          `adaptive_avg_pool2d_backward(): Expected grad_output to have non-zero size for non-batch dimensions, but grad_output has sizes [${grad.sizes.join(", ")}] with dimension ${empty} being empty`,
        );
      }
      if (grad.ndim !== self.ndim) {
        throw new RuntimeError(
          `adaptive_avg_pool2d_backward_out_cpu_template: Expected dimensions ${self.ndim} for \`grad_output\` but got dimensions ${grad.ndim}`,
        );
      }
      const caller = "adaptive_avg_pool2d_backward_out_cpu_template";
      if (self.ndim !== 3 && self.ndim !== 4) {
        throw new RuntimeError(`${caller}: Expected 3D or 4D tensor, but got [${self.sizes.join(", ")}]`);
      }
      if (grad.dtype !== self.dtype) {
        throw new RuntimeError(
          `${caller}: Expected dtype ${cppName(self.dtype)} for \`grad_output\` but got dtype ${cppName(grad.dtype)}`,
        );
      }
      // Torch reads other memory.
      if (!sameSizes(grad.sizes.slice(0, -2), self.sizes.slice(0, -2)))
        throw new RuntimeError(
          `${caller}: Expected as many planes for \`grad_output\` as for input, but got [${grad.sizes.join(", ")}] and [${self.sizes.join(", ")}]`,
        );
      return pooledGradient(grad, self.sizes, adaptivePlan(self.sizes, grad.sizes.slice(-2)));
    },
    {
      refuses: onlyFloats("adaptive_avg_pool2d_backward"),
      grad: {
        grad_output: ({ grad, grad_output: gradOutput }) => adaptive2d(grad, gradOutput.sizes.slice(-2)),
        self: ({ self }) => self.zerosLike(),
      },
    },
  ),
);

/** Whether the inner operator takes the tensor, too, and gives the same. */
const fitsAdaptive = (self: Tensor, rank: number): boolean =>
  self.isFloatingPoint() &&
  (self.ndim === rank + 1 || self.ndim === rank + 2) &&
  !self.sizes.slice(-rank).includes(0);

function adaptiveAny(rank: 2 | 3, inner: AdaptivePool): AdaptivePool {
  return aten(
    op(
      `aten::adaptive_avg_pool${rank}d(Tensor self, SymInt[${rank}] output_size) -> Tensor` as "aten::f(Tensor self, SymInt[2] output_size) -> Tensor",
      (self, output) => {
        const name = `adaptive_avg_pool${rank}d`;
        if (output.length !== rank) throw new RuntimeError(`${name}: output_size must be ${rank}`);
        if (output.some((size) => size < 0)) {
          const [first, ...others] = output;
          throw new RuntimeError(
            `${name}: elements of output_size must be greater than or equal to 0 but received {${first}, ${others.join(",")}}`,
          );
        }
        // One window over everything is a mean of its own, of as many dimensions as there are.
        if (output.every((size) => size === 1) && !fitsAdaptive(self, rank))
          return self.mean(rank === 2 ? [-1, -2] : [-1, -2, -3], true) as Tensor;
        return inner(self, output);
      },
      { onnxExport: adaptivePooling.adaptiveAveragePool(rank), composite: true },
    ),
  );
}

/**
 * Means of windows chosen so that the last two dimensions have the given sizes.
 * @example torch.adaptiveAvgPool2d(torch.ones([1, 3, 8, 8]), [1, 1]).shape // [1, 3, 1, 1]
 */
export const adaptiveAvgPool2d = adaptiveAny(2, adaptive2d);
/** Means of windows chosen so that the last three dimensions have the given sizes. */
export const adaptiveAvgPool3d = adaptiveAny(3, adaptive3d);

/** Means of windows chosen so that the last dimension has the given size. */
export const adaptiveAvgPool1d: AdaptivePool = aten(
  op(
    "aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
    (self, output) => {
      checkLineDims("adaptive_avg_pool1d", self);
      checkSingles("adaptive_avg_pool1d", { output_size: output });
      return adaptiveAvgPool2d(self.unsqueeze(-2), [1, output[0]]).squeeze(-2);
    },
    {
      onnx: layers.meanOfPlanes,
      onnxExport: adaptivePooling.adaptiveAveragePool(1),
      composite: true,
    },
  ),
);
