/**
 * The runner of a trace: one synchronous call behind which the fastest executor that gives the right answer runs. The
 * interpreter records gradients and knows every operator; graphs of pointwise operators have a loop of JavaScript, others a session
 * of ONNX Runtime, built at the second call for inputs of certain ranks and dtypes. Which is fastest, contest.ts finds out.
 */

import { requiresGradient } from "../../autograd/edges.ts";
import { gradMode } from "../../autograd/grad-mode.ts";
import { interpreter } from "../../dispatch/interpreter.ts";
import type { DType } from "../../tensor/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { prepare, type Runnable } from "../interpret.ts";
import type { Graph } from "../ir.ts";
import { optimized } from "../optimization/index.ts";
import { CompiledGraph } from "./compiled.ts";
import { Contest, type Entrants, type ExecutorKind } from "./contest.ts";
import { type Explanation, explained, explainedTraining, type LastCall } from "./explanation.ts";
import { FusedLoop } from "./fused-loop.ts";
import { type TrainingPlan, TrainingPlans } from "./training-plans.ts";
import { type Weights, weightsOf } from "./weights.ts";

/** Which executor runs a trace: `auto` measures and chooses. */
export type ExecutorName = "auto" | ExecutorKind;

/** What is known for inputs of certain ranks and dtypes. */
interface Candidate {
  readonly inputs: readonly { readonly rank: number; readonly dtype: DType }[];
  compiled: CompiledGraph | null;
  refused: string | null;
  /** True after inputs came that the loop does not take: of several shapes, or not contiguous. */
  unfitForLoop: boolean;
  /** True after weights changed under a session that had them built in. */
  weightsChange: boolean;
  /** By the magnitude of the inputs, which decides between loop and session. */
  readonly contests: Map<number, Contest>;
}

/** A graph made ready for the executors that run it whole. */
interface Prepared {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly loop: FusedLoop | string;
}

/** Sessions of more kinds of inputs than this are not kept. */
const mostCandidates = 8;

const notTrace = "the ranks or dtypes are not those of the trace";

/** Runs one graph; `source` holds the weights of a module's graph. */
export class Runner {
  /** Set it to run by a certain executor. */
  executor: ExecutorName = "auto";
  readonly #graph: Graph;
  readonly #source: object | null;
  readonly #leading: readonly unknown[];
  /** Runs the graph by the interpreter, whatever was chosen; the inputs are the graph's own. */
  readonly interpret: Runnable;
  readonly #weights: Weights;
  readonly #candidates: Candidate[] = [];
  #prepared: Prepared | null = null;
  #calls = 0;
  #lastExecutor: ExecutorKind = "interpreter";
  #lastReason = "it was not called yet";
  #lastCandidate: Candidate | null = null;
  #lastContest: Contest | null = null;
  #training: TrainingPlans | null = null;
  /** The plan of the last call, if it recorded a gradient. */
  #lastPlan: TrainingPlan | null = null;

  constructor(graph: Graph, source: object | null) {
    this.#graph = graph;
    this.#source = source;
    this.#leading = source === null ? [] : [source];
    this.interpret = prepare(graph);
    this.#weights = weightsOf(graph, source);
  }

