/** The passes that a recorded graph goes through before an executor runs it whole. Each is a function from graph to graph. */
import type { Graph } from "../ir.ts";
import { withoutRepetition } from "./common-subexpressions.ts";
import { withFoldedConstants } from "./constant-folding.ts";
import { withFusedNorms } from "./convolution-norm.ts";
import { withoutDeadCode } from "./dead-code.ts";
import { withoutDetours } from "./peephole.ts";
import { withEarlyThresholds, withPoolingOnce } from "./pooled-gradients.ts";
import { withTransposedFactors } from "./transposed-products.ts";

/** The graph made smaller without a change of what it computes. It writes to nothing, as functionalize.ts leaves it. */
export function optimized(graph: Graph): Graph {
  const passes = [
    withoutRepetition,
    withPoolingOnce,
    withEarlyThresholds,
    withoutDetours,
    withTransposedFactors,
    withoutDetours,
    withFoldedConstants,
    withFusedNorms,
    withoutRepetition,
    withoutDeadCode,
  ];
  return passes.reduce((before, pass) => pass(before), graph);
}
