/** Rprop: steps that grow while the gradient keeps its sign, whatever its size. Source: torch/optim/rprop.py. */
import { ValueError } from "../errors.ts";
import { where } from "../ops/functions.ts";
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

/** Options of Rprop. */
export interface RpropOptions {
  /** The length of the first step; default 1e-2. */
  lr: number;
  /** What a step is multiplied with where the gradient's sign turned, and where it did not; default [0.5, 1.2]. */
  etas: readonly [number, number];
  /** The shortest and the longest step; default [1e-6, 50]. */
  stepSizes: readonly [number, number];
  maximize: boolean;
}

const defaults: RpropOptions = { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false };

/**
 * Rprop: resilient backpropagation, for gradients of the whole data set (Riedmiller and Braun 1993).
 * @example const optimizer = new optim.Rprop(model.parameters(), { lr: 0.01 });
 */
export class Rprop extends Optimizer<RpropOptions> {
  constructor(params: Params<RpropOptions>, options: Partial<RpropOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    const [minus, plus] = all.etas;
    if (!(minus > 0 && minus < 1 && plus > 1)) throw new ValueError(`Invalid eta values: ${minus}, ${plus}`);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<RpropOptions>,
  ): void {
    const { lr, etas, stepSizes, maximize } = group;
    countStep(state);
    const before = buffer(state, "prev", param);
    state["step_size"] ??= given.fullLike(lr);
    const stepSize = state["step_size"] as Tensor;
    const grad = maximize ? given.neg() : given;
    const agreement = grad.mul(before);
    const turned = agreement.lt(0);
    stepSize.copy_(
      where(turned, stepSize.mul(etas[0]), where(agreement.gt(0), stepSize.mul(etas[1]), stepSize)),
    );
    stepSize.clamp_(stepSizes[0], stepSizes[1]);
    before.copy_(grad.maskedFill(turned, 0));
    param.addcmul_(before.sign(), stepSize, { value: -1 });
  }
}
