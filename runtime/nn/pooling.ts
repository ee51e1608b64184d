/** Pooling: each window of the input becomes one element. Source: torch/nn/modules/pooling.py. */
import type { Tensor } from "../tensor/tensor.ts";
import type { PerDim } from "./convolution.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";
import { eachDim } from "./options.ts";
import { numberOrTuple, python } from "./repr.ts";

/** Options of max pooling. */
export interface MaxPoolOptions {
  /** Default: the window's size. */
  readonly stride?: PerDim;
  readonly padding?: PerDim;
  readonly dilation?: PerDim;
  readonly ceilMode?: boolean;
  /** Also give where the greatest elements were, for MaxUnpool. */
  readonly returnIndices?: boolean;
}

type Window = Parameters<typeof F.maxPool2d>;

abstract class MaxPool extends Module {
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly dilation: PerDim;
  readonly ceilMode: boolean;
  readonly returnIndices: boolean;

  constructor(kernelSize: PerDim, options: MaxPoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.ceilMode = options.ceilMode ?? false;
    this.returnIndices = options.returnIndices ?? false;
  }

  /** With `returnIndices`: the result and the places. */
  override forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return this.pool(input, kernelSize, stride, padding, dilation, ceilMode);
  }

  protected abstract pool(...args: Window): Tensor;

  override extraRepr(): string {
    return `kernel_size=${numberOrTuple(this.kernelSize)}, stride=${numberOrTuple(this.stride)}, padding=${numberOrTuple(this.padding)}, dilation=${numberOrTuple(this.dilation)}, ceil_mode=${python(this.ceilMode)}`;
  }
}

/** The result and the places pass for the one tensor that the layer gives without `returnIndices`. */
const both = (pooled: readonly [Tensor, Tensor]): Tensor => pooled as unknown as Tensor;

/** The greatest element of each window of the last dimension. */
export class MaxPool1d extends MaxPool {
  protected override pool(...args: Window): Tensor {
    return this.returnIndices ? both(F.maxPool1dWithIndices(...args)) : F.maxPool1d(...args);
  }
}

/**
 * The greatest element of each window of the last two dimensions.
 * @example new nn.MaxPool2d(2).forward(torch.ones([1, 1, 4, 4])).shape // [1, 1, 2, 2]
 */
export class MaxPool2d extends MaxPool {
  protected override pool(...args: Window): Tensor {
    return this.returnIndices ? both(F.maxPool2dWithIndices(...args)) : F.maxPool2d(...args);
  }
}

/** The greatest element of each window of the last three dimensions. */
export class MaxPool3d extends MaxPool {
  protected override pool(...args: Window): Tensor {
    return this.returnIndices ? both(F.maxPool3dWithIndices(...args)) : F.maxPool3d(...args);
  }
}

