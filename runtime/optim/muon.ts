/** Muon: momentum whose matrices are made nearly orthogonal before each step. Source: torch/optim/_muon.py. */
import { ValueError } from "../errors.ts";
import { bfloat16 } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { buffer, Optimizer, type ParamGroup, type ParamState, type Params } from "./optimizer.ts";

/** Options of Muon. */
export interface MuonOptions {
  /** The learning rate; default 1e-3. */
  lr: number;
  /** Default 0.1. */
  weightDecay: number;
  /** Default 0.95. */
  momentum: number;
  nesterov: boolean;
  /** The coefficients of the Newton-Schulz iteration. */
  nsCoefficients: readonly [number, number, number];
  eps: number;
  /** How many iterations; default 5. */
  nsSteps: number;
  /** How a matrix's shape counts: by "original" (null) or so that steps are as long as AdamW's. */
  adjustLrFn: "original" | "match_rms_adamw" | null;
}

const defaults: MuonOptions = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: null,
};

/**
 * Muon: for the matrices of hidden layers (Jordan 2024). Throws a ValueError for parameters of other than 2 dimensions.
 * @example const optimizer = new optim.Muon([new nn.Linear(2, 3).weight], { lr: 0.02 });
 */
export class Muon extends Optimizer<MuonOptions> {
  constructor(params: Params<MuonOptions>, options: Partial<MuonOptions> = {}) {
    const all = { ...defaults, ...options };
    const { lr, momentum, weightDecay, adjustLrFn } = all;
    if (!(lr >= 0)) throw new ValueError(`Learning rate should be >= 0 but is: ${lr}`);
    if (!(momentum >= 0)) throw new ValueError(`momentum should be >= 0 but is: ${momentum}`);
    if (!(weightDecay >= 0)) throw new ValueError(`weight decay should be >= 0 but is: ${weightDecay}`);
    if (adjustLrFn !== null && adjustLrFn !== "original" && adjustLrFn !== "match_rms_adamw")
      throw new ValueError(`Adjust learning rate function ${adjustLrFn} is not supported`);
    super(params, all);
    for (const param of this.paramGroups.flatMap((group) => group.params)) {
      if (param.ndim !== 2) {
        throw new ValueError(
          `Muon only supports 2D parameters whereas we found a parameter with size: torch.Size([${param.sizes.join(", ")}])`,
        );
      }
    }
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParamState,
    group: ParamGroup<MuonOptions>,
  ): void {
    const { lr, weightDecay, momentum, nesterov, adjustLrFn } = group;
    const moving = buffer(state, "momentum_buffer", grad).lerp_(grad, 1 - momentum);
    const change = orthogonalized(nesterov ? grad.lerp(moving, momentum) : moving, group);
    const [rows, columns] = param.sizes;
    const adjusted =
      adjustLrFn === "match_rms_adamw"
        ? 0.2 * Math.sqrt(Math.max(rows, columns))
        : Math.sqrt(Math.max(1, rows / columns));
    param.mul_(1 - lr * weightDecay).add_(change, { alpha: -lr * adjusted });
  }
}

/** A matrix with its singular values brought near 1, in bfloat16. */
function orthogonalized(matrix: Tensor, { nsCoefficients, nsSteps, eps }: MuonOptions): Tensor {
  if (nsSteps >= 100)
    throw new ValueError("Number of steps must be less than 100 for computational efficiency");
  const [a, b, c] = nsCoefficients;
  const tall = matrix.sizes[0] > matrix.sizes[1];
  let result = tall ? matrix.to(bfloat16).t() : matrix.to(bfloat16);
  result = result.div(result.norm().clamp(eps));
  for (let step = 0; step < nsSteps; step++) {
    const gram = result.matmul(result.t());
    const change = gram.addmm(gram, gram, { beta: b, alpha: c });
    result = result.addmm(change, result, { beta: a });
  }
  return tall ? result.t() : result;
}
