/**
 * The runner of a trace: one synchronous call behind which the fastest executor that gives the right answer runs. The
 * interpreter knows every operator; graphs of pointwise operators have a loop of JavaScript, others a session of ONNX Runtime for any
 * size, built at the second call (open-plans.ts), or for exact sizes, gradients included (exact-plans.ts).
 */

import { requiresGradient } from "../../autograd/edges.ts";
import { gradMode } from "../../autograd/grad-mode.ts";
import { interpreter } from "../../dispatch/interpreter.ts";
import { KeyboardInterrupt } from "../../interrupt.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { prepare, type Runnable } from "../interpret.ts";
import type { Graph } from "../ir.ts";
import type { Contest, Entrants, ExecutorKind } from "./contest.ts";
import { type ExactPlan, ExactPlans } from "./exact-plans.ts";
import { type Explanation, explained, explainedExact, type LastCall } from "./explanation.ts";
import { FusedLoop } from "./fused-loop.ts";
import { contestOf, elementsOf, notTraced, type OpenPlan, OpenPlans } from "./open-plans.ts";
import { type Weights, weightsOf } from "./weights.ts";
import { finished, type WholeGraph, wholeGraph } from "./whole-graph.ts";

/** Which executor runs a trace: `auto` measures and chooses. */
export type ExecutorName = "auto" | ExecutorKind;

/** A graph made ready for the executors that run it whole. */
interface Prepared {
  readonly whole: WholeGraph;
  readonly loop: FusedLoop | string;
  readonly open: OpenPlans;
  readonly exact: ExactPlans;
  /** Milliseconds that the passes took. */
  readonly passesTime: number;
}

/** The tensors of a call. */
interface Call {
  readonly args: readonly Tensor[];
  readonly weights: readonly Tensor[];
  /** Arguments and weights. */
  readonly inputs: readonly Tensor[];
}

/** Runs one graph; `source` holds the weights of a module's graph. */
export class Runner {
  /** Set it to run by a certain executor. */
  executor: ExecutorName = "auto";
  readonly #graph: Graph;
  readonly #leading: readonly unknown[];
  /** Runs the graph by the interpreter, whatever was chosen; the inputs are the graph's own. */
  readonly interpret: Runnable;
  readonly #weights: Weights;
  /** The reason in words where there is nothing to run whole. */
  #prepared: Prepared | string | null = null;
  #calls = 0;
  #said = false;
  #lastExecutor: ExecutorKind = "interpreter";
  #lastReason = "it was not called yet";
  #lastPlan: OpenPlan | null = null;
  #lastContest: Contest | null = null;
  /** The plan of the last call, if it was one for exact sizes. */
  #lastExact: ExactPlan | null = null;

  constructor(graph: Graph, source: object | null) {
    this.#graph = graph;
    this.#leading = source === null ? [] : [source];
    this.interpret = prepare(graph);
    this.#weights = weightsOf(graph, source);
  }

