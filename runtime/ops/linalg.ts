/**
 * Products of vectors and matrices.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/LinearAlgebra.cpp, Linear.cpp.
 */

import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { notBools, unlessEmpty, whereUnmixed } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as layers from "../jit/onnx/layers.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import { multiply } from "../kernels/matmul.ts";
import { requireSameDtype } from "../kernels/same-dtype.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { cppName } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import { broadcastSizes, numelOf } from "../tensor/geometry.ts";
import { type Scalar, scalarCategory, scalarValue } from "../tensor/scalar.ts";
import type { NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The product of two matrices.
 * @example torch.mm(x, x) // [[7, 10], [15, 22]]
 */
export const mm: (self: Tensor, mat2: Tensor, options?: { out?: Tensor }) => Tensor = aten(
  op(
    "aten::mm(Tensor self, Tensor mat2) -> Tensor",
    (self, mat2) => {
      if (self.sizes.length !== 2) throw new RuntimeError("self must be a matrix");
      if (mat2.sizes.length !== 2) throw new RuntimeError("mat2 must be a matrix");
      checkInner(self, mat2);
      return fromValues(multiply(self, mat2), [self.sizes[0], mat2.sizes[1]], self.dtype);
    },
    {
      onnx: layers.matmul,
      refuses: unlessEmpty(whereUnmixed(notBools("addmm_impl_cpu_"))),
      grad: {
        self: ({ grad, self, mat2 }) => productLike(self, grad, mat2.t()),
        mat2: ({ grad, self, mat2 }) => productLike(mat2, self.t(), grad),
      },
    },
  ),
);

/** `left @ right` with the layout of `operand`, whose gradient it is: that of a turned weight is turned as well. Source: FunctionsManual.cpp (mm_mat1_grad, mm_mat2_grad). */
function productLike(operand: Tensor, left: Tensor, right: Tensor): Tensor {
  const isTurned = operand.strides[0] === 1 && operand.strides[1] === operand.sizes[0];
  return isTurned ? right.t().mm(left.t()).t() : left.mm(right);
}

function checkInner(a: Tensor, b: Tensor): void {
  if (a.sizes[1] !== b.sizes[0]) {
    throw new RuntimeError(
      `mat1 and mat2 shapes cannot be multiplied (${a.sizes[0]}x${a.sizes[1]} and ${b.sizes[0]}x${b.sizes[1]})`,
    );
  }
}

/**
 * The products of two batches of matrices.
 * @example torch.bmm(torch.ones([5, 2, 3]), torch.ones([5, 3, 4])).shape // [5, 2, 4]
 */
export const bmm: (self: Tensor, mat2: Tensor, options?: { out?: Tensor }) => Tensor = aten(
  op(
    "aten::bmm(Tensor self, Tensor mat2) -> Tensor",
    (self, mat2) => {
      if (self.sizes.length !== 3) throw new RuntimeError("batch1 must be a 3D tensor");
      if (mat2.sizes.length !== 3) throw new RuntimeError("batch2 must be a 3D tensor");
      const [batch, rows, inner] = self.sizes;
      const isEmpty = self.elements === 0 || mat2.elements === 0;
      if (!isEmpty) requireSameDtype(self, mat2);
      if (mat2.sizes[0] !== batch || mat2.sizes[1] !== inner) {
        throw new RuntimeError(
          `Expected size for first two dimensions of batch2 tensor to be: [${batch}, ${inner}] but got: [${mat2.sizes[0]}, ${mat2.sizes[1]}].`,
        );
      }
      if (isEmpty) return makeZeros([batch, rows, mat2.sizes[2]], mat2.dtype);
      return fromValues(multiply(self, mat2), [batch, rows, mat2.sizes[2]], self.dtype);
    },
    {
      onnx: layers.matmul,
      refuses: unlessEmpty(whereUnmixed(notBools("bmm"))),
      grad: {
        self: ({ grad, mat2 }) => grad.bmm(mat2.transpose(1, 2)),
        mat2: ({ grad, self }) => self.transpose(1, 2).bmm(grad),
      },
    },
  ),
);

/** Factors of the two summands of `addmm` and its kin. */
export interface BetaAlpha {
  readonly beta?: Scalar;
  readonly alpha?: Scalar;
}

const scaled = (tensor: Tensor, factor: Scalar): Tensor => (factor === 1 ? tensor : tensor.mul(factor));

/** The factors as they count for the dtype: integers take the whole part, and have room for it. */
function factorsFor({ dtype }: Tensor, beta: Scalar, alpha: Scalar): readonly [Scalar, Scalar] {
  if (dtype.category !== "integral") return [beta, alpha];
  for (const factor of [beta, alpha]) checkConversion(factor, dtype);
  return [Math.trunc(scalarValue(beta)), Math.trunc(scalarValue(alpha))];
}

/** Without products to add, torch only scales, where a factor counts as it is. Throws its RuntimeError for integers. */
function checkScale({ dtype }: Tensor, beta: Scalar, inner: number): void {
  if (inner > 0 || dtype.category === "floating") return;
  if (scalarCategory(beta) === "floating" && scalarValue(beta) !== 0)
    throw new RuntimeError(`result type Float can't be cast to the desired output type ${dtype.scalarName}`);
}

/** The sum of a product and what is added to it, in the precision of the product: half types are rounded only at the end. */
function roundedOnce(product: NumberArray, added: Tensor, beta: Scalar, alpha: Scalar): NumberArray {
  const [b, a] = [scalarValue(beta), scalarValue(alpha)];
  const addends = valuesOf(added);
  return product.map((value, i) => a * value + (b === 0 ? 0 : b * addends[i]));
}

/** `beta * self + alpha * (mat1 @ mat2)` */
export const addmm: (self: Tensor, mat1: Tensor, mat2: Tensor, options?: BetaAlpha) => Tensor = aten(
  op(
    "aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    (self, mat1, mat2, givenBeta, givenAlpha) => {
      const [beta, alpha] = factorsFor(self, givenBeta, givenAlpha);
      if (mat1.sizes.length !== 2 || mat2.sizes.length !== 2) {
        throw new RuntimeError(
          mat1.sizes.length !== 2
            ? `mat1 must be a matrix, got ${mat1.sizes.length}-D tensor`
            : `mat2 must be a matrix, got ${mat2.sizes.length}-D tensor`,
        );
      }
      checkInner(mat1, mat2);
      for (const [name, tensor] of Object.entries({ self, mat1 })) {
        if (tensor.dtype !== mat2.dtype) {
          throw new RuntimeError(
            `${name} and mat2 must have the same dtype, but got ${tensor.dtype.scalarName} and ${mat2.dtype.scalarName}`,
          );
        }
      }
      const sizes = [mat1.sizes[0], mat2.sizes[1]];
      const added = self.expand(sizes);
      checkScale(self, givenBeta, mat1.sizes[1]);
      if (mat1.dtype.itemSize === 2 && mat1.dtype.category === "floating")
        return fromValues(roundedOnce(multiply(mat1, mat2), added, beta, alpha), sizes, mat1.dtype);
      const product = fromValues(multiply(mat1, mat2), sizes, mat1.dtype);
      return scalarValue(beta) === 0
        ? scaled(product, alpha)
        : scaled(product, alpha).add(scaled(added, beta));
    },
    {
      onnx: layers.addmm,
      refuses: unlessEmpty(whereUnmixed(notBools("addmm_impl_cpu_"))),
      grad: {
        self: ({ grad, beta }) => scaled(grad, beta),
        mat1: ({ grad, mat1, mat2, alpha }) => scaled(productLike(mat1, grad, mat2.t()), alpha),
        mat2: ({ grad, mat1, mat2, alpha }) => scaled(productLike(mat2, mat1.t(), grad), alpha),
      },
    },
  ),
);
/** `addmm`, written to `self`. */
export const addmm_ = inplaceOf(addmm);

