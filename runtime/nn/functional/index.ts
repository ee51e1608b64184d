/** `nn.functional`: the layers' computations as functions, with torch's defaults. */
export * from "./activation.ts";
export { scaledDotProductAttention } from "./attention.ts";
export * from "./convolution.ts";
export * from "./dropout.ts";
export * from "./embedding.ts";
export * from "./grids.ts";
export * from "./loss.ts";
export * from "./normalization.ts";
export * from "./pooling.ts";
export * from "./resize.ts";
export * from "./unpooling.ts";
