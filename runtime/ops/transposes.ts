/**
 * `x.T`, `x.mT`, `x.H` and `x.mH`: transposes that are written like fields. Loading this file makes them fields of every tensor.
 * As there are no complex numbers here, a conjugate transpose is a transpose.
 * Source: aten/src/ATen/native/TensorShape.cpp (numpy_T, mT, matrix_H, mH, adjoint).
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
    /** The transpose of a matrix. Throws torch's RuntimeError for other ranks than 0 and 2. */
    readonly H: Tensor;
    /** Same as `mT`. */
    readonly mH: Tensor;
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

/** The last two dimensions swapped; `name` is what messages call it. */
function swapLast(self: Tensor, name: string): Tensor {
  if (self.ndim === 0) return self.view([]);
  if (self.ndim < 2) {
    throw new RuntimeError(
      `tensor.${name} is only supported on matrices or batches of matrices. Got ${self.ndim}-D tensor.`,
    );
  }
  return self.transpose(-2, -1);
}

const matrixTranspose: (self: Tensor) => Tensor = aten(
  op("aten::mT(Tensor(a) self) -> Tensor(a)", (self) => swapLast(self, "mT"), { composite: true }),
);

const conjugateTranspose: (self: Tensor) => Tensor = aten(
  op("aten::mH(Tensor(a) self) -> Tensor(a)", (self) => swapLast(self, "mH"), { composite: true }),
);

const matrixConjugateTranspose: (self: Tensor) => Tensor = aten(
  op(
    "aten::matrix_H(Tensor(a) self) -> Tensor(a)",
    (self) => {
      if (self.ndim !== 0 && self.ndim !== 2) {
        const hint = self.ndim > 2 ? " For batches of matrices, consider using tensor.mH" : "";
        throw new RuntimeError(
          `tensor.H is only supported on matrices (2-D tensors). Got ${self.ndim}-D tensor.${hint}`,
        );
      }
      return swapLast(self, "H");
    },
    { composite: true },
  ),
);

/** The last two dimensions swapped, as `x.mH`. */
export const adjoint: (self: Tensor) => Tensor = aten(
  op(
    "aten::adjoint(Tensor(a) self) -> Tensor(a)",
    (self) => (self.ndim === 1 ? swapLast(self, "adjoint()") : self.mH),
    {
      composite: true,
      untraced: true,
    },
  ),
);

const transposes = { T: numpyT, mT: matrixTranspose, H: matrixConjugateTranspose, mH: conjugateTranspose };
for (const [name, transpose] of Object.entries(transposes)) {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor): Tensor {
      return transpose(this);
    },
    configurable: true,
  });
}
