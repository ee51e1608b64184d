/**
 * Which values are written where they are used instead of being given a variable: those used once, by the very next
 * expression, so that the order of effects stays as it is.
 * Source of the rules: torch/csrc/jit/serialization/python_print.cpp (scanBlock, canInline).
 */
import type { Block, Graph, Node, Value } from "../ir.ts";

/** Who uses a value: a node, or null for the end of a block. */
export interface Use {
  readonly node: Node | null;
  readonly index: number;
}

/** Nodes whose expressions stand at their only use, in place of a variable. `uses` are those of `usesIn`. */
export function inlinedNodes(graph: Graph, uses: ReadonlyMap<Value, readonly Use[]>): ReadonlySet<Node> {
  const makers = new Map<Value, Node>();
  const inlined = new Set<Node>();

  const scanBlock = (block: Block | Graph): void => {
    for (const node of block.nodes) for (const output of node.outputs) makers.set(output, node);
    const before = (index: number): number => {
      let at = index - 1;
      while (at >= 0 && block.nodes[at].kind === "prim::Constant") at--;
      return at;
    };
    const scanInputs = (inputs: readonly Value[], index: number): number => {
      let point = before(index);
      for (const value of inputs.toReversed()) {
        const maker = makers.get(value);
        if (maker === undefined) continue;
        if (maker.kind === "prim::Constant") inlined.add(maker);
        else if (maker === block.nodes[point] && canInline(maker, value)) {
          inlined.add(maker);
          point = scanInputs(maker.inputs, point);
        }
      }
      return point;
    };
    scanInputs(block.outputs, block.nodes.length);
    for (let i = block.nodes.length - 1; i >= 0; i--) {
      const node = block.nodes[i];
      for (const inner of node.blocks) scanBlock(inner);
      if (!inlined.has(node)) scanInputs(node.inputs, i);
    }
  };

  const canInline = (node: Node, value: Value): boolean => {
    const found = uses.get(value) ?? [];
    if (
      node.kind === "prim::isinstance" ||
      node.outputs.length !== 1 ||
      found.length !== 1 ||
      node.blocks.length > 0
    )
      return false;
    const [use] = found;
    // A name was the writer's choice; before a return it says nothing.
    if (isNamed(value) && use.node !== null) return false;
    // What a loop carries needs a variable, else it would be computed in another order.
    return !(use.node?.kind === "prim::Loop" && use.index >= 2);
  };

  scanBlock(graph);
  return inlined;
}

/** True if a value has a name of its own, and not just a number. */
export const isNamed = (value: Value): boolean => !/^\d+$/.test(value.name);

/** The uses of every value, inner blocks included. */
export function usesIn(graph: Graph): ReadonlyMap<Value, readonly Use[]> {
  const uses = new Map<Value, Use[]>();
  const note = (value: Value, use: Use): void => {
    const known = uses.get(value);
    if (known === undefined) uses.set(value, [use]);
    else known.push(use);
  };
  const walk = (block: Block | Graph): void => {
    for (const node of block.nodes) {
      for (const [index, input] of node.inputs.entries()) note(input, { node, index });
      for (const inner of node.blocks) walk(inner);
    }
    for (const [index, output] of block.outputs.entries()) note(output, { node: null, index });
  };
  walk(graph);
  return uses;
}
