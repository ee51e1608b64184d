/**
 * Plans for inputs of exactly certain sizes: where a gradient is recorded, and where the graph has no compiled form for all sizes. The
 * first calls are the interpreter's; after some with the same sizes it runs compiled, if that is faster, there and back.
 */
import { needsGradient } from "../../autograd/edges.ts";
import { grad } from "../../autograd/engine.ts";
import { gradMode } from "../../autograd/grad-mode.ts";
import type { DType } from "../../tensor/dtype.ts";
import { sameSizes } from "../../tensor/geometry.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { prepare } from "../interpret.ts";
import { ExactGraph, type FlatRun } from "./exact-graph.ts";
import type { WholeGraph } from "./whole-graph.ts";

/** What is known for inputs of exactly certain sizes. */
export interface ExactPlan {
  readonly inputs: readonly ExactInput[];
  calls: number;
  compiled: ExactGraph | null;
  /** Why it runs interpreted; null before that is known. */
  refused: string | null;
  /** Milliseconds that deriving the gradients and building the sessions took. */
  buildTime: number | null;
  /** Milliseconds of a call, its backward pass included. */
  readonly times: { compiled: number | null; interpreter: number | null };
}

interface ExactInput {
  readonly sizes: readonly number[];
  readonly dtype: DType;
  /** True if a gradient is needed. */
  readonly needed: boolean;
}

/** Calls with the same sizes before it is worth while to derive gradients and to build sessions. */
const callsBefore = 3;
/** Plans for more sizes of inputs than this are not kept. */
const mostPlans = 4;
/** Calls of each executor before a plan is chosen; the best counts. */
const trials = 2;

const needed = (tensor: Tensor): boolean => gradMode.enabled && needsGradient(tensor);

/** The plans of one graph. */
export class ExactPlans {
  readonly #whole: WholeGraph;
  readonly #plans: ExactPlan[] = [];

  constructor(whole: WholeGraph) {
    this.#whole = whole;
  }

  /** The plan for a call. With `atOnce` it is compiled if it can be, else only where it was called before some times and that is faster. */
  planFor(inputs: readonly Tensor[], atOnce: boolean): ExactPlan {
    let plan = this.#plans.find((known) => suits(known, inputs));
    if (plan === undefined) {
      plan = {
        inputs: inputs.map((input) => ({ sizes: input.sizes, dtype: input.dtype, needed: needed(input) })),
        calls: 0,
        compiled: null,
        refused: null,
        buildTime: null,
        times: { compiled: null, interpreter: null },
      };
      this.#plans.push(plan);
      if (this.#plans.length > mostPlans) this.#plans.shift();
    }
    if (plan.compiled === null && plan.refused === null && (atOnce || ++plan.calls > callsBefore))
      this.#build(plan, inputs, atOnce);
    return plan;
  }

  /** Gives back the memory of all sessions; the next calls build them anew. */
  dispose(): void {
    for (const { compiled } of this.#plans.splice(0)) compiled?.dispose();
  }

  #build(plan: ExactPlan, inputs: readonly Tensor[], atOnce: boolean): void {
    try {
      const start = performance.now();
      const compiled = new ExactGraph(
        this.#whole,
        inputs,
        plan.inputs.map((input) => input.needed),
      );
      plan.buildTime = performance.now() - start;
      if (atOnce || this.#isFaster(compiled, plan, inputs)) plan.compiled = compiled;
      else plan.refused = "the interpreter measured faster";
    } catch (error) {
      plan.refused = (error as Error).message;
    }
  }

  #isFaster(compiled: ExactGraph, { times, inputs: facts }: ExactPlan, inputs: readonly Tensor[]): boolean {
    const copies = inputs.map((input, i) => input.detach().clone().requiresGrad_(facts[i].needed));
    const best = (run: FlatRun): number =>
      Math.min(...Array.from({ length: trials }, () => timeOf(run, copies)));
    times.compiled = best((given) => compiled.run(given));
    times.interpreter = best(prepare(this.#whole.graph) as FlatRun);
    return times.compiled < times.interpreter;
  }
}

/** Milliseconds of a call and, where it records gradients, of its backward pass. */
function timeOf(run: FlatRun, inputs: readonly Tensor[]): number {
  const start = performance.now();
  const results = run(inputs).filter(needsGradient);
  const sources = inputs.filter(needsGradient);
  const gradOutputs = results.map((result) => result.detach().onesLike());
  if (results.length > 0) grad(results, sources, { gradOutputs, allowUnused: true });
  return performance.now() - start;
}

function suits({ inputs }: ExactPlan, given: readonly Tensor[]): boolean {
  for (let i = 0; i < inputs.length; i++) {
    const { sizes, dtype, needed: before } = inputs[i];
    const tensor = given[i];
    if (tensor.dtype !== dtype || needed(tensor) !== before) return false;
    if (sizes !== tensor.sizes && !sameSizes(sizes, tensor.sizes)) return false;
  }
  return true;
}
