/** `nn.utils`: what is done with the parameters of whole models and of single layers. */
export * from "./parameter-vectors.ts";
export { removeWeightNorm, weightNorm } from "./weight-norm.ts";
