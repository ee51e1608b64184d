/**
 * Covariances and correlations of variables. Source: aten/src/ATen/native/Correlation.cpp.
 */
import { valuesOf } from "../tensor/access.ts";
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

const composite = { composite: true } as const;

/** The covariances of the variables in the rows of a matrix. */
export const cov: (
  self: Tensor,
  options?: { correction?: number; fweights?: Tensor | null; aweights?: Tensor | null },
) => Tensor = aten(
  op(
    "aten::cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor",
    (self, correction, fweights, aweights) => {
      if (self.ndim > 2) {
        throw new RuntimeError(
          `cov(): expected input to have two or fewer dimensions but got an input with ${self.ndim} dimensions`,
        );
      }
      if (self.dtype.category === "bool")
        throw new RuntimeError("cov(): bool dtype is not supported for input");
      for (const [name, weights, integral] of [
        ["fweights", fweights, true],
        ["aweights", aweights, false],
      ] as const) {
        if (weights === null) continue;
        if (weights.dtype.category !== (integral ? "integral" : "floating")) {
          throw new RuntimeError(
            `cov(): expected ${name} to have ${integral ? "integral" : "floating point"} dtype but got ${name} with ${weights.dtype.scalarName} dtype`,
          );
        }
        const observations = self.ndim < 2 ? self.elements : self.sizes[1];
        if (weights.ndim > 1) {
          throw new RuntimeError(
            `cov(): expected ${name} to have one or fewer dimensions but got ${name} with ${weights.ndim} dimensions`,
          );
        }
        if (weights.elements !== observations) {
          throw new RuntimeError(
            `cov(): expected ${name} to have the same numel as there are observations in the input but got ${weights.elements} != ${observations}`,
          );
        }
      }
      for (const [name, weights] of Object.entries({ fweights, aweights })) {
        if (weights !== null && valuesOf(weights).some((weight) => weight < 0))
          throw new RuntimeError(`cov(): ${name} cannot be negative`);
      }
      const x = self.ndim < 2 ? self.reshape([1, -1]) : self;
      const count = x.sizes[1];
      const weights = fweights === null ? aweights : aweights === null ? fweights : fweights.mul(aweights);
      const total = weights === null ? null : weights.sum();
      if (total !== null && valuesOf(total)[0] === 0)
        throw new RuntimeError("cov(): weights sum to zero, can't be normalized");
      const mean =
        weights === null
          ? (x.sum([1], true) as Tensor).div(count)
          : (x.mul(weights).sum([1], true) as Tensor).div(total as Tensor);
      const centred = x.sub(mean);
      const scaled = weights === null ? centred : centred.mul(weights);
      const norm =
        weights === null
          ? Math.max(count - correction, 0)
          : correction !== 0 && aweights !== null
            ? (total as Tensor)
                .sub((weights.mul(aweights).sum() as Tensor).div(total as Tensor).mul(correction))
                .clamp(0)
            : (total as Tensor).sub(correction).clamp(0);
      return centred.mm(scaled.t().to(centred.dtype)).div(norm).squeeze();
    },
    composite,
  ),
);

/** The correlations of the variables in the rows of a matrix. */
export const corrcoef: (self: Tensor) => Tensor = aten(
  op(
    "aten::corrcoef(Tensor self) -> Tensor",
    (self) => {
      if (self.ndim > 2) {
        throw new RuntimeError(
          `corrcoef(): expected input to have two or fewer dimensions but got an input with ${self.ndim} dimensions`,
        );
      }
      const c = cov(self);
      if (c.ndim === 0) return c.div(c);
      const deviations = c.diagonal().sqrt();
      return c.div(deviations.unsqueeze(1)).div(deviations.unsqueeze(0)).clamp(-1, 1);
    },
    composite,
  ),
);
