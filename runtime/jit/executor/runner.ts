/**
 * The runner of a trace: one synchronous call behind which the fastest executor that gives the right answer runs. The
 * interpreter records gradients and knows every operator; a compiled session is built at the second call and kept for
 * inputs of the same ranks and dtypes if it measures faster.
 */
import { gradMode, requiresGradient } from "../../autograd/record.ts";
import { interpreter } from "../../dispatch/interpreter.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { prepare, type Runnable } from "../interpret.ts";
import type { Graph } from "../ir.ts";
import { CompiledGraph } from "./compiled.ts";
import { weightsOf } from "./weights.ts";

/** Which executor runs a trace: `auto` measures and chooses. */
export type ExecutorName = "auto" | "interpreter" | "compiled";

/** Why a trace runs as it does. */
export interface Explanation {
  /** The executor of the last call. */
  readonly executor: "interpreter" | "compiled";
  readonly reason: string;
  /** Milliseconds that building the compiled form took; null if none was built. */
  readonly buildTime: number | null;
  /** Microseconds of a call by each executor, where it was measured. */
  readonly measured: { readonly interpreter: number | null; readonly compiled: number | null };
}

/** What is known for inputs of certain ranks and dtypes. */
interface Candidate {
  readonly inputs: readonly { readonly rank: number; readonly dtype: unknown }[];
  calls: number;
  compiled: CompiledGraph | null;
  refused: string | null;
  rebuilt: number;
  readonly times: { interpreter: number; compiled: number };
  chosen: "interpreter" | "compiled" | null;
}

/** Calls after which the executor is chosen by what was measured. */
const trials = 4;
/** Weights that change more often than this are being trained: a session would be built in vain. */
const mostRebuilds = 5;

const sessions = new FinalizationRegistry<CompiledGraph>((compiled) => compiled.dispose());

/** Runs one graph; `source` holds the weights of a module's graph. */
export class Runner {
  /** Set it to run by a certain executor. */
  executor: ExecutorName = "auto";
  readonly #graph: Graph;
  readonly #source: object | null;
  readonly #leading: readonly unknown[];
  /** Runs the graph by the interpreter, whatever was chosen; the inputs are the graph's own. */
  readonly interpret: Runnable;
  readonly #weights: () => readonly Tensor[];
  readonly #candidates: Candidate[] = [];
  #last: { executor: "interpreter" | "compiled"; reason: string } = {
    executor: "interpreter",
    reason: "it was not called yet",
  };

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
    const candidate = this.#candidateFor(args as readonly Tensor[]);
    candidate.calls++;
    if (this.executor === "compiled") return this.#compiled(candidate, args as readonly Tensor[]);
    if (candidate.chosen === "compiled") return this.#compiled(candidate, args as readonly Tensor[]);
    if (candidate.chosen === "interpreter") return this.#interpreted(args, "it measured faster");
    return this.#trial(candidate, args as readonly Tensor[]);
  }

  /** Which executor ran the last call, and why. */
  explain(): Explanation {
    const candidate = this.#candidates.at(-1);
    const time = (value: number | undefined): number | null =>
      value === undefined || !Number.isFinite(value) ? null : value * 1000;
    return Object.freeze({
      ...this.#last,
      buildTime: candidate?.compiled?.buildTime ?? null,
      measured: {
        interpreter: time(candidate?.times.interpreter),
        compiled: time(candidate?.times.compiled),
      },
    });
  }

  #whyInterpreted(args: readonly unknown[]): string | null {
    if (this.executor === "interpreter") return "it was asked for";
    if (interpreter.current !== null) return "another trace is being recorded";
    if (!args.every((arg) => arg instanceof Tensor)) return "the inputs are nested";
    if (gradMode.enabled && (requiresGradient(args) || requiresGradient(this.#weights())))
      return "a gradient is recorded";
    return null;
  }

  #interpreted(args: readonly unknown[], reason: string): unknown {
    this.#last = { executor: "interpreter", reason };
    return this.interpret([...this.#leading, ...args])[0];
  }

  #candidateFor(args: readonly Tensor[]): Candidate {
    for (const candidate of this.#candidates) {
      if (
        candidate.inputs.every(
          ({ rank, dtype }, i) => args[i].sizes.length === rank && args[i].dtype === dtype,
        )
      )
        return candidate;
    }
    const candidate: Candidate = {
      inputs: args.map(({ sizes, dtype }) => ({ rank: sizes.length, dtype })),
      calls: 0,
      compiled: null,
      refused: this.#fitsTrace(args) ? null : "the ranks or dtypes are not those of the trace",
      rebuilt: 0,
      times: { interpreter: Number.POSITIVE_INFINITY, compiled: Number.POSITIVE_INFINITY },
      chosen: null,
    };
    this.#candidates.push(candidate);
    return candidate;
  }

  /** A session is built from the dtypes and ranks the trace saw. */
  #fitsTrace(args: readonly Tensor[]): boolean {
    return this.#graph.inputs.slice(this.#leading.length).every(({ type }, i) => {
      return (
        type.kind === "Tensor" && type.dtype === args[i].dtype && type.sizes?.length === args[i].sizes.length
      );
    });
  }

  /** The first call interprets; the following take turns, each timed, until one executor is chosen. */
  #trial(candidate: Candidate, args: readonly Tensor[]): unknown {
    const compile = candidate.calls > 1 && candidate.calls % 2 === 0 && this.#ready(candidate);
    const start = performance.now();
    const result = compile
      ? this.#compiled(candidate, args)
      : this.#interpreted(args, "the executors are being measured");
    const time = performance.now() - start;
    const name = compile ? "compiled" : "interpreter";
    candidate.times[name] = Math.min(candidate.times[name], time);
    if (candidate.calls >= 2 * trials || candidate.refused !== null) {
      candidate.chosen = candidate.times.compiled < candidate.times.interpreter ? "compiled" : "interpreter";
    }
    return result;
  }

  #compiled(candidate: Candidate, args: readonly Tensor[]): unknown {
    if (!this.#ready(candidate)) return this.#interpreted(args, candidate.refused as string);
    this.#last = {
      executor: "compiled",
      reason: candidate.chosen === null ? "the executors are being measured" : "it measured faster",
    };
    return (candidate.compiled as CompiledGraph).run(args);
  }

  /** Builds the session if there is none for the weights as they are now. */
  #ready(candidate: Candidate): boolean {
    if (candidate.refused !== null) return false;
    if (candidate.compiled?.isCurrent(this.#weights())) return true;
    if (candidate.compiled !== null) {
      candidate.compiled.dispose();
      sessions.unregister(candidate.compiled);
      candidate.compiled = null;
      if (++candidate.rebuilt > mostRebuilds) candidate.refused = "the weights keep changing";
    }
    try {
      if (candidate.refused === null) {
        candidate.compiled = new CompiledGraph(this.#graph, this.#source, this.#weights());
        sessions.register(this, candidate.compiled, candidate.compiled);
      }
    } catch (error) {
      candidate.refused = (error as Error).message;
    }
    return candidate.compiled !== null;
  }
}
