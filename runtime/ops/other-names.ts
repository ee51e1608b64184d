/**
 * torch's second names of operators. A trace shows the first name, as torch's does.
 * Source: native_functions.yaml, torch/csrc/jit/passes/normalize_ops.cpp.
 */

export {
  div as divide,
  mul as multiply,
  neg as negative,
  sub as subtract,
} from "./arithmetic.ts";
export {
  ge as greaterEqual,
  gt as greater,
  le as lessEqual,
  lt as less,
  ne as notEqual,
} from "./comparison.ts";
export {
  abs as absolute,
  abs_ as absolute_,
  acos as arccos,
  asin as arcsin,
  atan as arctan,
  trunc as fix,
} from "./elementary.ts";
export {
  div_ as divide_,
  mul_ as multiply_,
  neg_ as negative_,
  sub_ as subtract_,
} from "./inplace.ts";
export { linalgMatrixPower as matrixPower, linalgPinv as pinverse } from "./matrix-norms.ts";
export { movedim as moveaxis, transpose as swapdims } from "./order.ts";
export { atan2 as arctan2 } from "./pairs.ts";
export { acosh as arccosh, asinh as arcsinh, atanh as arctanh } from "./special.ts";
