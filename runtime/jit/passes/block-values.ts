/**
 * Passes that make the blocks of module calls closed: values used outside of the block that defines them become its
 * outputs, and several outputs become one tuple.
 * Source: torch/csrc/jit/passes/fixup_trace_scope_blocks.cpp (MakeDefsDominateUses, convertReturnsToTuples).
 */
import {
  type DraftBlock,
  type DraftNode,
  type DraftValue,
  type GraphBuilder,
  nowhere,
  replaceUses,
} from "../builder.ts";
import { tupleOf } from "../types.ts";
import { moduleForward } from "./traced-attributes.ts";

/** Hands values out of inner blocks until they are defined where they are used. */
export function makeDefinitionsDominateUses(graph: GraphBuilder): void {
  /** The value one block further out that a value was handed out to. */
  const outward = new Map<DraftValue, DraftValue>();
  const handOut = (value: DraftValue): DraftValue => {
    let outer = outward.get(value);
    if (outer === undefined) {
      value.block.outputs.push(value);
      outer = graph.output(value.block.owner as DraftNode, value.type);
      outer.memory = value.memory;
      outward.set(value, outer);
    }
    return outer;
  };
  const run = (block: DraftBlock): void => {
    const lift = (value: DraftValue): DraftValue => {
      let lifted = value;
      while (!encloses(lifted.block, block)) lifted = handOut(lifted);
      return lifted;
    };
    block.outputs = block.outputs.map(lift);
    for (const node of block.nodes) {
      node.inputs = node.inputs.map(lift);
      for (const inner of node.blocks) run(inner);
    }
  };
  run(graph.block);
}

function encloses(outer: DraftBlock, inner: DraftBlock): boolean {
  for (let block: DraftBlock | undefined = inner; block !== undefined; block = block.owner?.block) {
    if (block === outer) return true;
  }
  return false;
}

/** A module call with several results gets one, a tuple, which is unpacked behind it. */
export function convertReturnsToTuples(graph: GraphBuilder, block: DraftBlock = graph.block): void {
  for (const node of [...block.nodes]) {
    if (node.kind !== moduleForward) continue;
    const inner = node.blocks[0];
    convertReturnsToTuples(graph, inner);
    if (inner.outputs.length < 2) continue;
    const types = inner.outputs.map((output) => output.type);
    inner.outputs = [
      graph.node("prim::TupleConstruct", inner.outputs, [tupleOf(types)], nowhere, { block: inner })[0],
    ];
    const former = node.outputs;
    node.outputs = [];
    const tuple = graph.output(node, tupleOf(types));
    const parts = graph.node("prim::TupleUnpack", [tuple], types, nowhere, {
      block,
      at: block.nodes.indexOf(node) + 1,
    });
    for (const [i, part] of parts.entries()) part.memory = former[i].memory;
    replaceUses(block, new Map(former.map((value, i) => [value, parts[i]])));
  }
}