/** `beta * self + alpha * (batch1 @ batch2)`, batch by batch. */
export const baddbmm: (self: Tensor, batch1: Tensor, batch2: Tensor, options?: BetaAlpha) => Tensor = aten(
  op(
    "aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    (self, batch1, batch2, beta, alpha) => {
      const [b, a] = factorsFor(self, beta, alpha);
      if (batch1.dtype !== self.dtype) {
        throw new RuntimeError(
          `Input dtypes must be the same, got: input ${cppName(self.dtype)}, batch1: ${cppName(batch1.dtype)}, batch2: ${cppName(batch2.dtype)}`,
        );
      }
      const product = scaled(batch1.bmm(batch2), a);
      const added = self.expand(product.sizes);
      checkScale(self, beta, batch1.sizes[2]);
      return scalarValue(b) === 0 ? product : product.add(scaled(added, b));
    },
    {
      onnxExport: numbers.baddbmm,
      refuses: whereUnmixed(notBools("baddbmm")),
      grad: {
        self: ({ grad, beta }) => scaled(grad, beta),
        batch1: ({ grad, batch2, alpha }) => scaled(grad.bmm(batch2.transpose(1, 2)), alpha),
        batch2: ({ grad, batch1, alpha }) => scaled(batch1.transpose(1, 2).bmm(grad), alpha),
      },
    },
  ),
);

