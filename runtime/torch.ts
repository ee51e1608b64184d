/** The `torch` namespace: creation from data, every operator, dtypes, random seeds, gradients and settings. */
import { grad, backward as runBackward } from "./autograd/engine.ts";
import { AutogradFunction } from "./autograd/function.ts";
import { gradcheck, gradgradcheck } from "./autograd/gradcheck.ts";
import * as modes from "./autograd/modes.ts";
import * as data from "./data/index.ts";
import { atenNamespace } from "./dispatch/namespace.ts";
import * as given from "./from-values.ts";
import { backend } from "./kernels/backend.ts";
import * as nn from "./nn/index.ts";
import * as functions from "./ops/functions.ts";
import * as optim from "./optim/index.ts";
import { getPrintOptions, setPrintOptions } from "./print/options.ts";
import { initialSeed, manualSeed, seed } from "./random/default-generator.ts";
import { Generator } from "./random/generator.ts";
import { load } from "./serialization/load.ts";
import { save, serialize } from "./serialization/save.ts";
import { type DType, dtypes } from "./tensor/dtype.ts";
import { finfo, iinfo } from "./tensor/dtype-limits.ts";
import { getDefaultDtype, promoteTypes, resultType, setDefaultDtype } from "./tensor/promotion.ts";
import { scalar } from "./tensor/scalar.ts";
import { Tensor } from "./tensor/tensor.ts";

/** What torch offers besides operators. */
const besides = {
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

/**
 * Everything torch offers, under torch's names in camelCase. The type names the operators' modules, so that an editor finds each
 * operator's documentation.
 */
export const torch: typeof functions & typeof given & typeof besides = { ...functions, ...given, ...besides };
