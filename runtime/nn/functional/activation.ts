/** Activations as functions. Those with `inplace` write over their input when asked to. Source: torch/nn/functional.py. */
import * as ops from "../../ops/functions.ts";
import type { DType } from "../../tensor/dtype.ts";
import { scalar, type TypedScalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";

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

export const selu = (input: Tensor, inplace = false): Tensor => (inplace ? input.selu_() : ops.selu(input));

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
  return inplace ? ops.rrelu_(input, lower, upper, training) : ops.rrelu(input, lower, upper, training);
}

/** The dimension torch takes where none is named. */
const impliedDim = (rank: number): number => (rank === 0 || rank === 1 || rank === 3 ? 0 : 1);

/** Options of the functions that normalise along a dimension. */
export interface SoftmaxOptions {
  /** The dtype to convert the input to first. */
  readonly dtype?: DType;
}

type Softmax = (input: Tensor, dim?: number | null, options?: SoftmaxOptions) => Tensor;

export const softmax: Softmax = (input, dim, options = {}) =>
  ops.softmax(input, dim ?? impliedDim(input.ndim), options);

export const softmin: Softmax = (input, dim, options = {}) =>
  ops.softmax(input.neg(), dim ?? impliedDim(input.ndim), options);

export const logSoftmax: Softmax = (input, dim, options = {}) =>
  ops.logSoftmax(input, dim ?? impliedDim(input.ndim), options);
