/**
 * Cholesky and QR factors, singular values and eigenvalues of symmetric matrices.
 * Source: aten/src/ATen/native/BatchLinearAlgebra.cpp, torch/csrc/autograd/FunctionsManual.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notHalves, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { batchOf, leadOf, matricesOf } from "../kernels/batched.ts";
import {
  choleskyOf,
  type Matrix,
  matrixOf,
  qrOf,
  singularValues,
  symmetricEigen,
  transposed,
} from "../kernels/factorizations.ts";
import { adjoint, checkFloating, checkMatrices, checkSquare } from "../kernels/square.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cat } from "./joining.ts";
import { linalgSolveTriangular } from "./solving.ts";

/** The triangular factor whose product with its transpose is a positive-definite matrix. */
export const linalgCholesky: (self: Tensor, options?: { upper?: boolean }) => Tensor = aten(
  op(
    "aten::linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor",
    (self, upper) => factor(self, upper, "linalg.cholesky"),
    {
      gradName: "LinalgCholeskyExBackward0",
      grad: { self: ({ grad, result, upper }) => choleskyGradient(grad, result, upper) },
    },
  ),
);

/** The lower (or upper) triangular L with `L @ L.T = self`. */
export const cholesky: (self: Tensor, upper?: boolean) => Tensor = aten(
  op(
    "aten::cholesky(Tensor self, bool upper=False) -> Tensor",
    (self, upper) => factor(self, upper, "cholesky"),
    {
      grad: { self: ({ grad, result, upper }) => choleskyGradient(grad, result, upper) },
    },
  ),
);

function factor(self: Tensor, upper: boolean, name: string): Tensor {
  if (name === "cholesky" && self.elements === 0) return self.clone();
  checkSquare(self, name);
  if (name === "cholesky") refuse(onlyFloats("cholesky_cpu"), self.dtype);
  if (self.elements > 0) refuse(notHalves("cholesky_cpu"), self.dtype);
  checkFloating(self, name);
  const n = self.sizes[self.ndim - 1];
  const factors = matricesOf(self).map((matrix, i) => {
    const l = choleskyOf(upper ? transposed(matrix) : matrix);
    if (typeof l === "number") {
      throw new LinAlgError(
        `${name}: ${self.ndim > 2 ? `(Batch element ${i}): ` : ""}The factorization could not be completed because the input is not positive-definite (the leading minor of order ${l} is not positive-definite).`,
      );
    }
    return (upper ? transposed(l) : l).data;
  });
  return batchOf(factors, leadOf(self), [n, n], self.dtype);
}

/** What torch.linalg raises where a matrix has not the property asked for. */
class LinAlgError extends RuntimeError {
  override readonly name: string = "_LinAlgError";
}

function choleskyGradient(grad: Tensor, result: Tensor, upper: boolean): Tensor {
  const [l, g] = upper ? [adjoint(result), adjoint(grad)] : [result, grad];
  const product = adjoint(l).matmul(g.tril()).tril();
  const halved = product.sub(product.tril(-1)).mul(0.5).add(product.tril(-1));
  const left = linalgSolveTriangular(adjoint(l), halved, { upper: true });
  const both = linalgSolveTriangular(l, left, { upper: false, left: false });
  return both.add(adjoint(both)).mul(0.5);
}

/** Orthogonal and upper triangular factors; `mode` is "reduced", "complete" or "r". */
export const linalgQr: (A: Tensor, mode?: string) => readonly [Q: Tensor, R: Tensor] = aten(
  op(
    'aten::linalg_qr(Tensor A, str mode="reduced") -> (Tensor Q, Tensor R)',
    (A, mode) => {
      checkMatrices(A, "linalg.qr");
      checkFloating(A, "linalg.qr");
      refuse(notHalves("geqrf_cpu"), A.dtype);
      if (mode !== "reduced" && mode !== "complete" && mode !== "r") {
        throw new RuntimeError(
          `qr received unrecognized mode '${mode}' but expected one of 'reduced' (default), 'r', or 'complete'`,
        );
      }
      const [m, n] = A.sizes.slice(-2);
      const width = mode === "complete" ? m : Math.min(m, n);
      const factors = matricesOf(A).map(qrOf);
      const columns = (q: Matrix): Float64Array => {
        const out = new Float64Array(m * width);
        for (let i = 0; i < m; i++) for (let j = 0; j < width; j++) out[i * width + j] = q.data[i * m + j];
        return out;
      };
      const q = mode === "r" ? [] : factors.map((f) => columns(f.q));
      return [
        mode === "r" ? batchOf([[]], [], [0], A.dtype) : batchOf(q, leadOf(A), [m, width], A.dtype),
        batchOf(
          factors.map((f) => f.r.data.subarray(0, width * n)),
          leadOf(A),
          [width, n],
          A.dtype,
        ),
      ];
    },
    { grad: { A: ({ grads, results }) => qrGradient(grads[0], grads[1], results[0], results[1]) } },
  ),
);

