/**
 * The engine: walks the gradient graph from results to leaves, each node once all gradients for it have arrived.
 * Source of rules and messages: torch/csrc/autograd/engine.cpp, torch/autograd/__init__.py.
 */
import { RuntimeError } from "../errors.ts";
import { sameSizes } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { edgeOf, keepForCaller, needsGradient } from "./edges.ts";
import { withGradMode } from "./grad-mode.ts";
import type { Edge, GradNode, ResultInfo } from "./node.ts";

/** Options of a backward pass. */
export interface BackwardOptions {
  /** Keep what was saved, for another pass through the same graph; default: `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the pass itself, so that gradients can be differentiated again. */
  readonly createGraph?: boolean;
}

/** Computes and accumulates the gradients of all leaves that `tensors` come from. */
export function backward(
  tensors: readonly Tensor[],
  gradients: readonly (Tensor | null)[],
  options: BackwardOptions = {},
): void {
  run(tensors, gradients, null, options);
}

/** Options of `grad`. */
export interface GradOptions extends BackwardOptions {
  /** What arrives from above at each output; may be left out for one-element outputs. */
  readonly gradOutputs?: Tensor | readonly (Tensor | null)[] | null;
  /** Give null for inputs the outputs do not depend on, where torch would raise. */
  readonly allowUnused?: boolean;
  /** Give zeros, not null, for such inputs. */
  readonly materializeGrads?: boolean;
}

/**
 * The gradients of the sum of `outputs` by each of `inputs`; nothing is accumulated.
 * @example
 * const w = torch.tensor([2], { requiresGrad: true });
 * const [slope] = torch.autograd.grad(w.pow(3).sum(), w, { createGraph: true });
 * torch.autograd.grad(slope.sum(), w)[0] // [12]
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { readonly allowUnused: true },
): (Tensor | null)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const roots = listOf(outputs);
  const sources = listOf(inputs);
  for (const input of sources) {
    if (!needsGradient(input))
      throw new RuntimeError("One of the differentiated Tensors does not require grad");
  }
  const wanted = sources.map((input) => edgeOf(input) as Edge);
  const arriving = options.gradOutputs == null ? roots.map(() => null) : listOf(options.gradOutputs);
  const found = run(roots, arriving, wanted, options);
  return found.map((gradient, i) => {
    if (gradient !== null) return gradient;
    if (options.materializeGrads === true) return sources[i].detach().zerosLike();
    if (options.allowUnused === true) return null;
    throw new RuntimeError(
      `The differentiated Tensor at index ${i} appears to not have been used in the graph. ` +
        "Set allow_unused=True if this is the desired behavior.",
    );
  });
}

const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function run(
  roots: readonly Tensor[],
  gradients: readonly (Tensor | null)[],
  wanted: readonly Edge[] | null,
  options: BackwardOptions,
): (Tensor | null)[] {
  const createGraph = options.createGraph ?? false;
  const retainGraph = options.retainGraph ?? createGraph;
  const waiting = new Map<GradNode, (Tensor | null)[]>();
  const starts: GradNode[] = [];
  const captured = new Map<GradNode, (Tensor | null)[]>();
  return withGradMode(createGraph, () => {
    roots.forEach((root, i) => {
      const edge = edgeOf(root);
      if (edge === null) {
        throw new RuntimeError(`element ${i} of tensors does not require grad and does not have a grad_fn`);
      }
      deliver(waiting, edge, startingGradient(root, gradients[i] ?? null, i));
      starts.push(edge.node);
    });
    const order = inOrder(starts);
    const needed = wanted === null ? null : leadingTo(wanted, order);
    for (const node of order) {
      const arrived = waiting.get(node);
      if (arrived === undefined) continue;
      waiting.delete(node);
      const hooked = arrived.map((gradient, i) => applyHooks(node, i, gradient));
      if (wanted?.some((edge) => edge.node === node)) captured.set(node, hooked);
      if (needed !== null && !needed.has(node)) continue;
      if (node.name === "AccumulateGrad") {
        node.backward?.(hooked);
        continue;
      }
      if (node.backward === null) {
        throw new RuntimeError(
          "Trying to backward through the graph a second time (or directly access saved tensors after they have already " +
            "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). " +
            "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access " +
            "saved tensors after calling backward.",
        );
      }
      const found = node.backward(hooked);
      node.edges.forEach((edge, i) => {
        const gradient = found[i];
        if (edge === null || gradient === null || gradient === undefined) return;
        deliver(waiting, edge, fitted(gradient, edge.node.results[edge.output], node, i));
      });
      if (!retainGraph) node.release();
    }
    return (wanted ?? []).map((edge) => captured.get(edge.node)?.[edge.output] ?? null);
  });
}

/** The nodes from which gradients still flow on to a wanted one: only these have to run. */
function leadingTo(wanted: readonly Edge[], order: readonly GradNode[]): ReadonlySet<GradNode> {
  const goals = new Set(wanted.map((edge) => edge.node));
  const leading = new Set<GradNode>();
  for (const node of order.toReversed()) {
    if (node.edges.some((edge) => edge !== null && (goals.has(edge.node) || leading.has(edge.node))))
      leading.add(node);
  }
  return leading;
}

