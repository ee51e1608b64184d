/**
 * A graph made ready for the executors that run it whole: freed from its module, its nested inputs taken apart, types found out where it has
 * none, and optimized.
 */
import { NotImplementedError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph } from "../ir.ts";
import { ExactPlans } from "./exact-plans.ts";
import { type FlatGraph, withFlatInputs } from "./flat-inputs.ts";
import { FusedLoop } from "./fused-loop.ts";
import { OpenPlans } from "./open-plans.ts";
import { knowsSizes, withSeenTypes } from "./seen-types.ts";
import { withoutModule } from "./weights.ts";
import { type WholeGraph, wholeGraph } from "./whole-graph.ts";

/** Why a call is interpreted where the graph takes other arguments apart than it is given. */
export const otherArguments = "the arguments are nested otherwise than the graph takes them";

/** What runs a graph whole. */
export interface Prepared {
  readonly whole: WholeGraph;
  readonly apart: FlatGraph["apart"];
  readonly flatten: FlatGraph["flatten"];
  readonly weights: () => readonly Tensor[];
  /** True while the module has what the graph was made ready for, as its mode. */
  readonly holds: () => boolean;
  /** The reason in words where there is no loop. */
  readonly loop: FusedLoop | string;
  readonly open: OpenPlans;
  readonly exact: ExactPlans;
  /** Milliseconds that the passes took. */
  readonly passesTime: number;
}

/**
 * Makes a graph ready for calls such as one with `args`; `source` is its module.
 * @throws NotImplementedError for what can only be interpreted
 */
export function preparedFor(graph: Graph, source: object | null, args: readonly unknown[]): Prepared {
  const start = performance.now();
  const { graph: free, weights, holds } = withoutModule(graph, source);
  const { graph: flat, apart, flatten } = withFlatInputs(free, args.length);
  const whole = wholeGraph(
    knowsSizes(flat) ? flat : withSeenTypes(flat, [...tensorsOf(flatten, args), ...weights()]),
  );
  const passesTime = performance.now() - start;
  return {
    whole,
    apart,
    flatten,
    weights,
    holds,
    loop: loopOf(whole.graph),
    open: new OpenPlans(whole),
    exact: new ExactPlans(whole),
    passesTime,
  };
}

function tensorsOf(flatten: FlatGraph["flatten"], args: readonly unknown[]): readonly Tensor[] {
  const tensors = flatten(args);
  if (tensors === null) throw new NotImplementedError(otherArguments);
  return tensors;
}

function loopOf(graph: Graph): FusedLoop | string {
  try {
    return new FusedLoop(graph);
  } catch (error) {
    return (error as Error).message;
  }
}
