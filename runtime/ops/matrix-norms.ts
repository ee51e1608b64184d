/**
 * Norms, powers and pseudo-inverses of matrices. Source: aten/src/ATen/native/LinearAlgebra.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { batchOf, leadOf, matricesOf } from "../kernels/batched.ts";
import { singularValues } from "../kernels/factorizations.ts";
import { mapValues } from "../kernels/map.ts";
import { adjoint, checkNarrowing, checkPrecision, checkSquare } from "../kernels/square.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { type DType, float64 } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import { broadcastSizes, wrapDims } from "../tensor/geometry.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { eye } from "./creation.ts";
import { linalgSvdvals } from "./factors.ts";
import { linalgInv } from "./solving.ts";

const composite = { composite: true } as const;

function checkMatrix(A: Tensor, dims: readonly number[]): readonly number[] {
  if (!A.isFloatingPoint()) {
    throw new RuntimeError(
      `linalg.matrix_norm: Expected a floating point or complex tensor as input. Got ${A.dtype.scalarName}`,
    );
  }
  if (A.ndim < 2)
    throw new RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.");
  if (dims.length !== 2)
    throw new RuntimeError(`linalg.matrix_norm: dim must be a 2-tuple. Got ${dims.join(" ")}`);
  return wrapDims(dims, A.ndim);
}

/** The singular values of the matrices in two dimensions, last. */
const singularIn = (A: Tensor, [row, column]: readonly number[]): Tensor =>
  linalgSvdvals(A.movedim([row, column], [-2, -1]));

const restored = (norm: Tensor, A: Tensor, dims: readonly number[], keepdim: boolean): Tensor =>
  keepdim ? norm.reshape(A.sizes.map((size, i) => (dims.includes(i) ? 1 : size))) : norm;

/** The operator norm that `ord` names, or the "fro" or "nuc" norm, of the matrices in two dimensions. */
export const linalgMatrixNorm: (
  self: Tensor,
  ord?: Scalar | string,
  dim?: readonly number[],
  keepdim?: boolean,
  options?: { dtype?: DType },
) => Tensor = aten(
  op(
    "aten::linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, ord, dim, keepdim, dtype) => {
      const dims = checkMatrix(self, dim);
      checkNarrowing("linalg.matrix_norm", self.dtype, dtype);
      const p = scalarValue(ord);
      const size = Math.abs(p);
      const A = dtype === null ? self : self.to(dtype);
      const extreme = (x: Tensor, over: number): Tensor =>
        p > 0 ? x.amax(over, false) : x.amin(over, false);
      if (size === 2) checkPrecision(A, "linalg.matrix_norm");
      if (size === 2) return restored(extreme(singularIn(A, dims), -1), self, dims, keepdim);
      if (size !== 1 && size !== Number.POSITIVE_INFINITY) {
        throw new RuntimeError(`linalg.matrix_norm: Order ${p} not supported.`);
      }
      const [summed, compared] = size === 1 ? dims : [dims[1], dims[0]];
      const sums = A.abs().sum([summed], true) as Tensor;
      const norm = p > 0 ? sums.amax(compared, true) : sums.amin(compared, true);
      return keepdim ? norm : norm.squeeze([...dims]);
    },
    composite,
  ),
  op(
    'aten::linalg_matrix_norm.str_ord(Tensor self, str ord="fro", int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor',
    (self, ord, dim, keepdim, dtype) => {
      const dims = checkMatrix(self, dim);
      checkNarrowing("linalg.matrix_norm", self.dtype, dtype);
      const A = dtype === null ? self : self.to(dtype);
      if (ord === "fro") return A.linalgVectorNorm(2, dims, keepdim);
      if (ord === "nuc") checkPrecision(A, "linalg.matrix_norm");
      if (ord === "nuc") return restored(singularIn(A, dims).sum([-1]) as Tensor, self, dims, keepdim);
      throw new RuntimeError(`linalg.matrix_norm: Order ${ord} not supported.`);
    },
    composite,
  ),
);

/** The norm of a vector or a matrix, by what `ord` and the number of dimensions say. */
export const linalgNorm: (
  self: Tensor,
  ord?: Scalar | string | null,
  dim?: number | readonly number[] | null,
  keepdim?: boolean,
  options?: { dtype?: DType },
) => Tensor = aten(
  op(
    "aten::linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, ord, dim, keepdim, dtype) => {
      const options = dtype === null ? {} : { dtype };
      checkNormDims(self, ord, dim);
      if (ord !== null && (dim?.length === 2 || (dim === null && self.ndim === 2))) {
        return linalgMatrixNorm(self, ord, dim ?? [0, 1], keepdim, options);
      }
      return self.linalgVectorNorm(ord ?? 2, dim, keepdim, options);
    },
    composite,
  ),
  op(
    "aten::linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (self, ord, dim, keepdim, dtype) => {
      checkNormDims(self, ord, dim);
      return linalgMatrixNorm(
        self,
        ord,
        dim ?? [self.ndim - 2, self.ndim - 1],
        keepdim,
        dtype === null ? {} : { dtype },
      );
    },
    composite,
  ),
);