function startingGradient(root: Tensor, gradient: Tensor | null, index: number): Tensor {
  if (gradient !== null) {
    keepForCaller(gradient);
    if (!sameSizes(gradient.sizes, root.sizes)) {
      throw new RuntimeError(
        `Mismatch in shape: grad_output[${index}] has a shape of torch.Size([${gradient.sizes.join(", ")}]) ` +
          `and output[${index}] has a shape of torch.Size([${root.sizes.join(", ")}]).`,
      );
    }
    return gradient;
  }
  if (root.elements !== 1) throw new RuntimeError("grad can be implicitly created only for scalar outputs");
  return root.onesLike();
}

function deliver(waiting: Map<GradNode, (Tensor | null)[]>, edge: Edge, gradient: Tensor): void {
  let slots = waiting.get(edge.node);
  if (slots === undefined) {
    slots = edge.node.results.map(() => null);
    waiting.set(edge.node, slots);
  }
  const present = slots[edge.output];
  slots[edge.output] = present === null ? gradient : present.add(gradient);
}

function applyHooks(node: GradNode, output: number, gradient: Tensor | null): Tensor | null {
  if (gradient === null) return null;
  let current = gradient;
  for (const hook of node.hooks.get(output) ?? []) current = hook(current) ?? current;
  return current;
}

/** A broadcast input's gradient is summed to its shape, and cast to its dtype. */
function fitted(gradient: Tensor, expected: ResultInfo, node: GradNode, index: number): Tensor {
  let result = gradient;
  if (!sameSizes(result.sizes, expected.sizes)) {
    if (!expandable(expected.sizes, result.sizes)) {
      throw new RuntimeError(
        `Function ${node.name} returned an invalid gradient at index ${index} - got [${result.sizes.join(", ")}] ` +
          `but expected shape compatible with [${expected.sizes.join(", ")}]`,
      );
    }
    result = sumToSize(result, expected.sizes);
  }
  return result.dtype === expected.dtype ? result : result.to(expected.dtype);
}

const expandable = (from: readonly number[], to: readonly number[]): boolean =>
  from.length <= to.length && from.every((size, i) => size === 1 || size === to[to.length - from.length + i]);

/** Sums over the dimensions along which `sizes` was broadcast. */
function sumToSize(tensor: Tensor, sizes: readonly number[]): Tensor {
  const added = tensor.sizes.length - sizes.length;
  const dims = tensor.sizes
    .map((_, i) => i)
    .filter((i) => i < added || (sizes[i - added] === 1 && tensor.sizes[i] !== 1));
  const summed = dims.length === 0 ? tensor : tensor.sum(dims, true);
  return added > 0 ? summed.view(sizes) : summed;
}

/** Nodes from the roots on, each before the nodes it sends gradients to. */
function inOrder(starts: readonly GradNode[]): GradNode[] {
  const order: GradNode[] = [];
  const seen = new Set<GradNode>();
  // Depth first without recursion: long chains would overflow the stack.
  const stack: { node: GradNode; next: number }[] = [];
  for (const start of starts) {
    if (seen.has(start)) continue;
    seen.add(start);
    stack.push({ node: start, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const edge = top.node.edges[top.next++];
      if (top.next > top.node.edges.length) {
        order.push(top.node);
        stack.pop();
      } else if (edge && !seen.has(edge.node)) {
        seen.add(edge.node);
        stack.push({ node: edge.node, next: 0 });
      }
    }
  }
  return order.reverse();
}
