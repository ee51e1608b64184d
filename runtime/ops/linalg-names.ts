/** The namespace `torch.linalg`: the operators of linear algebra under their short names. Source: torch/linalg/__init__.py. */
import { linalgVectorNorm } from "./extremes.ts";
import { linalgCholesky, linalgEigvalsh, linalgQr, linalgSvdvals } from "./factors.ts";
import { linalgMatrixNorm, linalgMatrixPower, linalgNorm, linalgPinv } from "./matrix-norms.ts";
import { linalgCross, linalgMultiDot, linalgVecdot } from "./products.ts";
import { linalgDet, linalgInv, linalgSlogdet, linalgSolve, linalgSolveTriangular } from "./solving.ts";

export const linalg = {
  cholesky: linalgCholesky,
  cross: linalgCross,
  det: linalgDet,
  eigvalsh: linalgEigvalsh,
  inv: linalgInv,
  matrixNorm: linalgMatrixNorm,
  matrixPower: linalgMatrixPower,
  multiDot: linalgMultiDot,
  norm: linalgNorm,
  pinv: linalgPinv,
  qr: linalgQr,
  slogdet: linalgSlogdet,
  solve: linalgSolve,
  solveTriangular: linalgSolveTriangular,
  svdvals: linalgSvdvals,
  vecdot: linalgVecdot,
  vectorNorm: linalgVectorNorm,
};
