/**
 * Products of vectors, matrices and batches in many forms: sums with products, contractions, Kronecker.
 * `matmul` and `addmm` are linalg.ts's. Source: derivatives.yaml, aten/src/ATen/native/LinearAlgebra.cpp, Linear.cpp
 * (tensordot), Cross.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { checkFactor } from "../kernels/alpha.ts";
import { requireSameDtype } from "../kernels/same-dtype.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { cppName } from "../tensor/dtype.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { promoteTypes } from "../tensor/promotion.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { stack } from "./joining.ts";
import type { BetaAlpha } from "./linalg.ts";

const composite = { composite: true } as const;

/** `beta * self + alpha * product` in the dtype of `self`; with beta 0, NaN in `self` does not count. */
function combined(self: Tensor, product: Tensor, beta: Scalar, alpha: Scalar): Tensor {
  const whole = self.dtype.category !== "floating";
  if (whole) for (const scalar of [beta, alpha]) checkConversion(scalar, self.dtype);
  const factor = (scalar: Scalar): number => (whole ? Math.trunc(scalarValue(scalar)) : scalarValue(scalar));
  const [b, a] = [factor(beta), factor(alpha)];
  const base = b === 0 ? self.nanToNum(0, 0, 0).mul(0) : b === 1 ? self : self.mul(b);
  return base.add(a === 1 ? product : product.mul(a)).to(self.dtype);
}

/** A matrix plus the sum of a batch of products. */
export const addbmm: (self: Tensor, batch1: Tensor, batch2: Tensor, options?: BetaAlpha) => Tensor = aten(
  op(
    "aten::addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    (self, batch1, batch2, beta, alpha) => {
      if (self.dtype !== batch1.dtype) {
        throw new RuntimeError(
          `self and mat2 must have the same dtype, but got ${self.dtype.scalarName} and ${batch1.dtype.scalarName}`,
        );
      }
      const product = batch1.bmm(batch2).sum([0]) as Tensor;
      return combined(self.expand(product.sizes), product, beta, alpha);
    },
    { ...composite, refuses: notBools("addmm_impl_cpu_") },
  ),
);

/** A vector plus a matrix times a vector. */
export const addmv: (self: Tensor, mat: Tensor, vec: Tensor, options?: BetaAlpha) => Tensor = aten(
  op(
    "aten::addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    (self, mat, vec, beta, alpha) => {
      if (mat.ndim !== 2 || vec.ndim !== 1 || self.ndim > 1) {
        throw new RuntimeError(
          `vector + matrix @ vector expected, got ${self.ndim}, ${mat.ndim}, ${vec.ndim}`,
        );
      }
      if (self.dtype !== mat.dtype || vec.dtype !== mat.dtype) {
        throw new RuntimeError(
          `addmv input tensors must have the same dtype, but got ${[self, mat, vec]
            .map((t) => t.dtype.scalarName)
            .join(", ")
            .replace(/, (\w+)$/, ", and $1")}`,
        );
      }
      if (mat.sizes[1] !== vec.sizes[0] || (self.elements !== 1 && self.elements !== mat.sizes[0])) {
        throw new RuntimeError(
          `size mismatch, got input (${self.elements}), mat (${mat.sizes.join("x")}), vec (${vec.sizes[0]})`,
        );
      }
      // Nothing is added then, and the result keeps the shape of `self` (aten/src/ATen/native/Blas.cpp, addmv_out_cpu).
      if (mat.elements === 0 && scalarValue(beta) !== 0) return combined(self, self.zerosLike(), beta, alpha);
      return combined(self, mat.mv(vec), beta, alpha);
    },
    { ...composite, refuses: notBools("addmv_impl_cpu") },
  ),
);

/** A matrix plus the outer product of two vectors. */
export const addr: (self: Tensor, vec1: Tensor, vec2: Tensor, options?: BetaAlpha) => Tensor = aten(
  op(
    "aten::addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    (self, vec1, vec2, beta, alpha) => {
      if (vec1.ndim !== 1) throw new RuntimeError(`addr: Expected 1-D argument vec1, but got ${vec1.ndim}-D`);
      if (vec2.ndim !== 1) throw new RuntimeError(`addr: Expected 1-D argument vec2, but got ${vec2.ndim}-D`);
      const product = vec1.unsqueeze(1).mul(vec2);
      // Also of a tensor without dimensions.
      const dtype = promoteTypes(self.dtype, product.dtype);
      checkFactor("beta", beta, dtype);
      checkFactor("alpha", alpha, dtype);
      return combined(self.to(dtype).expand(product.sizes), product.to(dtype), beta, alpha);
    },
    composite,
  ),
);

/** Products over the last dimensions of both. */
export const inner: (self: Tensor, other: Tensor) => Tensor = aten(
  op(
    "aten::inner(Tensor self, Tensor other) -> Tensor",
    (self, other) => {
      if (self.ndim === 0 || other.ndim === 0) return self.mul(other);
      const [a, b] = [self.sizes[self.ndim - 1], other.sizes[other.ndim - 1]];
      if (a !== b) {
        throw new RuntimeError(
          `inner() the last dimension must match on both input tensors but got shapes [${self.sizes.join(", ")}] and [${other.sizes.join(", ")}]`,
        );
      }
      return tensordot(self, other, [-1], [-1]);
    },
    composite,
  ),
);

