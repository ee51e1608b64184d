/**
 * Normalisations: batch norm with its running statistics, and layer norm.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Normalization.cpp, layer_norm.cpp.
 */

import { gradMode } from "../autograd/grad-mode.ts";
import { isWatched } from "../dispatch/interpreter.ts";
import { aten, op } from "../dispatch/op.ts";
import { onlyFloats } from "../dispatch/refusal.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import * as layers from "../jit/onnx/layers.ts";
import { channelGradients, normalizeChannels, normalizeRows, rowGradients } from "../kernels/normalize.ts";
import { requireNormDtypes } from "../kernels/same-dtype.ts";
import { fromValues } from "../tensor/access.ts";
import { makeZeros } from "../tensor/filled.ts";
import { numelOf, sameSizes, wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** All dimensions but the channels', which is the second. */
const batchDims = (input: Tensor): number[] => input.sizes.map((_, i) => i).filter((i) => i !== 1);

const perChannel = (tensor: Tensor, input: Tensor): Tensor =>
  tensor.reshape(input.sizes.map((_, i) => (i === 1 ? -1 : 1)));

/** `x * weight + bias`, as far as there are any. */
function scaled(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const product = weight === null ? x : x.mul(weight);
  return bias === null ? product : product.add(bias);
}

function normalizeBatch(
  given: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  training: boolean,
  momentum: number,
  eps: number,
): readonly [Tensor, Tensor, Tensor] {
  const input = given.contiguous();
  wrapDim(1, input.sizes.length);
  if ((runningMean === null) !== (runningVar === null))
    throw new ValueError("running_mean and running_var must either both be None or neither be None");
  // torch reads what is not there: it fails an assertion of its own, or ends.
  if (!training && runningMean === null)
    throw new RuntimeError("running_mean and running_var must be defined in evaluation mode");
  requireNormDtypes(input, weight, bias, runningMean, runningVar);
  for (const parameter of [weight, bias, runningMean, runningVar]) {
    if (parameter !== null && parameter.ndim !== 1)
      throw new RuntimeError(`TensorAccessor expected 1 dims but tensor has ${parameter.ndim}`);
  }
  const dims = batchDims(input);
  const count = input.elements / (input.sizes[1] || 1);
  let mean = runningMean as Tensor;
  let variance = runningVar as Tensor;
  if (training) {
    mean = input.mean(dims);
    variance = input.var(dims, { correction: 0 });
    runningMean?.mul_(1 - momentum).add_(mean.mul(momentum));
    runningVar?.mul_(1 - momentum).add_(variance.mul((momentum * count) / Math.max(count - 1, 1)));
  }
  const invstd = variance.add(eps).rsqrt();
  const result = isWatched()
    ? scaled(
        input.sub(perChannel(mean, input)).mul(perChannel(invstd, input)),
        weight === null ? null : perChannel(weight, input),
        bias === null ? null : perChannel(bias, input),
      )
    : normalizeChannels(input, mean, invstd, weight, bias);
  const none = makeZeros([0], input.dtype);
  return [result, training ? mean : none, training ? invstd : none];
}

/** In training the mean and inverse deviation come from the batch and depend on the input themselves. */
function batchNormInputGradient(
  grad: Tensor,
  input: Tensor,
  weight: Tensor | null,
  mean: Tensor,
  invstd: Tensor,
  training: boolean,
): Tensor {
  const scale = weight === null ? invstd : invstd.mul(weight);
  if (!training) return grad.mul(perChannel(scale, input));
  const dims = batchDims(input);
  const centred = input.sub(perChannel(mean, input)).mul(perChannel(invstd, input));
  const meanGrad = grad.mean(dims, true);
  const projected = grad.mul(centred).mean(dims, true);
  return grad.sub(meanGrad).sub(centred.mul(projected)).mul(perChannel(scale, input));
}

/**
 * The mean and inverse deviation that a gradient is computed with: those of the call, or where the gradient will be
 * differentiated itself, new ones, which know how they come from the input. PyTorch lets no gradient through the results.
 */
function statistics(
  results: readonly Tensor[],
  input: Tensor,
  dims: readonly number[],
  eps: number,
  keepdim: boolean,
): readonly Tensor[] {
  if (!gradMode.enabled) return results.slice(1);
  const variance = input.var(dims, { correction: 0, keepdim }) as Tensor;
  return [input.mean(dims, keepdim) as Tensor, variance.add(eps).rsqrt()];
}

/** The normalised input, and in training the batch's mean and inverse deviation; updates the running statistics. */
export const nativeBatchNorm: (
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  training: boolean,
  momentum: number,
  eps: number,
) => readonly [Tensor, Tensor, Tensor] = aten(
  op(
    "aten::native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    normalizeBatch,
    {
      refuses: onlyFloats("batch_norm"),
      grad: {
        "input, weight, bias": ({
          grad,
          input,
          weight,
          running_mean,
          running_var,
          training,
          eps,
          results,
          needs,
        }) => {
          const dims = batchDims(input);
          const [mean, invstd]: readonly Tensor[] = training
            ? statistics(results, input, dims, eps, false)
            : [running_mean.detach(), running_var.detach().add(eps).rsqrt()];
          // Gradients that will not be differentiated themselves need no operators.
          if (!gradMode.enabled && !isWatched())
            return channelGradients(grad, input, mean, invstd, weight, training);
          const centred = input.sub(perChannel(mean, input)).mul(perChannel(invstd, input));
          return [
            needs("input") ? batchNormInputGradient(grad, input, weight, mean, invstd, training) : null,
            needs("weight") ? grad.mul(centred).sum(dims) : null,
            needs("bias") ? grad.sum(dims) : null,
          ];
        },
      },
    },
  ),
);

/** Normalises each channel: by the batch's statistics in training, else by the running ones. */
export const batchNorm: (
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  training: boolean,
  momentum: number,
  eps: number,
  cudnnEnabled: boolean,
) => Tensor = aten(
  op(
    "aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    (input, weight, bias, runningMean, runningVar, training, momentum, eps) => {
      if (!training && (runningMean === null || runningVar === null)) {
        throw new RuntimeError(
          `running_${runningMean === null ? "mean" : "var"} must be defined in evaluation mode`,
        );
      }
      const channels = input.sizes[wrapDim(1, input.sizes.length)];
      for (const [name, tensor] of Object.entries({
        weight,
        bias,
        running_mean: runningMean,
        running_var: runningVar,
      })) {
        if (tensor !== null && tensor.elements !== channels) {
          throw new RuntimeError(`${name} should contain ${channels} elements not ${tensor.elements}`);
        }
      }
      return nativeBatchNorm(input, weight, bias, runningMean, runningVar, training, momentum, eps)[0];
    },
    { onnx: layers.batchNorm, composite: true },
  ),
);

