/** Convolutions, plain and transposed. Source: torch/nn/modules/conv.py. */
import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { fanInAndFanOut, kaimingUniform_, uniform_ } from "./init.ts";
import { emptyParameter } from "./linear.ts";
import { Module } from "./module.ts";
import { eachDim } from "./options.ts";
import type { Parameter } from "./parameter.ts";
import { tuple } from "./repr.ts";

/** A number for all spatial dimensions, or one for each. */
export type PerDim = number | readonly number[];

/** Options of the convolutions. */
export interface ConvOptions {
  readonly stride?: PerDim;
  /** "same" keeps the sizes (with stride 1), "valid" adds nothing. */
  readonly padding?: PerDim | "same" | "valid";
  readonly dilation?: PerDim;
  readonly groups?: number;
  readonly bias?: boolean;
  /** What the border is filled with; default "zeros". */
  readonly paddingMode?: "zeros" | "reflect" | "replicate" | "circular";
}

/** Options of the transposed convolutions. */
export interface ConvTransposeOptions extends Omit<ConvOptions, "padding" | "paddingMode"> {
  readonly padding?: PerDim;
  /** Added to one side of the output. */
  readonly outputPadding?: PerDim;
}

interface ConvShape {
  readonly rank: number;
  readonly transposed: boolean;
}