/** The sum of products of two vectors. */
export const vdot: (self: Tensor, other: Tensor) => Tensor = aten(
  op("aten::vdot(Tensor self, Tensor other) -> Tensor", (self, other) => self.dot(other), composite),
);

/** Sums of products of vectors along `dim`. */
export const linalgVecdot: (x: Tensor, y: Tensor, options?: { dim?: number }) => Tensor = aten(
  op(
    "aten::linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor",
    (x, y, dim) => {
      if (!x.isFloatingPoint()) {
        throw new RuntimeError(
          `linalg.vecdot: Expected a floating point or complex tensor as input. Got ${x.dtype.scalarName}`,
        );
      }
      if (x.dtype !== y.dtype) {
        throw new RuntimeError(
          `linalg.vecdot: Expected x and y to have the same dtype, but found x of type ${x.dtype.scalarName} and y of type ${y.dtype.scalarName} instead`,
        );
      }
      // Two vectors are multiplied as such, whatever dimension is named.
      return x.ndim === 1 && y.ndim === 1 ? x.dot(y) : (x.mul(y).sum([dim]) as Tensor);
    },
    composite,
  ),
);

/** Products summed over given dimensions of both. */
export const tensordot: (
  self: Tensor,
  other: Tensor,
  dimsSelf: readonly number[],
  dimsOther: readonly number[],
) => Tensor = aten(
  op(
    "aten::tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor",
    (self, other, dimsSelf, dimsOther) => {
      if (dimsSelf.length !== dimsOther.length)
        throw new RuntimeError("both dimension lists should have same length");
      if (self.dtype !== other.dtype) {
        throw new RuntimeError("both inputs should have same dtype");
      }
      const a = dimsSelf.map((dim) => wrapDim(dim, self.ndim));
      const b = dimsOther.map((dim) => wrapDim(dim, other.ndim));
      a.forEach((dim, i) => {
        const [x, y] = [self.sizes[dim], other.sizes[b[i]]];
        if (x !== y && x !== 1 && y !== 1) {
          throw new RuntimeError(
            `contracted dimensions need to match, but first has size ${x} in dim ${dimsSelf[i]} and second has size ${y} in dim ${dimsOther[i]}`,
          );
        }
      });
      // A dimension of size 1 against a longer one means that one's sum.
      const shrunk = (tensor: Tensor, own: readonly number[], others: readonly number[]): Tensor =>
        own.reduce(
          (x, dim, i) =>
            tensor.sizes[dim] !== 1 && others[i] === 1
              ? (x.sum([dim], true, { dtype: x.dtype }) as Tensor)
              : x,
          tensor,
        );
      const left0 = shrunk(
        self,
        a,
        b.map((dim) => other.sizes[dim]),
      );
      const right0 = shrunk(
        other,
        b,
        a.map((dim) => self.sizes[dim]),
      );
      const freeA = self.sizes.map((_, i) => i).filter((i) => !a.includes(i));
      const freeB = other.sizes.map((_, i) => i).filter((i) => !b.includes(i));
      const sizesA = freeA.map((i) => self.sizes[i]);
      const sizesB = freeB.map((i) => other.sizes[i]);
      const shared = a.reduce((n, dim) => n * left0.sizes[dim], 1);
      const count = (sizes: readonly number[]): number => sizes.reduce((n, size) => n * size, 1);
      const left = (freeA.length + a.length === 0 ? left0 : left0.permute([...freeA, ...a])).reshape([
        count(sizesA),
        shared,
      ]);
      const right = (freeB.length + b.length === 0 ? right0 : right0.permute([...b, ...freeB])).reshape([
        shared,
        count(sizesB),
      ]);
      return left.mm(right).reshape([...sizesA, ...sizesB]);
    },
    composite,
  ),
);

/** The Kronecker product. */
export const kron: (self: Tensor, other: Tensor) => Tensor = aten(
  op(
    "aten::kron(Tensor self, Tensor other) -> Tensor",
    (self, other) => {
      const rank = Math.max(self.ndim, other.ndim);
      const padded = (sizes: readonly number[]): number[] => [
        ...new Array<number>(rank - sizes.length).fill(1),
        ...sizes,
      ];
      const [a, b] = [padded(self.sizes), padded(other.sizes)];
      const left = self.reshape(a.flatMap((size) => [size, 1]));
      const right = other.reshape(b.flatMap((size) => [1, size]));
      return left.mul(right).view(a.map((size, i) => size * b[i]));
    },
    composite,
  ),
);

