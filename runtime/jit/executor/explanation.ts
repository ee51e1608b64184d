/** What a trace says of how it runs: `traced.explain()`. */
import type { Contest, ExecutorKind } from "./contest.ts";
import type { ExactPlan } from "./exact-plans.ts";
import type { OpenPlan } from "./open-plans.ts";

/** Why a trace runs as it does. */
export interface Explanation {
  /** The executor of the last call. */
  readonly executor: ExecutorKind;
  readonly reason: string;
  /** Milliseconds that building the compiled form took, its passes and gradients included; null if none was built. */
  readonly buildTime: number | null;
  /** Microseconds of a call by each executor, where it was measured; of a call that records gradients, there and back. */
  readonly measured: Readonly<Record<ExecutorKind, number | null>>;
  /** Why an executor cannot run this graph; null for those that can or were not tried. */
  readonly refused: Readonly<Record<"javascript" | "compiled", string | null>>;
  /** How many nodes the graph has as it was traced, after the passes, and in its backward pass, where there is one. */
  readonly nodes: {
    readonly traced: number;
    readonly optimized: number | null;
    readonly backward: number | null;
  };
}

/** What is known of the last call. */
export interface LastCall {
  readonly executor: ExecutorKind;
  readonly reason: string;
  readonly traced: number;
  readonly optimized: number | null;
  /** Milliseconds that the passes took. */
  readonly passesTime: number;
  /** Why there is no loop; null if there is one, or nobody asked. */
  readonly noLoop: string | null;
  /** Why nothing runs the graph whole; null if something may. */
  readonly refused: string | null;
}

/** The explanation of a call for inputs of any size. */
export function explained(last: LastCall, contest: Contest | null, plan: OpenPlan | null): Explanation {
  const time = (kind: ExecutorKind): number | null => microseconds(contest?.times[kind] ?? null);
  return freeze(
    last,
    plan?.compiled?.buildTime ?? null,
    { javascript: time("javascript"), compiled: time("compiled"), interpreter: time("interpreter") },
    plan?.refused ?? last.refused,
    null,
  );
}

/** The explanation of a call for inputs of exact sizes. */
export function explainedExact(last: LastCall, plan: ExactPlan): Explanation {
  const { compiled, interpreter } = plan.times;
  return freeze(
    { ...last, optimized: plan.compiled?.nodes.forward ?? last.optimized },
    plan.buildTime,
    { javascript: null, compiled: microseconds(compiled), interpreter: microseconds(interpreter) },
    plan.refused,
    plan.compiled?.nodes.backward || null,
  );
}

const microseconds = (milliseconds: number | null): number | null =>
  milliseconds === null || !Number.isFinite(milliseconds) ? null : milliseconds * 1000;

const freeze = (
  { executor, reason, traced, optimized, passesTime, noLoop }: LastCall,
  buildTime: number | null,
  measured: Explanation["measured"],
  refused: string | null,
  backward: number | null,
): Explanation =>
  Object.freeze({
    executor,
    reason,
    buildTime: buildTime === null ? null : passesTime + buildTime,
    measured: Object.freeze(measured),
    refused: Object.freeze({ javascript: noLoop, compiled: refused }),
    nodes: Object.freeze({ traced, optimized, backward }),
  });
