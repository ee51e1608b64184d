/**
 * Normalisation by groups of channels, by single channels of single examples, and by the root mean square; and the
 * gradients of normalisations as operators of their own. Batch and layer norm are normalization.ts's.
 * Source: aten/src/ATen/native/group_norm.cpp, Normalization.cpp (instance_norm), layer_norm.cpp (rms_norm).
 */

import { isWatched } from "../dispatch/interpreter.ts";
import { aten, op } from "../dispatch/op.ts";
import { onlyFloats, refuse } from "../dispatch/refusal.ts";
import { IndexError, RuntimeError, unmet, ValueError } from "../errors.ts";
import * as norms from "../jit/onnx/norms.ts";
import { normalizeGroups } from "../kernels/normalize.ts";
import { requireNormDtypes } from "../kernels/same-dtype.ts";
import { float64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { opMath } from "../tensor/promotion.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { batchNorm } from "./normalization.ts";

const channelwise = (tensor: Tensor, input: Tensor): Tensor =>
  tensor.reshape(input.sizes.map((_, i) => (i === 1 ? tensor.elements : 1)));

/** The example's groups as rows: `[N, group, C / group * HxW]`. */
const grouped = (tensor: Tensor, n: number, group: number): Tensor =>
  tensor.reshape([n, group, n === 0 ? 1 : tensor.elements / (n * group)]);

/** The parts every gradient of a normalisation is made of. */
function normGradient(grad: Tensor, centred: Tensor, rstd: Tensor): Tensor {
  const mean = grad.mean([-1], true) as Tensor;
  const along = grad.mul(centred).mean([-1], true) as Tensor;
  return grad.sub(mean).sub(centred.mul(along)).mul(rstd);
}

function groupGradients(
  grad: Tensor,
  input: Tensor,
  mean: Tensor,
  rstd: Tensor,
  weight: Tensor | null,
  n: number,
  group: number,
  mask: readonly boolean[],
): (Tensor | null)[] {
  const dims = input.sizes.map((_, i) => i).filter((i) => i !== 1);
  const rows = grouped(input, n, group);
  const centred = rows.sub(mean.unsqueeze(-1)).mul(rstd.unsqueeze(-1));
  const scaled = weight === null ? grad : grad.mul(channelwise(weight, input));
  return [
    mask[0]
      ? normGradient(grouped(scaled, n, group), centred, rstd.unsqueeze(-1)).reshape(input.sizes)
      : null,
    mask[1] ? (grad.mul(centred.reshape(input.sizes)).sum(dims) as Tensor) : null,
    mask[2] ? (grad.sum(dims) as Tensor) : null,
  ];
}

/** The normalised input, and the mean and inverse deviation of each group. */
export const nativeGroupNorm: (
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  N: number,
  C: number,
  HxW: number,
  group: number,
  eps: number,
) => readonly [output: Tensor, mean: Tensor, rstd: Tensor] = aten(
  op(
    "aten::native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group, float eps) -> (Tensor, Tensor, Tensor)",
    (input, weight, bias, n, c, hxw, group, eps) => {
      checkGroups(input, c, group);
      checkAffine(input, weight, bias, c);
      requireNormDtypes(input, weight, bias);
      if (input.elements !== n * c * hxw) {
        throw new RuntimeError(unmet("X.numel() == N * C * HxW"));
      }
      if (!isWatched() && hxw > 0) return normalizeGroups(input, n, group, weight, bias, eps);
      const rows = grouped(input, n, group);
      const mean = rows.mean([-1]) as Tensor;
      const rstd = (rows.var([-1], { correction: 0 }) as Tensor).add(eps).rsqrt();
      let output = rows.sub(mean.unsqueeze(-1)).mul(rstd.unsqueeze(-1)).reshape(input.sizes);
      if (weight !== null) output = output.mul(channelwise(weight, input));
      if (bias !== null) output = output.add(channelwise(bias, input));
      return [output, mean, rstd];
    },
    {
      refuses: onlyFloats("GroupNormKernelImpl"),
      grad: {
        "input, weight, bias": ({ grads, input, weight, N, group, results, needs }) => {
          const [, mean, rstd] = results as readonly Tensor[];
          const wanted = [needs("input"), needs("weight"), needs("bias")];
          const [byInput, byWeight, byBias] = groupGradients(
            grads[0],
            input,
            mean,
            rstd,
            weight,
            N,
            group,
            wanted,
          );
          if (byInput === null) return [null, byWeight, byBias];
          const rows = grouped(input, N, group);
          const count = rows.sizes[2];
          const byMean = grads[1].unsqueeze(-1).div(count);
          const byRstd = grads[2]
            .mul(rstd.pow(3))
            .unsqueeze(-1)
            .mul(rows.sub(mean.unsqueeze(-1)))
            .div(-count);
          return [byInput.add(byMean.add(byRstd).reshape(input.sizes)), byWeight, byBias];
        },
      },
    },
  ),
);

function checkGroups(input: Tensor, channels: number, groups: number): void {
  if (groups <= 0) throw new RuntimeError(`Expected num groups to be greater than 0, got ${groups}`);
  if (channels % groups !== 0) {
    throw new RuntimeError(
      `Expected number of channels in input to be divisible by num_groups, but got input of shape [${input.sizes.join(", ")}] and num_groups=${groups}`,
    );
  }
}

function checkAffine(input: Tensor, weight: Tensor | null, bias: Tensor | null, channels: number): void {
  for (const [name, tensor] of [
    ["weight", weight],
    ["bias", bias],
  ] as const) {
    if (tensor !== null && (tensor.ndim !== 1 || tensor.elements !== channels)) {
      throw new RuntimeError(
        `Expected ${name} to be a vector of size equal to the number of channels in input, but got ${name} of shape [${(name === "weight" ? tensor : (weight ?? tensor)).sizes.join(", ")}] and input of shape [${input.sizes.join(", ")}]`,
      );
    }
  }
}

/** Normalises groups of channels of each example. */
export const groupNorm: (
  input: Tensor,
  numGroups: number,
  weight?: Tensor | null,
  bias?: Tensor | null,
  eps?: number,
  cudnnEnabled?: boolean,
) => Tensor = aten(
  op(
    "aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enabled=True) -> Tensor",
    (input, groups, weight, bias, eps) => {
      const [n, c] = input.sizes;
      checkGroups(input, c, groups);
      checkAffine(input, weight, bias, c);
      return nativeGroupNorm(input, weight, bias, n, c, numelOf(input.sizes.slice(2)), groups, eps)[0];
    },
    { onnxExport: norms.groupNorm, composite: true },
  ),
);

/** The gradient of `nativeGroupNorm`. */
export const nativeGroupNormBackward: (
  gradOut: Tensor,
  input: Tensor,
  mean: Tensor,
  rstd: Tensor,
  weight: Tensor | null,
  N: number,
  C: number,
  HxW: number,
  group: number,
  outputMask: readonly boolean[],
) => readonly (Tensor | null)[] = aten(
  op(
    "aten::native_group_norm_backward(Tensor grad_out, Tensor input, Tensor mean, Tensor rstd, Tensor? weight, SymInt N, SymInt C, SymInt HxW, int group, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    (grad, input, mean, rstd, weight, n, c, hxw, group, mask) => {
      if (grad.elements !== n * c * hxw) throw new RuntimeError(unmet("dY.numel() == N * C * HxW"));
      if (weight !== null && weight.elements !== c) {
        throw new RuntimeError(unmet("!gamma.defined() || gamma.numel() == C"));
      }
      if (weight !== null && weight.dtype !== input.dtype) {
        throw new RuntimeError(
          `expected scalar type ${input.dtype.scalarName} but found ${weight.dtype.scalarName}`,
        );
      }
      return groupGradients(grad, input, mean, rstd, weight, n, group, mask);
    },
    { refuses: onlyFloats("GroupNormBackwardKernelImpl") },
  ),
);