/** The product of a matrix and a vector. */
export const mv: (self: Tensor, vec: Tensor) => Tensor = aten(
  op(
    "aten::mv(Tensor self, Tensor vec) -> Tensor",
    (self, vec) => {
      if (self.sizes.length !== 2 || vec.sizes.length !== 1) {
        throw new RuntimeError(
          `vector + matrix @ vector expected, got ${vec.sizes.length}, ${self.sizes.length}, ${vec.sizes.length}`,
        );
      }
      if (self.sizes[1] !== vec.sizes[0]) {
        throw new RuntimeError(
          `size mismatch, got input (${self.sizes[0]}), mat (${self.sizes[0]}x${self.sizes[1]}), vec (${vec.sizes[0]})`,
        );
      }
      if (self.dtype !== vec.dtype) {
        const [matrix, vector] = [self.dtype.scalarName, vec.dtype.scalarName];
        throw new RuntimeError(
          `addmv input tensors must have the same dtype, but got ${vector}, ${matrix}, and ${vector}`,
        );
      }
      return fromValues(multiply(self, vec.unsqueeze(1)), [self.sizes[0]], self.dtype);
    },
    {
      onnx: layers.matmul,
      refuses: whereUnmixed(notBools("addmv_impl_cpu")),
      grad: {
        self: ({ grad, vec }) => grad.unsqueeze(1).mm(vec.unsqueeze(0)),
        vec: ({ grad, self }) => self.t().mv(grad),
      },
    },
  ),
);

/**
 * The sum of the products of two vectors' elements.
 * @example torch.dot(torch.tensor([1, 2]), torch.tensor([3, 4])).item() // 11
 */
export const dot: (self: Tensor, tensor: Tensor) => Tensor = aten(
  op(
    "aten::dot(Tensor self, Tensor tensor) -> Tensor",
    (self, tensor) => {
      if (self.sizes.length !== 1 || tensor.sizes.length !== 1) {
        throw new RuntimeError(
          `1D tensors expected, but got ${self.sizes.length}D and ${tensor.sizes.length}D tensors`,
        );
      }
      if (self.sizes[0] !== tensor.sizes[0]) {
        throw new RuntimeError(
          `inconsistent tensor size, expected tensor [${self.sizes[0]}] and src [${tensor.sizes[0]}] to have the same number of elements, but got ${self.sizes[0]} and ${tensor.sizes[0]} elements respectively`,
        );
      }
      if (self.dtype !== tensor.dtype) {
        throw new RuntimeError(
          `dot : expected both vectors to have same dtype, but found ${self.dtype.scalarName} and ${tensor.dtype.scalarName}`,
        );
      }
      return fromValues(multiply(self.unsqueeze(0), tensor.unsqueeze(1)), [], self.dtype);
    },
    {
      onnx: layers.matmul,
      refuses: whereUnmixed(notBools("dot")),
      grad: { self: ({ grad, tensor }) => grad.mul(tensor), tensor: ({ grad, self }) => grad.mul(self) },
    },
  ),
);

