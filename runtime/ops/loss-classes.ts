/**
 * Losses over classes: negative log-likelihood and cross-entropy, with class weights and label smoothing.
 * Source: derivatives.yaml, aten/src/ATen/native/LossNLL.cpp, LossNLL2d.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { onlyFloats } from "../dispatch/refusal.ts";
import { IndexError, NotImplementedError, RuntimeError, ValueError } from "../errors.ts";
import * as losses from "../jit/onnx/losses.ts";
import { checkArriving, checkNumbers, checkTargetDtype, checkWeight } from "../kernels/class-checks.ts";
import { requireSameDtype } from "../kernels/same-dtype.ts";
import { firstValue, fromValues, valuesOf } from "../tensor/access.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A loss of class scores and class numbers. */
export type ClassLoss = (
  self: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  reduction?: number,
  ignoreIndex?: number,
) => Tensor;

const none = 0;
const mean = 1;
const total = 2;

/** Where in the scores each target's own score lies: classes are dimension 1, or the only one. */
interface Layout {
  readonly classes: number;
  readonly positions: number;
  readonly offset: (target: number, position: number) => number;
}

function layoutOf(self: Tensor, target: Tensor): Layout {
  const classes = self.ndim === 1 ? self.sizes[0] : self.sizes[1];
  const inner = self.ndim <= 2 ? 1 : self.sizes.slice(2).reduce((n, size) => n * size, 1);
  return {
    classes,
    // A single sample has one target, though a gradient's call may name more.
    positions: self.ndim === 1 ? 1 : target.elements,
    offset: (chosen, position) => {
      const row = Math.floor(position / inner);
      return (row * classes + chosen) * inner + (position % inner);
    },
  };
}

/** Each target's weight, 0 for ignored ones. Throws torch's IndexError for numbers that are no class. */
function targetWeights(
  layout: Layout,
  target: Tensor,
  weight: Tensor | null,
  ignoreIndex: number,
): Float64Array {
  const chosen = valuesOf(target);
  const weights = weight === null ? null : valuesOf(weight);
  const result = new Float64Array(layout.positions);
  for (let i = 0; i < result.length; i++) {
    const t = chosen[i];
    if (t === ignoreIndex) continue;
    if (t < 0 || t >= layout.classes) throw new IndexError(`Target ${t} is out of bounds.`);
    result[i] = weights === null ? 1 : weights[t];
  }
  return result;
}

function forward(
  self: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  ignoreIndex: number,
): [output: Tensor, totalWeight: Tensor] {
  checkWeight(self, weight);
  const layout = layoutOf(self, target);
  const weights = targetWeights(layout, target, weight, ignoreIndex);
  const scores = valuesOf(self);
  const chosen = valuesOf(target);
  const losses = allocateNumbers(self.dtype, layout.positions);
  for (let i = 0; i < losses.length; i++) {
    if (chosen[i] !== ignoreIndex) losses[i] = -scores[layout.offset(chosen[i], i)] * weights[i];
  }
  const wholeWeight = weights.reduce((sum, w) => sum + w, 0);
  const summary = (value: number): Tensor =>
    fromValues(allocateNumbers(self.dtype, 1).fill(value), [], self.dtype);
  if (reduction === none && self.ndim > 1) return [fromValues(losses, target.sizes, self.dtype), summary(0)];
  let sum = 0;
  for (const loss of losses) sum += loss;
  return [summary(reduction === mean ? sum / wholeWeight : sum), summary(wholeWeight)];
}

function backward(
  grad: Tensor,
  self: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  ignoreIndex: number,
  totalWeight: Tensor,
): Tensor {
  const layout = layoutOf(self, target);
  const weights = targetWeights(layout, target, weight, ignoreIndex);
  const wholeWeight = firstValue(totalWeight);
  const arrived = valuesOf(grad);
  const chosen = valuesOf(target);
  const out = allocateNumbers(self.dtype, self.elements);
  for (let i = 0; i < layout.positions; i++) {
    if (chosen[i] === ignoreIndex) continue;
    const share =
      reduction === mean ? arrived[0] / wholeWeight : reduction === none ? arrived[i] : arrived[0];
    out[layout.offset(chosen[i], i)] = -weights[i] * share;
  }
  return fromValues(out, self.sizes, self.dtype);
}

type Forward = (
  self: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  ignoreIndex: number,
) => [output: Tensor, totalWeight: Tensor];
type Backward = (
  gradOutput: Tensor,
  self: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  ignoreIndex: number,
  totalWeight: Tensor,
) => Tensor;

