/** Dead code: nodes whose results nobody uses go, unless they do something besides. */
import type { Graph, Value } from "../ir.ts";
import { constantsOf, isPure } from "./rewriting.ts";

/** The graph without pure nodes that nothing depends on. */
export function withoutDeadCode(graph: Graph): Graph {
  const constants = constantsOf(graph);
  const used = new Set<Value>(graph.outputs);
  const kept = [...graph.nodes].reverse().filter((node) => {
    const live = !isPure(node, constants) || node.outputs.some((output) => used.has(output));
    if (live) for (const input of node.inputs) used.add(input);
    return live;
  });
  return kept.length === graph.nodes.length
    ? graph
    : Object.freeze({ ...graph, nodes: Object.freeze(kept.reverse()) });
}
