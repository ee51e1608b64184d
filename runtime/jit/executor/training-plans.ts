/**
 * How a trace runs where a gradient is recorded: by the interpreter at first, and from the second call with inputs of the same sizes on
 * compiled, if that is faster there and back.
 */
import { needsGradient } from "../../autograd/edges.ts";
import { withGradMode } from "../../autograd/grad-mode.ts";
import { NotImplementedError } from "../../errors.ts";
import type { DType } from "../../tensor/dtype.ts";
import { sameSizes } from "../../tensor/geometry.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { prepare } from "../interpret.ts";
import type { Graph, Value } from "../ir.ts";
import { writes } from "../optimization/rewriting.ts";
import { leavesOf, rebuild, type Shape, shapeOf } from "./result-shape.ts";
import { CompiledTraining, type FlatRun, timeOf } from "./training.ts";
import { type Weights, withWeightInputs } from "./weights.ts";

/** What is known for inputs of exactly certain sizes. */
export interface TrainingPlan {
  readonly inputs: readonly {
    readonly sizes: readonly number[];
    readonly dtype: DType;
    readonly needed: boolean;
  }[];
  calls: number;
  compiled: CompiledTraining | null;
  /** Why it runs interpreted; null before that is known. */
  refused: string | null;
  /** Milliseconds that deriving the gradients and building the sessions took. */
  buildTime: number | null;
  /** Milliseconds of a forward and backward pass. */
  readonly times: { compiled: number | null; interpreter: number | null };
}

/** Plans for more sizes of inputs than this are not kept. */
const mostPlans = 4;
/** Passes of each executor before a plan is chosen; the best counts. */
const trials = 2;

/** The plans of one graph. */
export class TrainingPlans {
  readonly #graph: Graph;
  readonly #outputs: readonly Value[];
  readonly #shape: Shape;
  readonly #weights: Weights;
  readonly #plans: TrainingPlan[] = [];

  constructor(graph: Graph, weights: Weights) {
    this.#graph = withWeightInputs(graph, weights);
    this.#outputs = leavesOf(graph, this.#graph.outputs[0]);
    this.#shape = shapeOf(graph, this.#graph.outputs[0]);
    this.#weights = weights;
  }

  /** The plan for a call. With `atOnce` it is compiled if it can be, else only where it was called before and that is faster. */
  planFor(args: readonly Tensor[], atOnce: boolean): TrainingPlan {
    const inputs = [...args, ...this.#weights.read()];
    let plan = this.#plans.find((known) => suits(known, inputs));
    if (plan === undefined) {
      plan = {
        inputs: inputs.map((input) => ({
          sizes: input.sizes,
          dtype: input.dtype,
          needed: needsGradient(input),
        })),
        calls: 0,
        compiled: null,
        refused: null,
        buildTime: null,
        times: { compiled: null, interpreter: null },
      };
      this.#plans.push(plan);
      if (this.#plans.length > mostPlans) this.#plans.shift();
    }
    if (plan.compiled === null && plan.refused === null && (atOnce || ++plan.calls > 1))
      this.#build(plan, inputs, atOnce);
    return plan;
  }

  /** Runs a plan that is compiled. */
  run({ compiled }: TrainingPlan, args: readonly Tensor[]): unknown {
    const flat = (compiled as CompiledTraining).run([...args, ...this.#weights.read()]);
    return rebuild(this.#shape, flat, { next: 0 });
  }

  /** Gives back the memory of all sessions; the next calls build them anew. */
  dispose(): void {
    for (const { compiled } of this.#plans.splice(0)) compiled?.dispose();
  }

  #build(plan: TrainingPlan, inputs: readonly Tensor[], atOnce: boolean): void {
    try {
      const written = this.#graph.nodes.find(({ kind }) => writes(kind));
      if (written !== undefined)
        throw new NotImplementedError(`${written.kind} writes to memory that is seen from outside`);
      const start = performance.now();
      const needed = plan.inputs.map((input) => input.needed);
      const compiled = new CompiledTraining(this.#graph, this.#outputs, inputs, needed);
      plan.buildTime = performance.now() - start;
      if (atOnce || this.#isFaster(compiled, plan, inputs)) plan.compiled = compiled;
      else plan.refused = "the interpreter measured faster, there and back";
    } catch (error) {
      plan.refused = (error as Error).message;
    }
  }

  #isFaster(compiled: CompiledTraining, { times }: TrainingPlan, inputs: readonly Tensor[]): boolean {
    const interpret = prepare({ ...this.#graph, outputs: this.#outputs }) as FlatRun;
    const best = (run: FlatRun): number =>
      Math.min(...Array.from({ length: trials }, () => withGradMode(true, () => timeOf(run, inputs))));
    times.compiled = best((given) => compiled.run(given));
    times.interpreter = best(interpret);
    return times.compiled < times.interpreter;
  }
}

function suits({ inputs }: TrainingPlan, given: readonly Tensor[]): boolean {
  for (let i = 0; i < inputs.length; i++) {
    const { sizes, dtype, needed } = inputs[i];
    const tensor = given[i];
    if (tensor.dtype !== dtype || needsGradient(tensor) !== needed) return false;
    if (sizes !== tensor.sizes && !sameSizes(sizes, tensor.sizes)) return false;
  }
  return true;
}
