/** Adam and AdamW: steps scaled by running averages of gradients and their squares. Source: torch/optim/{adam,adamw}.py. */
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
import { countStep } from "./step-count.ts";

/** Options of Adam and AdamW. */
export interface AdamOptions {
  /** The learning rate; default 1e-3. */
  lr: number;
  /** How slowly the averages of gradients and of squares follow; default [0.9, 0.999]. */
  betas: readonly [number, number];
  eps: number;
  /** Default 0 for Adam, 0.01 for AdamW. */
  weightDecay: number;
  /** Scale by the greatest average of squares so far. */
  amsgrad: boolean;
  maximize: boolean;
  /** Shrink weights directly, not through the gradient: what makes AdamW of Adam. */
  decoupledWeightDecay: boolean;
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  decoupledWeightDecay: false,
};

/**
 * Adam: a pace for each weight, from running averages of its gradients and of their squares (Kingma and Ba 2014).
 * @example const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    checkNotNegative("epsilon value", all.eps);
    all.betas.forEach((beta, i) => {
      if (!(beta >= 0 && beta < 1)) throw new ValueError(`Invalid beta parameter at index ${i}: ${beta}`);
    });
    checkNotNegative("weight_decay value", all.weightDecay);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<AdamOptions>,
  ): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay } = group;
    const [beta1, beta2] = betas;
    const step = countStep(state);
    const targets = [param, buffer(state, "exp_avg", param), buffer(state, "exp_avg_sq", param)];
    if (amsgrad) targets.push(buffer(state, "max_exp_avg_sq", param));
    const grads = valuesOf(given);
    const settings: AdamStep = {
      sign: maximize ? -1 : 1,
      shrink: decoupledWeightDecay ? 1 - lr * weightDecay : 1,
      decay: decoupledWeightDecay ? 0 : weightDecay,
      beta1,
      beta2,
      // Both averages start from zero; these factors make up for it.
      stepSize: lr / (1 - beta1 ** step),
      scale: Math.sqrt(1 - beta2 ** step),
      eps,
    };
    updateTogether(targets, ([p, average, squares, greatest]) =>
      descend(p, grads, average, squares, amsgrad ? greatest : null, settings),
    );
  }
}

/** The numbers of one step. */
interface AdamStep {
  readonly sign: number;
  readonly shrink: number;
  readonly decay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly stepSize: number;
  readonly scale: number;
  readonly eps: number;
}

/** A loop over locals, as V8 makes those fast. */
function descend(
  p: NumberArray,
  grads: NumberArray,
  average: NumberArray,
  squares: NumberArray,
  greatest: NumberArray | null,
  { sign, shrink, decay, beta1, beta2, stepSize, scale, eps }: AdamStep,
): void {
  const n = p.length;
  for (let i = 0; i < n; i++) {
    const weight = p[i] * shrink;
    const grad = sign * grads[i] + decay * weight;
    average[i] += (grad - average[i]) * (1 - beta1);
    squares[i] = squares[i] * beta2 + grad * grad * (1 - beta2);
    let square = squares[i];
    if (greatest !== null) {
      if (square > greatest[i] || Number.isNaN(square)) greatest[i] = square;
      square = greatest[i];
    }
    p[i] = weight - (stepSize * average[i]) / (Math.sqrt(square) / scale + eps);
  }
}

/** Adam with weight decay that shrinks the weights directly (Loshchilov and Hutter 2017). */
export class AdamW extends Adam {
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(params, { weightDecay: 1e-2, ...options, decoupledWeightDecay: true });
  }
}
