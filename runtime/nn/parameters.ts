/** `nn.utils`: what is done with the parameters of whole models and of single layers, and with sequences of several lengths. */
export * from "./packed-sequences.ts";
export * from "./parameter-vectors.ts";
export { removeWeightNorm, weightNorm } from "./weight-norm.ts";
