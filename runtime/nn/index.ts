/** `nn`: modules, layers, initialisers and functions for building models. */
export * from "./activation.ts";
export * from "./adaptive-pooling.ts";
export { MultiheadAttention } from "./attention.ts";
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
} from "./batch-norm.ts";
export * from "./containers.ts";
export {
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
} from "./convolution.ts";
export * from "./dropout.ts";
export { Embedding, EmbeddingBag } from "./embedding.ts";
export { functional } from "./functional.ts";
export * as init from "./initializers.ts";
export { Bilinear, Flatten, Identity, Linear, Unflatten } from "./linear.ts";
export * from "./loss.ts";
export type { ForwardHook, ForwardPreHook, StateDict } from "./module.ts";
export { Module } from "./module.ts";
export { GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm } from "./normalization.ts";
export * from "./padding.ts";
export { Parameter } from "./parameter.ts";
export * as utils from "./parameters.ts";
export * from "./pooling.ts";
export * from "./rearranging.ts";
export { GRU, LSTM, RNN } from "./recurrent.ts";
export { GRUCell, LSTMCell, RNNCell } from "./recurrent-cells.ts";
export * from "./softmax.ts";
export {
  Transformer,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "./transformer.ts";
