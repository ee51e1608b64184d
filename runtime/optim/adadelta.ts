/** Adadelta: steps as long as earlier ones were for gradients of this size. Source: torch/optim/adadelta.py. */
import { ValueError } from "../errors.ts";
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

/** Options of Adadelta. */
export interface AdadeltaOptions {
  /** What each step is multiplied with; default 1. */
  lr: number;
  /** How slowly the averages of squares follow; default 0.9. */
  rho: number;
  eps: number;
  weightDecay: number;
  maximize: boolean;
}

const defaults: AdadeltaOptions = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };

/**
 * Adadelta: a pace for each weight, from running averages of its squared gradients and steps (Zeiler 2012).
 * @example const optimizer = new optim.Adadelta(model.parameters(), { rho: 0.95 });
 */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(params: Params<AdadeltaOptions>, options: Partial<AdadeltaOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    if (!(all.rho >= 0 && all.rho <= 1)) throw new ValueError(`Invalid rho value: ${all.rho}`);
    checkNotNegative("epsilon value", all.eps);
    checkNotNegative("weight_decay value", all.weightDecay);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<AdadeltaOptions>,
  ): void {
    const { lr, rho, eps } = group;
    countStep(state);
    const squares = buffer(state, "square_avg", param);
    const steps = buffer(state, "acc_delta", param);
    const grad = decayedGradient(param, given, group);
    squares.mul_(rho).addcmul_(grad, grad, { value: 1 - rho });
    const delta = steps.add(eps).sqrt_().div_(squares.add(eps).sqrt_()).mul_(grad);
    steps.mul_(rho).addcmul_(delta, delta, { value: 1 - rho });
    param.add_(delta, { alpha: -lr });
  }
}
