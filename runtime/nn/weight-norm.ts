/** Weights as a length times a direction, both learnt (Salimans and Kingma 2016). Source: torch/nn/utils/weight_norm.py. */
import { withGradMode } from "../autograd/grad-mode.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import * as ops from "../ops/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** What was done to a parameter of a module, and how its weight is computed. */
interface Norm {
  readonly hook: { remove(): void };
  readonly weight: () => Tensor;
}

const norms = new WeakMap<Module, Map<string, Norm>>();

/**
 * Puts `weight_g`, the length of each slice along `dim` (of all for null), and `weight_v`, the direction, in the place of a module's
 * parameter, which is computed from them before each call. Throws a RuntimeError where that was done already.
 * @example const layer = nn.utils.weightNorm(new nn.Linear(20, 40));
 */
export function weightNorm<M extends Module>(module: M, name = "weight", dim: number | null = 0): M {
  const own = norms.get(module) ?? new Map<string, Norm>();
  norms.set(module, own);
  if (own.has(name))
    throw new RuntimeError(`Cannot register two weight_norm hooks on the same parameter ${name}`);
  const fields = module as unknown as Record<string, Tensor>;
  const given = fields[name].detach();
  const along = dim ?? -1;
  delete fields[name];
  const length = withGradMode(false, () => ops.normExceptDim(given, 2, along));
  module.registerParameter(`${name}_g`, new Parameter(length));
  module.registerParameter(`${name}_v`, new Parameter(given));
  const weight = (): Tensor => ops._weightNorm(fields[`${name}_v`], fields[`${name}_g`], along);
  const compute = (): undefined => {
    fields[name] = weight();
    return undefined;
  };
  compute();
  own.set(name, { hook: module.registerForwardPreHook(compute), weight });
  return module;
}

/** Makes the weight a parameter again. Throws a ValueError where `weightNorm` was not called. */
export function removeWeightNorm<M extends Module>(module: M, name = "weight"): M {
  const norm = norms.get(module)?.get(name);
  if (norm === undefined) throw new ValueError(`weight_norm of '${name}' not found in ${module}`);
  const fields = module as unknown as Record<string, Tensor>;
  const weight = norm.weight().detach();
  for (const field of [name, `${name}_g`, `${name}_v`]) delete fields[field];
  norm.hook.remove();
  norms.get(module)?.delete(name);
  module.registerParameter(name, new Parameter(weight));
  return module;
}
