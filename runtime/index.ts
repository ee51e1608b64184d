/**
 * Tracebook's tensors, operators, layers and traces for any program:
 * `import { torch, nn, jitTrace } from "tracebook"`. In notebook cells every name here is a global.
 */
import "./kernels/inplace.ts";
import "./tensor/display.ts";
import "./ops/install.ts";
import "./tensor/index-methods.ts";
import "./reset.ts";
import { loadBackend } from "./kernels/backend.ts";

export type { FunctionContext } from "./autograd/function.ts";
export * as data from "./data/index.ts";
export { IndexError, NotImplementedError, RuntimeError, ValueError } from "./errors.ts";
export { KeyboardInterrupt } from "./interrupt.ts";
export * from "./jit/index.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export type { DType } from "./tensor/dtype.ts";
export type { IndexArgument, IndexItem, Slice } from "./tensor/index-notation.ts";
export type { Scalar } from "./tensor/scalar.ts";
export { Tensor } from "./tensor/tensor.ts";
export { torch } from "./torch.ts";

await loadBackend();
