/**
 * Writing a result back to the tensor an in-place operator was called on, with torch's checks.
 * Source: TensorIteratorBase::mark_resize_outputs and check_all_same_dtype (aten/src/ATen/TensorIterator.cpp).
 */

import { needsGradient, requiresGradient } from "../autograd/edges.ts";
import { gradMode } from "../autograd/grad-mode.ts";
import { RuntimeError } from "../errors.ts";
import { rawValuesOf, valuesAs, writeRawValues, writeValues } from "../tensor/access.ts";
import { makeZeros } from "../tensor/filled.ts";
import { contiguousStrides, sameSizes } from "../tensor/geometry.ts";
import { late } from "../tensor/late.ts";
import { canCast } from "../tensor/promotion.ts";
import { isDirect } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Overwrites `self` with `result`, cast to its dtype; both have the same sizes. */
export function overwrite(self: Tensor, result: Tensor): Tensor {
  if (self.dtype === result.dtype && !isDirect(self.dtype)) writeRawValues(self, rawValuesOf(result));
  else writeValues(self, valuesAs(result, self.dtype));
  return self;
}

late.writeOut = (name, out, kernel, args) => {
  if (gradMode.enabled && (needsGradient(out) || requiresGradient(args))) {
    throw new RuntimeError(
      `${name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.`,
    );
  }
  const result = (kernel as unknown as (...args: readonly unknown[]) => Tensor)(...args);
  if (!canCast(result.dtype, out.dtype)) {
    throw new RuntimeError(
      `result type ${result.dtype.scalarName} can't be cast to the desired output type ${out.dtype.scalarName}`,
    );
  }
  if (!sameSizes(result.sizes, out.sizes)) resize(out, result.sizes);
  return overwrite(out, result);
};

/** Gives a tensor other sizes and new memory, as torch does with an `out` of another shape. */
function resize(tensor: Tensor, sizes: readonly number[]): void {
  const { storage } = makeZeros(sizes, tensor.dtype);
  Object.assign(tensor, { storage, sizes, strides: contiguousStrides(sizes), offset: 0 });
}

late.writeBack = (self, kernel, rest) => {
  const run = kernel as unknown as (...args: unknown[]) => Tensor;
  // A composition is differentiated step by step, and its steps need the values from before the change.
  const isTracked = gradMode.enabled && requiresGradient([self, ...rest]);
  const result = isTracked ? run(self.clone(), ...rest) : run(self, ...rest);
  if (!sameSizes(result.sizes, self.sizes)) {
    throw new RuntimeError(
      `output with shape [${self.sizes.join(", ")}] doesn't match the broadcast shape [${result.sizes.join(", ")}]`,
    );
  }
  if (!canCast(result.dtype, self.dtype)) {
    throw new RuntimeError(
      `result type ${result.dtype.scalarName} can't be cast to the desired output type ${self.dtype.scalarName}`,
    );
  }
  return isTracked ? self.copy_(result) : overwrite(self, result);
};
