/** Layers that move elements about: upsampling, patches and shuffled channels. Source: torch/nn/modules/{upsampling,fold,pixelshuffle,channelshuffle}.py. */
import type { Tensor } from "../tensor/tensor.ts";
import type { PerDim } from "./convolution.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";
import { numberOrTuple, pythonFloat } from "./repr.ts";

/** Resizes the spatial dimensions of [N, C, ...], to a size or by a factor. */
export class Upsample extends Module {
  readonly size: number | readonly number[] | null;
  readonly scaleFactor: number | readonly number[] | null;
  readonly mode: F.InterpolateMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;

  constructor(options: Omit<F.InterpolateOptions, "antialias">) {
    super();
    this.size = options.size ?? null;
    this.scaleFactor = options.scaleFactor ?? null;
    this.mode = options.mode ?? "nearest";
    this.alignCorners = options.alignCorners ?? null;
    this.recomputeScaleFactor = options.recomputeScaleFactor ?? null;
  }

  override forward(input: Tensor): Tensor {
    return F.interpolate(input, this);
  }

  override extraRepr(): string {
    const { scaleFactor } = this;
    const floats =
      scaleFactor === null || typeof scaleFactor === "number"
        ? pythonFloat(scaleFactor ?? 0)
        : `(${scaleFactor.map(pythonFloat).join(", ")})`;
    const extent = scaleFactor !== null ? `scale_factor=${floats}` : `size=${numberOrTuple(this.size)}`;
    return `${extent}, mode='${this.mode}'`;
  }
}

/** Larger pictures by repeating pixels. */
export class UpsamplingNearest2d extends Upsample {
  constructor(options: Pick<F.InterpolateOptions, "size" | "scaleFactor">) {
    super({ ...options, mode: "nearest" });
  }
}

/** Larger pictures, linear between pixels, corners aligned. */
export class UpsamplingBilinear2d extends Upsample {
  constructor(options: Pick<F.InterpolateOptions, "size" | "scaleFactor">) {
    super({ ...options, mode: "bilinear", alignCorners: true });
  }
}

/** The patches of [N, C, H, W] as columns: [N, C * patch, patches]. */
export class Unfold extends Module {
  readonly kernelSize: PerDim;
  readonly dilation: PerDim;
  readonly padding: PerDim;
  readonly stride: PerDim;

  constructor(kernelSize: PerDim, options: F.PatchOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.dilation = options.dilation ?? 1;
    this.padding = options.padding ?? 0;
    this.stride = options.stride ?? 1;
  }

  override forward(input: Tensor): Tensor {
    return F.unfold(input, this.kernelSize, this);
  }

  override extraRepr(): string {
    return `kernel_size=${numberOrTuple(this.kernelSize)}, dilation=${numberOrTuple(this.dilation)}, padding=${numberOrTuple(this.padding)}, stride=${numberOrTuple(this.stride)}`;
  }
}

/** Columns put back as an image of `outputSize`, summed where patches overlap. */
export class Fold extends Unfold {
  readonly outputSize: PerDim;

  constructor(outputSize: PerDim, kernelSize: PerDim, options: F.PatchOptions = {}) {
    super(kernelSize, options);
    this.outputSize = outputSize;
  }

  override forward(input: Tensor): Tensor {
    return F.fold(input, this.outputSize, this.kernelSize, this);
  }

  override extraRepr(): string {
    return `output_size=${numberOrTuple(this.outputSize)}, ${super.extraRepr()}`;
  }
}

/** Channels become pixels: [N, C * r^2, H, W] to [N, C, H * r, W * r]. */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = upscaleFactor;
  }

  override forward(input: Tensor): Tensor {
    return F.pixelShuffle(input, this.upscaleFactor);
  }

  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

/** Pixels become channels: the other way round. */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = downscaleFactor;
  }

  override forward(input: Tensor): Tensor {
    return F.pixelUnshuffle(input, this.downscaleFactor);
  }

  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

/** Mixes the channels of `groups` groups. */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    this.groups = groups;
  }

  override forward(input: Tensor): Tensor {
    return F.channelShuffle(input, this.groups);
  }

  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}