/** Normalises each channel of each example; the running statistics are those of all examples. */
export const instanceNorm: (
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  useInputStats: boolean,
  momentum: number,
  eps: number,
  cudnnEnabled: boolean,
) => Tensor = aten(
  op(
    "aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    (input, weight, bias, runningMean, runningVar, useInputStats, momentum, eps, cudnn) => {
      if (!useInputStats && (runningMean === null || runningVar === null)) {
        throw new RuntimeError(
          "Expected running_mean and running_var to be defined when use_input_stats is false",
        );
      }
      const [n, c, ...spatial] = input.sizes;
      const repeated = (tensor: Tensor | null): Tensor | null =>
        tensor === null ? null : tensor.repeat([n]);
      const [mean, variance] = [repeated(runningMean), repeated(runningVar)];
      const output = batchNorm(
        input.reshape([1, n * c, ...spatial]),
        repeated(weight),
        repeated(bias),
        mean,
        variance,
        useInputStats,
        momentum,
        eps,
        cudnn,
      );
      if (!useInputStats) return output.reshape(input.sizes);
      if (n === 0 && (mean ?? variance) !== null)
        throw new IndexError("select(): index 0 out of range for tensor of size [0] at dimension 0");
      runningMean?.copy_((mean as Tensor).view([n, c]).mean([0]) as Tensor);
      runningVar?.copy_((variance as Tensor).view([n, c]).mean([0]) as Tensor);
      return output.reshape(input.sizes);
    },
    { onnxExport: norms.instanceNorm, composite: true },
  ),
);

const float32Epsilon = 2 ** -23;