/**
 * All products of an element of one vector with one of another.
 * @example torch.outer(torch.tensor([1, 2]), torch.tensor([3, 4])) // [[3, 4], [6, 8]]
 */
export const outer: (self: Tensor, vec2: Tensor) => Tensor = aten(
  op(
    "aten::outer(Tensor self, Tensor vec2) -> Tensor",
    (self, vec2) => {
      if (self.sizes.length !== 1 || vec2.sizes.length !== 1) {
        const bad = self.sizes.length !== 1 ? self : vec2;
        throw new RuntimeError(
          `outer: Expected 1-D argument ${bad === self ? "self" : "vec2"}, but got ${bad.sizes.length}-D`,
        );
      }
      return self.unsqueeze(1).mul(vec2);
    },
    { composite: true },
  ),
);

/**
 * The product of vectors, matrices or broadcast batches of matrices, as torch.matmul chooses it by rank.
 * @example x.matmul(x) // [[7, 10], [15, 22]]
 * @example torch.ones([5, 2, 3]).matmul(torch.ones([3, 4])).shape // [5, 2, 4]
 */
export const matmul: (self: Tensor, other: Tensor, options?: { out?: Tensor }) => Tensor = aten(
  op("aten::matmul(Tensor self, Tensor other) -> Tensor", matmulByRank, {
    onnx: layers.matmul,
    composite: true,
  }),
);

function matmulByRank(a: Tensor, b: Tensor): Tensor {
  const [ranksA, ranksB] = [a.sizes.length, b.sizes.length];
  if (ranksA === 0 || ranksB === 0) {
    throw new RuntimeError(
      `both arguments to matmul need to be at least 1D, but they are ${ranksA}D and ${ranksB}D`,
    );
  }
  if (ranksA === 1 && ranksB === 1) return a.dot(b);
  if (ranksA === 2 && ranksB === 1) return a.mv(b);
  if (ranksA === 1 && ranksB === 2) return a.unsqueeze(0).mm(b).squeeze(0);
  if (ranksA === 2 && ranksB === 2) return a.mm(b);
  if (ranksA >= 3 && ranksB <= 2) return foldedMatmul(a, b);
  const left = ranksA === 1 ? a.unsqueeze(0) : a;
  const right = ranksB === 1 ? b.unsqueeze(1) : b;
  const batch = broadcastSizes(left.sizes.slice(0, -2), right.sizes.slice(0, -2));
  const count = numelOf(batch);
  const [n, k] = left.sizes.slice(-2);
  const [inner, p] = right.sizes.slice(-2);
  const product = left
    .expand([...batch, n, k])
    .reshape([count, n, k])
    .bmm(right.expand([...batch, inner, p]).reshape([count, inner, p]));
  return product.view([...batch, ...(ranksA === 1 ? [] : [n]), ...(ranksB === 1 ? [] : [p])]);
}

/** A batch of matrices times one matrix or vector is one product of matrices. */
function foldedMatmul(a: Tensor, b: Tensor): Tensor {
  const lead = a.sizes.slice(0, -1);
  const flat = a.reshape([numelOf(lead), a.sizes[a.sizes.length - 1]]);
  return b.sizes.length === 1 ? flat.mv(b).view(lead) : flat.mm(b).view([...lead, b.sizes[1]]);
}
