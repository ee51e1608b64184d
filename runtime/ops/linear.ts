/** The linear layer. Source: native_functions.yaml, aten/src/ATen/native/Linear.cpp. */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as layers from "../jit/onnx/layers.ts";
import { numelOf } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { addmm } from "./linalg.ts";

/**
 * `input @ weight.T + bias`: the linear layer.
 * @example torch.linear(x, torch.tensor([[1, 1]]), torch.tensor([1])) // [[4], [8]]
 */
export const linear: (input: Tensor, weight: Tensor, bias?: Tensor | null) => Tensor = aten(
  op(
    "aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    (input, weight, bias) => {
      const rank = input.sizes.length;
      // A vector of weights goes with no bias.
      if (bias !== null && weight.sizes.length === 1 && rank > 0)
        throw new RuntimeError("mat2 must be a matrix, got 1-D tensor");
      if (bias !== null && rank === 2) return addmm(bias, input, weight.t());
      if (bias !== null && rank >= 3 && input.isContiguous()) {
        const lead = input.sizes.slice(0, -1);
        const flat = addmm(bias, input.reshape([numelOf(lead), input.sizes[rank - 1]]), weight.t());
        return flat.view([...lead, weight.sizes[0]]);
      }
      const product = input.matmul(weight.t());
      return bias === null ? product : product.add(bias);
    },
    { onnx: layers.linear, composite: true },
  ),
);
