/** The functions of `torch` that take what is JavaScript's: numbers in nested arrays, and slices. */
import { hostReads } from "./dispatch/interpreter.ts";
import type { TensorOptions } from "./ops/creation.ts";
import * as part from "./ops/part.ts";
import { fromData, type TensorData } from "./tensor/from-data.ts";
import { makeSlice, type Slice } from "./tensor/index-notation.ts";
import { Tensor } from "./tensor/tensor.ts";

/**
 * A tensor with a copy of `data`: numbers become float32, bigints int64, booleans bool; typed arrays keep their dtype.
 * Throws a ValueError for ragged arrays.
 * @example torch.tensor([[1, 2], [3, 4]], { dtype: torch.int64, requiresGrad: false })
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  const made = fromData(data, options.dtype);
  if (options.requiresGrad) return made.requiresGrad_();
  return hostReads.current === null ? made : hostReads.current.made(made);
}

/** `torch.slice(1, null, 2)` is Python's `1::2` for `x.index`; with a tensor first it is the operator. */
export function slice(start?: number | null, stop?: number | null, step?: number): Slice;
export function slice(
  self: Tensor,
  dim?: number,
  start?: number | null,
  end?: number | null,
  step?: number,
): Tensor;
export function slice(
  first?: Tensor | number | null,
  ...rest: (number | null | undefined)[]
): Tensor | Slice {
  if (first instanceof Tensor)
    return part.slice(first, ...(rest as [number?, (number | null)?, (number | null)?, number?]));
  return makeSlice(first, rest[0], rest[1] ?? 1);
}
