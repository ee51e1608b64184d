/**
 * The gradient graph: nodes that turn gradients of results into gradients of inputs, and the bookkeeping record that
 * ties tensors to them. Recording calls is record.ts's, walking the graph engine.ts's.
 * Source of the model: torch/csrc/autograd/function.h, variable.h.
 */
import type { DType } from "../tensor/dtype.ts";
import { late } from "../tensor/late.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Where the gradient of an input goes: to result number `output` of `node`. */
export interface Edge {
  readonly node: GradNode;
  readonly output: number;
}

/** What a node must know of each of its results to make a zero gradient or to check one. */
export interface ResultInfo {
  readonly sizes: readonly number[];
  readonly dtype: DType;
}

/** What gradient formulas get: the gradients, the results, and the call's arguments by schema name. */
export interface GradContext {
  /** The gradient of the first result; zeros if none arrived. */
  readonly grad: Tensor;
  /** The gradients of all results; zeros where none arrived. */
  readonly grads: readonly Tensor[];
  /** The first result. */
  readonly result: Tensor;
  /** All results. */
  readonly results: readonly Tensor[];
  /** True if the named argument needs a gradient. */
  readonly needs: (name: string) => boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the schema, not TypeScript, types a formula's arguments
  readonly [argument: string]: any;
}

/** A hook on a tensor's gradient; what it returns replaces the gradient. */
export type GradHook = (grad: Tensor) => Tensor | null | undefined;

/** One node of the gradient graph. */
export class GradNode {
  /** Shown as grad_fn, such as `AddBackward0`. */
  readonly name: string;
  readonly edges: readonly (Edge | null)[];
  readonly results: readonly ResultInfo[];
  /** Hooks on the gradient of each result, by number. */
  readonly hooks = new Map<number, GradHook[]>();
  private compute: ((grads: readonly (Tensor | null)[]) => readonly (Tensor | null)[]) | null;

  constructor(
    name: string,
    edges: readonly (Edge | null)[],
    results: readonly ResultInfo[],
    compute: (grads: readonly (Tensor | null)[]) => readonly (Tensor | null)[],
  ) {
    this.name = name;
    this.edges = edges;
    this.results = results;
    this.compute = compute;
  }

  /** The gradients for each edge. Null after `release`. */
  get backward(): ((grads: readonly (Tensor | null)[]) => readonly (Tensor | null)[]) | null {
    return this.compute;
  }

  /** Lets go of what was saved, after a backward pass without `retainGraph`. */
  release(): void {
    this.compute = null;
  }

  toString(): string {
    return `<${this.name}>`;
  }
}

/** A tensor's place in the gradient graph. */
export interface AutogradMeta {
  requiresGrad: boolean;
  grad: Tensor | null;
  /** The node that made the tensor and which of its results it is; null for leaves. */
  edge: Edge | null;
  /** For leaves: the node that adds to `grad`, made on first use. */
  accumulator: GradNode | null;
  /** How many recorded in-place calls have changed this tensor or a view of it. */
  rebases: number;
  /** For views: the base's `rebases` when `edge` was made. */
  baseRebases: number;
  /** Keep `grad` although this is no leaf. */
  retainsGrad: boolean;
  gradNode(): GradNode | null;
}

const gradNode = function (this: AutogradMeta & { tensor: Tensor }): GradNode | null {
  return late.refreshEdge(this.tensor)?.node ?? null;
};

late.makeAutogradMeta = (tensor) =>
  ({
    tensor,
    requiresGrad: false,
    grad: null,
    edge: null,
    accumulator: null,
    rebases: 0,
    baseRebases: 0,
    retainsGrad: false,
    gradNode,
  }) as AutogradMeta;
