/** Stochastic gradient descent, with momentum if wanted. Source: torch/optim/sgd.py. */
import { ValueError } from "../errors.ts";
import { updateTogether } from "../kernels/update.ts";
import { valuesOf } from "../tensor/access.ts";
import type { NumberArray } from "../tensor/storage.ts";
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
      updateTogether([param], ([p]) => descend(p, grads, lr, sign, weightDecay));
      return;
    }
    // The first step is taken with the gradient itself.
    const isFirst = !state["momentum_buffer"];
    const [kept, added] = isFirst ? [0, 1] : [momentum, 1 - dampening];
    const ahead = nesterov ? momentum : null;
    updateTogether([param, buffer(state, "momentum_buffer", param)], ([p, moving]) =>
      descendMoving(p, moving, grads, lr, sign, weightDecay, kept, added, ahead),
    );
  }
}

// Loops over locals, as V8 makes those fast: in a closure it would look up what is around it at every element.

function descend(p: NumberArray, grads: NumberArray, lr: number, sign: number, weightDecay: number): void {
  const n = p.length;
  for (let i = 0; i < n; i++) {
    const weight = p[i];
    p[i] = weight - lr * (sign * grads[i] + weightDecay * weight);
  }
}

function descendMoving(
  p: NumberArray,
  moving: NumberArray,
  grads: NumberArray,
  lr: number,
  sign: number,
  weightDecay: number,
  kept: number,
  added: number,
  ahead: number | null,
): void {
  const n = p.length;
  for (let i = 0; i < n; i++) {
    const weight = p[i];
    const grad = sign * grads[i] + weightDecay * weight;
    moving[i] = kept * moving[i] + added * grad;
    p[i] = weight - lr * (ahead === null ? moving[i] : grad + ahead * moving[i]);
  }
}
