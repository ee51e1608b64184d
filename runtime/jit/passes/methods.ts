/**
 * Makes a method of each module call in a trace: the block becomes a graph whose inputs are all it uses from outside,
 * the call becomes `prim::CallMethod`. Methods are called forward, forward1, forward2, ...
 * Source: torch/csrc/jit/passes/fixup_trace_scope_blocks.cpp (lambdaLiftBlocksAndConvertToGraph, createMethodCalls).
 */
import { type DraftBlock, type DraftNode, type DraftValue, GraphBuilder, nowhere } from "../builder.ts";
import { noneType, withoutShapes } from "../types.ts";
import { moduleForward } from "./traced-attributes.ts";

/** The methods of one class by name. */
export type Methods = Map<string, GraphBuilder>;

/** Returns the graphs of the new methods. */
export function extractMethods(
  graph: GraphBuilder,
  methodsOf: (className: string) => Methods,
): readonly GraphBuilder[] {
  const added: GraphBuilder[] = [];
  const lifted = new Map<DraftNode, GraphBuilder>();
  liftBlocks(graph.block);
  createCalls(graph);
  return added;

  function liftBlocks(block: DraftBlock): void {
    for (const node of block.nodes) {
      if (node.kind !== moduleForward) continue;
      const inner = node.blocks[0];
      liftBlocks(inner);
      const method = new GraphBuilder();
      const known = new Map<DraftValue, DraftValue>();
      for (const input of inner.inputs) {
        known.set(input, method.copyMetadata(input, method.input(input.type, null)));
      }
      const fromOutside = (value: DraftValue): DraftValue => {
        let found = known.get(value);
        if (found === undefined) {
          found = method.copyMetadata(value, method.input(value.type, null));
          known.set(value, found);
          node.inputs.push(value);
        }
        return found;
      };
      method.block.outputs = copyLifted(method, inner, fromOutside);
      lifted.set(node, method);
    }
  }

  /** Copies a block whose own module calls are lifted already: they keep their graphs. */
  function copyLifted(
    method: GraphBuilder,
    block: DraftBlock,
    env: (value: DraftValue) => DraftValue,
  ): DraftValue[] {
    const before = block.nodes;
    for (const node of before) if (lifted.has(node)) node.blocks = [];
    const outputs = method.copyNodes(block, method.block, env);
    for (const [i, node] of before.entries()) {
      const inner = lifted.get(node);
      if (inner !== undefined) lifted.set(method.block.nodes[i], inner);
    }
    return outputs;
  }

  function createCalls(caller: GraphBuilder): void {
    for (const [at, node] of [...caller.block.nodes].entries()) {
      const method = lifted.get(node);
      if (method === undefined) continue;
      createCalls(method);
      if (method.block.outputs.length === 0)
        method.block.outputs = [method.constant(null, noneType, nowhere)];
      const type = node.inputs[0].type;
      if (type.kind !== "Class") throw new Error("a module call without a module");
      const methods = methodsOf(type.name);
      const name = freeName(methods);
      methods.set(name, method);
      added.push(method);
      const [result] = caller.node(
        "prim::CallMethod",
        node.inputs,
        [withoutShapes(method.block.outputs[0].type)],
        nowhere,
        { attributes: { name }, at },
      );
      caller.block.nodes.splice(at + 1, 1);
      if (node.outputs.length > 0) replaceResult(caller.block, node.outputs[0], result);
    }
  }
}

function freeName(methods: Methods): string {
  let name = "forward";
  for (let i = 1; methods.has(name); i++) name = `forward${i}`;
  return name;
}

function replaceResult(block: DraftBlock, from: DraftValue, to: DraftValue): void {
  to.memory = from.memory;
  for (const node of block.nodes) node.inputs = node.inputs.map((input) => (input === from ? to : input));
  block.outputs = block.outputs.map((output) => (output === from ? to : output));
}
