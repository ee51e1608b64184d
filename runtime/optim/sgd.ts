/** Stochastic gradient descent, with momentum if wanted. Source: torch/optim/sgd.py. */
import { ValueError } from "../errors.ts";
import { add, element, type Formula, mul, number, sub } from "../kernels/formula.ts";
import { elementwiseUpdate } from "../kernels/update.ts";
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
    const sign = maximize ? -1 : 1;
    if (momentum === 0) {
      descend([param], [given], [lr, sign, weightDecay]);
      return;
    }
    // The first step is taken with the gradient itself.
    const isFirst = !state["momentum_buffer"];
    const [kept, added] = isFirst ? [0, 1] : [momentum, 1 - dampening];
    const update = nesterov ? descendAhead : descendMoving;
    const moving = buffer(state, "momentum_buffer", param);
    update([param, moving], [given], [lr, sign, weightDecay, kept, added, momentum]);
  }
}

const [weight, lr, sign, weightDecay] = [element(0), number(0), number(1), number(2)];

/** The gradient in the array `at`, with the pull toward zero. */
const gradientIn = (at: number): Formula => add(mul(sign, element(at)), mul(weightDecay, weight));

const descend = elementwiseUpdate(2, 3, [{ array: 0, value: sub(weight, mul(lr, gradientIn(1))) }]);

const [moving, kept, added, ahead] = [element(1), number(3), number(4), number(5)];
const moved = { array: 1, value: add(mul(kept, moving), mul(added, gradientIn(2))) };

const descendMoving = elementwiseUpdate(3, 6, [moved, { array: 0, value: sub(weight, mul(lr, moving)) }]);

const descendAhead = elementwiseUpdate(3, 6, [
  moved,
  { array: 0, value: sub(weight, mul(lr, add(gradientIn(2), mul(ahead, moving)))) },
]);
