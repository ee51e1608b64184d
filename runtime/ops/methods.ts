/** The operators that are methods of tensors and functions of `torch` alike: those whose first argument is `self`. */

export * from "./activation-units.ts";
export * from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./bitwise.ts";
export * from "./closeness.ts";
export * from "./comparison.ts";
export * from "./conversion.ts";
export * from "./creation-like.ts";
export * from "./elementary.ts";
export * from "./extremes.ts";
export * from "./index-writing.ts";
export * from "./indexing.ts";
export * from "./linalg.ts";
export * from "./pairs.ts";
export * from "./random-inplace.ts";
export * from "./rearranging.ts";
export * from "./reduction.ts";
export * from "./sampling.ts";
export * from "./sorting.ts";
export * from "./special.ts";
export * from "./splitting.ts";
export * from "./triples.ts";
export * from "./view.ts";
