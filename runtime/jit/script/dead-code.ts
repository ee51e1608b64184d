/**
 * Takes out what nothing uses: constants and attributes that were only looked at, variables that a branch or loop
 * carries for nobody. Source of behaviour: torch/csrc/jit/passes/dead_code_elimination.cpp.
 */
import type { Block, Node, Value } from "../ir.ts";

/** Nodes that only make their results. Operators stay, since some write to what they get. */
const pure = new Set([
  "prim::Constant",
  "prim::GetAttr",
  "prim::ListConstruct",
  "prim::TupleConstruct",
  "prim::DictConstruct",
  "prim::TupleIndex",
  "prim::TupleUnpack",
  "prim::ListUnpack",
  "prim::Uninitialized",
  "prim::unchecked_cast",
  "prim::isinstance",
  "prim::EnumName",
  "prim::EnumValue",
]);

/** The nodes of a block that matter for its outputs or have effects. Values used in them are added to `used`. */
export function liveNodes(nodes: readonly Node[], used: Set<Value>): readonly Node[] {
  const live: Node[] = [];
  for (const node of nodes.toReversed()) {
    const kept = liveNode(node, used);
    if (kept === null) continue;
    for (const input of kept.inputs) used.add(input);
    live.push(kept);
  }
  return live.reverse();
}

function liveNode(node: Node, used: Set<Value>): Node | null {
  const isUsed = node.outputs.some((output) => used.has(output));
  if (pure.has(node.kind)) return isUsed ? node : null;
  if (node.kind === "prim::fork")
    return { ...node, blocks: node.blocks.map((block) => liveBlock(block, block.outputs, used)) };
  if (node.kind === "prim::If") return liveBranch(node, used);
  return node.kind === "prim::Loop" ? liveLoop(node, used) : node;
}

function liveBranch(node: Node, used: Set<Value>): Node | null {
  const wanted = (_: unknown, i: number): boolean => used.has(node.outputs[i]);
  const blocks = node.blocks.map((block) => liveBlock(block, block.outputs.filter(wanted), used));
  const outputs = node.outputs.filter(wanted);
  return outputs.length === 0 && blocks.every((block) => block.nodes.length === 0)
    ? null
    : { ...node, outputs, blocks };
}

function liveBlock(block: Block, outputs: readonly Value[], used: Set<Value>): Block {
  for (const output of outputs) used.add(output);
  return { ...block, outputs, nodes: liveNodes(block.nodes, used) };
}

/** What a loop carries is live if it is used behind the loop, or by something live in a later round. */
function liveLoop(node: Node, used: Set<Value>): Node {
  const [body] = node.blocks;
  const [count, ...carried] = body.inputs;
  const [goesOn, ...results] = body.outputs;
  const live = new Set(carried.map((_, i) => i).filter((i) => used.has(node.outputs[i])));
  for (;;) {
    const kept = <T>(values: readonly T[]): T[] => values.filter((_, i) => live.has(i));
    const inside = new Set(used);
    const block = liveBlock(
      { ...body, inputs: [count, ...kept(carried)] },
      [goesOn, ...kept(results)],
      inside,
    );
    const more = carried.map((_, i) => i).filter((i) => !live.has(i) && inside.has(carried[i]));
    for (const i of more) live.add(i);
    if (more.length > 0) continue;
    for (const value of inside) used.add(value);
    const [most, condition, ...initial] = node.inputs;
    return {
      ...node,
      inputs: [most, condition, ...kept(initial)],
      outputs: kept(node.outputs),
      blocks: [block],
    };
  }
}
