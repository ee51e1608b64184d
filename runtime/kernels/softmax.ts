/** Softmax and its logarithm along one dimension, computed from the differences to the greatest element, so that nothing overflows. */
import { fromValues, valuesOf } from "../tensor/access.ts";
import { float64 } from "../tensor/dtype.ts";
import { allocateUnset, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { alongDim } from "./along-dim.ts";
import { expOf } from "./exponential.ts";

/** One line: the elements `step` apart from `start` on. The loops are over locals, as V8 makes those fast. */
type Line = (x: NumberArray, out: NumberArray, start: number, count: number, step: number) => void;

function greatest(x: NumberArray, start: number, count: number, step: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0, p = start; i < count; i++, p += step) if (x[p] > max || x[p] !== x[p]) max = x[p];
  return max;
}

const softmaxLine =
  (exp: (x: number) => number): Line =>
  (x, out, start, count, step) => {
    const max = greatest(x, start, count, step);
    let sum = 0;
    for (let i = 0, p = start; i < count; i++, p += step) {
      const value = exp(x[p] - max);
      out[p] = value;
      sum += value;
    }
    for (let i = 0, p = start; i < count; i++, p += step) out[p] /= sum;
  };

const logSoftmaxLine =
  (exp: (x: number) => number): Line =>
  (x, out, start, count, step) => {
    const max = greatest(x, start, count, step);
    let sum = 0;
    for (let i = 0, p = start; i < count; i++, p += step) sum += exp(x[p] - max);
    const logSum = Math.log(sum);
    for (let i = 0, p = start; i < count; i++, p += step) out[p] = x[p] - max - logSum;
  };

const lines = {
  softmax: { exact: softmaxLine(Math.exp), single: softmaxLine(expOf) },
  logSoftmax: { exact: logSoftmaxLine(Math.exp), single: logSoftmaxLine(expOf) },
};

/** Applies one of the two along `dim`. */
export function softmaxAlong(self: Tensor, dim: number, kind: keyof typeof lines): Tensor {
  const line = lines[kind][self.dtype === float64 ? "exact" : "single"];
  const x = valuesOf(self);
  const out = allocateUnset(self.dtype, x.length);
  alongDim(self.sizes, dim, (start, count, step) => line(x, out, start, count, step));
  return fromValues(out, self.sizes, self.dtype);
}
