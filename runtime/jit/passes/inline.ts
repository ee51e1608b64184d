/**
 * Inlining: method calls replaced by the graphs they call, each of which is first tidied as TorchScript does before it
 * runs a graph: constants pooled at its beginning, and numbers that went through a tensor taken directly.
 * Source: torch/csrc/jit/passes/{inliner,constant_pooling,peephole}.cpp, torch/csrc/jit/api/function_impl.cpp.
 */

import { Tensor } from "../../tensor/tensor.ts";
import {
  type DraftBlock,
  type DraftNode,
  type DraftValue,
  type GraphBuilder,
  replaceUses,
} from "../builder.ts";
import { attributeText } from "../print.ts";
import { typeText } from "../types.ts";
import { eliminateDeadCode } from "./cleanup.ts";
import type { Methods } from "./methods.ts";

/** A copy of a graph with all method calls inlined. */
export function inlined(graph: GraphBuilder, methodsOf: (className: string) => Methods): GraphBuilder {
  const prepared = new Map<GraphBuilder, GraphBuilder>();
  const optimized = (method: GraphBuilder): GraphBuilder => {
    let made = prepared.get(method);
    if (made === undefined) {
      made = method.copy();
      inlineCalls(made);
      takeNumbersDirectly(made.block);
      poolConstants(made.block);
      prepared.set(method, made);
    }
    return made;
  };
  const inlineCalls = (target: GraphBuilder): void => {
    for (const call of [...target.block.nodes]) {
      if (call.kind !== "prim::CallMethod") continue;
      const type = call.inputs[0].type;
      const method =
        type.kind === "Class" ? methodsOf(type.name).get(String(call.attributes.name)) : undefined;
      if (method !== undefined) inlineCall(target, call, optimized(method));
    }
  };
  const copy = graph.copy();
  inlineCalls(copy);
  return copy;
}

function inlineCall(target: GraphBuilder, call: DraftNode, method: GraphBuilder): void {
  const { block } = target;
  const inputs = new Map(method.block.inputs.map((input, i) => [input, call.inputs[i]]));
  const at = block.nodes.indexOf(call);
  const results = target.copyNodes(method.block, block, (value) => inputs.get(value) as DraftValue, at);
  for (const [i, output] of call.outputs.entries()) {
    if (output.name !== "") target.rename(results[i], output.name);
  }
  block.nodes.splice(block.nodes.indexOf(call), 1);
  replaceUses(block, new Map(call.outputs.map((output, i) => [output, results[i]])));
}

/** `aten::Int(prim::NumToTensor(n))` is n. */
function takeNumbersDirectly(block: DraftBlock): void {
  const direct = new Map<DraftValue, DraftValue>();
  for (const node of block.nodes) {
    const source = node.inputs[0]?.node;
    if ((node.kind === "aten::Int" || node.kind === "aten::Float") && source?.kind === "prim::NumToTensor")
      direct.set(node.outputs[0], source.inputs[0]);
  }
  if (direct.size === 0) return;
  replaceUses(block, direct);
  eliminateDeadCode(block);
}

/** Equal constants become one; all move to the front, the one used last first. */
function poolConstants(block: DraftBlock): void {
  const kept = new Map<string, DraftNode>();
  const same = new Map<DraftValue, DraftValue>();
  for (const node of block.nodes) {
    if (node.kind !== "prim::Constant") continue;
    const key = constantKey(node);
    const first = key === null ? undefined : kept.get(key);
    if (first === undefined) kept.set(key ?? `unique ${node.outputs[0].id}`, node);
    else same.set(node.outputs[0], first.outputs[0]);
  }
  const constants = [...kept.values()].reverse();
  block.nodes = [...constants, ...block.nodes.filter((node) => node.kind !== "prim::Constant")];
  replaceUses(block, same);
}

/** Large tensors are told apart by their memory. */
function constantKey(node: DraftNode): string | null {
  const value = node.attributes.value ?? null;
  if (value instanceof Tensor && value.sizes.length > 0) return null;
  return `${typeText(node.outputs[0].type)} ${attributeText(value)}`;
}
