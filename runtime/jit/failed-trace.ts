/**
 * What a trace had recorded when the traced function threw. The error reaches the caller as it is, so the graph is kept
 * beside it, for those who show how far the trace came.
 */
import type { Graph } from "./ir.ts";
import { type PrintableGraph, printable } from "./printable.ts";

const graphs = new WeakMap<object, PrintableGraph>();

/** Keeps what was recorded; of a trace in a trace the outermost is the last to do so. */
export function keepFailedTrace(error: unknown, recorded: () => Graph): void {
  if (typeof error !== "object" || error === null) return;
  try {
    graphs.set(error, printable(recorded()));
  } catch {
    // The function may have broken off anywhere; its own error matters more than the picture of it.
  }
}

/**
 * The graph up to the operator that threw, which is its last node and has no results; null if the error did not end a trace.
 * @example
 * try {
 *   jitTrace((x: Tensor) => x.relu().view([7]), torch.ones([4]));
 * } catch (error) {
 *   failedTrace(error) // graph(%x : Float(4, …)): … aten::relu(%x) … aten::view(…)
 * }
 */
export function failedTrace(error: unknown): PrintableGraph | null {
  return (typeof error === "object" && error !== null && graphs.get(error)) || null;
}
