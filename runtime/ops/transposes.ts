/**
 * `x.T` and `x.mT`: transposes that are written like fields. Loading this file makes them fields of every tensor.
 * Source: aten/src/ATen/native/TensorShape.cpp (numpy_T, mT).
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";

declare module "../tensor/tensor.ts" {
  interface Tensor {
    /** The dimensions in reverse order: a matrix's transpose. */
    readonly T: Tensor;
    /** The last two dimensions swapped. Throws torch's RuntimeError for fewer. */
    readonly mT: Tensor;
  }
}

/** All dimensions in reverse order. */
export const numpyT: (self: Tensor) => Tensor = aten(
  op(
    "aten::numpy_T(Tensor(a) self) -> Tensor(a)",
    (self) => self.permute(self.sizes.map((_, i) => self.ndim - 1 - i)),
    { composite: true },
  ),
);

const matrixTranspose: (self: Tensor) => Tensor = aten(
  op(
    "aten::mT(Tensor(a) self) -> Tensor(a)",
    (self) => {
      if (self.ndim === 0) return self.view([]);
      if (self.ndim < 2) {
        throw new RuntimeError(
          `tensor.mT is only supported on matrices or batches of matrices. Got ${self.ndim}-D tensor.`,
        );
      }
      return self.transpose(-2, -1);
    },
    { composite: true },
  ),
);

for (const [name, transpose] of Object.entries({ T: numpyT, mT: matrixTranspose })) {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor): Tensor {
      return transpose(this);
    },
    configurable: true,
  });
}
