/**
 * Inverses, determinants and the solutions of systems of equations. Factors and singular values are factors.ts's, norms
 * and pseudo-inverses matrix-norms.ts's. Source: aten/src/ATen/native/BatchLinearAlgebra.cpp,
 * torch/csrc/autograd/FunctionsManual.cpp.
 */

import { aten, type GradFormula, op } from "../dispatch/op.ts";
import { notHalves, refuse } from "../dispatch/refusal.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { batchOf, leadOf, matricesOf } from "../kernels/batched.ts";
import { luOf, matrixOf, solveGeneral, substitute } from "../kernels/factorizations.ts";
import { adjoint, checkFloating, checkPrecision, checkSquare } from "../kernels/square.ts";
import { broadcastSizes } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

const singular = (name: string, index: number, at: number, batched: boolean): RuntimeError => {
  const where = batched ? `(Batch element ${index}): ` : "";
  return new RuntimeError(
    `${name}: ${where}${name === "linalg.inv" ? `The diagonal element ${at} is zero, the inversion could not be completed because the input matrix is singular.` : "The solver failed because the input matrix is singular."}`,
  );
};

function inverseKernel(A: Tensor): Tensor {
  checkSquare(A, "linalg.inv");
  checkFloating(A, "linalg.inv");
  checkPrecision(A, "linalg.inv");
  const n = A.sizes[A.ndim - 1];
  const inverses = matricesOf(A).map((matrix, i) => {
    const identity = matrixOf(n, n);
    for (let k = 0; k < n; k++) identity.data[k * n + k] = 1;
    const solved = solveGeneral(matrix, identity);
    if (typeof solved === "number") throw singular("linalg.inv", i, solved, A.ndim > 2);
    return solved.data;
  });
  return batchOf(inverses, leadOf(A), [n, n], A.dtype);
}

/** The inverse of square matrices. */
export const linalgInv: (A: Tensor) => Tensor = aten(
  op("aten::linalg_inv(Tensor A) -> Tensor", (A) => linalgInvEx(A), { composite: true }),
);

const linalgInvEx: (A: Tensor) => Tensor = aten(
  op("tracebook::linalg_inv(Tensor A) -> Tensor", inverseKernel, {
    gradName: "LinalgInvExBackward0",
    grad: {
      A: ({ grad, result }) => {
        const turned = adjoint(result);
        return turned.matmul(grad).matmul(turned).neg();
      },
    },
  }),
);

/** The same as `linalgInv`. */
export const inverse: (self: Tensor) => Tensor = aten(
  op("aten::inverse(Tensor self) -> Tensor", (self) => linalgInv(self), { composite: true }),
);

function determinants(
  A: Tensor,
  name: string,
): { sign: Float64Array; logabs: Float64Array; value: Float64Array } {
  checkSquare(A, name);
  checkFloating(A, name);
  if (name !== "linalg.det") checkPrecision(A, name);
  else if (A.elements > 0) refuse(notHalves("lu_cpu"), A.dtype);
  const matrices = matricesOf(A);
  const sign = new Float64Array(matrices.length);
  const logabs = new Float64Array(matrices.length);
  const value = new Float64Array(matrices.length);
  matrices.forEach((matrix, i) => {
    const { lu, sign: turns } = luOf(matrix);
    sign[i] = turns;
    value[i] = turns;
    for (let k = 0; k < matrix.rows; k++) {
      const pivot = lu.data[k * matrix.rows + k];
      sign[i] *= Math.sign(pivot);
      logabs[i] += Math.log(Math.abs(pivot));
      value[i] *= pivot;
    }
  });
  return { sign, logabs, value };
}

const single = (values: Float64Array, A: Tensor): Tensor => batchOf([values], [], leadOf(A), A.dtype);

/** A factor for every matrix of a batch. */
const eachMatrix = (factor: Tensor): Tensor => factor.unsqueeze(-1).unsqueeze(-1);

const detGradient: GradFormula = ({ grad, A, result }) =>
  // Halves have no inverse, but those without elements a determinant.
  A.elements === 0 ? A.zerosLike() : eachMatrix(grad.mul(result)).mul(adjoint(linalgInv(A)));

/** The determinant of square matrices. */
export const linalgDet: (A: Tensor) => Tensor = aten(
  op("aten::linalg_det(Tensor A) -> Tensor", (A) => single(determinants(A, "linalg.det").value, A), {
    gradName: "LinalgDetBackward0",
    grad: { A: detGradient },
  }),
);

/**
 * The determinant of a square matrix, or of each of a batch.
 * @example torch.det(torch.eye(2)).item() // 1
 */
export const det: (self: Tensor) => Tensor = aten(
  op("aten::det(Tensor self) -> Tensor", (self) => linalgDet(self), { composite: true }),
);

/** The sign of the determinant and the logarithm of its magnitude. */
export type SignAndLog = (A: Tensor) => readonly [sign: Tensor, logabsdet: Tensor];

/** `torch.linalg.slogdet`: the determinant's sign and the logarithm of its absolute value. */
export const linalgSlogdet: SignAndLog = aten(
  op(
    "aten::linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)",
    (A) => {
      const { sign, logabs } = determinants(A, "linalg.slogdet");
      return [single(sign, A), single(logabs, A)];
    },
    { grad: { A: ({ grads, A }) => eachMatrix(grads[1]).mul(adjoint(linalgInv(A))) } },
  ),
);

/** The sign of the determinant and the logarithm of its absolute value. */
export const slogdet: (self: Tensor) => ReturnType<SignAndLog> = aten(
  op("aten::slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)", (self) => linalgSlogdet(self), {
    composite: true,
  }),
);

