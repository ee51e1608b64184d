/** `nn`: modules, layers, initialisers and functions for building models. */
export { ModuleList, Sequential } from "./containers.ts";
export { Conv1d, Conv2d, MaxPool2d } from "./convolution.ts";
export * as functional from "./functional.ts";
export * as init from "./init.ts";
export {
  Dropout,
  Embedding,
  Flatten,
  GELU,
  Identity,
  Linear,
  ReLU,
  Sigmoid,
  Softmax,
  Tanh,
} from "./layers.ts";
export type { ForwardHook, ForwardPreHook, StateDict } from "./module.ts";
export { Module } from "./module.ts";
export { BatchNorm1d, BatchNorm2d, LayerNorm } from "./normalization.ts";
export { Parameter } from "./parameter.ts";
