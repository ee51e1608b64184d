/** The bilinear layer: products of two inputs weighted for each output. Source: aten/src/ATen/native/Linear.cpp (bilinear). */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import { cppName } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** `x1 weight[k] x2 + bias[k]` for each output k. */
export const bilinear: (input1: Tensor, input2: Tensor, weight: Tensor, bias?: Tensor | null) => Tensor =
  aten(
    op(
      "aten::bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor",
      (input1, input2, weight, bias) => {
        checkBilinear(input1, input2, weight, bias);
        const lead = input1.sizes.slice(0, -1);
        const [outputs, first, second] = weight.sizes;
        const left = input1.reshape([-1, first]);
        const right = input2.reshape([-1, second]);
        // [n, first] x [first, outputs * second], then row by row with the second input.
        const mixed = left
          .mm(weight.permute([1, 0, 2]).reshape([first, outputs * second]))
          .reshape([-1, outputs, second]);
        const product = (mixed.mul(right.unsqueeze(1)).sum([-1]) as Tensor)
          .to(input1.dtype)
          .reshape([...lead, outputs]);
        return bias === null ? product : product.add(bias);
      },
      { composite: true, onnxExport: numbers.bilinear },
    ),
  );

function checkBilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | null): void {
  if (input1.ndim !== input2.ndim) {
    throw new RuntimeError(
      `bilinear(): input dimensions do not match: got ${input1.ndim} and ${input2.ndim}`,
    );
  }
  for (let i = 0; i < input1.ndim - 1; i++) {
    if (input1.sizes[i] !== input2.sizes[i]) {
      throw new RuntimeError(
        `bilinear(): input batch dimensions do not match at dim ${i}: got ${input1.sizes[i]} and ${input2.sizes[i]}`,
      );
    }
  }
  const tensors = Object.entries({ input1, input2, weight, bias }).filter(([, tensor]) => tensor !== null);
  if (tensors.some(([, tensor]) => tensor?.dtype !== input1.dtype)) {
    const dtypes = tensors.map(([name, tensor]) => `${name}: ${cppName((tensor as Tensor).dtype)}`);
    throw new RuntimeError(`All tensors must have the same dtype, got ${dtypes.join(", ")}`);
  }
  const [a, b] = [input1.sizes[input1.ndim - 1], input2.sizes[input2.ndim - 1]];
  if (a !== weight.sizes[1]) {
    throw new RuntimeError(
      `bilinear(): input1 size does not match weight size: got ${a} but expected ${weight.sizes[1]}`,
    );
  }
  if (b !== weight.sizes[2]) {
    throw new RuntimeError(
      `bilinear(): input2 size does not match weight size: got ${b} but expected ${weight.sizes[2]}`,
    );
  }
  if (bias !== null && bias.sizes[0] !== weight.sizes[0]) {
    if (bias.ndim === 0) throw new IndexError("Dimension specified as 0 but tensor has no dimensions");
    throw new RuntimeError(
      `bilinear(): bias size does not match weight size: got ${bias.sizes[0]} but expected ${weight.sizes[0]}`,
    );
  }
}