/** The rows of one dimensionality: `nll_loss` for [N, C], `nll_loss2d` for [N, C, H, W]. */
function nllRows(
  name: string,
  nodeName: string,
  check: (self: Tensor, target: Tensor, isForward: boolean) => void,
) {
  const backwardOp: Backward = aten(
    op(
      `aten::${name}_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, Tensor total_weight) -> Tensor` as "aten::f(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, Tensor total_weight) -> Tensor",
      (grad, self, target, weight, reduction, ignoreIndex, totalWeight) => {
        check(self, target, false);
        if (self.isFloatingPoint()) requireSameDtype(self, totalWeight);
        if (totalWeight.elements !== 1)
          throw new RuntimeError(
            `expected total_weight to be a single element tensor, got: [${totalWeight.sizes.join(", ")}] (${totalWeight.elements} elements)`,
          );
        if (weight !== null && weight.elements !== self.sizes[self.ndim === 1 ? 0 : 1])
          throw new RuntimeError("weight tensor should be defined either for all or no classes");
        if (!self.isFloatingPoint()) {
          throw new NotImplementedError(
            `"${name}_backward_out_frame" not implemented for '${self.dtype.scalarName}'`,
          );
        }
        checkArriving(grad, self, target, reduction);
        checkNumbers(target, name === "nll_loss");
        requireSameDtype(self, grad, weight);
        return backward(grad, self, target, weight, reduction, ignoreIndex, totalWeight);
      },
      {
        onnx: losses.nllLossBackward,
        refuses: onlyFloats(`${name}_backward_out_frame`),
        grad: {
          grad_output: ({ grad, target, weight, reduction, ignore_index }) =>
            forward(grad, target, weight, reduction, ignore_index)[0],
          // The gradient does not depend on the scores, and the weights are given.
          "self, weight, total_weight": () => [null, null, null],
        },
      },
    ),
  );
  const forwardOp: Forward = aten(
    op(
      `aten::${name}_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)` as "aten::f(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)",
      (self, target, weight, reduction, ignoreIndex) => {
        check(self, target, true);
        if (name === "nll_loss2d") checkNumbers(target, false);
        return forward(self, target, weight, reduction, ignoreIndex);
      },
      {
        onnx: losses.nllLoss,
        refuses: onlyFloats(`${name}${name === "nll_loss" ? "" : "_forward"}_out_frame`),
        gradName: nodeName,
        grad: {
          self: ({ grad, self, target, weight, reduction, ignore_index, results }) =>
            backwardOp(grad, self, target, weight, reduction, ignore_index, results[1]),
        },
      },
    ),
  );
  const loss: ClassLoss = aten(
    op(
      `aten::${name}(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor` as "aten::f(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor",
      (self, target, weight, reduction, ignoreIndex) =>
        forwardOp(self, target, weight, reduction, ignoreIndex)[0],
      { composite: true },
    ),
  );
  return { loss, forwardOp, backwardOp };
}

const vectors = nllRows("nll_loss", "NllLossBackward0", (self, target, isForward) => {
  if (!(self.ndim > 0 && self.ndim <= 2)) throw new RuntimeError("input tensor should be 1D or 2D");
  if (target.ndim > 1) {
    throw new RuntimeError("0D or 1D target tensor expected, multi-target not supported");
  }
  if (isForward) checkTargetDtype(target);
  if (isForward && self.ndim === 1) {
    // One sample may have a target of one element, whatever its own classes.
    if (target.elements !== 1)
      throw new ValueError(
        `For 1D input, 1D target must have size 1, but got target size: ${target.elements}`,
      );
    return;
  }
  if (self.ndim === 2 && target.ndim === 0)
    throw new IndexError("Dimension specified as 0 but tensor has no dimensions");
  if (!(self.ndim === 1 && target.ndim === 0) && self.sizes[0] !== target.sizes[0]) {
    throw new RuntimeError(
      `size mismatch (got input: [${self.sizes.join(", ")}], target: [${target.sizes.join(", ")}])`,
    );
  }
});

const images = nllRows("nll_loss2d", "NllLoss2DBackward0", (self, target) => {
  if (target.ndim !== 3) {
    throw new RuntimeError(
      `only batches of spatial targets supported (3D tensors) but got targets of dimension: ${target.ndim}`,
    );
  }
  if (self.ndim !== 4) {
    throw new RuntimeError(
      `only batches of spatial inputs supported (4D tensors), but got input of dimension: ${self.ndim}`,
    );
  }
  checkTargetDtype(target);
  if (
    self.sizes[0] !== target.sizes[0] ||
    self.sizes[2] !== target.sizes[1] ||
    self.sizes[3] !== target.sizes[2]
  ) {
    throw new RuntimeError(
      `size mismatch (got input: [${self.sizes.join(", ")}] , target: [${target.sizes.join(", ")}]`,
    );
  }
});

/** The negative log-likelihood of class numbers under log-probabilities `[N, C]`. */
export const nllLoss = vectors.loss;
export const nllLossForward = vectors.forwardOp;
/** The gradient of `nllLoss`. */
export const nllLossBackward = vectors.backwardOp;
/** The same for images `[N, C, H, W]`. */
export const nllLoss2d = images.loss;
export const nllLoss2dForward = images.forwardOp;
/** The gradient of `nllLoss2d`. */
export const nllLoss2dBackward = images.backwardOp;