/** The logarithm of the determinant; NaN where that is negative. */
export const logdet: (self: Tensor) => Tensor = aten(
  op(
    "aten::logdet(Tensor self) -> Tensor",
    (self) => {
      checkSquare(self, "logdet");
      checkFloating(self, "logdet");
      checkPrecision(self, "logdet");
      const [sign, logabs] = linalgSlogdet(self);
      return logabs.add(sign.detach().log());
    },
    { composite: true },
  ),
);

/** The solution X of `A X = B`, or of `X A = B`; B may be a vector or a batch of vectors. */
export const linalgSolve: (A: Tensor, B: Tensor, options?: { left?: boolean }) => Tensor = aten(
  op(
    "aten::linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
    (A, B, left) => {
      checkFloating(A, "linalg.solve");
      if (A.elements > 0) refuse(notHalves("lu_cpu"), A.dtype);
      checkSquare(A, "linalg.solve");
      if (A.dtype !== B.dtype) {
        throw new RuntimeError(
          `linalg.solve: Expected A and B to have the same dtype, but found A of type ${A.dtype.scalarName} and B of type ${B.dtype.scalarName} instead`,
        );
      }
      const vectors =
        B.ndim === 1 || (A.ndim - 1 === B.ndim && B.sizes.join() === A.sizes.slice(0, -1).join());
      const right = vectors ? B.unsqueeze(-1) : B;
      const solved = left ? solve(A, right) : adjoint(solve(adjoint(A), adjoint(right)));
      return vectors ? solved.squeeze(-1) : solved;
    },
    { composite: true },
  ),
);

const solve: (A: Tensor, B: Tensor) => Tensor = aten(
  op(
    "tracebook::linalg_solve(Tensor A, Tensor B) -> Tensor",
    (A, B) => {
      const n = A.sizes[A.ndim - 1];
      if (B.sizes[B.ndim - 2] !== n) {
        throw new RuntimeError(
          `linalg.solve: Incompatible shapes of A and B for the equation AX = B (${A.sizes.slice(-2).join("x")} and ${B.sizes.slice(-2).join("x")})`,
        );
      }
      const lead = A.narrow(-1, 0, 0)
        .sum(-1)
        .add(B.narrow(-2, 0, 0).sum(-2).sum(-1, true) as Tensor)
        .sizes.slice(0, -1);
      const [a, b] = [A.expand([...lead, n, n]), B.expand([...lead, ...B.sizes.slice(-2)])];
      const systems = matricesOf(a);
      const rights = matricesOf(b);
      const solved = systems.map((matrix, i) => {
        const x = solveGeneral(matrix, rights[i]);
        if (typeof x === "number") throw singular("torch.linalg.solve", i, x, a.ndim > 2);
        return x.data;
      });
      return batchOf(solved, lead, B.sizes.slice(-2), A.dtype);
    },
    {
      gradName: "LinalgSolveExBackward0",
      grad: {
        "A, B": ({ grad, A, result }) => {
          const byB = solve(adjoint(A), grad);
          return [byB.matmul(adjoint(result)).neg(), byB];
        },
      },
    },
  ),
);

/** The solution of a triangular system. */
export const linalgSolveTriangular: (
  self: Tensor,
  B: Tensor,
  options: { upper: boolean; left?: boolean; unitriangular?: boolean },
) => Tensor = aten(
  op(
    "aten::linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor",
    (A, B, upper, left, unit) => {
      checkSquare(A, "linalg.solve_triangular");
      if (!A.isFloatingPoint()) {
        throw new NotImplementedError(`"triangular_solve_cpu" not implemented for '${A.dtype.scalarName}'`);
      }
      if (B.ndim < 2)
        throw new RuntimeError(
          "linalg.solve_triangular: The input tensor B must have at least 2 dimensions.",
        );
      refuse(notHalves("triangular_solve_cpu"), A.dtype);
      const [[n], [rows, columns]] = [A.sizes.slice(-1), B.sizes.slice(-2)];
      if (n !== (left ? rows : columns)) {
        throw new RuntimeError(
          `linalg.solve_triangular: Incompatible shapes of A and B for the equation ${left ? "AX" : "XA"} = B (${n}x${n} and ${rows}x${columns})`,
        );
      }
      const lead = broadcastSizes(leadOf(A), leadOf(B));
      const [a, b] = [A, B].map((x) => x.expand([...lead, ...x.sizes.slice(-2)]));
      if (!left) return adjoint(solveTriangles(adjoint(a), adjoint(b), !upper, unit));
      return solveTriangles(a, b, upper, unit);
    },
    {
      grad: {
        "self, B": ({ grad, self, result, upper, left, unitriangular }) => {
          const turned = linalgSolveTriangular(adjoint(self), grad, { upper: !upper, left, unitriangular });
          const whole = (left ? turned.matmul(adjoint(result)) : adjoint(result).matmul(turned)).neg();
          const shift = unitriangular ? 1 : 0;
          return [upper ? whole.triu(shift) : whole.tril(-shift), turned];
        },
      },
    },
  ),
);

function solveTriangles(A: Tensor, B: Tensor, upper: boolean, unit: boolean): Tensor {
  const rights = matricesOf(B);
  const solved = matricesOf(A).map((matrix, i) => {
    substitute(matrix, rights[i], upper, unit);
    return rights[i].data;
  });
  return batchOf(solved, leadOf(B), B.sizes.slice(-2), A.dtype);
}
