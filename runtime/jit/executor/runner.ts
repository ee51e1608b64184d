/**
 * The runner of a trace: one synchronous call behind which the fastest executor that gives the right answer runs. The
 * interpreter knows every operator; graphs of pointwise operators have a loop of JavaScript, others a session of ONNX Runtime for any
 * size, built at the second call (open-plans.ts), or for exact sizes, gradients included (exact-plans.ts).
 */

import { requiresGradient } from "../../autograd/edges.ts";
import { gradMode } from "../../autograd/grad-mode.ts";
import { interpreter } from "../../dispatch/interpreter.ts";
import { KeyboardInterrupt } from "../../interrupt.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Runnable } from "../interpret.ts";
import type { Graph } from "../ir.ts";
import type { Contest, Entrants, ExecutorKind } from "./contest.ts";
import type { ExactPlan } from "./exact-plans.ts";
import { type Explanation, explained, explainedExact, type LastCall } from "./explanation.ts";
import { contestOf, elementsOf, notTraced, type OpenPlan } from "./open-plans.ts";
import { otherArguments, type Prepared, preparedFor } from "./prepared.ts";
import { finished, type WholeGraph } from "./whole-graph.ts";

/** Which executor runs a trace: `auto` measures and chooses. */
export type ExecutorName = "auto" | ExecutorKind;

/** What a runner runs. */
export interface Program {
  /** The graph with all calls inlined, made when it is asked for. */
  readonly graph: Graph;
  /** The module that is the graph's first input and holds its weights; null for functions. */
  readonly source: object | null;
  /** The interpreter's form; its inputs are the graph's own. */
  readonly interpret: Runnable;
}

/** The tensors of a call. */
interface Call {
  readonly args: readonly unknown[];
  /** Those in the arguments, which may be nested. */
  readonly tensors: readonly Tensor[];
  readonly weights: readonly Tensor[];
  /** The tensors, then the weights. */
  readonly inputs: readonly Tensor[];
}

/** Runs one graph. */
export class Runner {
  /** Set it to run by a certain executor. */
  executor: ExecutorName = "auto";
  readonly #program: Program;
  readonly #leading: readonly unknown[];
  /** The reason in words where there is nothing to run whole. */
  #prepared: Prepared | string | null = null;
  /** The mode of the module when the graph was refused. */
  #refusedIn: unknown = null;
  #calls = 0;
  #said = false;
  #lastExecutor: ExecutorKind = "interpreter";
  #lastReason = "it was not called yet";
  #lastPlan: OpenPlan | null = null;
  #lastContest: Contest | null = null;
  /** The plan of the last call, if it was one for exact sizes. */
  #lastExact: ExactPlan | null = null;

  constructor(program: Program) {
    this.#program = program;
    this.#leading = program.source === null ? [] : [program.source];
  }

  /** Runs the graph on a call's arguments. */
  run(args: readonly unknown[]): unknown {
    if (this.executor === "interpreter") return this.#interpreted(args, "it was asked for");
    if (interpreter.current !== null) return this.#interpreted(args, "another trace is being recorded");
    if (this.executor === "auto" && ++this.#calls === 1)
      return this.#interpreted(args, "it is the first call");
    const ready = this.#ready(args);
    if (typeof ready === "string") return this.#refused(args, ready);
    const tensors = ready.flatten(args);
    if (tensors === null) return this.#refused(args, otherArguments);
    if (tensors.some(isEmpty)) return this.#interpreted(args, "an input is empty");
    const weights = ready.weights();
    const inputs = weights.length === 0 ? tensors : [...tensors, ...weights];
    const { written } = ready.whole;
    if (written.length > 0 && isShared(inputs, written))
      return this.#interpreted(args, "memory that it writes to is given to it twice");
    const call: Call = { args, tensors, weights, inputs };
    this.#lastExact = null;
    if (gradMode.enabled && requiresGradient(inputs))
      return this.executor === "javascript"
        ? this.#interpreted(args, "a gradient is recorded")
        : this.#exact(ready, call, "a gradient is recorded for the first times");
    return this.#open(ready, call);
  }

  /** The graph that is run whole on such arguments; as it is where none is, or one that is given parts of them. */
  optimizedGraph(args: readonly unknown[]): Graph {
    const ready = this.#ready(args);
    return typeof ready === "string" || ready.apart ? this.#program.graph : ready.whole.graph;
  }

  /** Which executor ran the last call, and why. */
  explain(): Explanation {
    const prepared = typeof this.#prepared === "string" ? null : this.#prepared;
    const last: LastCall = {
      executor: this.#lastExecutor,
      reason: this.#lastReason,
      traced: this.#program.graph.nodes.length,
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

  /** A call without gradients, for inputs of any size. */
  #open(prepared: Prepared, call: Call): unknown {
    const plan = prepared.open.planFor(call.tensors);
    this.#lastPlan = plan;
    if (this.executor === "javascript") return this.#looped(prepared, plan, call, "it was asked for");
    if (this.executor === "compiled") return this.#compiled(prepared, plan, call, "it was asked for");
    const contest = contestOf(plan, call.tensors, typeof prepared.loop !== "string");
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
      javascript: fits ? loop.estimate(elementsOf(call.tensors)) : null,
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
    return this.#program.interpret([...this.#leading, ...args])[0];
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
      () => (compiled as NonNullable<typeof compiled>).run(call.tensors, call.weights),
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

  /** What runs the graph whole, or why nothing does; made once, and anew where the module's mode has changed. */
  #ready(args: readonly unknown[]): Prepared | string {
    const before = this.#prepared;
    const stale = typeof before === "string" ? this.#mode() !== this.#refusedIn : before?.holds() === false;
    if (stale) {
      this.dispose();
      this.#prepared = null;
    }
    this.#prepared ??= this.#prepare(args);
    return this.#prepared;
  }

  #prepare(args: readonly unknown[]): Prepared | string {
    const { graph, source } = this.#program;
    try {
      return preparedFor(graph, source, args);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this.#refusedIn = this.#mode();
      return (error as Error).message;
    }
  }

  /** Whether the module trains, by which its graph may branch. */
  #mode(): unknown {
    return (this.#program.source as { readonly training?: unknown } | null)?.training;
  }
}

/** ONNX Runtime reduces nothing to 0, where torch gives NaN or an error. */
const isEmpty = ({ sizes }: Tensor): boolean => sizes.includes(0);

/** True if memory that is written to is that of another input too. */
const isShared = (inputs: readonly Tensor[], written: readonly number[]): boolean =>
  written.some((index) => inputs.some(({ storage }, i) => i !== index && storage === inputs[index].storage));
