/** All parameters of a model at once: clipped gradients, and one vector of values. Source: torch/nn/utils. */
import { withGradMode } from "../autograd/grad-mode.ts";
import { RuntimeError } from "../errors.ts";
import * as ops from "../ops/functions.ts";
import { Tensor } from "../tensor/tensor.ts";
import { pythonFloat } from "./repr.ts";

const listOf = (tensors: Tensor | Iterable<Tensor>): Tensor[] =>
  tensors instanceof Tensor ? [tensors] : [...tensors];

const gradsOf = (parameters: Tensor | Iterable<Tensor>): Tensor[] =>
  listOf(parameters).flatMap((parameter) => parameter.grad ?? []);

/** What becomes of a norm that is no finite number: an error where `errorIfNonfinite` says so. */
export interface NormOptions {
  readonly errorIfNonfinite?: boolean;
}

/**
 * The norm of all tensors as if they were one vector.
 * @example nn.utils.getTotalNorm([torch.tensor([3]), torch.tensor([4])]).item() // 5
 */
export function getTotalNorm(
  tensors: Tensor | Iterable<Tensor>,
  normType = 2,
  { errorIfNonfinite = false }: NormOptions = {},
): Tensor {
  return withGradMode(false, () => {
    const all = listOf(tensors);
    if (all.length === 0) return ops.zeros([]);
    const total = ops.stack(all.map((tensor) => tensor.norm(normType))).norm(normType);
    if (errorIfNonfinite && !Number.isFinite(total.item())) {
      throw new RuntimeError(
        `The total norm of order ${pythonFloat(normType)} for gradients from \`parameters\` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \`error_if_nonfinite=False\``,
      );
    }
    return total;
  });
}

/** Scales all gradients down so that their joint norm, which `totalNorm` tells, is at most `maxNorm`. */
export function clipGradsWithNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  totalNorm: Tensor,
): void {
  withGradMode(false, () => {
    const factor = totalNorm.add(1e-6).reciprocal().mul(maxNorm).clamp(null, 1);
    for (const grad of gradsOf(parameters)) grad.mul_(factor);
  });
}

/** Scales all gradients down so that their joint norm is at most `maxNorm`; gives the norm before. */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  normType = 2,
  options: NormOptions = {},
): Tensor {
  const total = getTotalNorm(gradsOf(parameters), normType, options);
  clipGradsWithNorm_(parameters, maxNorm, total);
  return total;
}

/** Cuts all gradients to [-clipValue, clipValue]. */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  withGradMode(false, () => {
    for (const grad of gradsOf(parameters)) grad.clamp_(-clipValue, clipValue);
  });
}

/** All elements in one vector. */
export const parametersToVector = (parameters: Iterable<Tensor>): Tensor =>
  ops.cat(
    [...parameters].map((parameter) => parameter.view(-1)),
    0,
  );

/** Copies a vector's elements into the parameters. */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  withGradMode(false, () => {
    let start = 0;
    for (const parameter of parameters) {
      parameter.copy_(vector.narrow(0, start, parameter.elements).viewAs(parameter));
      start += parameter.elements;
    }
  });
}
