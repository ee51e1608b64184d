/**
 * Joining: tensors put together along a dimension.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorShape.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import { fromValues, rawValuesOf, valuesAs } from "../tensor/access.ts";
import { numelOf, wrapDim } from "../tensor/geometry.ts";
import { late } from "../tensor/late.ts";
import { resultType } from "../tensor/promotion.ts";
import { allocateNumbers, storageArrays } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";

function catKernel(tensors: readonly Tensor[], dim: number): Tensor {
  if (tensors.length === 0) throw new ValueError("torch.cat(): expected a non-empty list of Tensors");
  tensors.forEach((tensor, i) => {
    if (tensor.sizes.length === 0) {
      throw new RuntimeError(`zero-dimensional tensor (at position ${i}) cannot be concatenated`);
    }
  });
  // A legacy of the time before empty shapes: 1-d tensors without elements are skipped.
  const used = tensors.filter((tensor) => !(tensor.sizes.length === 1 && tensor.sizes[0] === 0));
  const first = used[0] ?? tensors[0];
  // Where all are skipped, no dimension is looked for.
  const d = used.length === 0 ? 0 : wrapDim(dim, first.sizes.length);
  let length = 0;
  used.forEach((tensor) => {
    if (tensor.sizes.length !== first.sizes.length) {
      throw new RuntimeError(
        `Tensors must have same number of dimensions: got ${first.sizes.length} and ${tensor.sizes.length}`,
      );
    }
    tensor.sizes.forEach((size, i) => {
      if (i !== d && size !== first.sizes[i]) {
        throw new RuntimeError(
          `Sizes of tensors must match except in dimension ${d}. Expected size ${first.sizes[i]} but got size ${size} for tensor number ${tensors.indexOf(tensor)} in the list.`,
        );
      }
    });
    length += tensor.sizes[d];
  });
  const dtype = resultType(tensors);
  const sizes = used.length === 0 ? first.sizes : first.sizes.with(d, length);
  const inner = numelOf(sizes.slice(d + 1));
  const outer = numelOf(sizes.slice(0, d));
  const direct = used.every((tensor) => tensor.dtype === dtype);
  const out = direct ? new storageArrays[dtype.name](numelOf(sizes)) : allocateNumbers(dtype, numelOf(sizes));
  let at = 0;
  for (const tensor of used) {
    const values = direct ? rawValuesOf(tensor) : valuesAs(tensor, dtype);
    const run = tensor.sizes[d] * inner;
    for (let o = 0; o < outer; o++) {
      // Both arrays are of the dtype's one layout.
      (out as Float32Array).set(
        values.subarray(o * run, (o + 1) * run) as Float32Array,
        o * length * inner + at,
      );
    }
    at += run;
  }
  return direct ? tensorFromArray(out as never, dtype, sizes) : fromValues(out as never, sizes, dtype);
}

/**
 * Tensors put together along an existing dimension.
 * @example torch.cat([x, x], 1) // [[1, 2, 1, 2], [3, 4, 3, 4]]
 */
export const cat: (tensors: readonly Tensor[], dim?: number) => Tensor = aten(
  op("aten::cat(Tensor[] tensors, int dim=0) -> Tensor", catKernel, {
    onnx: shapes.cat,
    grad: {
      tensors: ({ grad, tensors, dim }) => {
        let start = 0;
        return (tensors as Tensor[]).map((tensor) => {
          if (tensor.sizes.length === 1 && tensor.sizes[0] === 0) return tensor.zerosLike();
          const size = tensor.sizes[wrapDim(dim, tensor.sizes.length)];
          start += size;
          return grad.narrow(dim, start - size, size);
        });
      },
    },
  }),
);

late.cat = cat;

/**
 * Tensors of one shape put together along a new dimension.
 * @example torch.stack([x, x]).shape // [2, 2, 2]
 */
export const stack: (tensors: readonly Tensor[], dim?: number) => Tensor = aten(
  op(
    "aten::stack(Tensor[] tensors, int dim=0) -> Tensor",
    (tensors, dim) => {
      if (tensors.length === 0) throw new RuntimeError("stack expects a non-empty TensorList");
      const first = tensors[0].sizes;
      tensors.forEach((tensor, i) => {
        if (tensor.sizes.length !== first.length || tensor.sizes.some((size, k) => size !== first[k])) {
          throw new RuntimeError(
            `stack expects each tensor to be equal size, but got [${first.join(", ")}] at entry 0 and [${tensor.sizes.join(", ")}] at entry ${i}`,
          );
        }
      });
      const d = wrapDim(dim, first.length + 1);
      return catKernel(
        tensors.map((tensor) => tensor.unsqueeze(d)),
        d,
      );
    },
    { onnx: shapes.stack, grad: { tensors: ({ grad, dim }) => grad.unbind(dim) } },
  ),
);
