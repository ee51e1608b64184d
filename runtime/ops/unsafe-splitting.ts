/**
 * Splitting as LSTM cells do it: parts that may be written to in place although they came out of one call.
 * Source: native_functions.yaml, aten/src/ATen/native/TensorShape.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { chunk, split, splitWithSizes } from "./splitting.ts";

const composite = { composite: true } as const;

/** As `chunk`; PyTorch does not treat the parts as views. */
export const unsafeChunk: (self: Tensor, chunks: number, dim?: number) => readonly Tensor[] = aten(
  op("aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]", chunk, composite),
);

/** As `split` with one size. */
export const unsafeSplit: (self: Tensor, splitSize: number, dim?: number) => readonly Tensor[] = aten(
  op("aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]", split, composite),
);

/** As `splitWithSizes`. */
export const unsafeSplitWithSizes: (
  self: Tensor,
  splitSizes: readonly number[],
  dim?: number,
) => readonly Tensor[] = aten(
  op(
    "aten::unsafe_split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]",
    splitWithSizes,
    composite,
  ),
);
