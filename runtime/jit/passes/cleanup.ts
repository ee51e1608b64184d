/**
 * Passes that take nodes away: tuples that are packed and unpacked again, and nodes whose results nobody uses.
 * Source: torch/csrc/jit/passes/{lower_tuples,dead_code_elimination}.cpp.
 */
import { findOverloads } from "../../dispatch/op.ts";
import { type DraftBlock, type DraftNode, type DraftValue, replaceUses, withInner } from "../builder.ts";
import { moduleForward } from "./traced-attributes.ts";

/** Takes the parts of a tuple directly where it is unpacked in sight of its construction; ends with dead code. */
export function cleanUp(block: DraftBlock): void {
  const parts = new Map<DraftValue, DraftValue>();
  for (const node of block.nodes) {
    const source = node.inputs[0]?.node;
    if (node.kind !== "prim::TupleUnpack" || source?.kind !== "prim::TupleConstruct") continue;
    for (const [i, output] of node.outputs.entries()) parts.set(output, source.inputs[i]);
  }
  replaceUses(block, parts);
  eliminateDeadCode(block);
}

/**
 * Removes nodes without use. A node that writes to memory stays if that memory is an input's, an attribute's or a
 * constant's, or belongs to a value that stays.
 */
export function eliminateDeadCode(block: DraftBlock): void {
  const live = new Set<DraftNode>();
  const memories = new Set<object>();
  const pending: DraftValue[] = [...block.outputs];
  const visit = (node: DraftNode): void => {
    if (live.has(node)) return;
    live.add(node);
    for (const { inputs, blocks } of withInner(node))
      pending.push(...inputs, ...blocks.flatMap(({ outputs }) => outputs));
    for (const output of node.outputs) if (output.memory !== null) memories.add(output.memory);
  };
  const drain = (): void => {
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      if (value.memory !== null) memories.add(value.memory);
      if (value.node !== null) visit(value.node);
    }
  };
  const roots = new Set(["prim::GetAttr", "prim::Constant"]);
  for (const input of block.inputs) if (input.memory !== null) memories.add(input.memory);
  for (const node of block.nodes) {
    if (node.kind === "prim::CallMethod" || node.kind === moduleForward || node.kind === "prim::CallFunction")
      visit(node);
    else if (roots.has(node.kind) && node.outputs[0].memory !== null) memories.add(node.outputs[0].memory);
  }
  drain();
  for (let size = -1; size !== live.size; ) {
    size = live.size;
    for (const node of block.nodes) {
      const written = withInner(node).flatMap((inner) => writtenValue(inner) ?? []);
      if (written.some(({ memory }) => memory === null || memories.has(memory))) visit(node);
    }
    drain();
  }
  block.nodes = block.nodes.filter((node) => live.has(node));
}

/** The value that a node writes to in place; null for others. */
function writtenValue(node: DraftNode): DraftValue | null {
  const row = findOverloads(node.kind)?.find(({ mutates }) => mutates >= 0);
  return row === undefined || row.mutates >= node.inputs.length ? null : node.inputs[row.mutates];
}