function qrGradient(gradQ: Tensor, gradR: Tensor, q: Tensor, r: Tensor): Tensor {
  const m = q.sizes[q.ndim - 2];
  const n = r.sizes[r.ndim - 1];
  if (m < n) {
    // The columns beyond the square part are Q times theirs of R.
    const [square, rest] = [r.narrow(-1, 0, m), r.narrow(-1, m, n - m)];
    const [gradSquare, gradRest] = [gradR.narrow(-1, 0, m), gradR.narrow(-1, m, n - m)];
    const first = qrGradient(gradQ.add(q.matmul(rest).matmul(adjoint(gradRest))), gradSquare, q, square);
    return cat([first, q.matmul(gradRest)], -1);
  }
  const inner = r.matmul(adjoint(gradR)).sub(adjoint(gradQ).matmul(q));
  const symmetric = inner.tril().add(adjoint(inner.tril(-1)));
  return linalgSolveTriangular(adjoint(r), gradQ.add(q.matmul(symmetric)), { upper: false, left: false });
}

/** The singular values in descending order. */
export const linalgSvdvals: (A: Tensor, options?: { driver?: string | null }) => Tensor = aten(
  op(
    "aten::linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor",
    (A, driver) => {
      if (driver !== null && A.elements > 0) {
        throw new RuntimeError(
          "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.",
        );
      }
      checkMatrices(A, "linalg.svd");
      checkFloating(A, "linalg.svd");
      if (A.elements > 0) refuse(notHalves("linalg_svd_cpu"), A.dtype);
      const parts = matricesOf(A).map((matrix) => singularValues(matrix).s);
      return batchOf(parts, leadOf(A), [Math.min(...A.sizes.slice(-2))], A.dtype);
    },
    {
      gradName: "LinalgSvdBackward0",
      grad: {
        A: ({ grad, A }) => {
          const [m, n] = A.sizes.slice(-2);
          const k = Math.min(m, n);
          const factors = matricesOf(A).map(singularValues);
          const u = batchOf(
            factors.map((f) => f.u.data),
            leadOf(A),
            [m, k],
            A.dtype,
          );
          const v = batchOf(
            factors.map((f) => f.v.data),
            leadOf(A),
            [n, k],
            A.dtype,
          );
          return u.mul(grad.unsqueeze(-2)).matmul(adjoint(v));
        },
      },
    },
  ),
);

/** The eigenvalues of symmetric matrices in ascending order; one triangle is looked at. */
export const linalgEigvalsh: (self: Tensor, UPLO?: string) => Tensor = aten(
  op(
    'aten::linalg_eigvalsh(Tensor self, str UPLO="L") -> Tensor',
    (self, uplo) => {
      checkSquare(self, "linalg.eigh");
      if (self.elements > 0) {
        refuse(onlyFloats("linalg_eigh_cpu"), self.dtype);
        refuse(notHalves("linalg_eigh_cpu"), self.dtype);
      }
      if (!/^[lu]$/i.test(uplo)) {
        throw new RuntimeError(`Expected UPLO argument to be 'L' or 'U', but got ${uplo}`);
      }
      const parts = symmetricParts(self, uplo).map((matrix) => symmetricEigen(matrix).values);
      return batchOf(parts, leadOf(self), [self.sizes[self.ndim - 1]], self.dtype);
    },
    {
      gradName: "LinalgEighBackward0",
      grad: {
        self: ({ grad, self, UPLO }) => {
          const n = self.sizes[self.ndim - 1];
          const parts = symmetricParts(self, UPLO).map((matrix) => symmetricEigen(matrix).vectors.data);
          const vectors = batchOf(parts, leadOf(self), [n, n], self.dtype);
          return vectors.mul(grad.unsqueeze(-2)).matmul(adjoint(vectors));
        },
      },
    },
  ),
);

/** Each matrix made symmetric from its lower or upper triangle. */
function symmetricParts(self: Tensor, uplo: string): Matrix[] {
  const upper = uplo.toUpperCase() === "U";
  return matricesOf(self).map((matrix) => {
    const n = matrix.rows;
    const out = matrixOf(n, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const value = upper ? matrix.data[j * n + i] : matrix.data[i * n + j];
        out.data[i * n + j] = value;
        out.data[j * n + i] = value;
      }
    }
    return out;
  });
}