  /** Runs the graph on a call's arguments. */
  run(args: readonly unknown[]): unknown {
    const why = this.#whyInterpreted(args);
    if (why !== null) return this.#interpreted(args, why);
    const tensors = args as readonly Tensor[];
    this.#lastPlan = null;
    if (gradMode.enabled && (requiresGradient(args) || requiresGradient(this.#weights.read())))
      return this.#recorded(tensors);
    const candidate = this.#candidateFor(tensors);
    if (this.executor === "javascript") return this.#looped(candidate, tensors, "it was asked for");
    if (this.executor === "compiled") return this.#compiled(candidate, tensors, "it was asked for");
    if (++this.#calls === 1) return this.#interpreted(args, "it is the first call");
    const contest = this.#contestFor(candidate, tensors);
    switch (contest.chosen) {
      case "javascript":
        return this.#looped(candidate, tensors, contest.reason);
      case "compiled":
        return this.#compiled(candidate, tensors, contest.reason);
      case "interpreter":
        return this.#interpreted(args, candidate.refused ?? contest.reason);
      default:
        return this.#trial(contest, candidate, tensors);
    }
  }

  /** Which executor ran the last call, and why. */
  explain(): Explanation {
    const loop = this.#prepared?.loop;
    const last: LastCall = {
      executor: this.#lastExecutor,
      reason: this.#lastReason,
      traced: this.#graph.nodes.length,
      optimized: this.#prepared?.graph.nodes.length ?? null,
      noLoop: typeof loop === "string" ? loop : null,
    };
    return this.#lastPlan === null
      ? explained(last, this.#lastContest, this.#lastCandidate)
      : explainedTraining(last, this.#lastPlan);
  }

  /** Gives back the memory of all sessions; the next calls build them anew. */
  dispose(): void {
    for (const candidate of this.#candidates.splice(0)) discard(candidate);
    this.#training?.dispose();
    this.#lastCandidate = null;
    this.#lastContest = null;
    this.#lastPlan = null;
  }

  #whyInterpreted(args: readonly unknown[]): string | null {
    if (this.executor === "interpreter") return "it was asked for";
    if (interpreter.current !== null) return "another trace is being recorded";
    for (let i = 0; i < args.length; i++) if (!(args[i] instanceof Tensor)) return "the inputs are nested";
    return null;
  }

  /** A call that a gradient is recorded of. */
  #recorded(args: readonly Tensor[]): unknown {
    if (this.executor === "javascript") return this.#interpreted(args, "a gradient is recorded");
    if (this.executor === "auto" && ++this.#calls === 1)
      return this.#interpreted(args, "it is the first call");
    this.#training ??= new TrainingPlans(this.#ready().graph, this.#ready().weights);
    const plan = this.#training.planFor(args, this.executor === "compiled");
    this.#lastPlan = plan;
    if (plan.compiled === null)
      return this.#interpreted(args, plan.refused ?? "a gradient is recorded for the first time");
    this.#lastExecutor = "compiled";
    this.#lastReason =
      this.executor === "compiled" ? "it was asked for" : "it measured faster, there and back";
    return this.#training.run(plan, args);
  }

  #candidateFor(args: readonly Tensor[]): Candidate {
    const last = this.#lastCandidate;
    if (last !== null && suits(last, args)) return last;
    let candidate = this.#candidates.find((known) => suits(known, args));
    if (candidate === undefined) {
      candidate = {
        inputs: args.map(({ sizes, dtype }) => ({ rank: sizes.length, dtype })),
        compiled: null,
        refused: this.#fitsTrace(args) ? null : notTrace,
        unfitForLoop: false,
        weightsChange: false,
        contests: new Map(),
      };
      this.#candidates.push(candidate);
      if (this.#candidates.length > mostCandidates) discard(this.#candidates.shift() as Candidate);
    }
    this.#lastCandidate = candidate;
    return candidate;
  }

  #contestFor(candidate: Candidate, args: readonly Tensor[]): Contest {
    const magnitude = typeof this.#ready().loop === "string" ? 0 : magnitudeOf(args);
    let contest = candidate.contests.get(magnitude);
    if (contest === undefined) {
      contest = new Contest();
      candidate.contests.set(magnitude, contest);
    }
    this.#lastContest = contest;
    return contest;
  }

  /** A session is built from the dtypes and ranks the trace saw. */
  #fitsTrace(args: readonly Tensor[]): boolean {
    return this.#graph.inputs.slice(this.#leading.length).every(({ type }, i) => {
      return (
        type.kind === "Tensor" && type.dtype === args[i].dtype && type.sizes?.length === args[i].sizes.length
      );
    });
  }

  #trial(contest: Contest, candidate: Candidate, args: readonly Tensor[]): unknown {
    const { loop } = this.#ready();
    const fits = typeof loop !== "string" && candidate.refused !== notTrace && !candidate.unfitForLoop;
    const entrants: Entrants = {
      javascript: fits ? loop.estimate(elementsOf(args)) : null,
      operators: typeof loop === "string" ? 0 : loop.operators,
      compiled: () => this.#hasSession(candidate),
    };
    const kind = contest.next(entrants);
    const { reason } = contest;
    const start = performance.now();
    const result =
      kind === "javascript"
        ? this.#looped(candidate, args, reason)
        : kind === "compiled"
          ? this.#compiled(candidate, args, reason)
          : this.#interpreted(args, candidate.refused ?? reason);
    contest.note(kind, performance.now() - start);
    return result;
  }

  #interpreted(args: readonly unknown[], reason: string): unknown {
    this.#lastExecutor = "interpreter";
    this.#lastReason = reason;
    return this.interpret([...this.#leading, ...args])[0];
  }

  #looped(candidate: Candidate, args: readonly Tensor[], reason: string): unknown {
    const { loop, weights } = this.#ready();
    if (typeof loop === "string") return this.#interpreted(args, loop);
    if (candidate.refused === notTrace) return this.#interpreted(args, notTrace);
    const result = loop.run(args, weights.read());
    if (result === null)
      return this.#interpreted(args, "the inputs are of several shapes, or not contiguous");
    this.#lastExecutor = "javascript";
    this.#lastReason = reason;
    return result;
  }

  #compiled(candidate: Candidate, args: readonly Tensor[], reason: string): unknown {
    if (!this.#hasSession(candidate)) return this.#interpreted(args, candidate.refused as string);
    this.#lastExecutor = "compiled";
    this.#lastReason = reason;
    return (candidate.compiled as CompiledGraph).run(args, this.#ready().weights.read());
  }

  /** The graph after its passes, and its loop or why there is none; made once. */
  #ready(): Prepared {
    if (this.#prepared === null) {
      const graph = optimized(this.#graph);
      const weights = weightsOf(graph, this.#source);
      this.#prepared = { graph, weights, loop: loopOf(graph, weights) };
    }
    return this.#prepared;
  }

  /** Builds the session if there is none for the weights as they are now. */
  #hasSession(candidate: Candidate): boolean {
    if (candidate.refused !== null) return false;
    const { graph, weights } = this.#ready();
    if (candidate.compiled !== null) {
      if (candidate.compiled.isCurrent(weights.read())) return true;
      candidate.weightsChange = true;
      discard(candidate);
    }
    try {
      const weightsAs = candidate.weightsChange ? "inputs" : "constants";
      candidate.compiled = new CompiledGraph(graph, this.#source, weights, weightsAs);
    } catch (error) {
      candidate.refused = (error as Error).message;
    }
    return candidate.compiled !== null;
  }
}

function loopOf(graph: Graph, weights: Weights): FusedLoop | string {
  try {
    return new FusedLoop(graph, weights);
  } catch (error) {
    return (error as Error).message;
  }
}

function suits({ inputs }: Candidate, args: readonly Tensor[]): boolean {
  for (let i = 0; i < inputs.length; i++) {
    if (args[i].sizes.length !== inputs[i].rank || args[i].dtype !== inputs[i].dtype) return false;
  }
  return true;
}

function discard(candidate: Candidate): void {
  candidate.compiled?.dispose();
  candidate.compiled = null;
}

/** The elements of the largest tensor. */
function elementsOf(args: readonly Tensor[]): number {
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
