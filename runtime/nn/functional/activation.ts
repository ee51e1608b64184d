/** Activations as functions. Those with `inplace` write over their input when asked to. Source: torch/nn/functional.py. */
import * as ops from "../../ops/functions.ts";
import { defaultGenerator } from "../../random/default-generator.ts";
import { fillUniform } from "../../random/uniform.ts";
import { float64 } from "../../tensor/dtype.ts";
import { scalar, type TypedScalar } from "../../tensor/scalar.ts";
import { type Tensor, tensorFromArray } from "../../tensor/tensor.ts";

export const { gelu, hardshrink, softshrink, prelu } = ops;

export const sigmoid = (input: Tensor): Tensor => ops.sigmoid(input);

export const tanh = (input: Tensor): Tensor => ops.tanh(input);

/** The first half of a dimension times the sigmoid of the other. */
export const glu = (input: Tensor, dim = -1): Tensor => ops.glu(input, dim);

/** Settings are floats in torch, whole numbers too; traces show it. */
const float = (value: number): TypedScalar => scalar(value, "float");

export const logsigmoid = ops.logSigmoid;

export const relu = (input: Tensor, inplace = false): Tensor => (inplace ? input.relu_() : ops.relu(input));

export const relu6 = (input: Tensor, inplace = false): Tensor =>
  inplace ? input.hardtanh_(0, 6) : ops.relu6(input);

export const silu = (input: Tensor, inplace = false): Tensor =>
  inplace ? ops.silu_(input) : ops.silu(input);

export const mish = (input: Tensor, inplace = false): Tensor => (inplace ? input.mish_() : ops.mish(input));

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

export const selu = (input: Tensor, inplace = false): Tensor =>
  inplace ? input.elu_(seluAlpha, seluScale) : ops.selu(input);

export const hardsigmoid = (input: Tensor, inplace = false): Tensor =>
  inplace ? input.hardsigmoid_() : ops.hardsigmoid(input);

export const hardswish = (input: Tensor, inplace = false): Tensor =>
  inplace ? input.hardswish_() : ops.hardswish(input);

export const leakyRelu = (input: Tensor, negativeSlope = 0.01, inplace = false): Tensor =>
  inplace ? input.leakyRelu_(float(negativeSlope)) : ops.leakyRelu(input, float(negativeSlope));

export const elu = (input: Tensor, alpha = 1, inplace = false): Tensor =>
  inplace ? input.elu_(float(alpha)) : ops.elu(input, float(alpha));

export const celu = (input: Tensor, alpha = 1, inplace = false): Tensor =>
  inplace ? input.celu_(float(alpha)) : ops.celu(input, float(alpha));

export const hardtanh = (input: Tensor, minVal = -1, maxVal = 1, inplace = false): Tensor =>
  inplace ? input.hardtanh_(float(minVal), float(maxVal)) : ops.hardtanh(input, float(minVal), float(maxVal));

/** A smooth ReLU; above `threshold` the input itself. */
export const { softplus } = ops;

export const threshold = (input: Tensor, at: number, value: number, inplace = false): Tensor =>
  inplace ? input.threshold_(at, value) : ops.threshold(input, at, value);

export const softsign = (input: Tensor): Tensor => input.div(input.abs().add(1));

export const tanhshrink = (input: Tensor): Tensor => input.sub(input.tanh());

/** A leaky ReLU whose slope is drawn for each negative element while training, else their mean. */
export function rrelu(
  input: Tensor,
  lower = 1 / 8,
  upper = 1 / 3,
  training = false,
  inplace = false,
): Tensor {
  if (!training) return leakyRelu(input, (lower + upper) / 2, inplace);
  const slopes = slopesOf(input.detach(), lower, upper);
  return inplace ? input.mul_(slopes) : input.mul(slopes);
}

/** 1 for positive elements, a drawn number for each of the others; only these draw. */
function slopesOf(input: Tensor, lower: number, upper: number): Tensor {
  const negative = input.le(0);
  const drawn = new Float64Array(negative.sum().item<number>());
  fillUniform(drawn, float64, lower, upper, defaultGenerator);
  return input
    .onesLike()
    .maskedScatter(negative, tensorFromArray(drawn, float64, [drawn.length]).to(input.dtype));
}

/** The dimension torch takes where none is named. */
const impliedDim = (rank: number): number => (rank === 0 || rank === 1 || rank === 3 ? 0 : 1);

export const softmax = (input: Tensor, dim: number | null = null): Tensor =>
  ops.softmax(input, dim ?? impliedDim(input.ndim));

export const softmin = (input: Tensor, dim: number | null = null): Tensor =>
  ops.softmax(input.neg(), dim ?? impliedDim(input.ndim));

export const logSoftmax = (input: Tensor, dim: number | null = null): Tensor =>
  ops.logSoftmax(input, dim ?? impliedDim(input.ndim));
