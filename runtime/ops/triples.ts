/**
 * Functions of three tensors, element by element: interpolation, and sums with a product or a quotient.
 * Source: derivatives.yaml, aten/src/ATen/native/PointwiseOps.cpp, Lerp.cpp.
 */

import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { inCommon, notBools, onlyFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import { inCommonDtype } from "../kernels/common-dtype.ts";
import { ternary } from "../kernels/pointwise.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { cppName } from "../tensor/dtype.ts";
import { resultType } from "../tensor/promotion.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

// From the nearer end, so that both ends are met exactly.
const lerpKernel = ternary((x, y, w) => (Math.abs(w) < 0.5 ? x + w * (y - x) : y - (y - x) * (1 - w)));

function interpolate(self: Tensor, end: Tensor, weight: Tensor): Tensor {
  if (self.dtype !== end.dtype) {
    throw new RuntimeError(
      `expected dtype ${cppName(self.dtype)} for \`end\` but got dtype ${cppName(end.dtype)}`,
    );
  }
  // A weight without dimensions is brought to the common dtype.
  if (weight.ndim === 0 && !weight.wrapped) {
    const dtype = resultType([self, end, weight]);
    refuse(onlyFloats("lerp_kernel_tensor"), dtype);
    return lerpKernel(self, end, weight, [dtype, dtype, dtype], dtype);
  }
  if (!weight.wrapped && weight.dtype !== self.dtype) {
    throw new RuntimeError(
      `expected dtype ${cppName(self.dtype)} for \`weight\` but got dtype ${cppName(weight.dtype)}`,
    );
  }
  refuse(onlyFloats(weight.wrapped ? "lerp_kernel_scalar" : "lerp_kernel_tensor"), self.dtype);
  return lerpKernel(
    self,
    end,
    weight,
    [self.dtype, self.dtype, weight.wrapped ? weight.dtype : self.dtype],
    self.dtype,
  );
}

/** `self + weight * (end - self)` */
export const lerp: (self: Tensor, end: Tensor, weight: Tensor | Scalar) => Tensor = aten(
  op("aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor", interpolate, {
    onnxExport: numbers.lerp,
    gradName: "LerpBackward1",
    grad: {
      self: ({ grad, weight }) => grad.mul(weight.neg().add(1)),
      end: ({ grad, weight }) => grad.mul(weight),
      weight: ({ grad, self, end }) => grad.mul(end.sub(self)),
    },
  }),
  op(
    "aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor",
    (self, end, weight) => interpolate(self, end, wrapScalar(weight)),
    {
      onnxExport: numbers.lerp,
      grad: {
        self: ({ grad, weight }) => grad.mul(1 - scalarValue(weight)),
        end: ({ grad, weight }) => grad.mul(weight),
      },
    },
  ),
);
/** `lerp`, written to `self`. */
export const lerp_ = inplaceOf(lerp);

/** A sum with two tensors combined. */
export type Addition = (
  self: Tensor,
  tensor1: Tensor,
  tensor2: Tensor,
  options?: { value?: Scalar },
) => Tensor;

/** A factor as a number where it is a boolean, which sums take only for bools. */
const numberOf = (value: Scalar): Scalar => (typeof value === "boolean" ? Number(value) : value);

/** `self + value * tensor1 * tensor2` */
export const addcmul: Addition = aten(
  op(
    "aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
    (self, tensor1, tensor2, value) => {
      const [a, b, c] = inCommonDtype(self, tensor1, tensor2);
      if (a.isFloatingPoint()) return a.add(b.mul(c), { alpha: numberOf(value) });
      checkConversion(value, a.dtype);
      return a.add(b.mul(c), { alpha: Math.trunc(scalarValue(value)) });
    },
    {
      onnx: numbers.addTriple("Mul"),
      refuses: inCommon(notBools("addcmul_cpu_out")),
      grad: {
        self: ({ grad }) => grad,
        tensor1: ({ grad, tensor2, value }) => grad.mul(tensor2.mul(value)),
        tensor2: ({ grad, tensor1, value }) => grad.mul(tensor1.mul(value)),
      },
    },
  ),
);
/** `addcmul`, written to `self`. */
export const addcmul_ = inplaceOf(addcmul);

/** `self + value * tensor1 / tensor2` */
export const addcdiv: Addition = aten(
  op(
    "aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
    (self, tensor1, tensor2, value) => {
      if (resultType([tensor1, tensor2]).category !== "floating") {
        throw new RuntimeError(
          "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes.",
        );
      }
      const [a, b, c] = inCommonDtype(self, tensor1, tensor2);
      return a.add(b.div(c), { alpha: numberOf(value) });
    },
    {
      onnx: numbers.addTriple("Div"),
      grad: {
        self: ({ grad }) => grad,
        tensor1: ({ grad, tensor2, value }) => grad.mul(wrapScalar(value).div(tensor2)),
        tensor2: ({ grad, tensor1, tensor2, value }) =>
          grad.neg().mul(tensor1.mul(value).div(tensor2.mul(tensor2))),
      },
    },
  ),
);
/** `addcdiv`, written to `self`. */
export const addcdiv_ = inplaceOf(addcdiv);
