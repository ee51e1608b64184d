/** Dropout layers: random elements or channels are zeroed while training. Source: torch/nn/modules/dropout.py. */
import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";
import { withFirst } from "./options.ts";
import { python, pythonFloat } from "./repr.ts";

/** Options of the dropouts. */
export interface DropoutOptions {
  /** How probable it is that an element is zeroed; default 0.5. */
  readonly p?: number;
  readonly inplace?: boolean;
}

class DropoutBase extends Module {
  readonly p: number;
  readonly inplace: boolean;

  constructor(p?: number | DropoutOptions, options?: DropoutOptions) {
    super();
    const all = withFirst<DropoutOptions>("p", p, options);
    this.p = all.p ?? 0.5;
    this.inplace = all.inplace ?? false;
    if (!(this.p >= 0 && this.p <= 1))
      throw new ValueError(`dropout probability has to be between 0 and 1, but got ${this.p}`);
  }

  override forward(_input: Tensor): Tensor {
    return super.forward() as never;
  }

  override extraRepr(): string {
    return `p=${pythonFloat(this.p)}, inplace=${python(this.inplace)}`;
  }
}

/**
 * Zeroes elements with probability `p` while training, and scales the rest by 1 / (1 - p).
 * @example new nn.Dropout(0.5).eval().forward(x) // [[1, 2], [3, 4]]
 */
export class Dropout extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout(input, this.p, this);
  }
}

/** Zeroes whole channels of [N, C, L]. */
export class Dropout1d extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout1d(input, this.p, this);
  }
}

/** Zeroes whole channels of [N, C, H, W]. */
export class Dropout2d extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout2d(input, this.p, this);
  }
}

/** Zeroes whole channels of [N, C, D, H, W]. */
export class Dropout3d extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.dropout3d(input, this.p, this);
  }
}

/** Dropout that keeps mean and variance, for networks of SELUs. */
export class AlphaDropout extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.alphaDropout(input, this.p, this.training);
  }
}

/** The same for whole channels. */
export class FeatureAlphaDropout extends DropoutBase {
  override forward(input: Tensor): Tensor {
    return F.featureAlphaDropout(input, this.p, this.training);
  }
}
