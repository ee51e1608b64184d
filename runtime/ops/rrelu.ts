/** The leaky ReLU with slopes drawn at random. Source: aten/src/ATen/native/Activation.cpp (rrelu_with_noise). */
import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { refuse, withoutHalf } from "../dispatch/refusal.ts";
import { cppFloat, RuntimeError } from "../errors.ts";
import * as activations from "../jit/onnx/activations.ts";
import { defaultGenerator } from "../random/default-generator.ts";
import type { Generator } from "../random/generator.ts";
import { fillUniform } from "../random/uniform.ts";
import { float64 } from "../tensor/dtype.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";

/** A leaky ReLU whose slope is drawn for each negative element while training, else the mean of `lower` and `upper`. */
export const rrelu: (
  self: Tensor,
  lower?: Scalar,
  upper?: Scalar,
  training?: boolean,
  generator?: Generator | null,
) => Tensor = aten(
  op(
    "aten::rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor",
    (self, lower, upper, training, generator) => {
      const [least, most] = [scalarValue(lower), scalarValue(upper)];
      if (!(least <= most))
        throw new RuntimeError("Lower bound should be less than or equal to the upper bound");
      if (training) refuse(withoutHalf("rrelu_with_noise_out_cpu"), self.dtype);
      checkFinite({ lower: least, upper: most });
      return training
        ? self.mul(slopesOf(self.detach(), least, most, generator ?? defaultGenerator))
        : self.leakyRelu((least + most) / 2);
    },
    { onnxExport: activations.rrelu, composite: true },
  ),
);
/** As `rrelu`, written over the input. */
export const rrelu_ = inplaceOf(rrelu);

function checkFinite(bounds: Readonly<Record<string, number>>): void {
  for (const [name, bound] of Object.entries(bounds)) {
    if (!Number.isFinite(bound))
      throw new RuntimeError(`rrelu: ${name} bound must be finite, got ${cppFloat(bound)}`);
  }
}

/** 1 for positive elements, a drawn number for each of the others; only these draw. */
function slopesOf(input: Tensor, lower: number, upper: number, generator: Generator): Tensor {
  const negative = input.le(0);
  const drawn = new Float64Array(negative.sum().item<number>());
  fillUniform(drawn, float64, lower, upper, generator);
  return input
    .onesLike()
    .maskedScatter(negative, tensorFromArray(drawn, float64, [drawn.length]).to(input.dtype));
}
