/**
 * Spaced numbers: evenly, and with evenly spaced logarithms. Source: aten/src/ATen/native/RangeFactories.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { convertValues, fromValues, valuesAs, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, type DType, float64 } from "../tensor/dtype.ts";
import { getDefaultDtype } from "../tensor/promotion.ts";
import { type Scalar, scalar, scalarValue } from "../tensor/scalar.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { TensorOptions } from "./creation.ts";

/** A start or an end: a number, or a tensor of one. */
export type Bound = Scalar | Tensor;

type Spacing = (
  start: Bound,
  end: Bound,
  steps: number,
  dtype: DType | null,
  map: (value: number) => number,
) => Tensor;

/** Throws in torch's words for a tensor with dimensions. */
function checkBounds(name: string, start: Bound, end: Bound): void {
  const found = Object.entries({ start, end }).flatMap(([which, bound]) =>
    bound instanceof Tensor && (bound.ndim > 0 || (start instanceof Tensor && end instanceof Tensor))
      ? [{ text: `${which} with ${bound.ndim} dimension(s)`, fits: bound.ndim === 0 }]
      : [],
  );
  if (found.every(({ fits }) => fits)) return;
  throw new RuntimeError(
    `${name} only supports 0-dimensional start and end tensors, but got ${found.map(({ text }) => text).join(" and ")}.`,
  );
}

function numberOf(bound: Bound): number {
  if (!(bound instanceof Tensor)) return scalarValue(bound);
  return valuesOf(bound)[0];
}

/** A bound as an integer dtype holds it. Throws torch's RuntimeError if it does not. */
function wholeBound(bound: Bound, dtype: DType): number {
  const value = numberOf(bound);
  const given = bound instanceof Tensor ? scalar(value, isFloating(bound.dtype) ? "float" : "int") : bound;
  checkConversion(given, dtype);
  return valuesAs(fromValues(Float64Array.of(value), [], float64), dtype)[0];
}

const isFloating = ({ category }: DType): boolean => category === "floating";

const spacing =
  (name: string): Spacing =>
  (start, end, steps, dtype, map) => {
    checkBounds(name, start, end);
    let [from, to] = [numberOf(start), numberOf(end)];
    if (steps < 0) throw new RuntimeError("number of steps must be non-negative");
    const result = dtype ?? getDefaultDtype();
    if (result === bool && steps > 1)
      throw new NotImplementedError(`"${name}_cpu" not implemented for 'Bool'`);
    // Of integers the bounds themselves are converted, as far as they are used, but for a single power.
    if (!isFloating(result)) {
      if (name === "logspace" && steps === 1) checkConversion(scalar(map(from), "float"), result);
      else if (steps > 0) from = wholeBound(start, result);
      if (steps > 1) to = wholeBound(end, result);
    }
    const by = steps > 1 ? (to - from) / (steps - 1) : 0;
    const step = result.name === "float32" ? Math.fround(by) : by;
    const out = isFloating(result) ? allocateNumbers(result, steps) : new Float64Array(steps);
    // From both ends to the middle, so that the last element is `end` exactly.
    for (let i = 0; i < steps; i++) {
      out[i] = map(i < steps / 2 ? from + step * i : to - step * (steps - i - 1));
    }
    return fromValues(isFloating(result) ? out : convertValues(out, float64, result), [steps], result);
  };

const tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None";

/** The overloads: each bound a number or a tensor. */
const bounds = [
  ["", "Scalar", "Scalar"],
  [".Scalar_Tensor", "Scalar", "Tensor"],
  [".Tensor_Scalar", "Tensor", "Scalar"],
  [".Tensor_Tensor", "Tensor", "Tensor"],
] as const;

const evenly = spacing("linspace");

/**
 * `steps` evenly spaced numbers from `start` to `end`, both included.
 * @example torch.linspace(0, 1, 3) // [0, 0.5, 1]
 */
export const linspace: (start: Bound, end: Bound, steps: number, options?: TensorOptions) => Tensor = aten(
  ...bounds.map(([overload, first, second]) =>
    op(
      `aten::linspace${overload}(${first} start, ${second} end, int steps, *, ${tail}) -> Tensor` as "aten::f(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None) -> Tensor",
      (start, end, steps, dtype) => evenly(start, end, steps, dtype, (value) => value),
    ),
  ),
);

const byLogarithm = spacing("logspace");

/** `base` to the power of `steps` evenly spaced numbers from `start` to `end`. */
export const logspace: (
  start: Bound,
  end: Bound,
  steps: number,
  base?: number,
  options?: TensorOptions,
) => Tensor = aten(
  ...bounds.map(([overload, first, second]) =>
    op(
      `aten::logspace${overload}(${first} start, ${second} end, int steps, float base=10.0, *, ${tail}) -> Tensor` as "aten::f(Scalar start, Scalar end, int steps, float base=10.0, *, ScalarType? dtype=None) -> Tensor",
      (start, end, steps, base, dtype) => byLogarithm(start, end, steps, dtype, (value) => base ** value),
    ),
  ),
);