/** The cross product of vectors of three elements along `dim`. */
export const linalgCross: (self: Tensor, other: Tensor, options?: { dim?: number }) => Tensor = aten(
  op(
    "aten::linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor",
    (self, other, dim) => {
      if (self.ndim !== other.ndim) {
        throw new RuntimeError("linalg.cross: inputs must have the same number of dimensions.");
      }
      requireSameDtype(self, other);
      const d = wrapDim(dim, self.ndim);
      if (self.sizes[d] !== 3 || other.sizes[d] !== 3) {
        throw new RuntimeError(
          `linalg.cross: inputs dimension ${dim} must have length 3. Got ${self.sizes[d]} and ${other.sizes[d]}`,
        );
      }
      const a = self.unbind(d);
      const b = other.unbind(d);
      const term = (i: number, j: number): Tensor => a[i].mul(b[j]).sub(a[j].mul(b[i]));
      return stack([term(1, 2), term(2, 0), term(0, 1)], d);
    },
    { ...composite, refuses: notBools("cross") },
  ),
);

/** `linalgCross` along the first dimension of three elements, if none is named. */
export const cross: (self: Tensor, other: Tensor, dim?: number | null) => Tensor = aten(
  op(
    "aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor",
    (self, other, dim) => {
      const d = dim ?? self.sizes.indexOf(3);
      if (d < 0 && dim === null) throw new RuntimeError("no dimension of size 3 in input");
      return linalgCross(self, other, { dim: d });
    },
    { ...composite, refuses: notBools("cross") },
  ),
);

/** The product of a chain of matrices. */
export const chainMatmul: (matrices: readonly Tensor[]) => Tensor = aten(
  op(
    "aten::chain_matmul(Tensor[] matrices) -> Tensor",
    (matrices) => {
      for (const matrix of matrices) {
        if (matrix.ndim !== 2) {
          throw new RuntimeError(`Tensor dimension is ${matrix.ndim}, expected 2 instead.`);
        }
      }
      if (matrices.length === 0) throw new RuntimeError("chain_matmul(): Expected one or more matrices");
      return matrices.length === 1 ? matrices[0].clone() : linalgMultiDot(matrices);
    },
    composite,
  ),
);

/** The product of matrices, of which the first and the last may be vectors. */
export const linalgMultiDot: (tensors: readonly Tensor[]) => Tensor = aten(
  op(
    "aten::linalg_multi_dot(Tensor[] tensors) -> Tensor",
    (tensors) => {
      const n = tensors.length;
      if (n < 2) throw new RuntimeError(`multi_dot(): expected at least 2 tensors but got ${n}`);
      tensors.forEach((tensor, i) => {
        if (i === 0 || i === n - 1) {
          if (tensor.ndim !== 1 && tensor.ndim !== 2) {
            throw new RuntimeError(
              `multi_dot(): the ${i === 0 ? "first" : "last"} tensor must be 1D or 2D but got ${tensor.ndim}D`,
            );
          }
        } else if (tensor.ndim !== 2)
          throw new RuntimeError(`multi_dot(): tensor ${i} must be 2D but got ${tensor.ndim}D`);
        if (tensor.dtype !== tensors[0].dtype) {
          throw new RuntimeError(
            `multi_dot(): all tensors must have be the same dtype but tensor 0 is ${cppName(tensors[0].dtype)} and tensor ${i} ${cppName(tensor.dtype)}`,
          );
        }
      });
      for (let i = 0; i + 1 < n; i++) {
        const [rows, columns] = [tensors[i].sizes[tensors[i].ndim - 1], tensors[i + 1].sizes[0]];
        if (rows !== columns) {
          throw new RuntimeError(
            `multi_dot(): tensors ${i} and ${i + 1} with shapes [${tensors[i].sizes.join(", ")}] and [${tensors[i + 1].sizes.join(", ")}] cannot be multiplied`,
          );
        }
      }
      return multiplyCheaply(tensors);
    },
    composite,
  ),
);

/** Multiplies neighbours in the order that needs fewest multiplications. */
function multiplyCheaply(tensors: readonly Tensor[]): Tensor {
  const n = tensors.length;
  const matrices = tensors.map((tensor, i) =>
    tensor.ndim === 2 ? tensor : tensor.unsqueeze(i === 0 ? 0 : 1),
  );
  const sizes = [matrices[0].sizes[0], ...matrices.map((matrix) => matrix.sizes[1])];
  const memo = new Map<string, { cost: number; split: number }>();
  const best = (i: number, j: number): { cost: number; split: number } => {
    if (i === j) return { cost: 0, split: i };
    const known = memo.get(`${i},${j}`);
    if (known !== undefined) return known;
    let result = { cost: Number.POSITIVE_INFINITY, split: i };
    for (let k = i; k < j; k++) {
      const cost = best(i, k).cost + best(k + 1, j).cost + sizes[i] * sizes[k + 1] * sizes[j + 1];
      if (cost < result.cost) result = { cost, split: k };
    }
    memo.set(`${i},${j}`, result);
    return result;
  };
  const multiply = (i: number, j: number): Tensor => {
    if (i === j) return matrices[i];
    const { split } = best(i, j);
    return multiply(i, split).mm(multiply(split + 1, j));
  };
  let product = multiply(0, n - 1);
  if (tensors[n - 1].ndim === 1) product = product.squeeze(-1);
  return tensors[0].ndim === 1 ? product.squeeze(0) : product;
}
