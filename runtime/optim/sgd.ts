/** Stochastic gradient descent, with momentum if wanted. Source: torch/optim/sgd.py. */
import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotNegative, Optimizer, type ParamGroup, type ParamState, type Params } from "./optimizer.ts";

/** Options of SGD. */
export interface SGDOptions {
  /** The learning rate; default 1e-3. */
  lr: number;
  /** How much of the last step goes on; default 0. */
  momentum: number;
  dampening: number;
  /** Pulls weights toward zero: adds `weightDecay * param` to the gradient. */
  weightDecay: number;
  nesterov: boolean;
  /** Climb instead of descend. */
  maximize: boolean;
}

const defaults: SGDOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
};

/**
 * Stochastic gradient descent.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(params: Params<SGDOptions>, options: Partial<SGDOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    checkNotNegative("momentum value", all.momentum);
    checkNotNegative("weight_decay value", all.weightDecay);
    if (all.nesterov && (all.momentum <= 0 || all.dampening !== 0))
      throw new ValueError("Nesterov momentum requires a momentum and zero dampening");
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<SGDOptions>,
  ): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = group;
    let grad = maximize ? given.neg() : given;
    if (weightDecay !== 0) grad = grad.add(param, { alpha: weightDecay });
    if (momentum !== 0) {
      const first = !state["momentum_buffer"];
      if (first) state["momentum_buffer"] = grad.detach().clone();
      const moving = state["momentum_buffer"] as Tensor;
      if (!first) moving.mul_(momentum).add_(grad, { alpha: 1 - dampening });
      grad = nesterov ? grad.add(moving, { alpha: momentum }) : moving;
    }
    param.add_(grad, { alpha: -lr });
  }
}
