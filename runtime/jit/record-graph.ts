/**
 * A method of a traced or loaded module called within a trace: its nodes are copied into the trace in progress, where
 * what it reads of the module are values of the trace as well.
 */
import { withoutInterpreter } from "../dispatch/interpreter.ts";
import { RuntimeError } from "../errors.ts";
import { moduleField } from "../nn/module.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { DraftValue } from "./builder.ts";
import { bindResult, packed } from "./call-values.ts";
import type { Runnable } from "./interpret.ts";
import type { Block, Graph, Node, Value } from "./ir.ts";
import type { Recorder } from "./recorder.ts";

/**
 * Copies the graph's nodes, runs it on the values, and ties its results to what the nodes give. Throws torch's RuntimeError
 * for a module that is no part of what is traced.
 */
export function recordGraph(
  recorder: Recorder,
  graph: Graph,
  values: readonly unknown[],
  run: Runnable,
): unknown {
  const { builder } = recorder;
  const place = recorder.place();
  const known = new Map<Value, DraftValue>();
  /** Modules, whose attributes are values of the trace. */
  const objects = new Map<Value, Readonly<Record<string, unknown>>>();
  for (const [i, input] of graph.inputs.entries()) {
    if (input.type.kind === "Class") objects.set(input, values[i] as Readonly<Record<string, unknown>>);
    else known.set(input, packed(recorder, values[i], input.type));
  }
  const look = (value: Value): DraftValue => known.get(value) as DraftValue;
  const copy = (node: Node): void => {
    const owner = node.kind === "prim::GetAttr" ? objects.get(node.inputs[0]) : undefined;
    if (owner !== undefined) {
      const field = moduleField(owner, String(node.attributes.name));
      if (field instanceof Tensor) {
        if (!recorder.knows(field)) throw foreignModule(graph);
        known.set(node.outputs[0], recorder.tensorValue(field, place));
      } else if (typeof field === "object" && field !== null && node.outputs[0].type.kind === "Class")
        objects.set(node.outputs[0], field as Readonly<Record<string, unknown>>);
      // Of what else a module holds the trace keeps the present value.
      else known.set(node.outputs[0], packed(recorder, field, node.outputs[0].type));
      return;
    }
    const own = { scope: within(place.scope, node.scope), source: node.source ?? place.source };
    const made = builder.bare(node.kind, node.inputs.map(look), own, { attributes: node.attributes });
    for (const block of node.blocks) copyBlock(block, made);
    for (const output of node.outputs) known.set(output, builder.output(made, output.type));
  };
  const copyBlock = (block: Block, owner: Parameters<typeof builder.addBlock>[0]): void => {
    const outer = builder.current;
    const inner = builder.addBlock(owner);
    builder.current = inner;
    for (const input of block.inputs) known.set(input, builder.input(input.type, null, inner));
    for (const node of block.nodes) copy(node);
    inner.outputs = block.outputs.map(look);
    builder.current = outer;
  };
  for (const node of graph.nodes) copy(node);
  const [result] = withoutInterpreter(() => run(values));
  bindResult(recorder, result, look(graph.outputs[0]));
  return result;
}

/** The scope `__module.1` of a module's own trace, where the module is `__module.body`: behind that, `__module.body.1`. */
function within(outer: string, inner: string): string {
  if (outer === "" || inner === "") return outer || inner;
  const path = outer.slice(outer.lastIndexOf("/") + 1);
  const steps = inner.split("/").map((step) => step.replace(/^__module/, () => path));
  return [outer, ...steps].join("/");
}

function foreignModule({ inputs: [{ type }] }: Graph): RuntimeError {
  const name = type.kind === "Class" ? type.name : "a module";
  return new RuntimeError(
    `Tried to trace <${name} object> but it is not part of the active trace. Modules that are called during a trace must be registered as submodules of the thing being traced.`,
  );
}
