/** Constant folding: what depends on constants only is computed once, by the interpreter, and becomes a constant. */
import { Tensor } from "../../tensor/tensor.ts";
import { prepare } from "../interpret.ts";
import type { Graph, Node, Value } from "../ir.ts";
import { constantNode, constantsOf, isPure, rewritten } from "./rewriting.ts";

/** Larger results are computed at each call: a graph should not grow by what it can make. */
const mostElements = 1 << 20;

/** The graph with pure nodes on constants replaced by their results. */
export function withFoldedConstants(graph: Graph): Graph {
  const constants = constantsOf(graph);
  const known = new Map<Value, readonly Node[]>();
  return rewritten(graph, (node) => {
    if (node.kind === "prim::Constant") {
      known.set(node.outputs[0], [node]);
      return [node];
    }
    const needed = node.inputs.map((input) => known.get(input));
    if (node.inputs.length === 0 || needed.includes(undefined) || !isPure(node, constants)) return [node];
    const before = [...new Set(needed.flatMap((nodes) => nodes as readonly Node[]))];
    if (node.kind === "prim::ListConstruct") {
      known.set(node.outputs[0], [...before, node]);
      return [node];
    }
    const folded = foldedNode(node, before);
    if (folded === null) return [node];
    known.set(node.outputs[0], [folded]);
    return [folded];
  });
}

function foldedNode(node: Node, before: readonly Node[]): Node | null {
  const [output] = node.outputs;
  if (node.outputs.length !== 1 || output.type.kind !== "Tensor") return null;
  const run = prepare({ kind: "graph", inputs: [], nodes: [...before, node], outputs: [output] });
  const [value] = run([]);
  // Without dimensions it would be taken for a number, which promotes differently.
  if (!(value instanceof Tensor) || value.sizes.length === 0 || value.elements > mostElements) return null;
  if (value.dtype !== output.type.dtype) return null;
  return constantNode(output, value.detach().contiguous(), node);
}