/** What all convolutions share. */
class ConvNd extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "same" | "valid";
  readonly dilation: readonly number[];
  readonly outputPadding: readonly number[];
  readonly groups: number;
  readonly paddingMode: "zeros" | "reflect" | "replicate" | "circular";
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    { rank, transposed }: ConvShape,
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    options: ConvOptions & { readonly outputPadding?: PerDim },
  ) {
    super();
    this.groups = options.groups ?? 1;
    if (this.groups <= 0) throw new ValueError("groups must be a positive integer");
    if (inChannels % this.groups !== 0) throw new ValueError("in_channels must be divisible by groups");
    if (outChannels % this.groups !== 0) throw new ValueError("out_channels must be divisible by groups");
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = eachDim(kernelSize, rank);
    this.stride = eachDim(options.stride ?? 1, rank);
    this.padding = paddingOf(options.padding ?? 0, this.stride, rank);
    this.dilation = eachDim(options.dilation ?? 1, rank);
    this.outputPadding = eachDim(options.outputPadding ?? 0, rank);
    this.paddingMode = options.paddingMode ?? "zeros";
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    this.weight = emptyParameter([first, second / this.groups, ...this.kernelSize]);
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
    if (typeof this.padding === "string") parts.push(`padding=${this.padding}`);
    else if (this.padding.some((width) => width !== 0)) parts.push(`padding=${tuple(this.padding)}`);
    if (this.dilation.some((step) => step !== 1)) parts.push(`dilation=${tuple(this.dilation)}`);
    if (this.outputPadding.some((width) => width !== 0))
      parts.push(`output_padding=${tuple(this.outputPadding)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push("bias=False");
    if (this.paddingMode !== "zeros") parts.push(`padding_mode=${this.paddingMode}`);
    return parts.join(", ");
  }
}

function paddingOf(
  padding: PerDim | "same" | "valid",
  stride: readonly number[],
  rank: number,
): readonly number[] | "same" | "valid" {
  if (typeof padding !== "string") return eachDim(padding, rank);
  if (padding !== "same" && padding !== "valid") {
    throw new ValueError(`Invalid padding string '${padding}', should be one of {'valid', 'same'}`);
  }
  if (padding === "same" && stride.some((step) => step !== 1))
    throw new ValueError("padding='same' is not supported for strided convolutions");
  return padding;
}

type Convolve = typeof F.conv2d;

/** A plain convolution over `rank` spatial dimensions. */
abstract class Conv extends ConvNd {
  constructor(
    rank: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    options: ConvOptions,
  ) {
    super({ rank, transposed: false }, inChannels, outChannels, kernelSize, options);
  }

  protected abstract convolve(...args: Parameters<Convolve>): Tensor;

  override forward(input: Tensor): Tensor {
    const { weight, bias, stride, padding, dilation, groups, paddingMode } = this;
    if (paddingMode === "zeros") return this.convolve(input, weight, bias, stride, padding, dilation, groups);
    const bordered = F.pad(input, this.borders(), paddingMode);
    return this.convolve(bordered, weight, bias, stride, 0, dilation, groups);
  }

  /** Border widths, from the last dimension on. */
  private borders(): number[] {
    const { padding, dilation, kernelSize } = this;
    return this.kernelSize
      .map((_, i) => {
        if (padding === "valid") return [0, 0];
        if (padding !== "same") return [padding[i], padding[i]];
        const total = dilation[i] * (kernelSize[i] - 1);
        return [Math.floor(total / 2), total - Math.floor(total / 2)];
      })
      .reverse()
      .flat();
  }
}

/**
 * Convolves [N, inChannels, L] (or without N) to [N, outChannels, L'].
 * @example new nn.Conv1d(3, 8, 3).forward(torch.ones([1, 3, 10])).shape // [1, 8, 8]
 */
export class Conv1d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  protected override convolve(...args: Parameters<Convolve>): Tensor {
    return F.conv1d(...args);
  }
}

/**
 * Convolves [N, inChannels, H, W] (or without N) to [N, outChannels, H', W'].
 * @example new nn.Conv2d(3, 8, 3, { padding: 1 }).forward(torch.ones([1, 3, 6, 6])).shape // [1, 8, 6, 6]
 */
export class Conv2d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  protected override convolve(...args: Parameters<Convolve>): Tensor {
    return F.conv2d(...args);
  }
}

/** Convolves [N, inChannels, D, H, W] (or without N) to [N, outChannels, D', H', W']. */
export class Conv3d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  protected override convolve(...args: Parameters<Convolve>): Tensor {
    return F.conv3d(...args);
  }
}

type ConvolveTransposed = typeof F.convTranspose2d;

/** A transposed convolution: what a convolution's gradient does to its output. */
abstract class ConvTranspose extends ConvNd {
  constructor(
    rank: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    options: ConvTransposeOptions,
  ) {
    super({ rank, transposed: true }, inChannels, outChannels, kernelSize, options);
  }

  protected abstract convolve(...args: Parameters<ConvolveTransposed>): Tensor;

  /** `outputSize` chooses among the sizes that a convolution would bring to the input's. */
  override forward(input: Tensor, outputSize: readonly number[] | null = null): Tensor {
    const { weight, bias, stride, padding, groups, dilation } = this;
    const extra = outputSize === null ? this.outputPadding : this.extra(input, outputSize);
    return this.convolve(input, weight, bias, stride, padding as readonly number[], extra, groups, dilation);
  }

  private extra(input: Tensor, outputSize: readonly number[]): number[] {
    const rank = this.kernelSize.length;
    const least = input.sizes
      .slice(-rank)
      .map(
        (size, i) =>
          (size - 1) * this.stride[i] -
          2 * (this.padding as readonly number[])[i] +
          this.dilation[i] * (this.kernelSize[i] - 1) +
          1,
      );
    const wanted = outputSize.slice(-rank);
    return wanted.map((size, i) => {
      const most = least[i] + this.stride[i] - 1;
      if (size < least[i] || size > most) {
        throw new ValueError(
          `requested an output size of [${wanted.join(", ")}], but valid sizes range from [${least.join(", ")}] to [${least.map((low, k) => low + this.stride[k] - 1).join(", ")}] (for an input of torch.Size([${input.sizes.slice(-rank).join(", ")}]))`,
        );
      }
      return size - least[i];
    });
  }
}

/** The transpose of a convolution of [N, C, L]: makes lines longer. */
export class ConvTranspose1d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    options: ConvTransposeOptions = {},
  ) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  protected override convolve(...args: Parameters<ConvolveTransposed>): Tensor {
    return F.convTranspose1d(...args);
  }
}

/**
 * The transpose of a convolution of [N, C, H, W]: makes pictures larger.
 * @example new nn.ConvTranspose2d(3, 8, 2, { stride: 2 }).forward(torch.ones([1, 3, 4, 4])).shape // [1, 8, 8, 8]
 */
export class ConvTranspose2d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    options: ConvTransposeOptions = {},
  ) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  protected override convolve(...args: Parameters<ConvolveTransposed>): Tensor {
    return F.convTranspose2d(...args);
  }
}

/** The transpose of a convolution of [N, C, D, H, W]. */
export class ConvTranspose3d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    options: ConvTransposeOptions = {},
  ) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  protected override convolve(...args: Parameters<ConvolveTransposed>): Tensor {
    return F.convTranspose3d(...args);
  }
}
