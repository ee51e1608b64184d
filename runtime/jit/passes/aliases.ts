/**
 * Operators that are only other names: graphs hold the plain one.
 * Source: torch/csrc/jit/passes/normalize_ops.cpp (getOperatorAliasMap).
 */
const aliases: Readonly<Record<string, string>> = {
  absolute: "abs",
  arccos: "acos",
  arccosh: "acosh",
  arcsin: "asin",
  arcsinh: "asinh",
  arctan: "atan",
  arctanh: "atanh",
  clip: "clamp",
  concat: "cat",
  concatenate: "cat",
  det: "linalg_det",
  divide: "div",
  fix: "trunc",
  ger: "outer",
  greater: "gt",
  greater_equal: "ge",
  less: "lt",
  less_equal: "le",
  linalg_matmul: "matmul",
  moveaxis: "movedim",
  multiply: "mul",
  negative: "neg",
  not_equal: "ne",
  orgqr: "linalg_householder_product",
  row_stack: "vstack",
  special_digamma: "digamma",
  special_erf: "erf",
  special_erfc: "erfc",
  special_exp2: "exp2",
  special_expit: "sigmoid",
  special_expm1: "expm1",
  special_gammaln: "lgamma",
  special_i0: "i0",
  special_log1p: "log1p",
  special_log_softmax: "log_softmax",
  special_logit: "logit",
  special_logsumexp: "logsumexp",
  special_multigammaln: "mvlgamma",
  special_psi: "digamma",
  special_round: "round",
  special_sinc: "sinc",
  special_softmax: "softmax",
  special_xlogy: "xlogy",
  subtract: "sub",
  swapaxes: "transpose",
  swapdims: "transpose",
  true_divide: "div",
};

/** The name under which graphs hold an operator; in-place ones keep their underscore. */
export function normalized(kind: string): string {
  if (!kind.startsWith("aten::")) return kind;
  const inplace = kind.endsWith("_");
  const name = aliases[inplace ? kind.slice(6, -1) : kind.slice(6)];
  return name === undefined ? kind : `aten::${name}${inplace ? "_" : ""}`;
}
