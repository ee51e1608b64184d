/** What torch offers besides operators: dtypes, seeds, gradients, files, settings. Operators are ops/functions.ts's. */
import * as data from "./data/index.ts";
import { atenNamespace } from "./dispatch/namespace.ts";
import type { DType } from "./tensor/dtype.ts";
import { resultType as resultTypeOf } from "./tensor/promotion.ts";
import { Tensor } from "./tensor/tensor.ts";

export * as autograd from "./autograd/index.ts";
export * from "./autograd/modes.ts";
export { backend } from "./kernels/backend.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export { getPrintOptions, setPrintOptions } from "./print/options.ts";
export { initialSeed, manualSeed, seed } from "./random/default-generator.ts";
export { Generator } from "./random/generator.ts";
export { load } from "./serialization/load.ts";
export { save, serialize } from "./serialization/save.ts";
export { cuda, device } from "./tensor/device.ts";
export {
  bfloat16,
  bool,
  float16,
  float16 as half,
  float32,
  float32 as float,
  float64,
  float64 as double,
  int8,
  int16,
  int16 as short,
  int32,
  int32 as int,
  int64,
  int64 as long,
  uint8,
} from "./tensor/dtype.ts";
export { finfo, iinfo } from "./tensor/dtype-limits.ts";
export { channelsLast, channelsLast3d, contiguousFormat, preserveFormat } from "./tensor/memory-format.ts";
export { canCast, getDefaultDtype, promoteTypes, setDefaultDtype } from "./tensor/promotion.ts";
export { scalar } from "./tensor/scalar.ts";
export { Tensor };

/**
 * Whether a value is a tensor.
 * @example torch.isTensor([1, 2]) // false
 */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/**
 * The dtype that an operation on two tensors or numbers has.
 * @example torch.resultType(torch.tensor([1n, 2n]), 1.5) // torch.float32
 */
export const resultType = (a: Tensor | number, b: Tensor | number): DType => resultTypeOf([a, b]);

/** `torch.utils.data` is `data`. */
export const utils = { data };

/**
 * Every operator by its ATen name and overload, as traced graphs call it.
 * @example torch.ops.aten.add.Tensor(torch.tensor([1, 2]), torch.tensor([3, 4])) // [4, 6]
 */
export const ops = { aten: atenNamespace("aten") };
