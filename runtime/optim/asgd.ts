/** ASGD: gradient descent that also keeps the average of its weights. Source: torch/optim/asgd.py. */
import type { Tensor } from "../tensor/tensor.ts";
import {
  buffer,
  checkNotNegative,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
} from "./optimizer.ts";
import { countStep, numberOf } from "./step-count.ts";
import { decayedGradient } from "./weight-decay.ts";

/** Options of ASGD. */
export interface ASGDOptions {
  /** The learning rate; default 1e-2. */
  lr: number;
  /** How much weights shrink at each step; default 1e-4. */
  lambd: number;
  /** The power by which steps become shorter; default 0.75. */
  alpha: number;
  /** The step from which weights are averaged; default 1e6. */
  t0: number;
  weightDecay: number;
  maximize: boolean;
}

const defaults: ASGDOptions = {
  lr: 1e-2,
  lambd: 1e-4,
  alpha: 0.75,
  t0: 1e6,
  weightDecay: 0,
  maximize: false,
};

/**
 * ASGD: averaged stochastic gradient descent (Polyak and Juditsky 1992). The averages are `ax` in its state.
 * @example const optimizer = new optim.ASGD(model.parameters(), { lr: 0.01, t0: 100 });
 */
export class ASGD extends Optimizer<ASGDOptions> {
  constructor(params: Params<ASGDOptions>, options: Partial<ASGDOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    checkNotNegative("weight_decay value", all.weightDecay);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<ASGDOptions>,
  ): void {
    const { lr, lambd, alpha, t0 } = group;
    const step = countStep(state);
    const eta = numberOf(state, "eta", lr);
    const mu = numberOf(state, "mu", 1);
    const average = buffer(state, "ax", param);
    const grad = decayedGradient(param, given, group);
    param.mul_(1 - lambd * eta.item()).add_(grad, { alpha: -eta.item() });
    if (mu.item() === 1) average.copy_(param);
    else average.add_(param.sub(average).mul_(mu));
    eta.fill_(lr / (1 + lambd * lr * step) ** alpha);
    mu.fill_(1 / Math.max(1, step - t0));
  }
}
