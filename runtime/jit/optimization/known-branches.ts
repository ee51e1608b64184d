/**
 * Branches whose condition depends on constants only, as of a module's `training`, become the nodes of the branch that is taken.
 * Source: torch/csrc/jit/passes/constant_propagation.cpp (inlineIf).
 */
import { prepare } from "../interpret.ts";
import type { Block, Graph, Node, Value } from "../ir.ts";
import { isPlain, type Plain } from "../plain-values.ts";
import { withInputs } from "./rewriting.ts";

/** The graph without branches of which it is known that they are, or are not, taken. */
export function withKnownBranches(graph: Graph): Graph {
  if (!graph.nodes.some(({ blocks }) => blocks.length > 0)) return graph;
  const walker = new Walker();
  const { nodes, outputs } = walker.block(graph);
  return Object.freeze({ ...graph, nodes, outputs });
}

class Walker {
  /** Numbers and texts decide branches; what else there is stays in the graph. */
  readonly #known = new Map<Value, Plain>();
  readonly #replaced = new Map<Value, Value>();

  block({ nodes, outputs }: Block | Graph): Pick<Block, "nodes" | "outputs"> {
    return {
      nodes: Object.freeze(nodes.flatMap((node) => this.#node(node))),
      outputs: Object.freeze(outputs.map((output) => this.#current(output))),
    };
  }

  #current(value: Value): Value {
    return this.#replaced.get(value) ?? value;
  }

  #node(original: Node): readonly Node[] {
    const node = withInputs(
      original,
      original.inputs.map((input) => this.#current(input)),
    );
    const condition = node.kind === "prim::If" ? this.#known.get(node.inputs[0]) : undefined;
    if (condition !== undefined) {
      const taken = this.block(node.blocks[condition ? 0 : 1]);
      for (const [i, output] of node.outputs.entries()) this.#replaced.set(output, taken.outputs[i]);
      return taken.nodes;
    }
    if (node.blocks.length === 0) {
      this.#evaluate(node);
      return [node];
    }
    const blocks = node.blocks.map((block) => Object.freeze({ ...block, ...this.block(block) }));
    return [Object.freeze({ ...node, blocks })];
  }

  /** Computes what a node makes of known values; what it cannot compute, or refuses, is left for the run. */
  #evaluate(node: Node): void {
    if (node.kind === "prim::Constant") {
      const value = node.attributes.value ?? null;
      if (isPlain(value)) this.#known.set(node.outputs[0], value);
      return;
    }
    const { inputs, outputs } = node;
    if (!/^(aten|prim)::/.test(node.kind) || inputs.length === 0 || outputs.length !== 1) return;
    if (!inputs.every((input) => this.#known.has(input))) return;
    try {
      const [value] = prepare({ kind: "graph", inputs, nodes: [node], outputs })(
        inputs.map((input) => this.#known.get(input)),
      );
      if (isPlain(value)) this.#known.set(outputs[0], value);
    } catch {
      // An error is one of the run, should it come there.
    }
  }
}
