/**
 * What code asks of tensors without computing a new one: sizes, dtype, numbers in and out of them. These are no rows of
 * the operator table, since they are not dispatched.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, register_special_ops.cpp.
 */
import { gradMode } from "../../../autograd/grad-mode.ts";
import { IndexError, RuntimeError, ValueError } from "../../../errors.ts";
import { firstValue } from "../../../tensor/access.ts";
import { bool, type DType, dtypeOfCode, float64, int64 } from "../../../tensor/dtype.ts";
import { makeFull } from "../../../tensor/filled.ts";
import { fromData, type TensorData } from "../../../tensor/from-data.ts";
import { getDefaultDtype } from "../../../tensor/promotion.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Future } from "../futures.ts";
import { valueText } from "../value-text.ts";
import { primitive, typedPrimitive } from "./row.ts";

function sizeAt(tensor: Tensor, dim: number): number {
  const rank = tensor.sizes.length;
  const at = dim < 0 ? dim + rank : dim;
  if (at < 0 || at >= rank) {
    throw new IndexError(
      `Dimension out of range (expected to be in range of [${-Math.max(rank, 1)}, ${Math.max(rank, 1) - 1}], but got ${dim})`,
    );
  }
  return tensor.sizes[at];
}

function numberOf(tensor: Tensor): number {
  if (tensor.elements !== 1)
    throw new RuntimeError(`a Tensor with ${tensor.elements} elements cannot be converted to Scalar`);
  return firstValue(tensor);
}

primitive("aten::size(Tensor self) -> int[]", (tensor: Tensor) => [...tensor.sizes]);
primitive("aten::size.int(Tensor self, int dim) -> int", sizeAt);
primitive("prim::shape(Tensor a) -> int[]", (tensor: Tensor) => [...tensor.sizes]);
primitive("aten::stride(Tensor self) -> int[]", (tensor: Tensor) => [...tensor.strides]);
primitive("aten::dim(Tensor self) -> int", (tensor: Tensor) => tensor.sizes.length);
primitive("aten::numel(Tensor self) -> int", (tensor: Tensor) => tensor.elements);
primitive("aten::is_contiguous(Tensor self) -> bool", (tensor: Tensor) => tensor.isContiguous());
primitive(
  "aten::is_floating_point(Tensor self) -> bool",
  (tensor: Tensor) => tensor.dtype.category === "floating",
);
primitive("aten::len.Tensor(Tensor t) -> int", (tensor: Tensor) => {
  if (tensor.sizes.length === 0) throw new RuntimeError("len() of a 0-d tensor");
  return tensor.sizes[0];
});
primitive("prim::dtype(Tensor a) -> int", (tensor: Tensor) => tensor.dtype.code);
primitive("prim::device(Tensor a) -> Device", (tensor: Tensor) => tensor.device);
primitive("prim::layout(Tensor a) -> Layout", () => 0);
primitive("prim::requires_grad(Tensor a) -> bool", (tensor: Tensor) => tensor.requiresGrad);
primitive("prim::type(Device self) -> str", (device: string) => device.replace(/:.*/, ""));
primitive("prim::data(Tensor a) -> Tensor", (tensor: Tensor) => tensor.detach());
primitive("aten::device(str a) -> Device", (name: string) => name);
primitive("aten::get_device(Tensor self) -> int", () => -1);
primitive("aten::is_grad_enabled() -> bool", () => gradMode.enabled);
primitive("aten::is_autocast_enabled() -> bool", () => false);
primitive("aten::is_autocast_cpu_enabled() -> bool", () => false);

primitive("aten::item(Tensor self) -> Scalar", numberOf);
primitive("aten::Int.Tensor(Tensor a) -> int", (tensor: Tensor) => Math.trunc(numberOf(tensor)));
primitive("aten::Float.Tensor(Tensor a) -> float", numberOf);
primitive("aten::Bool.Tensor(Tensor a) -> bool", (tensor: Tensor) => {
  if (tensor.elements === 0) throw new RuntimeError("Boolean value of Tensor with no values is ambiguous");
  if (tensor.elements > 1)
    throw new RuntimeError("Boolean value of Tensor with more than one value is ambiguous");
  return firstValue(tensor) !== 0;
});
primitive("aten::IntImplicit(Tensor a) -> int", (tensor: Tensor) => Math.trunc(numberOf(tensor)));
primitive("aten::FloatImplicit(Tensor a) -> float", numberOf);
primitive("aten::ScalarImplicit(Tensor a) -> Scalar", numberOf);
primitive("aten::Int.str(str a) -> int", (text: string) => {
  if (!/^\s*[+-]?\d+\s*$/.test(text))
    throw new ValueError(`invalid literal for int() with base 10: '${text}'`);
  return Number(text);
});
primitive("aten::Float.str(str a) -> float", (text: string) => {
  const named = /^\s*([+-]?)(inf|infinity|nan)\s*$/i.exec(text);
  if (named !== null)
    return named[2].toLowerCase() === "nan" ? Number.NaN : named[1] === "-" ? -Infinity : Infinity;
  if (text.trim() === "" || Number.isNaN(Number(text)))
    throw new ValueError(`could not convert string to float: '${text}'`);
  return Number(text);
});

primitive("prim::NumToTensor.Scalar(int a) -> Tensor", (value: number) => makeFull([], value, int64));
primitive("prim::NumToTensor.float(float a) -> Tensor", (value: number) => makeFull([], value, float64));
primitive("prim::NumToTensor.bool(bool a) -> Tensor", (value: boolean) => makeFull([], Number(value), bool));

const dtypeOr = (code: number | null, otherwise: DType): DType =>
  code === null ? otherwise : dtypeOfCode(code);

const tail = "int? dtype=None, Device? device=None";
for (const [type, dtype] of [
  ["int", () => int64],
  ["float", getDefaultDtype],
  ["bool", () => bool],
] as const) {
  primitive(
    `aten::tensor.${type}(${type} t, *, ${tail}, bool requires_grad=False) -> Tensor`,
    (value: number, code: number | null, _: unknown, requiresGrad: boolean) => {
      const made = makeFull([], Number(value), dtypeOr(code, dtype()));
      return requiresGrad ? made.requiresGrad_() : made;
    },
  );
  primitive(`aten::as_tensor.${type}(${type} t, ${tail}) -> Tensor`, (value: number, code: number | null) =>
    makeFull([], Number(value), dtypeOr(code, dtype())),
  );
  for (const nested of [`${type}[]`, `${type}[][]`, `${type}[][][]`]) {
    const overload = nested.replaceAll("[]", "_list");
    primitive(
      `aten::tensor.${overload}(${nested} data, *, ${tail}, bool requires_grad=False) -> Tensor`,
      (data: TensorData, code: number | null) => fromData(data, dtypeOr(code, dtype())),
    );
  }
}

typedPrimitive("prim::Print(...) -> ()", (types, ...values: unknown[]) => {
  console.log(values.map((value, i) => valueText(value, types[i])).join(" "));
});
primitive("aten::warn(str message, int stacklevel=2) -> ()", (message: string) => {
  console.warn(`UserWarning: ${message}`);
});
primitive("prim::RaiseException(str msg, str? cls=None) -> ()", (message: string) => {
  throw new RuntimeError(message);
});
primitive("aten::wait(Future(t) self) -> t", (future: Future) => future.wait());
primitive("aten::_unwrap_optional(t? optional) -> t", (value: unknown) => {
  if (value === null || value === undefined) throw new RuntimeError("Unwrapping null optional");
  return value;
});
