/** The namespace `torch.linalg`: the operators of linear algebra under their short names. Source: torch/linalg/__init__.py. */
export { linalgDiagonal as diagonal } from "./aliases.ts";
export { linalgVectorNorm as vectorNorm } from "./extremes.ts";
export {
  linalgCholesky as cholesky,
  linalgEigvalsh as eigvalsh,
  linalgQr as qr,
  linalgSvdvals as svdvals,
} from "./factors.ts";
export { linalgVander as vander } from "./matrices.ts";
export {
  linalgMatrixNorm as matrixNorm,
  linalgMatrixPower as matrixPower,
  linalgNorm as norm,
  linalgPinv as pinv,
} from "./matrix-norms.ts";
export { linalgCross as cross, linalgMultiDot as multiDot, linalgVecdot as vecdot } from "./products.ts";
export {
  linalgDet as det,
  linalgInv as inv,
  linalgSlogdet as slogdet,
  linalgSolve as solve,
  linalgSolveTriangular as solveTriangular,
} from "./solving.ts";
