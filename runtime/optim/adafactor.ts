/** Adafactor: squares of a matrix's gradients kept as one row and one column. Source: torch/optim/_adafactor.py. */
import { ValueError } from "../errors.ts";
import { finfo } from "../tensor/dtype-limits.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { buffer, Optimizer, type ParamGroup, type ParamState, type Params } from "./optimizer.ts";
import { countStep } from "./step-count.ts";

/** Options of Adafactor. */
export interface AdafactorOptions {
  /** The longest relative step; default 1e-2. */
  lr: number;
  /** The power of the step's number by which the averages slow down; default -0.8. */
  beta2Decay: number;
  /** The least size of squares (null is the dtype's epsilon) and of weights; default [null, 1e-3]. */
  eps: readonly [number | null, number];
  /** The length at which an update is cut; default 1. */
  d: number;
  weightDecay: number;
  maximize: boolean;
}

const defaults: AdafactorOptions = {
  lr: 1e-2,
  beta2Decay: -0.8,
  eps: [null, 1e-3],
  d: 1,
  weightDecay: 0,
  maximize: false,
};

/**
 * Adafactor: Adam's pace for each weight in the memory of a row and a column (Shazeer and Stern 2018).
 * @example const optimizer = new optim.Adafactor(model.parameters(), { lr: 0.01 });
 */
export class Adafactor extends Optimizer<AdafactorOptions> {
  constructor(params: Params<AdafactorOptions>, options: Partial<AdafactorOptions> = {}) {
    const all = { ...defaults, ...options };
    const [eps1, eps2] = all.eps;
    const check = (holds: boolean, what: string, value: number | null): void => {
      if (!holds) throw new ValueError(`${what} but is: ${value}`);
    };
    check(all.lr >= 0, "Learning rate should be >= 0", all.lr);
    check(all.beta2Decay <= 0, "beta2_decay should be <= 0", all.beta2Decay);
    check(eps1 === null || eps1 >= 0, "epsilon1 should be >= 0", eps1);
    check(eps2 >= 0, "epsilon2 should be >= 0", eps2);
    check(all.d >= 1, "Clipping threshold d should be >= 1", all.d);
    check(all.weightDecay >= 0, "weight_decay should be >= 0", all.weightDecay);
    super(params, all);
  }

  protected override update(
    param: Tensor,
    given: Tensor,
    state: ParamState,
    group: ParamGroup<AdafactorOptions>,
  ): void {
    const { lr, beta2Decay, eps, d, weightDecay, maximize } = group;
    const least = eps[0] ?? finfo(param.dtype).eps;
    const step = countStep(state);
    const grad = maximize ? given.neg() : given;
    const rootMeanSquare = (x: Tensor): number => x.norm(2).item() / Math.sqrt(x.elements);
    const length = Math.max(eps[1], rootMeanSquare(param)) * Math.min(lr, 1 / Math.sqrt(step));
    if (weightDecay !== 0) param.mul_(1 - lr * weightDecay);
    const squares =
      grad.ndim > 1
        ? factored(grad, state, step ** beta2Decay, least)
        : whole(grad, state, step ** beta2Decay);
    const change = squares
      .clamp_(least * least)
      .rsqrt_()
      .mul_(grad);
    param.add_(change, { alpha: -length / Math.max(1, rootMeanSquare(change) / d) });
  }
}

/** The averages of squares along the last two dimensions, multiplied out. */
function factored(grad: Tensor, state: ParamState, fresh: number, least: number): Tensor {
  const [rowMean, columnMean] = [-1, -2].map((dim) =>
    grad.norm(2, [dim], true).square_().div_(grad.size(dim)),
  );
  const row = buffer(state, "row_var", rowMean).lerp_(rowMean, fresh);
  const column = buffer(state, "col_var", columnMean).lerp_(columnMean, fresh);
  return row.matmul(column).div_(row.mean([-2], true).clamp_(least));
}

function whole(grad: Tensor, state: ParamState, fresh: number): Tensor {
  return buffer(state, "variance", grad).lerp_(grad.mul(grad), fresh).clone();
}
