/** Adagrad: steps scaled by the sum of all squared gradients so far. Source: torch/optim/adagrad.py. */
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotNegative, Optimizer, type ParamGroup, type ParamState, type Params } from "./optimizer.ts";
import { countStep } from "./step-count.ts";
import { decayedGradient } from "./weight-decay.ts";

/** Options of Adagrad. */
export interface AdagradOptions {
  /** The learning rate; default 1e-2. */
  lr: number;
  /** How the learning rate falls: it is divided by 1 + (step - 1) * lrDecay. */
  lrDecay: number;
  weightDecay: number;
  /** What the sums of squares start from. */
  initialAccumulatorValue: number;
  eps: number;
  maximize: boolean;
}

const defaults: AdagradOptions = {
  lr: 1e-2,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
};

/**
 * Adagrad: a pace for each weight, which falls with the squares of its gradients so far (Duchi et al. 2011).
 * @example const optimizer = new optim.Adagrad(model.parameters(), { lr: 0.01 });
 */
export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(params: Params<AdagradOptions>, options: Partial<AdagradOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    checkNotNegative("lr_decay value", all.lrDecay);
    checkNotNegative("weight_decay value", all.weightDecay);
    checkNotNegative("initial_accumulator_value value", all.initialAccumulatorValue);
    checkNotNegative("epsilon value", all.eps);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<AdagradOptions>,
  ): void {
    const { lr, lrDecay, initialAccumulatorValue, eps } = group;
    const step = countStep(state);
    state["sum"] ??= param.detach().fullLike(initialAccumulatorValue);
    const sum = state["sum"] as Tensor;
    const grad = decayedGradient(param, given, group);
    sum.addcmul_(grad, grad);
    param.addcdiv_(grad, sum.sqrt().add_(eps), { value: -lr / (1 + (step - 1) * lrDecay) });
  }
}
