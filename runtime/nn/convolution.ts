/** Convolution and pooling layers. Source: torch/nn/modules/{conv,pooling}.py. */
import { perDim } from "../kernels/convolution.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional.ts";
import { fanInAndFanOut, kaimingUniform_, uniform_ } from "./init.ts";
import { emptyParameter, python } from "./layers.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** Options of a convolution layer; numbers stand for all spatial dimensions. */
export interface ConvLayerOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[] | "same" | "valid";
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
  readonly bias?: boolean;
}

const tuple = (values: readonly number[]): string =>
  `(${values.join(", ")}${values.length === 1 ? "," : ""})`;

/** What the convolution layers share; `rank` is the number of spatial dimensions. */
class ConvNd extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "same" | "valid";
  readonly dilation: readonly number[];
  readonly groups: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    rank: number,
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly number[],
    options: ConvLayerOptions,
  ) {
    super();
    const each = (value: number | readonly number[]): readonly number[] =>
      perDim(typeof value === "number" ? [value] : value, rank);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = each(kernelSize);
    this.stride = each(options.stride ?? 1);
    this.padding = typeof options.padding === "string" ? options.padding : each(options.padding ?? 0);
    this.dilation = each(options.dilation ?? 1);
    this.groups = options.groups ?? 1;
    this.weight = emptyParameter([outChannels, inChannels / this.groups, ...this.kernelSize]);
    this.bias = (options.bias ?? true) ? emptyParameter([outChannels]) : null;
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    const { fanIn } = fanInAndFanOut(this.weight);
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  override extraRepr(): string {
    const parts = [
      `${this.inChannels}, ${this.outChannels}, kernel_size=${tuple(this.kernelSize)}, stride=${tuple(this.stride)}`,
    ];
    if (typeof this.padding === "string") parts.push(`padding='${this.padding}'`);
    else if (this.padding.some((pad) => pad !== 0)) parts.push(`padding=${tuple(this.padding)}`);
    if (this.dilation.some((step) => step !== 1)) parts.push(`dilation=${tuple(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push(`bias=${python(false)}`);
    return parts.join(", ");
  }
}

/** Convolves [N, inChannels, L] (or without N) to [N, outChannels, L']. */
export class Conv1d extends ConvNd {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly number[],
    options: ConvLayerOptions = {},
  ) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  override forward(input: Tensor): Tensor {
    return F.conv1d(input, this.weight, this.bias, this.stride, this.padding, this.dilation, this.groups);
  }
}

/** Convolves [N, inChannels, H, W] (or without N) to [N, outChannels, H', W']. */
export class Conv2d extends ConvNd {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly number[],
    options: ConvLayerOptions = {},
  ) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  override forward(input: Tensor): Tensor {
    return F.conv2d(input, this.weight, this.bias, this.stride, this.padding, this.dilation, this.groups);
  }
}

/** Options of a pooling layer. */
export interface PoolLayerOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly ceilMode?: boolean;
}

/** The greatest element of each window of the last two dimensions; `stride` defaults to the window's size. */
export class MaxPool2d extends Module {
  readonly kernelSize: number | readonly number[];
  readonly stride: number | readonly number[];
  readonly padding: number | readonly number[];
  readonly dilation: number | readonly number[];
  readonly ceilMode: boolean;

  constructor(kernelSize: number | readonly number[], options: PoolLayerOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.ceilMode = options.ceilMode ?? false;
  }

  override forward(input: Tensor): Tensor {
    return F.maxPool2d(input, this.kernelSize, this.stride, this.padding, this.dilation, this.ceilMode);
  }

  override extraRepr(): string {
    const show = (value: number | readonly number[]): string =>
      typeof value === "number" ? String(value) : tuple(value);
    return `kernel_size=${show(this.kernelSize)}, stride=${show(this.stride)}, padding=${show(this.padding)}, dilation=${show(this.dilation)}, ceil_mode=${python(this.ceilMode)}`;
  }
}
