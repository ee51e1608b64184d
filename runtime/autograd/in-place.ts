/**
 * Views and in-place calls: what a write through a view means for its base and its other views.
 * Source: torch/csrc/autograd/VariableTypeUtils.h, functions/tensor.cpp (CopySlices).
 */
import type { Op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { late } from "../tensor/late.ts";
import { inferenceMode } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { attach, edgeOf, needsGradient, refreshEdge } from "./edges.ts";
import { gradMode } from "./grad-mode.ts";
import { GradNode } from "./node.ts";
import { nonDifferentiable } from "./non-differentiable.ts";

/** Notes on the results of a view operator whose memory they show. */
export function linkViews(op: Op, args: readonly unknown[], output: unknown): unknown {
  if (!op.isView || op.facts.grad === nonDifferentiable || !(args[0] instanceof Tensor)) return output;
  const base = args[0].viewBase ?? args[0];
  for (const item of Array.isArray(output) ? output : [output]) {
    if (item instanceof Tensor && item !== args[0] && item.storage === base.storage) {
      item.viewBase = base;
      if (item.autograd !== null) item.autograd.baseRebases = base.autograd?.rebases ?? 0;
    }
  }
  return output;
}

/** Inference tensors may be written to in inference mode only. */
function checkInferenceWrite(tensor: unknown): void {
  if (!(tensor instanceof Tensor) || !tensor.storage.inference || inferenceMode.enabled) return;
  throw new RuntimeError(
    "Inplace update to inference tensor outside InferenceMode is not allowed." +
      "You can make a clone to get a normal tensor before doing inplace update." +
      "See https://github.com/pytorch/rfcs/pull/17 for more details.",
  );
}

/** True for views that were made without recording of a tensor that is recorded: the graph does not know them. */
function writesUnseen(tensor: Tensor): boolean {
  return tensor.viewBase !== null && needsGradient(tensor.viewBase) && !needsGradient(tensor);
}

/** The checks of an in-place call that is not recorded. */
export function checkUnrecordedWrite(tensor: unknown): void {
  checkInferenceWrite(tensor);
  if (gradMode.enabled && tensor instanceof Tensor && writesUnseen(tensor)) checkInPlace(tensor);
}

/** Throws torch's RuntimeError for in-place calls that would make gradients wrong. */
export function checkInPlace(tensor: Tensor): void {
  checkInferenceWrite(tensor);
  const edge = tensor.viewBase === null ? null : refreshEdge(tensor);
  if (edge !== null && edge.node.results.length > 1) {
    throw new RuntimeError(
      `Output ${edge.output} of ${edge.node.name} is a view and is being modified inplace. This view is the output of a ` +
        "function that returns multiple views. Such functions do not allow the output views to be modified inplace. " +
        "You should replace the inplace operation by an out-of-place one.",
    );
  }
  if (needsGradient(tensor) && refreshEdge(tensor) === null) {
    throw new RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.");
  }
  const base = tensor.viewBase;
  if (base !== null && needsGradient(base) && refreshEdge(base) === null) {
    throw new RuntimeError(
      "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    );
  }
  if (writesUnseen(tensor)) {
    throw new RuntimeError(
      "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use case " +
        "is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace " +
        "either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want " +
        "the inplace to be tracked).",
    );
  }
}

/** After an in-place call: the tensor, and for a view its base, now come from the new node. */
export function rebase(tensor: Tensor, node: GradNode): void {
  const base = tensor.viewBase;
  if (base === null) {
    attach(tensor, { node, output: 0 });
    tensor.autogradMeta().rebases++;
    return;
  }
  const baseMeta = base.autogradMeta();
  const { sizes, strides, offset } = tensor;
  const baseEdge = edgeOf(base);
  // The base's gradient with the view's part sent through the in-place call's own gradient.
  const copySlices = new GradNode(
    "CopySlices",
    [baseEdge, ...node.edges.slice(1)],
    [{ sizes: base.sizes, dtype: base.dtype }],
    ([grad]) => {
      // In the layout of the base, in which the view's strides are.
      const whole = late.zeros([base.elements], base.dtype).asStrided(base.sizes, base.strides, 0);
      whole.copy_(grad as Tensor);
      const part = whole.asStrided(sizes, strides, offset - base.offset);
      const gradients = (node.backward as NonNullable<GradNode["backward"]>)([part.clone()]);
      if (gradients[0] === null) part.zero_();
      else part.copy_(gradients[0] as Tensor);
      return [whole, ...gradients.slice(1)];
    },
  );
  attach(base, { node: copySlices, output: 0 });
  baseMeta.rebases++;
  refreshEdge(tensor);
}
