/** RMSprop: steps scaled by a running average of squared gradients. Source: torch/optim/rmsprop.py. */
import type { Tensor } from "../tensor/tensor.ts";
import {
  buffer,
  checkNotNegative,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
} from "./optimizer.ts";
import { countStep } from "./step-count.ts";
import { decayedGradient } from "./weight-decay.ts";

/** Options of RMSprop. */
export interface RMSpropOptions {
  /** The learning rate; default 1e-2. */
  lr: number;
  /** How slowly the average follows; default 0.99. */
  alpha: number;
  eps: number;
  weightDecay: number;
  momentum: number;
  /** Scale by an estimate of the variance, not of the second moment. */
  centered: boolean;
  maximize: boolean;
}

const defaults: RMSpropOptions = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
};

/**
 * RMSprop: gradients divided by a running average of their size.
 * @example const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.01 });
 */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(params: Params<RMSpropOptions>, options: Partial<RMSpropOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    checkNotNegative("epsilon value", all.eps);
    checkNotNegative("momentum value", all.momentum);
    checkNotNegative("weight_decay value", all.weightDecay);
    checkNotNegative("alpha value", all.alpha);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<RMSpropOptions>,
  ): void {
    const { lr, alpha, eps, momentum, centered } = group;
    countStep(state);
    const squares = buffer(state, "square_avg", param);
    const grad = decayedGradient(param, given, group);
    squares.mul_(alpha).addcmul_(grad, grad, { value: 1 - alpha });
    let variance = squares;
    if (centered) {
      const mean = buffer(state, "grad_avg", param);
      mean.lerp_(grad, 1 - alpha);
      variance = squares.addcmul(mean, mean, { value: -1 });
    }
    const scale = variance.sqrt().add_(eps);
    if (momentum > 0) {
      const moving = buffer(state, "momentum_buffer", param);
      moving.mul_(momentum).addcdiv_(grad, scale);
      param.add_(moving, { alpha: -lr });
    } else param.addcdiv_(grad, scale, { value: -lr });
  }
}
