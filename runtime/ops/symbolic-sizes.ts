/**
 * Sizes and strides under the names that exported programs have for them. Here they are the numbers themselves.
 * Source: native_functions.yaml (sym_size, …), the core operators of ATen.
 */
import { aten, op } from "../dispatch/op.ts";
import { ofDim } from "../tensor/geometry.ts";
import { liesIn } from "../tensor/memory-format.ts";

aten(
  op("aten::sym_size(Tensor self) -> SymInt[]", (self) => self.sizes),
  op("aten::sym_size.int(Tensor self, int dim) -> SymInt", (self, dim) => ofDim(self.sizes, dim)),
);
aten(
  op("aten::sym_stride(Tensor self) -> SymInt[]", (self) => self.strides),
  op("aten::sym_stride.int(Tensor self, int dim) -> SymInt", (self, dim) => ofDim(self.strides, dim)),
);
aten(op("aten::sym_numel(Tensor self) -> SymInt", (self) => self.elements));
aten(op("aten::sym_storage_offset(Tensor self) -> SymInt", (self) => self.offset));
aten(
  op("aten::sym_is_contiguous(Tensor self, MemoryFormat memory_format=0) -> SymBool", (self, format) =>
    liesIn(self.sizes, self.strides, format),
  ),
);
