/**
 * Plans for inputs of any size: by the ranks and dtypes of the inputs a session of ONNX Runtime, built when it is first wanted, and by
 * their magnitude a contest of the executors.
 */
import type { DType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { CompiledGraph } from "./compiled.ts";
import { Contest } from "./contest.ts";
import type { WholeGraph } from "./whole-graph.ts";

/** What is known for inputs of certain ranks and dtypes. */
export interface OpenPlan {
  readonly inputs: readonly { readonly rank: number; readonly dtype: DType }[];
  /** True if they are those of the trace, which loops and sessions are made for. */
  readonly traced: boolean;
  compiled: CompiledGraph | null;
  /** Why there is no session; null if there is one, or none was wanted yet. */
  refused: string | null;
  /** True after weights changed under a session that had them built in. */
  weightsChange: boolean;
  /** By the magnitude of the inputs, which decides between loop and session. */
  readonly contests: Map<number, Contest>;
}

/** Sessions of more kinds of inputs than this are not kept. */
const mostPlans = 8;

/** Why inputs of other ranks or dtypes than the trace's have no session of any size. */
export const notTraced = "the ranks or dtypes are not those of the trace";

/** The plans of one graph. */
export class OpenPlans {
  readonly #whole: WholeGraph;
  readonly #plans: OpenPlan[] = [];
  #last: OpenPlan | null = null;

  constructor(whole: WholeGraph) {
    this.#whole = whole;
  }

  planFor(args: readonly Tensor[]): OpenPlan {
    const last = this.#last;
    if (last !== null && suits(last, args)) return last;
    let plan = this.#plans.find((known) => suits(known, args));
    if (plan === undefined) {
      const traced = this.#fitsTrace(args);
      plan = {
        inputs: args.map(({ sizes, dtype }) => ({ rank: sizes.length, dtype })),
        traced,
        compiled: null,
        refused: traced ? null : notTraced,
        weightsChange: false,
        contests: new Map(),
      };
      this.#plans.push(plan);
      if (this.#plans.length > mostPlans) discard(this.#plans.shift() as OpenPlan);
    }
    this.#last = plan;
    return plan;
  }

  /** True if there is a session for the weights as they are now; builds it. */
  hasSession(plan: OpenPlan, weights: readonly Tensor[]): boolean {
    if (plan.refused !== null) return false;
    if (plan.compiled !== null) {
      if (plan.compiled.isCurrent(weights)) return true;
      plan.weightsChange = true;
      discard(plan);
    }
    try {
      const weightsAs = plan.weightsChange ? "inputs" : "constants";
      plan.compiled = new CompiledGraph(this.#whole, plan.inputs.length, weights, weightsAs);
    } catch (error) {
      plan.refused = (error as Error).message;
    }
    return plan.compiled !== null;
  }

  /** Gives back the memory of all sessions; the next calls build them anew. */
  dispose(): void {
    for (const plan of this.#plans.splice(0)) discard(plan);
    this.#last = null;
  }

  /** A session is built from the dtypes and ranks the trace saw. */
  #fitsTrace(args: readonly Tensor[]): boolean {
    return args.every(({ dtype, sizes }, i) => {
      const { type } = this.#whole.graph.inputs[i];
      return type.kind === "Tensor" && type.dtype === dtype && type.sizes?.length === sizes.length;
    });
  }
}

/** The contest for inputs of the size of these. */
export function contestOf(plan: OpenPlan, args: readonly Tensor[], bySize: boolean): Contest {
  const magnitude = bySize ? magnitudeOf(args) : 0;
  let contest = plan.contests.get(magnitude);
  if (contest === undefined) {
    contest = new Contest();
    plan.contests.set(magnitude, contest);
  }
  return contest;
}

/** The elements of the largest tensor. */
export function elementsOf(args: readonly Tensor[]): number {
  let most = 0;
  for (let i = 0; i < args.length; i++) {
    const { sizes } = args[i];
    let elements = 1;
    for (let dim = 0; dim < sizes.length; dim++) elements *= sizes[dim];
    if (elements > most) most = elements;
  }
  return most;
}

/** A class of sizes within which the same executor is fastest: powers of eight. */
const magnitudeOf = (args: readonly Tensor[]): number => ((31 - Math.clz32(elementsOf(args))) / 3) | 0;

function suits({ inputs }: OpenPlan, args: readonly Tensor[]): boolean {
  for (let i = 0; i < inputs.length; i++) {
    if (args[i].sizes.length !== inputs[i].rank || args[i].dtype !== inputs[i].dtype) return false;
  }
  return true;
}

function discard(plan: OpenPlan): void {
  plan.compiled?.dispose();
  plan.compiled = null;
}
