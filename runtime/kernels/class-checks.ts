/**
 * What losses of class numbers demand of their arguments, in torch's words.
 * Source: aten/src/ATen/native/LossNLL.cpp, LossNLL2d.cpp.
 */
import { RuntimeError } from "../errors.ts";
import { int64, uint8 } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { requireSameDtype } from "./same-dtype.ts";

/** Throws torch's RuntimeError unless the target can be class numbers. */
export function checkTargetDtype(target: Tensor): void {
  if (target.dtype !== int64 && target.dtype !== uint8) {
    throw new RuntimeError(`expected target dtype to be Long or Byte, but got ${target.dtype.scalarName}`);
  }
}

/** Throws torch's RuntimeErrors unless there is a weight of the scores' dtype for each class. */
export function checkWeight(self: Tensor, weight: Tensor | null): void {
  requireSameDtype(self, weight);
  const classes = self.sizes[self.ndim === 1 ? 0 : 1];
  if (weight !== null && (weight.elements !== classes || weight.ndim !== 1)) {
    throw new RuntimeError(
      `weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: [${weight.sizes.join(", ")}]`,
    );
  }
}

/** Throws torch's RuntimeError unless the target's dtype is one that the kernel reads. */
export function checkNumbers(target: Tensor, takesBytes: boolean): void {
  if (target.dtype !== int64 && !(takesBytes && target.dtype === uint8))
    throw new RuntimeError(`expected scalar type Long but found ${target.dtype.scalarName}`);
}

/** Throws torch's RuntimeError unless a gradient arrives for each loss, or one for all of them. */
export function checkArriving(grad: Tensor, self: Tensor, target: Tensor, reduction: number): void {
  if (reduction === 0 && self.ndim > 1) {
    const at = target.sizes.findIndex((size, i) => size !== grad.sizes[i] || grad.ndim !== target.ndim);
    if (at >= 0 && self.ndim > 2)
      throw new RuntimeError(
        `size mismatch (got grad_output: [${grad.sizes.join(", ")}] target: [${target.sizes.join(", ")}]`,
      );
    if (at >= 0)
      throw new RuntimeError(
        `Expected a tensor of dimension ${target.ndim} and tensor.size[${at}] == ${target.sizes[at]} but got: dimension ${grad.ndim} and tensor.size[${at}] = ${grad.sizes[at]}`,
      );
  } else if (grad.ndim > 1 || grad.elements !== 1)
    throw new RuntimeError(
      `Expected a single element grad_output tensor, but got: [${grad.sizes.join(", ")}]`,
    );
}
