/** Pooling as functions. `stride` defaults to the window's size. Source: torch/nn/functional.py. */

import { called } from "../../dispatch/value-name.ts";
import * as ops from "../../ops/functions.ts";
import { scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";

export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1dWithIndices,
  maxPool2dWithIndices,
  maxPool3dWithIndices,
} from "../../ops/functions.ts";

/** The greatest element of each window of [N, C, L]. */
export const maxPool1d: typeof ops.maxPool1d = (input, ...window) => ops.maxPool1d(input, ...window);
/**
 * The greatest element of each window of [N, C, H, W].
 * @example nn.functional.maxPool2d(torch.ones([1, 1, 4, 4]), 2).shape // [1, 1, 2, 2]
 */
export const maxPool2d: typeof ops.maxPool2d = (input, ...window) => ops.maxPool2d(input, ...window);
/** The greatest element of each window of [N, C, D, H, W]. */
export const maxPool3d: typeof ops.maxPool3d = (input, ...window) => ops.maxPool3d(input, ...window);

/** Target sizes; null keeps the input's. */
export type AdaptiveSize = number | readonly (number | null)[];

/** The target with nulls filled in from the input. */
function targetOf(input: Tensor, size: AdaptiveSize, rank: number): number[] {
  if (typeof size === "number") return new Array<number>(rank).fill(size);
  return size.map((target, i) => target ?? input.size(input.ndim - rank + i));
}

/** Means of windows chosen so that [N, C, L] gets the length `outputSize`. */
export const adaptiveAvgPool1d = (input: Tensor, outputSize: AdaptiveSize): Tensor =>
  ops.adaptiveAvgPool1d(input, targetOf(input, outputSize, 1));
/** Means of windows chosen so that [N, C, H, W] gets the size `outputSize`. */
export const adaptiveAvgPool2d = (input: Tensor, outputSize: AdaptiveSize): Tensor =>
  ops.adaptiveAvgPool2d(input, targetOf(input, outputSize, 2));
/** Means of windows chosen so that [N, C, D, H, W] gets the size `outputSize`. */
export const adaptiveAvgPool3d = (input: Tensor, outputSize: AdaptiveSize): Tensor =>
  ops.adaptiveAvgPool3d(input, targetOf(input, outputSize, 3));

/** The greatest elements and their places. */
export const adaptiveMaxPool1dWithIndices = (
  input: Tensor,
  outputSize: AdaptiveSize,
): readonly [Tensor, Tensor] => ops.adaptiveMaxPool1d(input, targetOf(input, outputSize, 1));
/** The greatest elements and their places. */
export const adaptiveMaxPool2dWithIndices = (
  input: Tensor,
  outputSize: AdaptiveSize,
): readonly [Tensor, Tensor] => ops.adaptiveMaxPool2d(input, targetOf(input, outputSize, 2));

/** The greatest elements and their places. */
export const adaptiveMaxPool3dWithIndices = (
  input: Tensor,
  outputSize: AdaptiveSize,
): readonly [Tensor, Tensor] => ops.adaptiveMaxPool3d(input, targetOf(input, outputSize, 3));

/** Greatest elements of windows chosen so that [N, C, L] gets the length `outputSize`. */
export const adaptiveMaxPool1d = (input: Tensor, outputSize: AdaptiveSize): Tensor =>
  adaptiveMaxPool1dWithIndices(input, outputSize)[0];
/** Greatest elements of windows chosen so that [N, C, H, W] gets the size `outputSize`. */
export const adaptiveMaxPool2d = (input: Tensor, outputSize: AdaptiveSize): Tensor =>
  adaptiveMaxPool2dWithIndices(input, outputSize)[0];
/** Greatest elements of windows chosen so that [N, C, D, H, W] gets the size `outputSize`. */
export const adaptiveMaxPool3d = (input: Tensor, outputSize: AdaptiveSize): Tensor =>
  adaptiveMaxPool3dWithIndices(input, outputSize)[0];

type Window = number | readonly number[];

const product = (window: Window, rank: number): number =>
  typeof window === "number" ? window ** rank : window.reduce((n, size) => n * size, 1);

type AveragePool = (input: Tensor, kernel: Window, stride: Window, padding: number, ceil: boolean) => Tensor;

function powerPool(average: AveragePool, rank: number) {
  return (input: Tensor, normType: number, kernelSize: Window, stride?: Window | null, ceilMode = false) => {
    const powers = input.pow(scalar(normType, "float"));
    const out = called("out", average(powers, kernelSize, stride ?? [], 0, ceilMode));
    return out
      .sign()
      .mul(called("input", out.abs()).relu())
      .mul(product(kernelSize, rank))
      .pow(1 / normType);
  };
}

/** The p-norm of each window. */
export const lpPool1d = powerPool(ops.avgPool1d as AveragePool, 1);
/** The p-norm of each window of [N, C, H, W]. */
export const lpPool2d = powerPool(ops.avgPool2d as AveragePool, 2);
/** The p-norm of each window of [N, C, D, H, W]. */
export const lpPool3d = powerPool(ops.avgPool3d as AveragePool, 3);