/** Throws torch's RuntimeError unless the parameters have the normalised shape and the input ends with it. */
function checkNormalizedShape(
  input: Tensor,
  shape: readonly number[],
  weight: Tensor | null,
  bias: Tensor | null,
): void {
  const list = shape.join(", ");
  if (shape.length === 0) {
    throw new RuntimeError(
      `Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []`,
    );
  }
  for (const [name, parameter] of Object.entries({ weight, bias })) {
    if (parameter !== null && !sameSizes(parameter.sizes, shape)) {
      throw new RuntimeError(
        `Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape [${parameter.sizes.join(", ")}] and normalized_shape = [${list}]`,
      );
    }
  }
  if (!sameSizes(input.sizes.slice(-shape.length), shape)) {
    throw new RuntimeError(
      `Given normalized_shape=[${list}], expected input with shape [*, ${list}], but got input of size[${input.sizes.join(", ")}]`,
    );
  }
}

/** The last dimensions normalised to mean 0 and variance 1, with the mean and inverse deviation used. */
export const nativeLayerNorm: (
  input: Tensor,
  normalizedShape: readonly number[],
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
) => readonly [Tensor, Tensor, Tensor] = aten(
  op(
    "aten::native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (Tensor, Tensor, Tensor)",
    (given, shape, weight, bias, eps) => {
      const input = given.contiguous();
      checkNormalizedShape(input, shape, weight, bias);
      requireNormDtypes(input, weight, bias);
      if (isWatched()) {
        const dims = shape.map((_, i) => i - shape.length);
        const mean = input.mean(dims, true);
        const invstd = input.var(dims, { correction: 0, keepdim: true }).add(eps).rsqrt();
        return [scaled(input.sub(mean).mul(invstd), weight, bias), mean, invstd];
      }
      const lead = input.sizes.slice(0, input.ndim - shape.length);
      const [result, mean, invstd] = normalizeRows(input, numelOf(lead), numelOf(shape), weight, bias, eps);
      const sizes = [...lead, ...shape.map(() => 1)];
      return [
        fromValues(result, input.sizes, input.dtype),
        fromValues(mean, sizes, input.dtype),
        fromValues(invstd, sizes, input.dtype),
      ];
    },
    {
      refuses: onlyFloats("LayerNormKernelImpl"),
      grad: {
        "input, weight, bias": ({ grad, input, normalized_shape: shape, weight, eps, results, needs }) => {
          const dims = (shape as number[]).map((_, i) => i - shape.length);
          const [mean, invstd] = statistics(results, input, dims, eps, true);
          if (!gradMode.enabled && !isWatched())
            return rowGradients(grad, input, mean, invstd, weight, shape);
          const lead = input.sizes
            .slice(0, input.sizes.length - shape.length)
            .map((_: number, i: number) => i);
          const centred = input.sub(mean).mul(invstd);
          const weighed = scaled(grad, weight, null);
          const overLead = (tensor: Tensor): Tensor => (lead.length === 0 ? tensor : tensor.sum(lead));
          return [
            needs("input")
              ? weighed
                  .sub(weighed.mean(dims, true))
                  .sub(centred.mul(weighed.mul(centred).mean(dims, true)))
                  .mul(invstd)
              : null,
            needs("weight") ? overLead(grad.mul(centred)) : null,
            needs("bias") ? overLead(grad) : null,
          ];
        },
      },
    },
  ),
);

