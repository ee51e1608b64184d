/**
 * Inlining: calls of methods and functions replaced by the graphs they call, each of which is first tidied as TorchScript does before it
 * runs a graph: constants pooled at its beginning, and numbers that went through a tensor taken directly.
 * Source: torch/csrc/jit/passes/{inliner,constant_pooling,peephole}.cpp, torch/csrc/jit/api/function_impl.cpp.
 */

import { RuntimeError } from "../../errors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import {
  type DraftBlock,
  type DraftNode,
  type DraftValue,
  GraphBuilder,
  type Place,
  replaceUses,
} from "../builder.ts";
import type { CalledFunctions } from "../called-functions.ts";
import { attributeText } from "../print.ts";
import type { ScriptCode } from "../script/unit.ts";
import { thawed } from "../thaw.ts";
import { typeText } from "../types.ts";
import { eliminateDeadCode } from "./cleanup.ts";
import type { Methods } from "./methods.ts";

/** What a graph can call: the methods of classes, and functions. */
export interface Callees {
  readonly methodsOf: (className: string) => Methods;
  readonly functions: CalledFunctions;
}

/** A copy of a graph with all calls inlined. Throws a RuntimeError for a function that calls itself. */
export function inlined(graph: GraphBuilder, { methodsOf, functions }: Callees): GraphBuilder {
  const prepared = new Map<GraphBuilder | ScriptCode, GraphBuilder>();
  const running = new Set<GraphBuilder | ScriptCode>();
  const optimized = (callee: GraphBuilder | ScriptCode): GraphBuilder => {
    let made = prepared.get(callee);
    if (made === undefined) {
      if (running.has(callee))
        throw new RuntimeError(`function '${(callee as ScriptCode).name}' is called recursively`);
      running.add(callee);
      made = callee instanceof GraphBuilder ? callee.copy() : thawed(callee.graph);
      inlineCalls(made, made.block);
      takeNumbersDirectly(made.block);
      poolConstants(made.block);
      prepared.set(callee, made);
    }
    return made;
  };
  const calleeOf = ({ kind, inputs: [first], attributes }: DraftNode): GraphBuilder | ScriptCode | null => {
    if (kind === "prim::CallMethod" && first.type.kind === "Class")
      return methodsOf(first.type.name).get(String(attributes.name)) ?? null;
    return kind === "prim::CallFunction" && first.type.kind === "Function"
      ? functions.functionNamed(first.type.name)
      : null;
  };
  const inlineCalls = (target: GraphBuilder, block: DraftBlock): void => {
    for (const node of [...block.nodes]) {
      for (const inner of node.blocks) inlineCalls(target, inner);
      const callee = calleeOf(node);
      if (callee !== null) inlineCall(target, node, optimized(callee));
    }
  };
  const copy = graph.copy();
  inlineCalls(copy, copy.block);
  return copy;
}

/** The nodes of a function remember its call; the constant that named it stays, as in PyTorch. */
function inlineCall(target: GraphBuilder, call: DraftNode, callee: GraphBuilder): void {
  const { block } = call;
  const isFunction = call.kind === "prim::CallFunction";
  const given = isFunction ? call.inputs.slice(1) : call.inputs;
  const inputs = new Map(callee.block.inputs.map((input, i) => [input, given[i]]));
  const at = block.nodes.indexOf(call);
  const outer = [
    ...(call.place.callStack ?? []),
    { function: String(call.inputs[0].node?.attributes.name), scope: call.place.scope },
  ];
  const within = (place: Place): Place =>
    isFunction ? { ...place, callStack: [...outer, ...(place.callStack ?? [])] } : place;
  const look = (value: DraftValue): DraftValue => inputs.get(value) as DraftValue;
  const results = target.copyNodes(callee.block, block, look, at, within);
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
  const { type } = node.outputs[0];
  return type.kind === "Function" ? `function ${type.name}` : `${typeText(type)} ${attributeText(value)}`;
}
