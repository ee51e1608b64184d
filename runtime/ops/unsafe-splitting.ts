/**
 * Splitting as LSTM cells do it: parts that may be written to in place although they came out of one call.
 * Source: native_functions.yaml, derivatives.yaml (unsafe_split), aten/src/ATen/native/TensorShape.cpp.
 */
import type { GradContext } from "../autograd/node.ts";
import { aten, op } from "../dispatch/op.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import { Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { cat } from "./joining.ts";
import { chunk, split, splitWithSizes } from "./splitting.ts";

const facts = {
  gradName: "UnsafeSplitBackward0",
  grad: { self: ({ grads, dim }: GradContext) => cat(grads, dim) },
} as const;

/** The same memory with versions of their own: a write to one part is not seen as a write to the others. */
const apart = (parts: readonly Tensor[]): readonly Tensor[] =>
  parts.map(
    ({ storage, dtype, sizes, strides, offset }) =>
      new Tensor(new Storage(storage.data), dtype, sizes, strides, offset),
  );

/** As `chunk`; PyTorch does not treat the parts as views. */
export const unsafeChunk: (self: Tensor, chunks: number, dim?: number) => readonly Tensor[] = aten(
  op(
    "aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]",
    (self, chunks, dim) => apart(chunk(self, chunks, dim)),
    { ...facts, onnx: shapes.chunk },
  ),
);

/** As `split` with one size. */
export const unsafeSplit: (self: Tensor, splitSize: number, dim?: number) => readonly Tensor[] = aten(
  op(
    "aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]",
    (self, size, dim) => apart(split(self, size, dim)),
    facts,
  ),
);

/** As `splitWithSizes`. */
export const unsafeSplitWithSizes: (
  self: Tensor,
  splitSizes: readonly number[],
  dim?: number,
) => readonly Tensor[] = aten(
  op(
    "aten::unsafe_split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]",
    (self, sizes, dim) => apart(splitWithSizes(self, sizes, dim)),
    facts,
  ),
);
