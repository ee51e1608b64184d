/** All parameters of a model at once: clipped gradients, and one vector of values. Source: torch/nn/utils. */
import { withGradMode } from "../autograd/grad-mode.ts";
import * as ops from "../ops/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";

const gradsOf = (parameters: Tensor | Iterable<Tensor>): Tensor[] => {
  const all = Symbol.iterator in parameters && !("grad" in parameters) ? parameters : [parameters as Tensor];
  return [...(all as Iterable<Tensor>)].flatMap((parameter) => parameter.grad ?? []);
};

/** Scales all gradients down so that their joint norm is at most `maxNorm`; gives the norm before. */
export function clipGradNorm_(parameters: Tensor | Iterable<Tensor>, maxNorm: number, normType = 2): Tensor {
  return withGradMode(false, () => {
    const grads = gradsOf(parameters);
    if (grads.length === 0) return ops.zeros([]);
    const total = ops.stack(grads.map((grad) => grad.norm(normType))).norm(normType);
    const factor = Math.min(maxNorm / (total.item() + 1e-6), 1);
    for (const grad of grads) grad.mul_(factor);
    return total;
  });
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
