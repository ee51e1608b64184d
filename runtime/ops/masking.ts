/**
 * Elements filled where a mask is true, and triangles of matrices kept.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorAdvancedIndexing.cpp, TriangularOps.cpp.
 */

import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import { ternary } from "../kernels/pointwise.ts";
import { firstValue, rawValuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, cppName, int64 } from "../tensor/dtype.ts";
import { type Scalar, scalar } from "../tensor/scalar.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

const choose = ternary((mask, value, x) => filledOf(x, mask, value));

function filledOf(x: number, mask: number, value: number): number {
  return mask !== 0 ? value : x;
}

function maskedFillKernel(self: Tensor, mask: Tensor, value: Tensor): Tensor {
  if (mask.dtype !== bool) {
    throw new RuntimeError(
      `masked_fill_ only supports boolean masks, but got mask with dtype ${cppName(mask.dtype)}`,
    );
  }
  checkConversion(scalar(firstValue(value), value.isFloatingPoint() ? "float" : "int"), self.dtype);
  return choose(mask, value, self, [bool, self.dtype, self.dtype], self.dtype).contiguous();
}

/**
 * `value` where `mask` is true, else the element.
 * @example x.maskedFill(x.gt(2), 0) // [[1, 2], [0, 0]]
 */
export const maskedFill: (self: Tensor, mask: Tensor, value: Scalar | Tensor) => Tensor = aten(
  op(
    "aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor",
    (self, mask, value) => maskedFillKernel(self, mask, wrapScalar(value)),
    {
      picks: [0],
      overlapping: true,
      onnx: forms.maskedFill,
      scalar: filledOf,
      grad: { self: ({ grad, mask }) => grad.maskedFill(mask, 0) },
    },
  ),
  op(
    "aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor",
    (self, mask, value) => {
      if (value.sizes.length > 0) {
        throw new RuntimeError(
          `masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.sizes.length} dimension(s).`,
        );
      }
      return maskedFillKernel(self, mask, value);
    },
    {
      picks: [0],
      overlapping: true,
      onnx: forms.maskedFill,
      scalar: filledOf,
      gradName: "MaskedFillBackward1",
      grad: {
        self: ({ grad, mask }) => grad.maskedFill(mask, 0),
        value: ({ grad, mask }) => grad.mul(mask).sum(),
      },
    },
  ),
);
/** `maskedFill`, written to `self`. */
export const maskedFill_ = inplaceOf(maskedFill);

function triangle(
  name: string,
  keep: (row: number, column: number, diagonal: number) => boolean,
): (self: Tensor, diagonal: number) => Tensor {
  return (self, diagonal) => {
    const rank = self.sizes.length;
    if (rank < 2) throw new RuntimeError(`${name}: input tensor must have at least 2 dimensions`);
    const [rows, columns] = [self.sizes[rank - 2], self.sizes[rank - 1]];
    const out = rawValuesOf(self).slice();
    const zero = self.dtype === int64 ? 0n : 0;
    for (let i = 0; i < out.length; i++) {
      if (!keep(Math.floor(i / columns) % rows, i % columns, diagonal)) out[i] = zero;
    }
    return tensorFromArray(out, self.dtype, self.sizes);
  };
}

/**
 * The lower triangle of matrices; the rest is 0.
 * @example x.tril() // [[1, 0], [3, 4]]
 */
export const tril: (self: Tensor, diagonal?: number) => Tensor = aten(
  op(
    "aten::tril(Tensor self, SymInt diagonal=0) -> Tensor",
    triangle("tril", (row, column, diagonal) => column - row <= diagonal),
    {
      overlapping: true,
      onnx: shapes.triangle(0),
      grad: { self: ({ grad, diagonal }) => grad.tril(diagonal) },
    },
  ),
);
/** `tril`, written to `self`. */
export const tril_ = inplaceOf(tril);

/**
 * The upper triangle of matrices; the rest is 0.
 * @example x.triu() // [[1, 2], [0, 4]]
 */
export const triu: (self: Tensor, diagonal?: number) => Tensor = aten(
  op(
    "aten::triu(Tensor self, SymInt diagonal=0) -> Tensor",
    triangle("triu", (row, column, diagonal) => column - row >= diagonal),
    {
      overlapping: true,
      onnx: shapes.triangle(1),
      grad: { self: ({ grad, diagonal }) => grad.triu(diagonal) },
    },
  ),
);
/** `triu`, written to `self`. */
export const triu_ = inplaceOf(triu);
