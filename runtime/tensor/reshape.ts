/**
 * Reshaping: which sizes a shape with a -1 stands for, and whether memory can be seen in another shape.
 * Source: aten/src/ATen/InferSize.h, TensorUtils.cpp (computeStride).
 */
import { RuntimeError } from "../errors.ts";
import { numelOf } from "./geometry.ts";
import type { Tensor } from "./tensor.ts";

/** A shape with its -1 worked out. Throws torch's RuntimeError where the elements do not fit. */
export function inferSizes(shape: readonly number[], numel: number): number[] {
  const unknown = shape.indexOf(-1);
  if (unknown !== shape.lastIndexOf(-1)) throw new RuntimeError("only one dimension can be inferred");
  const invalid = shape.find((size) => size < -1);
  if (invalid !== undefined) {
    throw new RuntimeError(
      `invalid shape dimension ${invalid} at index ${shape.indexOf(invalid)} of shape [${shape.join(", ")}]`,
    );
  }
  const known = shape.reduce((n, size) => (size === -1 ? n : n * size), 1);
  const fits = unknown < 0 ? known === numel : known > 0 && numel % known === 0;
  if (!fits) {
    if (unknown >= 0 && known === 0 && numel === 0) {
      throw new RuntimeError(
        `cannot reshape tensor of 0 elements into shape [${shape.join(", ")}] because the unspecified dimension size -1 can be any value and is ambiguous`,
      );
    }
    throw new RuntimeError(`shape '[${shape.join(", ")}]' is invalid for input of size ${numel}`);
  }
  return shape.map((size, i) => (i === unknown ? numel / known : size));
}

/** The strides of a view of `sizes`, or null if the memory cannot be seen that way. */
export function viewStrides(tensor: Tensor, sizes: readonly number[]): number[] | null {
  const old = tensor.sizes;
  if (numelOf(old) === 0) {
    const strides = new Array<number>(sizes.length);
    for (let i = sizes.length - 1, stride = 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= Math.max(sizes[i], 1);
    }
    return strides;
  }
  const strides = new Array<number>(sizes.length);
  let to = sizes.length - 1;
  let chunkElements = 1;
  let viewElements = 1;
  let baseStride = old.length > 0 ? tensor.strides[old.length - 1] : 1;
  if (old.length === 0) return sizes.map(() => 1);
  for (let from = old.length - 1; from >= 0; from--) {
    chunkElements *= old[from];
    const chunkEnds =
      from === 0 || (old[from - 1] !== 1 && tensor.strides[from - 1] !== chunkElements * baseStride);
    if (!chunkEnds) continue;
    while (to >= 0 && (viewElements < chunkElements || sizes[to] === 1)) {
      strides[to] = viewElements * baseStride;
      viewElements *= sizes[to--];
    }
    if (viewElements !== chunkElements) return null;
    if (from > 0) {
      baseStride = tensor.strides[from - 1];
      chunkElements = 1;
      viewElements = 1;
    }
  }
  return to === -1 ? strides : null;
}
