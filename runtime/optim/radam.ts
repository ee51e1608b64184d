/** RAdam: Adam that scales by squares only once their average can be trusted. Source: torch/optim/radam.py. */
import type { Tensor } from "../tensor/tensor.ts";
import {
  buffer,
  checkAdamOptions,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
} from "./optimizer.ts";
import { countStep } from "./step-count.ts";
import { decayedGradient } from "./weight-decay.ts";

/** Options of RAdam. */
export interface RAdamOptions {
  /** The learning rate; default 1e-3. */
  lr: number;
  /** How slowly the averages of gradients and of squares follow; default [0.9, 0.999]. */
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  /** Shrink weights directly, not through the gradient. */
  decoupledWeightDecay: boolean;
  maximize: boolean;
}

const defaults: RAdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupledWeightDecay: false,
  maximize: false,
};

/**
 * RAdam: Adam with a warmup that follows from the variance of its own scale (Liu et al. 2019).
 * @example const optimizer = new optim.RAdam(model.parameters(), { lr: 1e-3 });
 */
export class RAdam extends Optimizer<RAdamOptions> {
  constructor(params: Params<RAdamOptions>, options: Partial<RAdamOptions> = {}) {
    const all = { ...defaults, ...options };
    checkAdamOptions(all);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<RAdamOptions>,
  ): void {
    const { lr, betas, eps } = group;
    const [beta1, beta2] = betas;
    const step = countStep(state);
    const average = buffer(state, "exp_avg", param);
    const squares = buffer(state, "exp_avg_sq", param);
    const grad = decayedGradient(param, given, group);
    average.lerp_(grad, 1 - beta1);
    squares.mul_(beta2).addcmul_(grad, grad, { value: 1 - beta2 });
    let change = average.div(1 - beta1 ** step).mul_(lr);
    const correction = 1 - beta2 ** step;
    // How many gradients the average of squares stands for, at last and now.
    const atLast = 2 / (1 - beta2) - 1;
    const now = atLast - (2 * step * beta2 ** step) / correction;
    if (now > 5) {
      const trust = ((now - 4) * (now - 2) * atLast) / ((atLast - 4) * (atLast - 2) * now);
      change = change.div_(squares.sqrt().add_(eps)).mul_(Math.sqrt(correction) * Math.sqrt(trust));
    }
    param.sub_(change);
  }
}
