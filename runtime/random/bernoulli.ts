/**
 * Coin flips: one probability for all elements, or one for each. Source: pytorch
 * aten/src/ATen/native/cpu/DistributionTemplates.h (the portable path; builds with Intel's MKL draw other masks).
 */

import type { DType } from "../tensor/dtype.ts";
import { checkBounds } from "./bounds.ts";
import type { Generator } from "./generator.ts";
import type { NumberSink } from "./uniform.ts";

/**
 * Fills `out` with 1 where the coin of probability p shows heads, else 0, as `bernoulli_(p)` and dropout do; float64
 * uniforms whatever the dtype. Throws a RuntimeError if p is not in [0, 1].
 */
export function fillBernoulli(out: NumberSink, p: number, generator: Generator): void {
  checkBounds(p >= 0 && p <= 1, () => `bernoulli_ expects p to be in [0, 1], but got p=${p}`);
  for (let i = 0; i < out.length; i++) out[i] = generator.uniform53() < p ? 1 : 0;
}

/**
 * Fills `out` with coin flips of probabilities `p`, whose dtype sets the uniforms' precision.
 * Throws a RuntimeError if one is not in [0, 1].
 */
export function fillBernoulliEach(
  out: NumberSink,
  p: ArrayLike<number>,
  dtype: DType,
  generator: Generator,
): void {
  const wide = dtype.name === "float64";
  for (let i = 0; i < out.length; i++) {
    checkBounds(
      p[i] >= 0 && p[i] <= 1,
      () =>
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  " +
        "(Could this error message be improved?  If so, please report an enhancement request to PyTorch.)",
    );
    out[i] = (wide ? generator.uniform53() : generator.uniform24()) < p[i] ? 1 : 0;
  }
}
