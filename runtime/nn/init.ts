/**
 * `nn.init`: fills tensors in place with the distributions layers start from. Further arguments go by position or in
 * one object. The rarer fillings are init-structured.ts's. Source: torch/nn/init.py.
 */
import { withGradMode } from "../autograd/grad-mode.ts";
import { ValueError } from "../errors.ts";
import { numelOf } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Fills a tensor without recording and gives it back. */
export const filled = (tensor: Tensor, fill: () => unknown): Tensor => {
  withGradMode(false, fill);
  return tensor;
};

/** Uniform in [a, b). */
export function uniform_(tensor: Tensor, a: number | { a?: number; b?: number } = 0, b = 1): Tensor {
  if (typeof a === "object") return uniform_(tensor, a.a ?? 0, a.b ?? 1);
  return filled(tensor, () => tensor.uniform_(a, b));
}

/** Normal with the given mean and standard deviation. */
export function normal_(tensor: Tensor, mean: number | { mean?: number; std?: number } = 0, std = 1): Tensor {
  if (typeof mean === "object") return normal_(tensor, mean.mean ?? 0, mean.std ?? 1);
  return filled(tensor, () => tensor.normal_(mean, std));
}

/** One value everywhere. */
export const constant_ = (tensor: Tensor, val: number | { val: number }): Tensor =>
  filled(tensor, () => tensor.fill_(typeof val === "object" ? val.val : val));

/** Ones. */
export const ones_ = (tensor: Tensor): Tensor => constant_(tensor, 1);
/** Zeros. */
export const zeros_ = (tensor: Tensor): Tensor => constant_(tensor, 0);

/** How many inputs and outputs a weight connects. Throws a ValueError for tensors of fewer than 2 dimensions. */
export function fanInAndFanOut(tensor: Tensor): { fanIn: number; fanOut: number } {
  if (tensor.sizes.length < 2) {
    throw new ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  }
  const field = numelOf(tensor.sizes.slice(2));
  return { fanIn: tensor.sizes[1] * field, fanOut: tensor.sizes[0] * field };
}

/** The nonlinearities `calculateGain` knows. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

/** The factor by which a nonlinearity asks weights to be larger; `param` is a leaky ReLU's slope. */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  if (/^(linear|sigmoid|conv(_transpose)?[123]d)$/.test(nonlinearity)) return 1;
  switch (nonlinearity) {
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leaky_relu":
      return Math.sqrt(2 / (1 + param ** 2));
    case "selu":
      return 3 / 4;
    default:
      throw new ValueError(`Unsupported nonlinearity ${nonlinearity}`);
  }
}

/** Options of the kaiming initialisers. */
export interface KaimingOptions {
  /** The negative slope of a leaky ReLU. */
  readonly a?: number;
  readonly mode?: "fan_in" | "fan_out";
  readonly nonlinearity?: Nonlinearity;
}

function kaimingScale(
  tensor: Tensor,
  { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }: KaimingOptions,
): number {
  if (mode !== "fan_in" && mode !== "fan_out")
    throw new ValueError(`Mode ${mode} not supported, please use one of ['fan_in', 'fan_out']`);
  const { fanIn, fanOut } = fanInAndFanOut(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

/** Uniform numbers for layers followed by ReLU and its kin (He et al. 2015); what Linear and Conv begin with. */
export function kaimingUniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  if (tensor.elements === 0) return tensor;
  const bound = Math.sqrt(3) * kaimingScale(tensor, options);
  return uniform_(tensor, -bound, bound);
}

/** Normal numbers for layers followed by ReLU and its kin (He et al. 2015). */
export function kaimingNormal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  return tensor.elements === 0 ? tensor : normal_(tensor, 0, kaimingScale(tensor, options));
}

type Gain = number | { readonly gain?: number };

const gainOf = (gain: Gain): number => (typeof gain === "object" ? (gain.gain ?? 1) : gain);

/** Uniform numbers that keep the variance of signals and gradients (Glorot and Bengio 2010). */
export function xavierUniform_(tensor: Tensor, gain: Gain = 1): Tensor {
  const { fanIn, fanOut } = fanInAndFanOut(tensor);
  const bound = Math.sqrt(3) * gainOf(gain) * Math.sqrt(2 / (fanIn + fanOut));
  return uniform_(tensor, -bound, bound);
}

/** Normal numbers that keep the variance of signals and gradients (Glorot and Bengio 2010). */
export function xavierNormal_(tensor: Tensor, gain: Gain = 1): Tensor {
  const { fanIn, fanOut } = fanInAndFanOut(tensor);
  return normal_(tensor, 0, gainOf(gain) * Math.sqrt(2 / (fanIn + fanOut)));
}
