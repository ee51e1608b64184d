/** Adam and AdamW: steps scaled by running averages of gradients and their squares. Source: torch/optim/{adam,adamw}.py. */
import {
  type Assignment,
  add,
  div,
  element,
  type Formula,
  max,
  mul,
  number,
  sqrt,
  sub,
} from "../kernels/formula.ts";
import { elementwiseUpdate } from "../kernels/update.ts";
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
    checkAdamOptions(all);
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
    const update = amsgrad ? descendByGreatest : descend;
    update(
      targets,
      [given],
      [
        maximize ? -1 : 1,
        decoupledWeightDecay ? 1 - lr * weightDecay : 1,
        decoupledWeightDecay ? 0 : weightDecay,
        1 - beta1,
        beta2,
        1 - beta2,
        // Both averages start from zero; these factors make up for it.
        lr / (1 - beta1 ** step),
        Math.sqrt(1 - beta2 ** step),
        eps,
      ],
    );
  }
}

const [sign, shrink, decay, fresh1, beta2, fresh2, stepSize, scale, eps] = Array.from({ length: 9 }, (_, i) =>
  number(i),
);
const [weight, average, squares, greatest] = [element(0), element(1), element(2), element(3)];

/** The assignments of a step whose gradient is the array `at`, and whose steps are the shorter the greater `square` is. */
function descent(at: number, square: Formula): readonly Assignment[] {
  const grad = add(mul(sign, element(at)), mul(decay, weight));
  const step = div(mul(stepSize, average), add(div(sqrt(square), scale), eps));
  return [
    { array: 0, value: mul(weight, shrink) },
    { array: 1, value: add(average, mul(sub(grad, average), fresh1)) },
    { array: 2, value: add(mul(squares, beta2), mul(mul(grad, grad), fresh2)) },
    ...(square === greatest ? [{ array: 3, value: max(greatest, squares) }] : []),
    { array: 0, value: sub(weight, step) },
  ];
}

const descend = elementwiseUpdate(4, 9, descent(3, squares));
const descendByGreatest = elementwiseUpdate(5, 9, descent(4, greatest));

/** Adam with weight decay that shrinks the weights directly (Loshchilov and Hutter 2017). */
export class AdamW extends Adam {
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(params, { weightDecay: 1e-2, ...options, decoupledWeightDecay: true });
  }
}
