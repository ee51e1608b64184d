/**
 * The distributions made from one uniform or normal number an element: exponential, Cauchy, log-normal, geometric.
 * Source: pytorch aten/src/ATen/core/TransformationHelper.h and aten/src/ATen/native/cpu/DistributionTemplates.h.
 */

import { checkBounds } from "./bounds.ts";
import type { Generator } from "./generator.ts";
import { standardNormal } from "./normal.ts";
import type { NumberSink } from "./uniform.ts";

/** Fills `out` with exponential numbers of rate `lambda`. Throws a RuntimeError unless lambda > 0. */
export function fillExponential(out: NumberSink, lambda: number, generator: Generator): void {
  checkBounds(lambda > 0, () => `exponential_ expects lambda > 0.0, but found lambda=${lambda}`);
  for (let i = 0; i < out.length; i++) out[i] = (-1 / lambda) * Math.log1p(-generator.uniform53());
}

/** Fills `out` with Cauchy numbers around `median`. Throws a RuntimeError unless sigma > 0. */
export function fillCauchy(out: NumberSink, median: number, sigma: number, generator: Generator): void {
  checkBounds(sigma > 0, () => `cauchy_ expects sigma > 0.0, but found sigma=${sigma}`);
  for (let i = 0; i < out.length; i++) {
    out[i] = median + sigma * Math.tan(Math.PI * (generator.uniform53() - 0.5));
  }
}

/** Fills `out` with numbers whose logarithm is normal. Throws a RuntimeError unless std > 0. */
export function fillLogNormal(out: NumberSink, mean: number, std: number, generator: Generator): void {
  checkBounds(std > 0, () => `log_normal_ expects std > 0.0, but found std=${std}`);
  for (let i = 0; i < out.length; i++) out[i] = Math.exp(standardNormal(generator) * std + mean);
}

/** Fills `out` with the number of trials up to the first success. Throws a RuntimeError unless 0 < p < 1. */
export function fillGeometric(out: NumberSink, p: number, generator: Generator): void {
  checkBounds(p > 0 && p < 1, () => `geometric_ expects p to be in (0, 1), but got p=${p}`);
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.ceil(Math.log(generator.uniform53()) / Math.log1p(-p));
  }
}
