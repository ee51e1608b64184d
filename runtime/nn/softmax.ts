/** Softmax and its kin: elements along a dimension become probabilities. Source: torch/nn/modules/activation.py. */
import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";

class AlongDim extends Module {
  // `dim` is a tensor's method, not a module's, so the field can carry torch's name.
  readonly dim: number | null;

  constructor(dim: number | { readonly dim?: number | null } | null = null) {
    super();
    this.dim = typeof dim === "object" ? (dim?.dim ?? null) : dim;
  }

  override forward(_input: Tensor): Tensor {
    return super.forward() as never;
  }

  override extraRepr(): string {
    return `dim=${this.dim ?? "None"}`;
  }
}

/**
 * Exponentials along `dim` that sum to 1.
 * @example new nn.Softmax(1).forward(torch.zeros([1, 2])) // [[0.5, 0.5]]
 */
export class Softmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return F.softmax(input, this.dim);
  }
}

/** The softmax of the negated input. */
export class Softmin extends AlongDim {
  override forward(input: Tensor): Tensor {
    return F.softmin(input, this.dim);
  }
}

/** The logarithm of the softmax, computed together. */
export class LogSoftmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return F.logSoftmax(input, this.dim);
  }
}

/** The softmax over the channels of [N, C, H, W] or [C, H, W]. */
export class Softmax2d extends Module {
  override forward(input: Tensor): Tensor {
    if (input.ndim !== 3 && input.ndim !== 4)
      throw new ValueError(`Softmax2d: expected input to be 3D or 4D, got ${input.ndim}D instead`);
    return F.softmax(input, -3);
  }
}
