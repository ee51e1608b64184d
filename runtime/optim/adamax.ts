/** Adamax: Adam with the greatest recent gradient in place of the average of squares. Source: torch/optim/adamax.py. */
import { maximum } from "../ops/functions.ts";
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

/** Options of Adamax. */
export interface AdamaxOptions {
  /** The learning rate; default 2e-3. */
  lr: number;
  /** How slowly the average of gradients follows and the greatest one falls; default [0.9, 0.999]. */
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  maximize: boolean;
}

const defaults: AdamaxOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
};

/**
 * Adamax: the variant of Adam for the infinity norm (Kingma and Ba 2014).
 * @example const optimizer = new optim.Adamax(model.parameters(), { lr: 2e-3 });
 */
export class Adamax extends Optimizer<AdamaxOptions> {
  constructor(params: Params<AdamaxOptions>, options: Partial<AdamaxOptions> = {}) {
    const all = { ...defaults, ...options };
    checkAdamOptions(all);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<AdamaxOptions>,
  ): void {
    const { lr, betas, eps } = group;
    const step = countStep(state);
    const average = buffer(state, "exp_avg", param);
    const greatest = buffer(state, "exp_inf", param);
    const grad = decayedGradient(param, given, group);
    average.lerp_(grad, 1 - betas[0]);
    greatest.copy_(maximum(greatest.mul(betas[1]), grad.abs().add_(eps)));
    param.addcdiv_(average, greatest, { value: -lr / (1 - betas[0] ** step) });
  }
}
