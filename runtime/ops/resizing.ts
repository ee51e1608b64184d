/** Other sizes for a tensor's own memory, which grows where it must. Source: aten/src/ATen/native/Resize.cpp. */
import { needsGradient } from "../autograd/edges.ts";
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { numelOf } from "../tensor/geometry.ts";
import {
  checkFormat,
  contiguousFormat,
  preserveFormat,
  stridesIn,
  suggestedFormat,
} from "../tensor/memory-format.ts";
import { storageArrays } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

function resized(self: Tensor, sizes: readonly number[], format: number): Tensor {
  if (needsGradient(self)) throw new RuntimeError("cannot resize variables that require grad");
  if (sizes.some((size) => size < 0)) throw new RuntimeError("numel: integer multiplication overflow");
  if (format === preserveFormat) throw new RuntimeError("Unsupported memory formatPreserve");
  checkFormat(sizes.length, format);
  const { storage } = self;
  const needed = self.offset + numelOf(sizes);
  if (needed > storage.data.length) {
    const grown = new storageArrays[self.dtype.name](needed);
    grown.set(storage.data as never);
    storage.replace(grown);
  }
  Object.assign(self, { sizes: [...sizes], strides: stridesIn(sizes, format) });
  return self;
}

/**
 * Gives this tensor other sizes: its elements stay in their order, new ones mean nothing yet.
 * Throws torch's RuntimeError for a tensor that requires a gradient.
 * @example torch.arange(6).resize_([2, 2]) // [[0, 1], [2, 3]]
 */
export const resize_: (
  self: Tensor,
  size: readonly number[],
  options?: { memoryFormat?: number | null },
) => Tensor = aten(
  op(
    "aten::resize_(Tensor(a!) self, SymInt[] size, *, MemoryFormat? memory_format=None) -> Tensor(a!)",
    (self, size, format) => resized(self, size, format ?? contiguousFormat),
    { composite: true },
  ),
);

/** Gives this tensor the sizes of another. */
export const resizeAs_: (
  self: Tensor,
  theTemplate: Tensor,
  options?: { memoryFormat?: number | null },
) => Tensor = aten(
  op(
    "aten::resize_as_(Tensor(a!) self, Tensor the_template, *, MemoryFormat? memory_format=None) -> Tensor(a!)",
    (self, template, format) => {
      const wanted = format === preserveFormat ? suggestedFormat(template.sizes, template.strides) : format;
      return resized(self, template.sizes, wanted ?? contiguousFormat);
    },
    { composite: true },
  ),
);
