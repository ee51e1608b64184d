/**
 * Facts that code asks of tensors, devices and dtypes, and switches it sets: none of them computes a tensor.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, register_special_ops.cpp.
 */
import { gradMode } from "../../../autograd/grad-mode.ts";
import { RuntimeError } from "../../../errors.ts";
import { manualSeed } from "../../../random/default-generator.ts";
import { firstValue } from "../../../tensor/access.ts";
import { dtypeOfCode } from "../../../tensor/dtype.ts";
import { broadcastSizes } from "../../../tensor/geometry.ts";
import { promoteTypes } from "../../../tensor/promotion.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { primitive } from "./row.ts";

primitive(
  "aten::device.with_index(str type, int index) -> Device",
  (type: string, index: number) => `${type}:${index}`,
);
primitive("prim::index(Device self) -> int?", (device: string) => {
  const index = /:(\d+)$/.exec(device)?.[1];
  return index === undefined ? null : Number(index);
});
const toDevice = (
  tensor: Tensor,
  device: string | null,
  code: number | null,
  _: boolean,
  copy: boolean,
): Tensor =>
  tensor.to({
    ...(device === null ? {} : { device }),
    ...(code === null ? {} : { dtype: dtypeOfCode(code) }),
    copy,
  });
const noCopy = "bool non_blocking=False, bool copy=False";
primitive(
  `aten::to.prim_Device(Tensor self, Device? device, ScalarType? dtype=None, ${noCopy}) -> Tensor`,
  toDevice,
);
primitive(
  `aten::to.prim_dtype(Tensor self, ScalarType? dtype=None, ${noCopy}) -> Tensor`,
  (tensor: Tensor, code: number | null, nonBlocking: boolean, copy: boolean) =>
    toDevice(tensor, null, code, nonBlocking, copy),
);
primitive("prim::abs(Tensor x) -> Tensor", (tensor: Tensor) => tensor.abs());
primitive("aten::set_grad_enabled(bool val) -> ()", (enabled: boolean) => {
  gradMode.enabled = enabled;
});
primitive("prim::tolist.plain(Tensor self) -> Any", (tensor: Tensor) => tensor.tolist());
primitive(
  "aten::is_signed(Tensor self) -> bool",
  ({ dtype }: Tensor) => dtype.name !== "uint8" && dtype.name !== "bool",
);
primitive("aten::element_size(Tensor self) -> int", (tensor: Tensor) => tensor.dtype.itemSize);
primitive("prim::itemsize(Tensor a) -> int", (tensor: Tensor) => tensor.dtype.itemSize);
primitive("prim::nbytes(Tensor a) -> int", (tensor: Tensor) => tensor.elements * tensor.dtype.itemSize);
primitive("aten::is_leaf(Tensor self) -> bool", (tensor: Tensor) => tensor.isLeaf);
primitive("aten::storage_offset(Tensor self) -> int", (tensor: Tensor) => tensor.offset);
primitive(
  "aten::is_same_size(Tensor self, Tensor other) -> bool",
  (a: Tensor, b: Tensor) => a.sizes.join() === b.sizes.join(),
);
primitive("aten::is_complex(Tensor self) -> bool", () => false);
primitive("aten::is_conj(Tensor self) -> bool", () => false);
primitive("aten::is_neg(Tensor self) -> bool", () => false);
primitive("aten::is_inference(Tensor self) -> bool", () => false);
primitive("aten::is_scripting() -> bool", () => true);
primitive("aten::_get_tracing_state() -> bool", () => false);
primitive("aten::has_torch_function(...) -> bool", () => false);
primitive("aten::manual_seed(int seed) -> ()", (seed: number) => void manualSeed(seed));
primitive("aten::Size(int[] sizes) -> int[]", (sizes: number[]) => [...sizes]);
primitive("aten::_infer_size(int[] a, int[] b) -> int[]", (a: number[], b: number[]) => broadcastSizes(a, b));
primitive("aten::broadcast_shapes(int[] a, int[] b) -> int[]", (a: number[], b: number[]) =>
  broadcastSizes(a, b),
);
primitive(
  "aten::promote_types(ScalarType type1, ScalarType type2) -> ScalarType",
  (a: number, b: number) => promoteTypes(dtypeOfCode(a), dtypeOfCode(b)).code,
);
primitive("aten::is_nonzero(Tensor self) -> bool", (tensor: Tensor) => {
  if (tensor.elements !== 1)
    throw new RuntimeError(
      `Boolean value of Tensor with ${tensor.elements === 0 ? "no values" : "more than one value"} is ambiguous`,
    );
  return firstValue(tensor) !== 0;
});
for (const name of [
  "cpu",
  "cuda",
  "meta",
  "nested",
  "ipu",
  "xla",
  "xpu",
  "mps",
  "mtia",
  "maia",
  "vulkan",
  "mkldnn",
  "quantized",
  "sparse",
  "sparse_csr",
])
  primitive(`prim::is_${name}(Tensor a) -> bool`, () => name === "cpu");
