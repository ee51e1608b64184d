/** Weights by direction and length. Source: aten/src/ATen/native/WeightNorm.cpp. */

import { aten, op } from "../dispatch/op.ts";
import { onlyFloats, refuse } from "../dispatch/refusal.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { requireSameDtype } from "../kernels/same-dtype.ts";
import { ofDim, wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The norm of each slice of `v` along `dim`, shaped so that it can be divided by; -1 takes all of it as one. */
function normExcept(v: Tensor, dim: number): Tensor {
  if (dim >= 0 && v.sizes[dim] === 0)
    throw new RuntimeError(
      "cannot reshape tensor of 0 elements into shape [0, -1] because the unspecified dimension size -1 can be any value and is ambiguous",
    );
  const others = v.sizes.map((_, i) => i).filter((i) => i !== dim);
  return others.length === 0 ? v.abs() : v.pow(2).sum(others, true).sqrt();
}

/** The direction of `v` with the length `g`, slice by slice along `dim`: what weight normalisation computes. */
export const _weightNorm: (v: Tensor, g: Tensor, dim?: number) => Tensor = aten(
  op(
    "aten::_weight_norm(Tensor v, Tensor g, int dim=0) -> Tensor",
    (v, g, dim) => {
      if (v.ndim === 0) throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
      const d = dim === -1 ? -1 : wrapDim(dim, v.ndim);
      // Along the first or last dimension torch has a kernel of its own, with dtypes of its own.
      const byKernel = dim === 0 || dim === v.ndim - 1;
      if (byKernel) {
        refuse(onlyFloats("weight_norm_kernel"), v.dtype);
        requireSameDtype(v, g);
      } else if (!v.isFloatingPoint()) {
        throw new RuntimeError(
          `norm(): input dtype should be either floating point or complex. Got ${v.dtype.scalarName} instead.`,
        );
      }
      if (!byKernel) return v.mul(g.div(normExcept(v, d)));
      // It takes the lengths in a row, whatever their shape; with too few it would read other memory.
      if (g.elements !== v.sizes[d])
        throw new RuntimeError(
          `_weight_norm: expected ${v.sizes[d]} lengths for v of size [${v.sizes.join(", ")}], but got g of size [${g.sizes.join(", ")}]`,
        );
      const lengths = g.reshape(v.sizes.map((size, i) => (i === d ? size : 1)));
      return v.mul(lengths.div(normExcept(v, d)));
    },
    { composite: true },
  ),
);

/** The length of each slice of `v` along `dim`, or of all of it for -1: what weight normalisation begins with. */
export const normExceptDim: (v: Tensor, pow?: number, dim?: number) => Tensor = aten(
  op(
    "aten::norm_except_dim(Tensor v, int pow=2, int dim=0) -> Tensor",
    (v, pow, dim) => {
      if (dim === -1) return v.norm(pow);
      if (dim !== 0 && dim !== v.ndim - 1)
        return normExceptDim(v.transpose(0, dim), pow, 0).transpose(0, dim);
      const own = ofDim(v.sizes, dim);
      const rows = dim === 0 ? v.reshape([own, -1]).norm(pow, [1]) : v.reshape([-1, own]).norm(pow, [0]);
      return rows.reshape(v.sizes.map((_, i) => (i === dim ? own : 1)));
    },
    { composite: true },
  ),
);
