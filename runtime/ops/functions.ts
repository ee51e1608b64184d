/** Every operator as a function of `torch`. */
export * from "./activation-backward.ts";
export * from "./activation-units.ts";
export * from "./convolution.ts";
export * from "./creation.ts";
export * from "./dropout.ts";
export * from "./embedding.ts";
export * from "./joining.ts";
export * from "./linear.ts";
export * from "./loss.ts";
export * from "./loss-classes.ts";
export * from "./loss-distance.ts";
export * from "./methods.ts";
export * from "./normalization.ts";
export * from "./padding.ts";
export * from "./padding-borders.ts";
export * from "./pooling.ts";
export * from "./random.ts";
