/** Pooling to a given size: windows are chosen so that the result has it. Source: torch/nn/modules/pooling.py. */
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";
import { numberOrTuple } from "./repr.ts";

class AdaptivePool extends Module {
  readonly outputSize: F.AdaptiveSize;

  constructor(outputSize: F.AdaptiveSize) {
    super();
    this.outputSize = outputSize;
  }

  override forward(_input: Tensor): Tensor {
    return super.forward() as never;
  }

  override extraRepr(): string {
    return `output_size=${numberOrTuple(this.outputSize)}`;
  }
}

/** Means of windows chosen so that [N, C, L] gets the length `outputSize`. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  override forward(input: Tensor): Tensor {
    return F.adaptiveAvgPool1d(input, this.outputSize);
  }
}

/**
 * Means of windows chosen so that [N, C, H, W] gets the size `outputSize`.
 * @example new nn.AdaptiveAvgPool2d(1).forward(torch.ones([1, 3, 8, 8])).shape // [1, 3, 1, 1]
 */
export class AdaptiveAvgPool2d extends AdaptivePool {
  override forward(input: Tensor): Tensor {
    return F.adaptiveAvgPool2d(input, this.outputSize);
  }
}

/** Means of windows chosen so that [N, C, D, H, W] gets the size `outputSize`. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  override forward(input: Tensor): Tensor {
    return F.adaptiveAvgPool3d(input, this.outputSize);
  }
}

/** Options of adaptive max pooling. */
export interface AdaptiveMaxPoolOptions {
  /** Also give where the greatest elements were, for MaxUnpool. */
  readonly returnIndices?: boolean;
}

abstract class AdaptiveMaxPool extends AdaptivePool {
  readonly returnIndices: boolean;

  constructor(outputSize: F.AdaptiveSize, options: AdaptiveMaxPoolOptions = {}) {
    super(outputSize);
    this.returnIndices = options.returnIndices ?? false;
  }

  /** With `returnIndices`: the result and the places, which pass for the one tensor that the layer gives without. */
  override forward(input: Tensor): Tensor {
    const pooled = this.pool(input);
    return this.returnIndices ? (pooled as unknown as Tensor) : pooled[0];
  }

  protected abstract pool(input: Tensor): readonly [Tensor, Tensor];
}

/** Greatest elements of windows chosen so that [N, C, L] gets the length `outputSize`. */
export class AdaptiveMaxPool1d extends AdaptiveMaxPool {
  protected override pool(input: Tensor): readonly [Tensor, Tensor] {
    return F.adaptiveMaxPool1dWithIndices(input, this.outputSize);
  }
}

/** Greatest elements of windows chosen so that [N, C, H, W] gets the size `outputSize`. */
export class AdaptiveMaxPool2d extends AdaptiveMaxPool {
  protected override pool(input: Tensor): readonly [Tensor, Tensor] {
    return F.adaptiveMaxPool2dWithIndices(input, this.outputSize);
  }
}

/** Greatest elements of windows chosen so that [N, C, D, H, W] gets the size `outputSize`. */
export class AdaptiveMaxPool3d extends AdaptiveMaxPool {
  protected override pool(input: Tensor): readonly [Tensor, Tensor] {
    return F.adaptiveMaxPool3dWithIndices(input, this.outputSize);
  }
}
