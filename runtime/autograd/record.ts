/**
 * Recording: runs a call whose arguments require gradients and hangs its results on the gradient graph, with the saved
 * values its row's formulas ask for. In-place calls and views keep torch's rules.
 * Source: torch/csrc/autograd/VariableTypeUtils.h, saved_variable.cpp, functions/tensor.cpp (CopySlices).
 */
import type { GradFormula, Op } from "../dispatch/op.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { late } from "../tensor/late.ts";
import { inferenceMode, Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { runKernel } from "./kernel-call.ts";
import {
  type AutogradMeta,
  type Edge,
  type GradContext,
  type GradHook,
  GradNode,
  type ResultInfo,
} from "./node.ts";

/** Whether calls are recorded; `noGrad` and the engine switch it off. */
export const gradMode = { enabled: true };

/** Runs `fn` with recording switched on or off. */
export function withGradMode<T>(enabled: boolean, fn: () => T): T {
  const saved = gradMode.enabled;
  gradMode.enabled = enabled;
  try {
    return fn();
  } finally {
    gradMode.enabled = saved;
  }
}

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

interface Formula {
  readonly names: readonly string[];
  readonly run: GradFormula;
}

interface Recipe {
  readonly formulas: readonly Formula[];
  /** The names some formula destructures from its context: what has to be saved. */
  readonly saves: ReadonlySet<string>;
}

const recipes = new WeakMap<Op, Recipe>();

function recipeOf(op: Op): Recipe {
  let recipe = recipes.get(op);
  if (recipe === undefined) {
    const formulas = Object.entries(op.facts.grad ?? {}).map(([key, run]) => ({
      names: key.split(/, */),
      run,
    }));
    const saves = new Set(formulas.flatMap(({ run }) => destructuredNames(run)));
    recipe = { formulas, saves };
    recipes.set(op, recipe);
  }
  return recipe;
}

/** The property names a formula destructures from its one parameter: `({ grad, other }) => …`. */
export function destructuredNames(formula: GradFormula): string[] {
  const match = /^\(?\s*\{([^}]*)\}/.exec(formula.toString());
  if (match === null) return [];
  return match[1]
    .split(",")
    .map((part) => part.split(":")[0].trim())
    .filter((name) => name !== "");
}

/** A tensor kept for the backward pass and the version its memory had then. */
export interface Saved {
  readonly tensor: Tensor;
  readonly version: number;
}

/** Runs a call with an argument that needs a gradient and records it. */
export function recordCall(op: Op, args: readonly unknown[]): unknown {
  const inPlace = op.mutates >= 0 ? (args[op.mutates] as Tensor) : null;
  if (inPlace !== null) checkInPlace(inPlace);
  const { formulas, saves } = recipeOf(op);
  const parameters = op.schema.arguments;
  const inputs: {
    readonly name: string;
    readonly tensors: readonly (Tensor | null)[];
    readonly list: boolean;
  }[] = [];
  const saved = new Map<string, Saved | readonly (Saved | null)[] | unknown>();
  parameters.forEach((parameter, i) => {
    const value = args[i];
    if (parameter.type.base === "Tensor" && value !== null) {
      inputs.push({
        name: parameter.name,
        tensors: Array.isArray(value) ? value : [value as Tensor],
        list: Array.isArray(value),
      });
    }
    if (saves.has(parameter.name)) saved.set(parameter.name, save(value, inPlace));
  });
  const edges = inputs.flatMap(({ tensors }) => tensors.map(edgeOf));
  const output = withGradMode(false, () => runKernel(op, args));
  const outputs = (Array.isArray(output) ? output : [output]).filter(
    (item): item is Tensor => item instanceof Tensor,
  );
  const differentiable = outputs.filter((item) => item.dtype.category === "floating");
  if (differentiable.length === 0 || op.facts.grad === nonDifferentiable) return linkViews(op, args, output);

  const results: ResultInfo[] = outputs.map(({ sizes, dtype }) => ({ sizes, dtype }));
  const savedResults =
    saves.has("result") || saves.has("results") ? outputs.map((item) => saveOne(item)) : [];
  const needed = new Map(
    inputs.map(({ name, tensors }) => [name, tensors.some((t) => t !== null && needsGradient(t))]),
  );
  const name = op.facts.gradName ?? `${pascalCase(op)}Backward0`;
  const node: GradNode = new GradNode(name, edges, results, (grads) => {
    const context = makeContext(grads, results, savedResults, saved, needed, node);
    const found = new Map<string, Tensor | null | readonly (Tensor | null)[]>();
    for (const formula of formulas) {
      if (!formula.names.some((argument) => needed.get(argument))) continue;
      const gradients = formula.run(context);
      if (formula.names.length === 1) found.set(formula.names[0], gradients);
      else
        for (const [i, argument] of formula.names.entries()) {
          found.set(argument, (gradients as readonly (Tensor | null)[])[i]);
        }
    }
    return inputs.flatMap(({ name: argument, tensors, list }) => {
      if (needed.get(argument) && !found.has(argument)) {
        throw new NotImplementedError(`the derivative for '${argument}' of ${op.name} is not implemented.`);
      }
      const gradient = found.get(argument) ?? null;
      return list
        ? ((gradient as readonly (Tensor | null)[] | null) ?? tensors.map(() => null))
        : [gradient as Tensor | null];
    });
  });
  if (inPlace !== null) rebase(inPlace, node);
  else for (const [i, item] of outputs.entries()) attach(item, { node, output: i });
  return linkViews(op, args, output);
}

/** Marks a row whose results carry no gradient although they are floats. */
export const nonDifferentiable = {};

const pascalCase = (op: Op): string => {
  const base = (op.functional ?? op).name.slice(op.name.indexOf("::") + 2);
  return base
    .split("_")
    .filter((part) => part !== "")
    .map((part) => part[0].toUpperCase() + part.slice(1))
    .join("");
};

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

/** Makes `tensor` a result of a recorded call; integer results carry no gradient. */
export function attach(tensor: Tensor, edge: Edge): void {
  if (tensor.dtype.category !== "floating") return;
  const meta = tensor.autogradMeta();
  meta.requiresGrad = true;
  meta.edge = edge;
}

function save(value: unknown, inPlace: Tensor | null): unknown {
  if (value instanceof Tensor) return saveOne(value, value === inPlace);
  if (Array.isArray(value)) return value.map((item) => (item instanceof Tensor ? saveOne(item) : item));
  return value;
}

/** What an in-place call is about to overwrite is saved as a copy of its present values. */
export function saveOne(tensor: Tensor, copy = false): Saved {
  if (tensor.storage.inference) {
    throw new RuntimeError(
      "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in " +
        "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use " +
        "it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.",
    );
  }
  const kept = copy ? withGradMode(false, () => tensor.clone()) : tensor;
  const edge = copy ? edgeOf(tensor) : null;
  if (edge !== null) attach(kept, edge);
  return { tensor: kept, version: kept.storage.version };
}

const isSaved = (value: unknown): value is Saved =>
  typeof value === "object" && value !== null && "tensor" in value && "version" in value;

/** The values of what `node` saved; a tensor changed in place since gives torch's RuntimeError once it is read. */
export function unpack(value: unknown, node: GradNode, isResult = false): unknown {
  if (isSaved(value)) {
    const { tensor, version } = value;
    return tensor.storage.version === version
      ? tensor
      : changed(tensor, () => changedError(tensor, version, node, isResult));
  }
  return Array.isArray(value) ? value.map((item) => unpack(item, node, isResult)) : value;
}

/** Stands for a tensor whose values are gone: formulas that ask only for its shape or dtype still get them. */
function changed(tensor: Tensor, error: () => RuntimeError): Tensor {
  const storage = new Storage(new Float32Array(0));
  Object.defineProperty(storage, "data", {
    get() {
      throw error();
    },
  });
  return new Tensor(storage, tensor.dtype, tensor.sizes, tensor.strides, tensor.offset);
}

function changedError(tensor: Tensor, version: number, node: GradNode, isResult: boolean): RuntimeError {
  const producer = isResult ? { node, output: 0 } : (tensor.autograd?.edge ?? null);
  const origin =
    producer === null ? "" : `, which is output ${producer.output} of ${plainName(producer.node.name)},`;
  return new RuntimeError(
    "one of the variables needed for gradient computation has been modified by an inplace operation: " +
      `[torch.${tensor.dtype.scalarName}Tensor [${tensor.sizes.join(", ")}]]${origin} is at version ${tensor.storage.version}; ` +
      `expected version ${version} instead. Hint: ${node.name} needs its old values; clone the tensor before changing it in place.`,
  );
}

/** A node as torch's messages call it: `Exp`, not `ExpBackward0`. */
const plainName = (name: string): string =>
  name === "CopySlices" ? "torch::autograd::CopySlices" : name.replace(/Backward\d+$/, "");

function makeContext(
  grads: readonly (Tensor | null)[],
  results: readonly ResultInfo[],
  savedResults: readonly Saved[],
  saved: ReadonlyMap<string, unknown>,
  needed: ReadonlyMap<string, boolean>,
  node: GradNode,
): GradContext {
  const full = (i: number): Tensor => grads[i] ?? late.zeros(results[i].sizes, results[i].dtype);
  const context: Record<string, unknown> = { needs: (name: string) => needed.get(name) ?? false };
  const getters: Record<string, () => unknown> = {
    grad: () => full(0),
    grads: () => results.map((_, i) => full(i)),
    result: () => unpack(savedResults[0], node, true),
    results: () => savedResults.map((item) => unpack(item, node, true)),
  };
  for (const [name, value] of saved) getters[name] = () => unpack(value, node);
  for (const [name, get] of Object.entries(getters))
    Object.defineProperty(context, name, { get, enumerable: true });
  return context as unknown as GradContext;
}

/** Where the gradient for `tensor` goes; null if none is needed. */
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

/** Inference tensors may be written to in inference mode only. */
export function checkInferenceWrite(tensor: unknown): void {
  if (!(tensor instanceof Tensor) || !tensor.storage.inference || inferenceMode.enabled) return;
  throw new RuntimeError(
    "Inplace update to inference tensor outside InferenceMode is not allowed." +
      "You can make a clone to get a normal tensor before doing inplace update." +
      "See https://github.com/pytorch/rfcs/pull/17 for more details.",
  );
}

export function checkInPlace(tensor: Tensor): void {
  checkInferenceWrite(tensor);
  if (needsGradient(tensor) && refreshEdge(tensor) === null) {
    throw new RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.");
  }
  const base = tensor.viewBase;
  if (base !== null && needsGradient(base) && refreshEdge(base) === null) {
    throw new RuntimeError(
      "a view of a leaf Variable that requires grad is being used in an in-place operation.",
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
      const whole = (grad as Tensor).clone();
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

/** The edge of a tensor; a view whose base was changed in place gets a new one through the base. */
export function refreshEdge(tensor: Tensor): Edge | null {
  const base = tensor.viewBase;
  const rebases = base?.autograd?.rebases ?? 0;
  if (base !== null && rebases > (tensor.autograd?.baseRebases ?? 0) && base.autograd?.edge) {
    const { sizes, strides, offset } = tensor;
    const info = [{ sizes, dtype: tensor.dtype }];
    const node = new GradNode("AsStridedBackward0", [edgeOf(base)], info, ([grad]) => {
      const whole = late.zeros(base.sizes, base.dtype);
      whole.asStrided(sizes, strides, offset - base.offset).copy_(grad as Tensor);
      return [whole];
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
