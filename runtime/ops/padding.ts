/** Padding: borders added around the last dimensions. Source: native_functions.yaml, aten/src/ATen/native/PadNd.cpp. */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as borders from "../jit/onnx/borders.ts";
import { makeFull } from "../tensor/filled.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Borders of a constant: pairs of widths before and after, from the last dimension on; negative widths cut. */
export const constantPadNd: (self: Tensor, pad: readonly number[], value?: Scalar) => Tensor = aten(
  op(
    "aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
    (self, pad, value) => {
      const rank = self.sizes.length;
      if (pad.length % 2 !== 0) {
        throw new RuntimeError(`Length of pad must be even but instead it equals ${pad.length}`);
      }
      const amounts = self.sizes.map((_, i) => [
        pad[2 * (rank - 1 - i)] ?? 0,
        pad[2 * (rank - 1 - i) + 1] ?? 0,
      ]);
      if (pad.length > 2 * rank) {
        throw new RuntimeError(
          `Length of pad should be no more than twice the number of dimensions of the input. Pad length is ${pad.length}while the input has ${rank}dimensions.`,
        );
      }
      const sizes = self.sizes.map((size, i) => size + amounts[i][0] + amounts[i][1]);
      sizes.forEach((size, i) => {
        if (size < 0) {
          throw new RuntimeError(
            `The input size ${self.sizes[i]}, plus negative padding ${amounts[i].join(" and ")} resulted in a negative output size, which is invalid. Check dimension ${i} of your input.`,
          );
        }
      });
      const out = makeFull(sizes, value, self.dtype);
      let target = out;
      let source = self;
      amounts.forEach(([before, after], i) => {
        const length = self.sizes[i] + Math.min(before, 0) + Math.min(after, 0);
        target = target.narrow(i, Math.max(before, 0), length);
        source = source.narrow(i, Math.max(-before, 0), length);
      });
      if (out.elements > 0) target.copy_(source);
      return out;
    },
    {
      onnx: borders.constantPad,
      grad: {
        self: ({ grad, pad }) =>
          constantPadNd(
            grad,
            (pad as number[]).map((width) => -width),
          ),
      },
    },
  ),
);
