/** The operators that are methods of tensors and functions of `torch` alike: those whose first argument is `self`. */

export * from "./activation.ts";
export * from "./activation-inplace.ts";
export * from "./activation-units.ts";
export {
  broadcastTo,
  clampMax,
  clampMax_,
  clampMin,
  clampMin_,
  clip,
  newEmpty,
  newFull,
  newOnes,
  newZeros,
  ravel,
  real,
  squeeze_,
  t_,
  transpose_,
  unsqueeze_,
} from "./aliases.ts";
export * from "./arithmetic.ts";
export * from "./bitwise.ts";
export * from "./closeness.ts";
export * from "./comparison.ts";
export * from "./conversion.ts";
export { corrcoef, cov } from "./covariance.ts";
export * from "./creation-like.ts";
export { unique } from "./distinct.ts";
export * from "./elementary.ts";
export * from "./extremes.ts";
export { cholesky } from "./factors.ts";
export * from "./gathering.ts";
export * from "./index-writing.ts";
export * from "./indexing.ts";
export * from "./inplace.ts";
export * from "./kinds.ts";
export * from "./linalg.ts";
export * from "./masking.ts";
export { diag, diagEmbed, diagflat } from "./matrices.ts";
export * from "./max-min.ts";
export * from "./order.ts";
export * from "./other-names.ts";
export * from "./divisors.ts";
export * from "./pairs.ts";
export * from "./part.ts";
export * from "./pixel-shuffling.ts";
export * from "./powers.ts";
export { addbmm, addmv, addr, cross, inner, kron, vdot } from "./products.ts";
export * from "./quantifiers.ts";
export * from "./quantile.ts";
export * from "./random-inplace.ts";
export * from "./rearranging.ts";
export * from "./reduction.ts";
export * from "./resizing.ts";
export * from "./sampling.ts";
export { cummax, cummin, cumprod, diff, logcumsumexp } from "./scans.ts";
export * from "./scatter-reduce.ts";
export { bincount, histc } from "./searching.ts";
export { det, inverse, logdet, slogdet } from "./solving.ts";
export * from "./sorting.ts";
export * from "./special.ts";
export * from "./splitting.ts";
export * from "./spread.ts";
export { adjoint } from "./transposes.ts";
export * from "./triples.ts";
export * from "./unique.ts";
export * from "./unsafe-splitting.ts";
export * from "./view.ts";
