/**
 * Operators that scripted code names and that are others by a second name or with a fixed argument. They are written with
 * the operators of the table, so that gradients flow through them.
 * Source of behaviour: aten/src/ATen/native/TensorShape.cpp, TensorTransformations.cpp, Activation.cpp (rrelu).
 */
import { NotImplementedError, RuntimeError } from "../../../errors.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { primitive } from "./row.ts";

primitive("aten::cpu(Tensor self) -> Tensor", (tensor: Tensor) => tensor);
primitive("aten::argwhere(Tensor self) -> Tensor", (tensor: Tensor) => tensor.nonzero());

for (const name of ["mT", "mH"])
  primitive(`aten::${name}(Tensor self) -> Tensor`, (tensor: Tensor) => {
    if (tensor.ndim < 2)
      throw new RuntimeError(
        `tensor.${name} is only supported on matrices or batches of matrices. Got ${tensor.ndim}-D tensor.`,
      );
    return tensor.transpose(-2, -1);
  });

primitive("aten::atleast_1d(Tensor self) -> Tensor", (tensor: Tensor) =>
  tensor.ndim === 0 ? tensor.reshape([1]) : tensor,
);
primitive("aten::atleast_2d(Tensor self) -> Tensor", (tensor: Tensor) => {
  if (tensor.ndim === 0) return tensor.reshape([1, 1]);
  return tensor.ndim === 1 ? tensor.unsqueeze(0) : tensor;
});
primitive("aten::atleast_3d(Tensor self) -> Tensor", (tensor: Tensor) => {
  if (tensor.ndim === 0) return tensor.reshape([1, 1, 1]);
  if (tensor.ndim === 1) return tensor.unsqueeze(0).unsqueeze(-1);
  return tensor.ndim === 2 ? tensor.unsqueeze(-1) : tensor;
});

for (const name of ["rrelu", "rrelu_"])
  primitive(
    `aten::${name}(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor`,
    (tensor: Tensor, lower: number, upper: number, training: boolean) => {
      if (training)
        throw new NotImplementedError(
          `the graph calls aten::${name} in training mode, which Tracebook does not have`,
        );
      const result = tensor.gt(0).where(tensor, tensor.mul((lower + upper) / 2));
      return name === "rrelu" ? result : tensor.copy_(result);
    },
  );
