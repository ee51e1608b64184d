/** Lowerings of normalisation over groups, planes and last dimensions. Source: aten/src/ATen/native/group_norm.cpp, Normalization.cpp. */
import { byRunning } from "./layers.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** Scale and shift by channel, which is dimension 1; either may be missing. */
function affine(c: LoweringContext, x: string, weight: number, bias: number): string {
  const channels = c.vector([-1, ...new Array<number>(Math.max(c.rank(0) - 2, 0)).fill(1)]);
  const scaled = c.isNone(weight) ? x : c.op("Mul", x, c.op("Reshape", c.tensor(weight), channels));
  return c.isNone(bias) ? scaled : c.op("Add", scaled, c.op("Reshape", c.tensor(bias), channels));
}

/** `(x - mean) / sqrt(var + eps)` of the last dimension. */
function standardized(c: LoweringContext, x: string, eps: number): string {
  const centred = c.op("Sub", x, c.reduce("ReduceMean", x, [-1], true));
  const variance = c.reduce("ReduceMean", c.op("Mul", centred, centred), [-1], true);
  return c.op("Div", centred, c.op("Sqrt", c.op("Add", variance, c.number(eps, c.result().dtype))));
}

/** `group_norm(input, num_groups, weight, bias, eps, cudnn_enabled)` */
export const groupNorm: LoweringFunction = (c) => {
  const groups = c.op("Reshape", c.tensor(0), c.vector([0, c.int(1), -1]));
  const normal = standardized(c, groups, c.float(4, 1e-5));
  return affine(c, c.op("Reshape", normal, c.shape(0)), 2, 3);
};

/** `instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled)` */
export const instanceNorm: LoweringFunction = (c) => {
  if (c.known(5) !== true) return byRunning(c);
  const planes = c.op("Reshape", c.tensor(0), c.vector([0, 0, -1]));
  return affine(c, c.op("Reshape", standardized(c, planes, c.float(7)), c.shape(0)), 1, 2);
};

/** `rms_norm(input, normalized_shape, weight, eps)`; without an eps it is the dtype's own. */
export const rmsNorm: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const x = c.tensor(0);
  const dims = c.ints(1).map((_, i) => -1 - i);
  const mean = c.reduce("ReduceMean", c.op("Mul", x, x), dims, true);
  const eps = c.float(3, dtype.name === "float64" ? 2 ** -52 : 2 ** -23);
  const normal = c.op("Div", x, c.op("Sqrt", c.op("Add", mean, c.number(eps, dtype))));
  return c.isNone(2) ? normal : c.op("Mul", normal, c.tensor(2));
};
