/**
 * Writing a result back to the tensor an in-place operator was called on, with torch's checks.
 * Source: TensorIteratorBase::mark_resize_outputs and check_all_same_dtype (aten/src/ATen/TensorIterator.cpp).
 */
import { RuntimeError } from "../errors.ts";
import { rawValuesOf, valuesAs, writeRawValues, writeValues } from "../tensor/access.ts";
import { sameSizes } from "../tensor/geometry.ts";
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

late.writeBack = (self, kernel, rest) => {
  const result = (kernel as unknown as (...args: unknown[]) => Tensor)(self, ...rest);
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
  return overwrite(self, result);
};