/** Divides by the root mean square of the last dimensions. */
export const rmsNorm: (
  input: Tensor,
  normalizedShape: readonly number[],
  weight?: Tensor | null,
  eps?: number | null,
) => Tensor = aten(
  op(
    "aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    (input, shape, weight, eps) => {
      if (shape.length === 0)
        throw new RuntimeError(
          "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []",
        );
      if (weight !== null && weight.sizes.join() !== shape.join()) {
        throw new RuntimeError(
          `Expected weight to be of same shape as normalized_shape, but got weight of shape [${weight.sizes.join(", ")}] and normalized_shape = [${shape.join(", ")}]`,
        );
      }
      if (input.ndim < shape.length)
        throw new ValueError(
          `Input tensor must have at least ${shape.length} dimensions, but got ${input.ndim}`,
        );
      if (input.sizes.slice(-shape.length).join() !== shape.join()) {
        throw new RuntimeError(
          `Given normalized_shape=[${shape.join(", ")}], expected input with shape [*${shape.join(", ")}], but got input of size[${input.sizes.join(", ")}]`,
        );
      }
      const dims = shape.map((_, i) => i - shape.length);
      refuse(onlyFloats("rms_norm"), input.dtype);
      const epsilon = eps ?? (input.dtype === float64 ? Number.EPSILON : float32Epsilon);
      const wide = input.to(opMath(input.dtype));
      const scale = (wide.mul(wide).mean(dims, true) as Tensor).add(epsilon).rsqrt();
      const output = wide.mul(scale);
      return (weight === null ? output : output.mul(weight)).to(input.dtype);
    },
    { onnxExport: norms.rmsNorm, composite: true },
  ),
);

/** The gradient of `nativeLayerNorm`. */
export const nativeLayerNormBackward: (
  gradOut: Tensor,
  input: Tensor,
  normalizedShape: readonly number[],
  mean: Tensor,
  rstd: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  outputMask: readonly boolean[],
) => readonly (Tensor | null)[] = aten(
  op(
    "aten::native_layer_norm_backward(Tensor grad_out, Tensor input, SymInt[] normalized_shape, Tensor mean, Tensor rstd, Tensor? weight, Tensor? bias, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    (grad, input, shape, mean, rstd, weight, _bias, mask) => {
      for (const tensor of [grad, mean, rstd]) {
        if (tensor.dtype !== input.dtype) {
          throw new RuntimeError(
            `expected scalar type ${input.dtype.scalarName} but found ${tensor.dtype.scalarName}`,
          );
        }
      }
      if (input.sizes.slice(-shape.length).join() !== shape.join()) {
        throw new RuntimeError(
          `Given normalized_shape=[${shape.join(", ")}], expected input with shape [*, ${shape.join(", ")}], but got input of size[${input.sizes.join(", ")}]`,
        );
      }
      const lead = input.sizes.slice(0, input.ndim - shape.length);
      const rows = (tensor: Tensor): Tensor => tensor.reshape([numelOf(lead), numelOf(shape)]);
      const flatMean = mean.reshape([numelOf(lead), 1]);
      const flatRstd = rstd.reshape([numelOf(lead), 1]);
      const centred = rows(input).sub(flatMean).mul(flatRstd);
      const scaled = weight === null ? grad : grad.mul(weight);
      const summed = (tensor: Tensor): Tensor => (tensor.sum([0]) as Tensor).reshape(shape);
      return [
        mask[0] ? normGradient(rows(scaled), centred, flatRstd).reshape(input.sizes) : null,
        mask[1] ? summed(rows(grad).mul(centred)) : null,
        mask[2] ? summed(rows(grad)) : null,
      ];
    },
    { refuses: onlyFloats("LayerNormBackwardKernelImpl") },
  ),
);

/** The gradient of `nativeBatchNorm`. */
export const nativeBatchNormBackward: (
  gradOut: Tensor,
  input: Tensor,
  weight: Tensor | null,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  saveMean: Tensor | null,
  saveInvstd: Tensor | null,
  train: boolean,
  eps: number,
  outputMask: readonly boolean[],
) => readonly (Tensor | null)[] = aten(
  op(
    "aten::native_batch_norm_backward(Tensor grad_out, Tensor input, Tensor? weight, Tensor? running_mean, Tensor? running_var, Tensor? save_mean, Tensor? save_invstd, bool train, float eps, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    (grad, input, weight, runningMean, runningVar, saveMean, saveInvstd, train, eps, mask) => {
      if (grad.dtype !== input.dtype) {
        throw new RuntimeError(
          `expected scalar type ${input.dtype.scalarName} but found ${grad.dtype.scalarName}`,
        );
      }
      const mean = train ? saveMean : runningMean;
      const rstd = train ? saveInvstd : (runningVar?.add(eps).rsqrt() ?? null);
      if (mean === null || rstd === null) {
        throw new RuntimeError("TensorAccessor expected a tensor of 1 dims but got an undefined one");
      }
      if (mean.ndim !== 1 || rstd.ndim !== 1) {
        throw new RuntimeError(`TensorAccessor expected 1 dims but tensor has ${rstd.ndim}`);
      }
      const dims = input.sizes.map((_, i) => i).filter((i) => i !== 1);
      const centred = input.sub(channelwise(mean, input)).mul(channelwise(rstd, input));
      const scale = channelwise(weight === null ? rstd : rstd.mul(weight), input);
      const average = (tensor: Tensor): Tensor => tensor.mean(dims, true) as Tensor;
      const byInput = train ? grad.sub(average(grad)).sub(centred.mul(average(grad.mul(centred)))) : grad;
      return [
        mask[0] ? byInput.mul(scale) : null,
        mask[1] ? (grad.mul(centred).sum(dims) as Tensor) : null,
        mask[2] ? (grad.sum(dims) as Tensor) : null,
      ];
    },
  ),
);
