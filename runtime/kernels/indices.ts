/** Index tensors as checked numbers. Source of messages: aten/src/ATen/native/TensorAdvancedIndexing.cpp. */
import { IndexError, RuntimeError } from "../errors.ts";
import { valuesOf } from "../tensor/access.ts";
import { int32, int64, legacyName } from "../tensor/dtype.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Throws torch's RuntimeError for indices of a table that are neither int64 nor int32. */
export function checkIndices({ dtype }: Tensor, position: number, caller: string): void {
  if (dtype === int64 || dtype === int32) return;
  throw new RuntimeError(
    `Expected tensor for argument #${position} 'indices' to have one of the following scalar types: Long, Int; but got ${legacyName(dtype)} instead (while checking arguments for ${caller})`,
  );
}

/** Checked indices as numbers, negative ones wrapped. */
export function indicesOf(
  index: Tensor,
  size: number,
  name: string,
  dim: number,
  wraps: boolean,
): NumberArray {
  if (index.dtype !== int64 && index.dtype !== int32 && (name === "index" || index.elements > 0)) {
    if (name === "index")
      throw new IndexError("tensors used as indices must be long, int, byte or bool tensors");
    throw new RuntimeError(
      `${name}(): Expected dtype int32/int64 for index but got: ${index.dtype.scalarName}`,
    );
  }
  const values = valuesOf(index);
  const out = allocateNumbers(int64, values.length);
  for (let i = 0; i < values.length; i++) {
    const at = values[i];
    if (at >= size || at < (wraps ? -size : 0)) {
      throw wraps
        ? new IndexError(`index ${at} is out of bounds for dimension ${dim} with size ${size}`)
        : name === "index_select" || name === "index_add"
          ? new IndexError("index out of range in self")
          : new RuntimeError(`index ${at} is out of bounds for dimension ${dim} with size ${size}`);
    }
    out[i] = at < 0 ? at + size : at;
  }
  return out;
}
