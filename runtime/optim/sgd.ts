/** Stochastic gradient descent, with momentum if wanted. Source: torch/optim/sgd.py. */
import { ValueError } from "../errors.ts";
import { updateTogether } from "../kernels/update.ts";
import { valuesOf } from "../tensor/access.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  buffer,
  checkNotNegative,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
} from "./optimizer.ts";

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
 * Steps downhill along the gradient, with momentum (Nesterov's too) and weight decay if asked for.
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
    const grads = valuesOf(given);
    const sign = maximize ? -1 : 1;
    if (momentum === 0) {
      updateTogether([param], ([p]) => {
        for (let i = 0; i < p.length; i++) p[i] -= lr * (sign * grads[i] + weightDecay * p[i]);
      });
      return;
    }
    // The first step is taken with the gradient itself.
    const isFirst = !state["momentum_buffer"];
    const [kept, added] = isFirst ? [0, 1] : [momentum, 1 - dampening];
    updateTogether([param, buffer(state, "momentum_buffer", param)], ([p, moving]) => {
      for (let i = 0; i < p.length; i++) {
        const grad = sign * grads[i] + weightDecay * p[i];
        moving[i] = kept * moving[i] + added * grad;
        p[i] -= lr * (nesterov ? grad + momentum * moving[i] : moving[i]);
      }
    });
  }
}
