/**
 * Whether all or any elements are true.
 * Source: native_functions.yaml, aten/src/ATen/native/ReduceOps.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import type { Lowering } from "../jit/onnx/lowering.ts";
import * as ordering from "../jit/onnx/ordering.ts";
import { type Reducer, reduce } from "../kernels/reduce.ts";
import { allDims } from "../kernels/reduced-dims.ts";
import { bool, type DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

const allTrue: Reducer = (x, start, count, step) => {
  for (let i = 0, p = start; i < count; i++, p += step) if (x[p] === 0) return 0;
  return 1;
};
const anyTrue: Reducer = (x, start, count, step) => {
  for (let i = 0, p = start; i < count; i++, p += step) if (x[p] !== 0) return 1;
  return 0;
};

/** Whether all (or any) elements are true, over all or along dimensions. */
export type Quantifier = (self: Tensor, dim?: number | readonly number[] | null, keepdim?: boolean) => Tensor;

/** Logic on uint8 answers uint8, on anything else bool. */
const truthDtype = (self: Tensor): DType => (self.dtype.name === "uint8" ? self.dtype : bool);

function quantify(self: Tensor, dims: readonly number[], keepdim: boolean, reducer: Reducer): Tensor {
  const truths = self.dtype === bool ? self : self.ne(0);
  return reduce(truths, dims, keepdim, bool, reducer).to(truthDtype(self));
}

/** No dimensions named means all of them; none to reduce leaves each element's own truth. */
function quantifyDims(
  self: Tensor,
  dims: readonly number[] | null,
  keepdim: boolean,
  reducer: Reducer,
): Tensor {
  return dims?.length === 0
    ? self.ne(0).to(truthDtype(self))
    : quantify(self, dims ?? allDims, keepdim, reducer);
}

function quantifier(name: "all" | "any", reducer: Reducer, onnxExport: Lowering): Quantifier {
  return aten(
    op(
      `aten::${name}(Tensor self) -> Tensor` as "aten::f(Tensor self) -> Tensor",
      (self) => quantify(self, allDims, false, reducer),
      { onnxExport },
    ),
    op(
      `aten::${name}.dim(Tensor self, int dim, bool keepdim=False) -> Tensor` as "aten::f(Tensor self, int dim, bool keepdim=False) -> Tensor",
      (self, dim, keepdim) => quantify(self, [dim], keepdim, reducer),
      { onnxExport },
    ),
    op(
      `aten::${name}.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor` as "aten::f(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
      (self, dims, keepdim) => quantifyDims(self, dims, keepdim, reducer),
      { onnxExport },
    ),
  );
}

/**
 * Whether all elements are not 0, altogether or along dimensions. A bool (uint8 for uint8).
 * @example x.gt(0).all().item<boolean>() // true
 */
const all_: Quantifier = quantifier("all", allTrue, ordering.quantifier("ReduceMin"));

/**
 * Whether some element is not 0, altogether or along dimensions. A bool (uint8 for uint8).
 * @example x.gt(3).any(1) // [false, true]
 */
const any_: Quantifier = quantifier("any", anyTrue, ordering.quantifier("ReduceMax"));

export { all_ as all, any_ as any };