function checkNormDims(self: Tensor, ord: unknown, dim: readonly number[] | null): void {
  if (dim !== null && dim.length !== 1 && dim.length !== 2) {
    throw new RuntimeError(
      `linalg.norm: If dim is specified, it must be of length 1 or 2. Got [${dim.join(", ")}]`,
    );
  }
  if (ord !== null && dim === null && self.ndim !== 1 && self.ndim !== 2) {
    throw new RuntimeError(
      `linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ${self.ndim}D.`,
    );
  }
}

/** The n-th power of square matrices; negative powers are those of the inverse. */
export const linalgMatrixPower: (self: Tensor, n: number) => Tensor = aten(
  op(
    "aten::linalg_matrix_power(Tensor self, int n) -> Tensor",
    (self, n) => {
      if (self.ndim < 2)
        throw new RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.");
      const [rows, columns] = self.sizes.slice(-2);
      if (rows !== columns) {
        throw new RuntimeError(
          `linalg.matrix_power: A must be batches of square matrices, but they are ${rows} by ${columns} matrices`,
        );
      }
      if (n === 0)
        return self
          .nanToNum(0, 0, 0)
          .mul(0)
          .to(self.dtype)
          .add(eye(rows, rows, { dtype: self.dtype }));
      let base = n < 0 ? linalgInv(self) : self;
      let result: Tensor | null = null;
      for (let left = Math.abs(n); left > 0; left >>= 1) {
        if (left & 1) result = result === null ? base : result.matmul(base);
        if (left > 1) base = base.matmul(base);
      }
      return (result as Tensor) === self ? self.clone() : (result as Tensor);
    },
    composite,
  ),
);

/** The pseudo-inverse; singular values up to `atol` or `rtol` times the greatest count as zero. */
export const linalgPinv: (
  self: Tensor,
  options?: { atol?: number | Tensor | null; rtol?: number | Tensor | null; hermitian?: boolean },
) => Tensor = aten(
  op(
    "aten::linalg_pinv.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor",
    (self, atol, rtol, hermitian) => {
      if (rtol === null && self.ndim >= 2 && (!self.isFloatingPoint() || self.dtype.itemSize === 2)) {
        throw new RuntimeError("This function doesn't handle types other than float and double");
      }
      const limits = [atol ?? 0, rtol ?? defaultRtol(self, atol)].map((limit) =>
        fromValues(Float64Array.of(limit), [], float64),
      );
      return pinv(checkedMatrices(self), limits[0], limits[1], hermitian);
    },
    composite,
  ),
  op(
    "aten::linalg_pinv.atol_rtol_tensor(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor",
    (self, atol, rtol, hermitian) => {
      const matrices = checkedMatrices(self);
      const absolute = atol ?? makeZeros([], float64);
      const relative =
        rtol ?? mapValues(absolute.to(float64), (limit) => defaultRtol(self, atol === null ? null : limit));
      // Tolerances of several values stand for as many inverses.
      const lead = [absolute.sizes, relative.sizes].reduce(broadcastSizes, leadOf(matrices));
      return pinv(
        matrices.expand([...lead, ...self.sizes.slice(-2)]),
        absolute.expand(lead),
        relative.expand(lead),
        hermitian,
      );
    },
    composite,
  ),
);

function defaultRtol(self: Tensor, atol: number | null): number {
  if (atol !== null && atol > 0) return 0;
  return (self.dtype === float64 ? Number.EPSILON : 2 ** -23) * Math.max(...self.sizes.slice(-2));
}

function checkedMatrices(self: Tensor): Tensor {
  if (self.ndim < 2 || !self.isFloatingPoint() || self.dtype.itemSize === 2) {
    throw new RuntimeError(
      `linalg.pinv(${self.dtype.scalarName}{[${self.sizes.join(", ")}]}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types`,
    );
  }
  return self;
}

const pinv: (A: Tensor, atol: Tensor, rtol: Tensor, hermitian: boolean) => Tensor = aten(
  op(
    "tracebook::linalg_pinv(Tensor A, Tensor atol, Tensor rtol, bool hermitian) -> Tensor",
    (A, atol, rtol, hermitian) => {
      const [m, n] = A.sizes.slice(-2);
      if (hermitian) checkSquare(A, "linalg.eigh");
      // Of symmetric matrices one triangle counts; the gradient is that of the whole all the same.
      const whole = hermitian ? A.tril().add(adjoint(A.tril(-1))) : A;
      const [absolute, relative] = [atol, rtol].map((limits) => valuesOf(limits.expand(leadOf(A))));
      const parts = matricesOf(whole).map((matrix, at) => {
        const { u, s, v } = singularValues(matrix);
        const limit = Math.max(absolute[at], relative[at] * (s[0] ?? 0));
        const out = new Float64Array(n * m);
        s.forEach((value, k) => {
          if (!(value > limit)) return;
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < m; j++)
              out[i * m + j] += (v.data[i * v.columns + k] * u.data[j * u.columns + k]) / value;
          }
        });
        return out;
      });
      return batchOf(parts, leadOf(A), [n, m], A.dtype);
    },
    {
      gradName: "LinalgPinvBackward0",
      grad: {
        A: ({ grad, A, result: p }) => {
          const [pt, gt] = [adjoint(p), adjoint(grad)];
          const first = pt.matmul(grad).matmul(pt).neg();
          const second = gt.sub(A.matmul(p).matmul(gt)).matmul(p).matmul(pt);
          const third = pt.matmul(p).matmul(gt.sub(gt.matmul(p).matmul(A)));
          return first.add(second).add(third);
        },
      },
    },
  ),
);