  /** Runs the graph on a call's arguments. */
  run(args: readonly unknown[]): unknown {
    const why = this.#whyInterpreted(args);
    if (why !== null) return this.#interpreted(args, why);
    const weights = this.#weights.read();
    const tensors = args as readonly Tensor[];
    const inputs = weights.length === 0 ? tensors : [...tensors, ...weights];
    const recorded = gradMode.enabled && requiresGradient(inputs);
    if (this.executor === "auto" && ++this.#calls === 1)
      return this.#interpreted(args, "it is the first call");
    const prepared = this.#ready();
    if (typeof prepared === "string") return this.#refused(args, prepared);
    const { written } = prepared.whole;
    if (written.length > 0 && isShared(inputs, written))
      return this.#interpreted(args, "memory that it writes to is given to it twice");
    const call: Call = { args: tensors, weights, inputs };
    this.#lastExact = null;
    if (recorded)
      return this.executor === "javascript"
        ? this.#interpreted(args, "a gradient is recorded")
        : this.#exact(prepared, call, "a gradient is recorded for the first times");
    return this.#open(prepared, call);
  }

  /** The graph that is run whole; as it was recorded where none is. */
  optimizedGraph(): Graph {
    const prepared = this.#ready();
    return typeof prepared === "string" ? this.#graph : prepared.whole.graph;
  }

  /** Which executor ran the last call, and why. */
  explain(): Explanation {
    const prepared = typeof this.#prepared === "string" ? null : this.#prepared;
    const last: LastCall = {
      executor: this.#lastExecutor,
      reason: this.#lastReason,
      traced: this.#graph.nodes.length,
      optimized: prepared?.whole.graph.nodes.length ?? null,
      passesTime: prepared?.passesTime ?? 0,
      noLoop: typeof prepared?.loop === "string" ? prepared.loop : null,
      refused: typeof this.#prepared === "string" ? this.#prepared : null,
    };
    return this.#lastExact === null
      ? explained(last, this.#lastContest, this.#lastPlan)
      : explainedExact(last, this.#lastExact);
  }

  /** Gives back the memory of all sessions; the next calls build them anew. */
  dispose(): void {
    if (typeof this.#prepared === "string") return;
    this.#prepared?.open.dispose();
    this.#prepared?.exact.dispose();
    this.#lastPlan = null;
    this.#lastContest = null;
    this.#lastExact = null;
  }

  #whyInterpreted(args: readonly unknown[]): string | null {
    if (this.executor === "interpreter") return "it was asked for";
    if (interpreter.current !== null) return "another trace is being recorded";
    for (let i = 0; i < args.length; i++) if (!(args[i] instanceof Tensor)) return "the inputs are nested";
    return null;
  }

  /** A call without gradients, for inputs of any size. */
  #open(prepared: Prepared, call: Call): unknown {
    const plan = prepared.open.planFor(call.args);
    this.#lastPlan = plan;
    if (this.executor === "javascript") return this.#looped(prepared, plan, call, "it was asked for");
    if (this.executor === "compiled") return this.#compiled(prepared, plan, call, "it was asked for");
    const contest = contestOf(plan, call.args, typeof prepared.loop !== "string");
    this.#lastContest = contest;
    switch (contest.chosen) {
      case "javascript":
        return this.#looped(prepared, plan, call, contest.reason);
      case "compiled":
        return this.#compiled(prepared, plan, call, contest.reason);
      case "interpreter":
        return this.#withoutSession(prepared, plan, call, contest.reason);
      default:
        return this.#trial(prepared, plan, contest, call);
    }
  }

  #trial(prepared: Prepared, plan: OpenPlan, contest: Contest, call: Call): unknown {
    const { loop, open } = prepared;
    const fits = typeof loop !== "string" && plan.traced;
    const entrants: Entrants = {
      javascript: fits ? loop.estimate(elementsOf(call.args)) : null,
      operators: typeof loop === "string" ? 0 : loop.operators,
      compiled: () => open.hasSession(plan, call.weights),
    };
    const kind = contest.next(entrants);
    const { reason } = contest;
    const start = performance.now();
    const result =
      kind === "javascript"
        ? this.#looped(prepared, plan, call, reason)
        : kind === "compiled"
          ? this.#compiled(prepared, plan, call, reason)
          : this.#withoutSession(prepared, plan, call, reason);
    contest.note(kind, performance.now() - start);
    return result;
  }

  #interpreted(args: readonly unknown[], reason: string): unknown {
    this.#lastExecutor = "interpreter";
    this.#lastReason = reason;
    return this.interpret([...this.#leading, ...args])[0];
  }

  #looped({ loop, whole }: Prepared, { traced }: OpenPlan, { args, inputs }: Call, reason: string): unknown {
    if (typeof loop === "string") return this.#interpreted(args, loop);
    if (!traced) return this.#interpreted(args, notTraced);
    const outputs = loop.run(inputs);
    if (outputs === null)
      return this.#interpreted(args, "the inputs are of several shapes, or not contiguous");
    this.#lastExecutor = "javascript";
    this.#lastReason = reason;
    return finished(whole, outputs, inputs);
  }

  #compiled(prepared: Prepared, plan: OpenPlan, call: Call, reason: string): unknown {
    if (!prepared.open.hasSession(plan, call.weights))
      return this.#withoutSession(prepared, plan, call, plan.refused as string);
    const { compiled } = plan;
    return this.#whole(
      prepared.whole,
      call,
      reason,
      () => (compiled as NonNullable<typeof compiled>).run(call.args, call.weights),
      (failure) => {
        plan.refused = failure;
      },
    );
  }

  /** Where no session for any size is to be had, there may be one for these. */
  #withoutSession(prepared: Prepared, plan: OpenPlan, call: Call, reason: string): unknown {
    return plan.refused === null
      ? this.#interpreted(call.args, reason)
      : this.#exact(prepared, call, plan.refused);
  }

  #exact({ whole, exact }: Prepared, call: Call, otherwise: string): unknown {
    const plan = exact.planFor(call.inputs, this.executor === "compiled");
    this.#lastExact = plan;
    const { compiled } = plan;
    if (compiled === null)
      return plan.refused === null
        ? this.#interpreted(call.args, otherwise)
        : this.#refused(call.args, plan.refused);
    return this.#whole(
      whole,
      call,
      this.executor === "compiled" ? "it was asked for" : "it measured faster",
      () => compiled.run(call.inputs),
      (failure) => {
        plan.compiled = null;
        plan.refused = failure;
      },
    );
  }

  /** Runs a session. Where it fails, the interpreter gives the result, or the error in torch's words. */
  #whole(
    whole: WholeGraph,
    { args, inputs }: Call,
    reason: string,
    run: () => readonly Tensor[],
    refuse: (failure: string) => void,
  ): unknown {
    let outputs: readonly Tensor[];
    try {
      outputs = run();
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      const { message } = error as Error;
      const result = this.#interpreted(args, message);
      refuse(message);
      this.#say(message);
      return result;
    }
    this.#lastExecutor = "compiled";
    this.#lastReason = reason;
    return finished(whole, outputs, inputs);
  }

  /** What cannot be compiled runs interpreted; if compiled was asked for, that is said once. */
  #refused(args: readonly unknown[], reason: string): unknown {
    if (this.executor === "compiled") this.#say(reason);
    return this.#interpreted(args, reason);
  }

  #say(reason: string): void {
    if (!this.#said) console.warn(`UserWarning: a trace runs interpreted: ${reason}`);
    this.#said = true;
  }

  /** The graph after its passes and what runs it, or why it cannot be run whole; made once. */
  #ready(): Prepared | string {
    this.#prepared ??= preparedOf(this.#graph, this.#weights);
    return this.#prepared;
  }
}

function preparedOf(graph: Graph, weights: Weights): Prepared | string {
  try {
    const start = performance.now();
    const whole = wholeGraph(graph, weights);
    const passesTime = performance.now() - start;
    const [open, exact] = [new OpenPlans(whole), new ExactPlans(whole)];
    return { whole, loop: loopOf(whole.graph), open, exact, passesTime };
  } catch (error) {
    return (error as Error).message;
  }
}

function loopOf(graph: Graph): FusedLoop | string {
  try {
    return new FusedLoop(graph);
  } catch (error) {
    return (error as Error).message;
  }
}

/** True if memory that is written to is that of another input too. */
const isShared = (inputs: readonly Tensor[], written: readonly number[]): boolean =>
  written.some((index) => inputs.some(({ storage }, i) => i !== index && storage === inputs[index].storage));
