/**
 * Where gradients go: the edge of each tensor into the graph, the accumulators of leaves, and hooks.
 * Source: torch/csrc/autograd/variable.cpp, functions/accumulate_grad.h.
 */
import { fromValues } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { elementOffsets } from "../tensor/geometry.ts";
import { late } from "../tensor/late.ts";
import type { Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { gradMode } from "./grad-mode.ts";
import { type AutogradMeta, type Edge, type GradHook, GradNode } from "./node.ts";

/** True if a gradient has to flow to `tensor`. */
export function needsGradient(tensor: Tensor): boolean {
  if (tensor.autograd !== null) {
    return tensor.autograd.requiresGrad || (tensor.viewBase !== null && refreshEdge(tensor) !== null);
  }
  const base = tensor.viewBase;
  return base !== null && base.autograd !== null && base.autograd.rebases > 0 && base.autograd.requiresGrad;
}

/** True if any tensor among the arguments, or in their lists, needs a gradient. */
export function requiresGradient(args: readonly unknown[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    if (value instanceof Tensor) {
      if (needsGradient(value)) return true;
    } else if (Array.isArray(value) && value.some((item) => item instanceof Tensor && needsGradient(item)))
      return true;
  }
  return false;
}

/** Makes `tensor` a result of a recorded call; integer results carry no gradient. */
export function attach(tensor: Tensor, edge: Edge): void {
  if (tensor.dtype.category !== "floating") return;
  const meta = tensor.autogradMeta();
  meta.requiresGrad = true;
  meta.edge = edge;
}

export function edgeOf(tensor: Tensor | null): Edge | null {
  if (tensor === null || !needsGradient(tensor)) return null;
  const edge = refreshEdge(tensor);
  if (edge !== null) return edge;
  const meta = tensor.autogradMeta();
  meta.accumulator ??= makeAccumulator(tensor, meta);
  return { node: meta.accumulator, output: 0 };
}

/** Memory that is already some leaf's `grad`, or the caller's: a second leaf must not take it over. */
const taken = new WeakSet<Storage>();

/** Says that a gradient belongs to the caller, so that no leaf keeps it as its own. */
export const keepForCaller = (gradient: Tensor): unknown => taken.add(gradient.storage);

function makeAccumulator(tensor: Tensor, meta: AutogradMeta): GradNode {
  return new GradNode("AccumulateGrad", [], [{ sizes: tensor.sizes, dtype: tensor.dtype }], ([arrived]) => {
    if (arrived === null) return [];
    if (meta.grad === null) meta.grad = owned(arrived);
    else if (gradMode.enabled) meta.grad = meta.grad.add(arrived);
    else meta.grad.add_(arrived);
    return [];
  });
}

/** A gradient that a leaf may keep and change in place: itself, or a copy where others see its memory. */
function owned(gradient: Tensor): Tensor {
  const shared = gradMode.enabled || !gradient.isContiguous() || taken.has(gradient.storage);
  const kept = shared ? gradient.clone() : gradient;
  taken.add(kept.storage);
  return kept;
}

/** The edge of a tensor; a view whose base was changed in place gets a new one through the base. */
export function refreshEdge(tensor: Tensor): Edge | null {
  const base = tensor.viewBase;
  const rebases = base?.autograd?.rebases ?? 0;
  if (base !== null && rebases > (tensor.autograd?.baseRebases ?? 0) && base.autograd?.edge) {
    const { sizes, strides, offset } = tensor;
    const info = [{ sizes, dtype: tensor.dtype }];
    const node = new GradNode("AsStridedBackward0", [edgeOf(base)], info, ([grad]) => {
      // Places that the view shows several times get the sum of their gradients.
      const places = Float64Array.from(elementOffsets(sizes, strides, offset - base.offset));
      const memory = late.zeros([base.elements], base.dtype);
      const index = fromValues(places, [places.length], int64);
      const whole = memory.indexAdd(0, index, (grad as Tensor).reshape([-1]));
      // The places are those in the base's own memory, which need not be row-major.
      return [whole.asStrided(base.sizes, base.strides, 0)];
    });
    attach(tensor, { node, output: 0 });
    tensor.autogradMeta().baseRebases = rebases;
  }
  return tensor.autograd?.edge ?? null;
}

late.refreshEdge = refreshEdge;

/** Hangs a hook on a tensor's gradient. */
export function addHook(tensor: Tensor, hook: GradHook): { remove(): void } {
  const edge = edgeOf(tensor) as Edge;
  const hooks = edge.node.hooks.get(edge.output) ?? [];
  edge.node.hooks.set(edge.output, hooks);
  hooks.push(hook);
  return {
    remove() {
      const at = hooks.indexOf(hook);
      if (at >= 0) hooks.splice(at, 1);
    },
  };
}
