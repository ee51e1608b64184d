/**
 * Creation: tensors of given shape filled with constants or ranges, and tensors shaped like another.
 * Random ones are random.ts's; `torch.tensor(data)` is tensor/from-data.ts's.
 * Source: native_functions.yaml, aten/src/ATen/native/TensorFactories.cpp, RangeFactories.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import { fromValues } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, type DType, int64 } from "../tensor/dtype.ts";
import { makeFull, makeZeros } from "../tensor/filled.ts";
import { getDefaultDtype } from "../tensor/promotion.ts";
import { type Scalar, scalarCategory, scalarValue } from "../tensor/scalar.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How a new tensor is made; the default dtype is float32 unless the operator says otherwise. */
export interface TensorOptions {
  readonly dtype?: DType;
  readonly device?: string;
  readonly requiresGrad?: boolean;
}

/** Makes a tensor of a shape: `zeros([2, 3])` or `zeros(2, 3)`. */
export interface Factory {
  (size: readonly number[], options?: TensorOptions): Tensor;
  (...size: number[]): Tensor;
}

/** `memoryFormat: 0` lays the result out in rows (contiguous), whatever the layout of the model. */
export interface LikeOptions extends TensorOptions {
  readonly memoryFormat?: number | null;
}

/** A tensor of the shape and dtype of another. */
export type FactoryLike = (self: Tensor, options?: LikeOptions) => Tensor;

const factoryTail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None";

const inferred = (value: Scalar): DType => {
  const category = scalarCategory(value);
  return category === "bool" ? bool : category === "integral" ? int64 : getDefaultDtype();
};

/** The row of a factory of one constant. */
function constant(name: string, value: number): Factory {
  return aten(
    op(
      `aten::${name}(SymInt[] size, *, ${factoryTail}) -> Tensor` as "aten::f(SymInt[] size, *, ScalarType? dtype=None) -> Tensor",
      (size, dtype) => makeFull(size, value, dtype ?? getDefaultDtype()),
      { onnx: forms.filled(value) },
    ),
  );
}

/**
 * A tensor of zeros; the shape as a list or as numbers.
 * @example torch.zeros([2, 3]) // [[0, 0, 0], [0, 0, 0]]
 */
export const zeros = constant("zeros", 0);
/**
 * A tensor of ones; the shape as a list or as numbers.
 * @example torch.ones(2, 2) // [[1, 1], [1, 1]]
 */
export const ones = constant("ones", 1);

/** A tensor whose values mean nothing yet; here they are zeros. */
export const empty: Factory = aten(
  op(
    "aten::empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    (size, dtype) => makeZeros(size, dtype ?? getDefaultDtype()),
  ),
);

/**
 * A tensor filled with `fillValue`; whole numbers give int64 unless a dtype is named.
 * @example torch.full([2], 7) // [7, 7]
 */
export const full: (size: readonly number[], fillValue: Scalar, options?: TensorOptions) => Tensor = aten(
  op(
    "aten::full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (size, value, dtype) => makeFull(size, value, dtype ?? inferred(value)),
    { onnx: forms.filled(null) },
  ),
);

/** A 0-d tensor of one number, in the default dtype unless one is named. */
export const scalarTensor: (s: Scalar, options?: TensorOptions) => Tensor = aten(
  op(
    "aten::scalar_tensor(Scalar s, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (s, dtype) => makeFull([], s, dtype ?? getDefaultDtype()),
  ),
);

/** Evenly spaced numbers from `start` (default 0) up to, not including, `end`; whole arguments give int64. */
export interface Arange {
  (end: Scalar, options?: TensorOptions): Tensor;
  (start: Scalar, end: Scalar, step?: Scalar, options?: TensorOptions): Tensor;
}

function arangeKernel(start: Scalar, end: Scalar, step: Scalar, dtype: DType | null): Tensor {
  const result =
    dtype ?? ([start, end, step].every((s) => scalarCategory(s) !== "floating") ? int64 : getDefaultDtype());
  const [from, to, by] = [start, end, step].map((s) =>
    result === int64 ? Math.trunc(scalarValue(s)) : scalarValue(s),
  );
  if (result === bool) throw new NotImplementedError(`"arange_cpu" not implemented for 'Bool'`);
  if (by === 0 || Number.isNaN(by)) throw new RuntimeError("step must be nonzero");
  if (!Number.isFinite(from) || !Number.isFinite(to))
    throw new RuntimeError(`unsupported range: ${from} -> ${to}`);
  if (result.category !== "floating") checkConversion(step, int64);
  const [given, until] = [scalarValue(start), scalarValue(end)];
  if (
    (by > 0 && given > until) ||
    (by < 0 && given < until) ||
    (by > 0 && from > to) ||
    (by < 0 && from < to)
  ) {
    throw new RuntimeError("upper bound and lower bound inconsistent with step sign");
  }
  const out = allocateNumbers(result, Math.ceil((to - from) / by));
  // The length counts fractions, the elements of integer dtypes do not.
  const [first, stride] = result.category === "floating" ? [from, by] : [Math.trunc(from), Math.trunc(by)];
  for (let i = 0; i < out.length; i++) out[i] = first + i * stride;
  return fromValues(out, [out.length], result);
}

/**
 * The numbers from `start` (0) to before `end` in steps of `step` (1): int64 if all are whole, else float32.
 * @example torch.arange(4) // [0, 1, 2, 3]
 * @example torch.arange(0, 1, 0.25).dtype // torch.float32
 */
export const arange: Arange = aten(
  op(
    "aten::arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (end, dtype) => arangeKernel(0, end, 1, dtype),
    { onnx: forms.range(null, 0, null) },
  ),
  op(
    "aten::arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (start, end, dtype) => arangeKernel(start, end, 1, dtype),
    { onnx: forms.range(0, 1, null) },
  ),
  op(
    "aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    arangeKernel,
    { onnx: forms.range(0, 1, 2) },
  ),
);

function eyeKernel(n: number, m: number, dtype: DType | null): Tensor {
  for (const [name, size] of Object.entries({ n, m }))
    if (size < 0) throw new RuntimeError(`${name} must be greater or equal to 0, got ${size}`);
  const result = dtype ?? getDefaultDtype();
  const out = allocateNumbers(result, n * m);
  for (let i = 0; i < Math.min(n, m); i++) out[i * m + i] = 1;
  return fromValues(out, [n, m], result);
}

/**
 * The identity matrix of `n` rows and `m` (default `n`) columns.
 * @example torch.eye(2) // [[1, 0], [0, 1]]
 */
export const eye: (n: number, m?: number, options?: TensorOptions) => Tensor = aten(
  op(
    "aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (n, dtype) => eyeKernel(n, n, dtype),
  ),
  op(
    "aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    eyeKernel,
  ),
);
