/** Activations as functions. Those with `inplace` write over their input when asked to. Source: torch/nn/functional.py. */
import { called } from "../../dispatch/value-name.ts";
import * as ops from "../../ops/functions.ts";
import type { DType } from "../../tensor/dtype.ts";
import { scalar, type TypedScalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";

export {
  celu_,
  elu_,
  gelu,
  hardshrink,
  hardtanh_,
  leakyRelu_,
  logSigmoid as logsigmoid,
  prelu,
  relu_,
  rrelu_,
  selu_,
  softplus,
  softshrink,
  threshold_,
} from "../../ops/functions.ts";

/** `1 / (1 + exp(-input))`: between 0 and 1. */
export const sigmoid = (input: Tensor): Tensor => ops.sigmoid(input);

/** The hyperbolic tangent: between -1 and 1. */
export const tanh = (input: Tensor): Tensor => ops.tanh(input);

/** The first half of a dimension times the sigmoid of the other. */
export const glu = (input: Tensor, dim = -1): Tensor => ops.glu(input, dim);

/** Settings are floats in torch, whole numbers too; traces show it. */
const float = (value: number): TypedScalar => scalar(value, "float");

/**
 * `max(input, 0)`.
 * @example nn.functional.relu(torch.tensor([-1, 2])) // [0, 2]
 */
export const relu = (input: Tensor, inplace = false): Tensor => (inplace ? input.relu_() : ops.relu(input));

/** `input` clamped to 0 and 6. */
export const relu6 = (input: Tensor, inplace = false): Tensor =>
  inplace ? input.hardtanh_(0, 6) : ops.relu6(input);

/** `input * sigmoid(input)`. */
export const silu = (input: Tensor, inplace = false): Tensor =>
  inplace ? ops.silu_(input) : ops.silu(input);

/** `input * tanh(softplus(input))`. */
export const mish = (input: Tensor, inplace = false): Tensor => (inplace ? input.mish_() : ops.mish(input));

/** ELU with the settings that keep mean 0 and deviation 1 from layer to layer. */
export const selu = (input: Tensor, inplace = false): Tensor => (inplace ? input.selu_() : ops.selu(input));

/** `relu6(input + 3) / 6`. */
export const hardsigmoid = (input: Tensor, inplace = false): Tensor =>
  inplace ? input.hardsigmoid_() : ops.hardsigmoid(input);

/** `input * relu6(input + 3) / 6`. */
export const hardswish = (input: Tensor, inplace = false): Tensor =>
  inplace ? input.hardswish_() : ops.hardswish(input);

/** `input` above 0, `negativeSlope * input` below. */
export const leakyRelu = (input: Tensor, negativeSlope = 0.01, inplace = false): Tensor =>
  inplace ? input.leakyRelu_(float(negativeSlope)) : ops.leakyRelu(input, float(negativeSlope));

/** `input` above 0, `alpha * (exp(input) - 1)` below. */
export const elu = (input: Tensor, alpha = 1, inplace = false): Tensor =>
  inplace ? input.elu_(float(alpha)) : ops.elu(input, float(alpha));

/** `input` above 0, `alpha * (exp(input / alpha) - 1)` below. */
export const celu = (input: Tensor, alpha = 1, inplace = false): Tensor =>
  inplace ? input.celu_(float(alpha)) : ops.celu(input, float(alpha));

/** `input` clamped to `minVal` and `maxVal`. */
export const hardtanh = (input: Tensor, minVal = -1, maxVal = 1, inplace = false): Tensor =>
  inplace ? input.hardtanh_(float(minVal), float(maxVal)) : ops.hardtanh(input, float(minVal), float(maxVal));

/** `input` where it is above `at`, else `value`. */
export const threshold = (input: Tensor, at: number, value: number, inplace = false): Tensor =>
  inplace ? input.threshold_(at, value) : ops.threshold(input, at, value);

/** `input / (1 + abs(input))`. */
export const softsign = (input: Tensor): Tensor => input.div(input.abs().add(1));

/** `input - tanh(input)`. */
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

/**
 * Exponentials along `dim` that sum to 1.
 * @example nn.functional.softmax(torch.tensor([[0, 0]]), 1) // [[0.5, 0.5]]
 */
export const softmax: Softmax = (input, dim, options = {}) =>
  ops.softmax(input, dim ?? impliedDim(input.ndim), options);

/** Exponentials of `-input` along `dim` that sum to 1. */
export const softmin: Softmax = (input, dim, options = {}) =>
  ops.softmax(input.neg(), dim ?? impliedDim(input.ndim), options);

/** The logarithm of `softmax`, exact where that would be 0. */
export const logSoftmax: Softmax = (input, dim, options = {}) =>
  ops.logSoftmax(input, dim ?? impliedDim(input.ndim), options);

/**
 * A sample of the Gumbel-softmax distribution of unnormalised log-probabilities; `hard` gives one-hot vectors whose
 * gradient is the soft sample's. A smaller `tau` brings the soft sample nearer to one-hot.
 * @example nn.functional.gumbelSoftmax(x, 1, true).sum(-1) // [1, 1]
 */
export function gumbelSoftmax(logits: Tensor, tau = 1, hard = false, dim = -1): Tensor {
  const gumbels = ops.emptyLike(logits, { memoryFormat: 0 }).exponential_().log().neg();
  const soft = logits.add(gumbels).div(tau).softmax(dim);
  if (!hard) return soft;
  const [, index] = called("y_soft", soft).max(dim, true);
  const oneHot = ops.zerosLike(logits, { memoryFormat: 0 }).scatter_(dim, called("index", index), float(1));
  return called("y_hard", oneHot).sub(soft.detach()).add(soft);
}
