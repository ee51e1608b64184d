/**
 * Distances between the rows of batches of vectors. Source: aten/src/ATen/native/Distance.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notHalves, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { requireSameDtype } from "../kernels/same-dtype.ts";
import { broadcastSizes, ofDim, wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cat } from "./joining.ts";

const composite = { composite: true } as const;

/**
 * The distances between all rows of two batches of vectors.
 * @example torch.cdist(torch.tensor([[0, 0]]), torch.tensor([[3, 4]])) // [[5]]
 */
export const cdist: (x1: Tensor, x2: Tensor, p?: number, computeMode?: number | null) => Tensor = aten(
  op(
    "aten::cdist(Tensor x1, Tensor x2, float p=2, int? compute_mode=None) -> Tensor",
    (x1, x2, p, mode) => _cdistForward(x1, x2, p, mode),
    composite,
  ),
);

export const _cdistForward: (x1: Tensor, x2: Tensor, p: number, computeMode: number | null) => Tensor = aten(
  op(
    "aten::_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor",
    (x1, x2, p, mode) => {
      for (const [i, x] of [x1, x2].entries()) {
        if (x.ndim < 2)
          throw new RuntimeError(`cdist only supports at least 2D tensors, X${i + 1} got: ${x.ndim}D`);
      }
      const [a, b] = [x1.sizes[x1.ndim - 1], x2.sizes[x2.ndim - 1]];
      if (a !== b)
        throw new RuntimeError(`X1 and X2 must have the same number of columns. X1: ${a} X2: ${b}`);
      for (const [i, x] of [x1, x2].entries()) {
        if (!x.isFloatingPoint()) {
          throw new RuntimeError(
            `cdist only supports floating-point dtypes, X${i + 1} got: ${x.dtype.scalarName}`,
          );
        }
      }
      if (!(p >= 0)) throw new RuntimeError("cdist only supports non-negative p values");
      if (mode !== null && (mode < 0 || mode > 2)) {
        throw new RuntimeError(`possible modes: 0, 1, 2, but was: ${mode}`);
      }
      const batch = broadcastSizes(x1.sizes.slice(0, -2), x2.sizes.slice(0, -2));
      const sizes = [...batch, x1.sizes[x1.ndim - 2], x2.sizes[x2.ndim - 2]];
      if (a > 0 && !sizes.includes(0)) {
        requireSameDtype(x1, x2);
        refuse(notHalves("cdist"), x1.dtype);
      }
      return distances(x1.unsqueeze(-2).sub(x2.to(x1.dtype).unsqueeze(-3)), p);
    },
    composite,
  ),
);

function distances(differences: Tensor, p: number): Tensor {
  const width = differences.sizes[differences.ndim - 1];
  if (width === 0) return differences.sum([-1]) as Tensor;
  // Norms of single elements are their sizes, but distances between them go by way of powers.
  if (width === 1 && p !== 0 && Number.isFinite(p))
    return differences
      .squeeze(-1)
      .abs()
      .pow(p)
      .pow(1 / p);
  return differences.linalgVectorNorm(p, [-1], false);
}

/** The distances between all pairs of rows, the first row's first. */
export const pdist: (self: Tensor, p?: number) => Tensor = aten(
  op(
    "aten::pdist(Tensor self, float p=2) -> Tensor",
    (self, p) => {
      if (self.ndim !== 2) throw new RuntimeError(`pdist only supports 2D tensors, got: ${self.ndim}D`);
      if (!self.isFloatingPoint()) throw new RuntimeError("pdist only supports floating-point dtypes");
      if (!(p >= 0)) throw new RuntimeError("pdist only supports non-negative p values");
      return _pdistForward(self.contiguous(), p);
    },
    composite,
  ),
);

export const _pdistForward: (self: Tensor, p?: number) => Tensor = aten(
  op(
    "aten::_pdist_forward(Tensor self, float p=2) -> Tensor",
    (self, p) => {
      const n = ofDim(self.sizes, 0);
      if (!self.isContiguous()) throw new RuntimeError("_pdist_forward requires contiguous input");
      if (n <= 1) return self.reshape([-1]).narrow(0, 0, 0);
      wrapDim(1, self.ndim);
      if (self.sizes[1] === 0) return (self.sum() as Tensor).to(self.dtype).expand([(n * (n - 1)) / 2]);
      refuse(onlyFloats("pdist"), self.dtype);
      refuse(notHalves("pdist"), self.dtype);
      // The kernel takes what has more dimensions for two, and reads some of it.
      if (self.ndim !== 2) throw new RuntimeError(`_pdist_forward takes 2D tensors, got: ${self.ndim}D`);
      const rows = Array.from({ length: n - 1 }, (_, i) =>
        distances(self.narrow(0, i + 1, n - 1 - i).sub(self.select(0, i)), p),
      );
      return cat(rows, 0);
    },
    composite,
  ),
);