/** Normalises the last dimensions, whose sizes are `normalizedShape`. */
export const layerNorm: (
  input: Tensor,
  normalizedShape: readonly number[],
  weight?: Tensor | null,
  bias?: Tensor | null,
  eps?: number,
) => Tensor = aten(
  op(
    "aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1.0000000000000001e-05, bool cudnn_enable=True) -> Tensor",
    (input, shape, weight, bias, eps) => {
      checkNormalizedShape(input, shape, weight, bias);
      return nativeLayerNorm(input, shape, weight, bias, eps)[0];
    },
    { onnx: layers.layerNorm, composite: true },
  ),
);

/** `nativeBatchNorm` in training form, always updating the running statistics. */
export const _nativeBatchNormLegit: {
  (
    input: Tensor,
    weight: Tensor | null,
    bias: Tensor | null,
    runningMean: Tensor,
    runningVar: Tensor,
    training: boolean,
    momentum: number,
    eps: number,
  ): readonly [Tensor, Tensor, Tensor];
  (
    input: Tensor,
    weight: Tensor | null,
    bias: Tensor | null,
    training: boolean,
    momentum: number,
    eps: number,
  ): readonly [Tensor, Tensor, Tensor];
} = aten(
  op(
    "aten::_native_batch_norm_legit(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, Tensor(b!) running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)" as "aten::f(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    (...args) => nativeBatchNorm(...args),
    { composite: true, overlapping: true },
  ),
  op(
    "aten::_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    (input, weight, bias, training, momentum, eps) =>
      nativeBatchNorm(input, weight, bias, null, null, training, momentum, eps),
    { composite: true },
  ),
);

/** `nativeBatchNorm` by the running statistics. */
export const _nativeBatchNormLegitNoTraining: (
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  runningMean: Tensor,
  runningVar: Tensor,
  momentum: number,
  eps: number,
) => readonly [Tensor, Tensor, Tensor] = aten(
  op(
    "aten::_native_batch_norm_legit_no_training(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    (input, weight, bias, mean, variance, momentum, eps) =>
      nativeBatchNorm(input, weight, bias, mean, variance, false, momentum, eps),
    { composite: true },
  ),
);
