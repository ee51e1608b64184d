/** The `torch` namespace: creation from data, every operator, dtypes, random seeds, gradients and settings. */
import { grad, backward as runBackward } from "./autograd/engine.ts";
import { AutogradFunction } from "./autograd/function.ts";
import { gradcheck, gradgradcheck } from "./autograd/gradcheck.ts";
import * as modes from "./autograd/modes.ts";
import * as data from "./data/index.ts";
import { hostReads } from "./dispatch/interpreter.ts";
import { atenNamespace } from "./dispatch/namespace.ts";
import { backend } from "./kernels/backend.ts";
import * as nn from "./nn/index.ts";
import type { TensorOptions } from "./ops/creation.ts";
import * as functions from "./ops/functions.ts";
import * as optim from "./optim/index.ts";
import { getPrintOptions, setPrintOptions } from "./print/options.ts";
import { initialSeed, manualSeed, seed } from "./random/default-generator.ts";
import { Generator } from "./random/generator.ts";
import { load } from "./serialization/load.ts";
import { save, serialize } from "./serialization/save.ts";
import { type DType, dtypes } from "./tensor/dtype.ts";
import { finfo, iinfo } from "./tensor/dtype-limits.ts";
import { fromData, type TensorData } from "./tensor/from-data.ts";
import { makeSlice, type Slice } from "./tensor/index-notation.ts";
import { getDefaultDtype, promoteTypes, resultType, setDefaultDtype } from "./tensor/promotion.ts";
import { scalar } from "./tensor/scalar.ts";
import { Tensor } from "./tensor/tensor.ts";

/**
 * A tensor with a copy of `data`: numbers become float32, bigints int64, booleans bool; typed arrays keep their dtype.
 * Throws a ValueError for ragged arrays.
 * @example torch.tensor([[1, 2], [3, 4]], { dtype: torch.int64, requiresGrad: false })
 */
function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  const made = fromData(data, options.dtype);
  if (options.requiresGrad) return made.requiresGrad_();
  return hostReads.current === null ? made : hostReads.current.made(made);
}

/** `torch.slice(1, null, 2)` is Python's `1::2` for `x.index`; with a tensor first it is the operator. */
function slice(start?: number | null, stop?: number | null, step?: number): Slice;
function slice(self: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number): Tensor;
function slice(first?: Tensor | number | null, ...rest: (number | null | undefined)[]): Tensor | Slice {
  if (first instanceof Tensor)
    return functions.slice(first, ...(rest as [number?, (number | null)?, (number | null)?, number?]));
  return makeSlice(first, rest[0], rest[1] ?? 1);
}

/** Everything torch offers, under torch's names in camelCase. */
export const torch = {
  ...functions,
  slice,
  tensor,
  Tensor,
  Generator,
  scalar,
  ...dtypes,
  long: dtypes.int64,
  promoteTypes: (a: DType, b: DType): DType => promoteTypes(a, b),
  resultType: (a: Tensor | number, b: Tensor | number): DType => resultType([a, b]),
  finfo,
  iinfo,
  getDefaultDtype,
  setDefaultDtype,
  manualSeed,
  seed,
  initialSeed,
  ...modes,
  isTensor: (value: unknown): value is Tensor => value instanceof Tensor,
  autograd: { grad, backward: runBackward, Function: AutogradFunction, gradcheck, gradgradcheck },
  nn,
  optim,
  save,
  load,
  serialize,
  utils: { data },
  setPrintOptions,
  getPrintOptions,
  backend,
  ops: { aten: atenNamespace("aten") },
};
