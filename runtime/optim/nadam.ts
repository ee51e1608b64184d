/** NAdam: Adam that looks ahead, as Nesterov's momentum does. Source: torch/optim/nadam.py. */
import type { Tensor } from "../tensor/tensor.ts";
import {
  buffer,
  checkAdamOptions,
  checkNotNegative,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
} from "./optimizer.ts";
import { countStep, numberOf } from "./step-count.ts";
import { decayedGradient } from "./weight-decay.ts";

/** Options of NAdam. */
export interface NAdamOptions {
  /** The learning rate; default 2e-3. */
  lr: number;
  /** How slowly the averages of gradients and of squares follow; default [0.9, 0.999]. */
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  /** How fast the momentum reaches its full size; default 4e-3. */
  momentumDecay: number;
  /** Shrink weights directly, not through the gradient. */
  decoupledWeightDecay: boolean;
  maximize: boolean;
}

const defaults: NAdamOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
  decoupledWeightDecay: false,
  maximize: false,
};

/**
 * NAdam: Adam with Nesterov's momentum (Dozat 2016).
 * @example const optimizer = new optim.NAdam(model.parameters(), { lr: 2e-3 });
 */
export class NAdam extends Optimizer<NAdamOptions> {
  constructor(params: Params<NAdamOptions>, options: Partial<NAdamOptions> = {}) {
    const all = { ...defaults, ...options };
    checkAdamOptions(all);
    checkNotNegative("momentum_decay value", all.momentumDecay);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<NAdamOptions>,
  ): void {
    const { lr, betas, eps, momentumDecay } = group;
    const [beta1, beta2] = betas;
    const step = countStep(state);
    const product = numberOf(state, "mu_product", 1);
    const average = buffer(state, "exp_avg", param);
    const squares = buffer(state, "exp_avg_sq", param);
    const grad = decayedGradient(param, given, group);
    const momentumAt = (at: number): number => beta1 * (1 - 0.5 * 0.96 ** (at * momentumDecay));
    const [momentum, nextMomentum] = [momentumAt(step), momentumAt(step + 1)];
    const soFar = product.mul_(momentum).item();
    average.lerp_(grad, 1 - beta1);
    squares.mul_(beta2).addcmul_(grad, grad, { value: 1 - beta2 });
    const scale = squares
      .div(1 - beta2 ** step)
      .sqrt_()
      .add_(eps);
    param.addcdiv_(grad, scale, { value: (-lr * (1 - momentum)) / (1 - soFar) });
    param.addcdiv_(average, scale, { value: (-lr * nextMomentum) / (1 - soFar * nextMomentum) });
  }
}