abstract class MaxUnpool extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(rank: number, kernelSize: PerDim, options: Pick<MaxPoolOptions, "stride" | "padding">) {
    super();
    this.kernelSize = eachDim(kernelSize, rank);
    this.stride = eachDim(options.stride ?? kernelSize, rank);
    this.padding = eachDim(options.padding ?? 0, rank);
  }

  /** Puts elements back where max pooling took them from; `outputSize` where several sizes lead to the input's. */
  override forward(input: Tensor, indices: Tensor, outputSize: readonly number[] | null = null): Tensor {
    const { kernelSize, stride, padding } = this;
    return this.unpool(input, indices, kernelSize, { stride, padding, outputSize });
  }

  protected abstract unpool(...args: Parameters<typeof F.maxUnpool2d>): Tensor;

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${numberOrTuple(kernelSize)}, stride=${numberOrTuple(stride)}, padding=${numberOrTuple(padding)}`;
  }
}

/** Puts what MaxPool1d kept back to where it was; zeros elsewhere. */
export class MaxUnpool1d extends MaxUnpool {
  constructor(kernelSize: PerDim, options: Pick<MaxPoolOptions, "stride" | "padding"> = {}) {
    super(1, kernelSize, options);
  }

  protected override unpool(...args: Parameters<typeof F.maxUnpool1d>): Tensor {
    return F.maxUnpool1d(...args);
  }
}

/** Puts what MaxPool2d kept back to where it was; zeros elsewhere. */
export class MaxUnpool2d extends MaxUnpool {
  constructor(kernelSize: PerDim, options: Pick<MaxPoolOptions, "stride" | "padding"> = {}) {
    super(2, kernelSize, options);
  }

  protected override unpool(...args: Parameters<typeof F.maxUnpool2d>): Tensor {
    return F.maxUnpool2d(...args);
  }
}

/** Puts what MaxPool3d kept back to where it was; zeros elsewhere. */
export class MaxUnpool3d extends MaxUnpool {
  constructor(kernelSize: PerDim, options: Pick<MaxPoolOptions, "stride" | "padding"> = {}) {
    super(3, kernelSize, options);
  }

  protected override unpool(...args: Parameters<typeof F.maxUnpool3d>): Tensor {
    return F.maxUnpool3d(...args);
  }
}

/** Options of average pooling. */
export interface AvgPoolOptions {
  readonly stride?: PerDim;
  readonly padding?: PerDim;
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
  /** What to divide by in place of the window's size; not in one dimension. */
  readonly divisorOverride?: number | null;
}

class AvgPool extends Module {
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;

  constructor(kernelSize: PerDim, options: AvgPoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.ceilMode = options.ceilMode ?? false;
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride ?? null;
  }

  override forward(_input: Tensor): Tensor {
    return super.forward() as never;
  }

  override extraRepr(): string {
    return `kernel_size=${numberOrTuple(this.kernelSize)}, stride=${numberOrTuple(this.stride)}, padding=${numberOrTuple(this.padding)}`;
  }
}

/** The mean of each window of the last dimension. */
export class AvgPool1d extends AvgPool {
  constructor(kernelSize: PerDim, options: AvgPoolOptions = {}) {
    // torch shows its sizes as tuples here, and nowhere else among the averages.
    const each = (value: PerDim): readonly number[] => eachDim(value, 1);
    super(each(kernelSize), {
      ...options,
      stride: each(options.stride ?? kernelSize),
      padding: each(options.padding ?? 0),
    });
  }

  override forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    return F.avgPool1d(input, kernelSize, stride, padding, ceilMode, countIncludePad);
  }
}

/**
 * The mean of each window of the last two dimensions.
 * @example new nn.AvgPool2d(2).forward(torch.ones([1, 1, 4, 4])).shape // [1, 1, 2, 2]
 */
export class AvgPool2d extends AvgPool {
  override forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return F.avgPool2d(input, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
}

/** The mean of each window of the last three dimensions. */
export class AvgPool3d extends AvgPool {
  override forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return F.avgPool3d(input, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
}

/** The p-norm of each window. */
class LPPool extends Module {
  readonly normType: number;
  readonly kernelSize: PerDim;
  readonly stride: PerDim | null;
  readonly ceilMode: boolean;

  constructor(
    normType: number,
    kernelSize: PerDim,
    options: { readonly stride?: PerDim | null; readonly ceilMode?: boolean } = {},
  ) {
    super();
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? null;
    this.ceilMode = options.ceilMode ?? false;
  }

  override forward(_input: Tensor): Tensor {
    return super.forward() as never;
  }

  override extraRepr(): string {
    return `norm_type=${this.normType}, kernel_size=${numberOrTuple(this.kernelSize)}, stride=${numberOrTuple(this.stride)}, ceil_mode=${python(this.ceilMode)}`;
  }
}

/** The p-norm of each window of [N, C, L]. */
export class LPPool1d extends LPPool {
  override forward(input: Tensor): Tensor {
    return F.lpPool1d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/** The p-norm of each window of [N, C, H, W]. */
export class LPPool2d extends LPPool {
  override forward(input: Tensor): Tensor {
    return F.lpPool2d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/** The p-norm of each window of [N, C, D, H, W]. */
export class LPPool3d extends LPPool {
  override forward(input: Tensor): Tensor {
    return F.lpPool3d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}