/** The same for any number of dimensions behind the classes. */
export const nllLossNd: ClassLoss = aten(
  op(
    "aten::nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor",
    (self, target, weight, reduction, ignoreIndex) => {
      if (self.ndim < 1) throw new RuntimeError(`Expected 1 or more dimensions (got ${self.ndim})`);
      if (self.ndim !== 1 && self.sizes[0] !== target.sizes[0]) {
        throw new ValueError(
          `Expected input batch_size (${self.sizes[0]}) to match target batch_size (${target.sizes[0]}).`,
        );
      }
      if (self.ndim === 1 && target.elements !== 1) {
        throw new ValueError(
          `For 1D input, 1D target must have size 1, but got target size: ${target.elements}`,
        );
      }
      if (self.ndim <= 2) return nllLoss(self, target, weight, reduction, ignoreIndex);
      if (self.ndim === 4) return nllLoss2d(self, target, weight, reduction, ignoreIndex);
      const [n, c, ...rest] = self.sizes;
      if (target.sizes.slice(1).join() !== rest.join()) {
        throw new RuntimeError(
          `Expected target size [${[n, ...rest].join(", ")}], got [${target.sizes.join(", ")}]`,
        );
      }
      const width = rest.reduce((product, size) => product * size, 1);
      const loss = nllLoss2d(
        self.reshape([n, c, 1, width]),
        target.reshape([n, 1, width]),
        weight,
        reduction,
        ignoreIndex,
      );
      return reduction === none ? loss.reshape([n, ...rest]) : loss;
    },
    { composite: true },
  ),
);

/** Cross-entropy of scores with class numbers, or with class probabilities of the scores' own shape. */
export const crossEntropyLoss: (
  self: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  reduction?: number,
  ignoreIndex?: number,
  labelSmoothing?: number,
) => Tensor = aten(
  op(
    "aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, float label_smoothing=0.0) -> Tensor",
    (self, target, weight, reduction, ignoreIndex, smoothing) => {
      if (smoothing > 1)
        throw new RuntimeError(`label_smoothing must be between 0.0 and 1.0. Got: ${smoothing}`);
      if (self.sizes.join() === target.sizes.join()) {
        if (target.dtype.category !== "floating") {
          throw new RuntimeError(
            `Expected floating point type for target with class probabilities, got ${target.dtype.scalarName}`,
          );
        }
        if (ignoreIndex >= 0)
          throw new RuntimeError("ignore_index is not supported for floating point target");
        return withProbabilities(self, target, weight, reduction, smoothing);
      }
      const logits = self.logSoftmax(self.ndim === 1 ? 0 : 1);
      return smoothing > 0
        ? smoothed(logits, target, weight, reduction, ignoreIndex, smoothing)
        : nllLossNd(logits, target, weight, reduction, ignoreIndex);
    },
    { composite: true },
  ),
);

/** Throws torch's RuntimeError for a reduction that is none of the three; class numbers alone are then summed. */
function requireReduction(reduction: number): void {
  if (![none, mean, total].includes(reduction))
    throw new RuntimeError(`Invalid reduction type encountered in cross_entropy: ${reduction}`);
}

const classDim = (self: Tensor): number => (self.ndim === 1 ? 0 : 1);

/** Class weights in a shape that broadcasts against the scores. */
const alongClasses = (weight: Tensor, self: Tensor): Tensor =>
  weight.reshape(self.sizes.map((_, dim) => (dim === classDim(self) ? weight.elements : 1)));

function withProbabilities(
  self: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  smoothing: number,
): Tensor {
  const dim = classDim(self);
  const classes = self.sizes[dim];
  if (weight !== null && (weight.ndim !== 1 || weight.elements !== classes)) {
    throw new RuntimeError(
      `cross_entropy: weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: [${weight.sizes.join(", ")}]`,
    );
  }
  requireReduction(reduction);
  const logits = self.logSoftmax(dim);
  const smooth = smoothing > 0 ? target.mul(1 - smoothing).add(smoothing / classes) : target;
  const product = logits.mul(smooth);
  const losses = weight === null ? product : product.mul(alongClasses(weight, self));
  if (reduction === none) return losses.sum(dim).neg();
  const total = losses.sum().neg();
  return reduction === mean ? total.div(Math.max(self.elements / classes, 1)) : total;
}

/** Part of every target's weight goes evenly to all classes. */
function smoothed(
  logits: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  ignoreIndex: number,
  smoothing: number,
): Tensor {
  requireReduction(reduction);
  const dim = classDim(logits);
  const chosen = nllLossNd(logits, target, weight, reduction, ignoreIndex);
  const each = (weight === null ? logits : logits.mul(alongClasses(weight, logits))).sum(dim).neg();
  const ignored = target.eq(ignoreIndex);
  const kept = each.maskedFill(ignored, 0);
  let even: Tensor;
  if (reduction === none) even = kept;
  else if (reduction !== mean) even = kept.sum();
  else if (weight === null) even = kept.sum().div(ignored.logicalNot().sum());
  else {
    const used = weight
      .gather(0, target.maskedFill(ignored, 0).reshape([-1]))
      .maskedFill(ignored.reshape([-1]), 0);
    even = kept.sum().div(used.sum());
  }
  return chosen.mul(1 - smoothing).add(even.mul(smoothing / logits.sizes[dim]));
}
