/** The gradient that optimizers descend, with the pull of weights toward zero that `weightDecay` asks for. */

import type { Tensor } from "../tensor/tensor.ts";

interface DecayOptions {
  readonly lr: number;
  readonly weightDecay: number;
  readonly maximize: boolean;
  /** Shrinks the weights themselves instead of adding to the gradient. */
  readonly decoupledWeightDecay?: boolean;
}

/** The gradient to descend: turned round to maximize, with the weights' decay added. Decoupled decay changes `param`. */
export function decayedGradient(param: Tensor, given: Tensor, options: DecayOptions): Tensor {
  const { lr, weightDecay, maximize, decoupledWeightDecay = false } = options;
  const grad = maximize ? given.neg() : given;
  if (weightDecay === 0) return grad;
  if (!decoupledWeightDecay) return grad.add(param, { alpha: weightDecay });
  param.mul_(1 - lr * weightDecay);
  return grad;
}
