/**
 * A traced function called within a trace: its nodes are copied into the trace in progress, so that sizes stay symbolic
 * and the new graph needs nothing of the old one.
 */
import { withoutInterpreter } from "../dispatch/interpreter.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type DraftValue, nowhere } from "./builder.ts";
import type { Runnable } from "./interpret.ts";
import type { Block, Graph, Node, Type, Value } from "./ir.ts";
import type { Recorder } from "./recorder.ts";
import { anyTensor, dictOf, strType, tupleOf } from "./types.ts";

/** Copies the graph's nodes, runs it on the values, and ties its results to what the nodes give. */
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
      const field = owner[String(node.attributes.name)];
      if (field instanceof Tensor) known.set(node.outputs[0], recorder.tensorValue(field, place));
      else objects.set(node.outputs[0], field as Readonly<Record<string, unknown>>);
      return;
    }
    const made = builder.bare(node.kind, node.inputs.map(look), place, { attributes: node.attributes });
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

/** The graph value of an argument: lists, tuples and records are put together again. */
function packed(recorder: Recorder, value: unknown, type: Type | null): DraftValue {
  const { builder } = recorder;
  if (value instanceof Tensor) return recorder.tensorValue(value, recorder.place());
  if (Array.isArray(value)) {
    const parts = value.map((part) => packed(recorder, part, null));
    if (type?.kind === "List") return builder.node("prim::ListConstruct", parts, [type], nowhere)[0];
    return builder.node("prim::TupleConstruct", parts, [tupleOf(parts.map((part) => part.type))], nowhere)[0];
  }
  const entries = Object.entries(value as Record<string, unknown>).flatMap(([key, part]) => [
    builder.constant(key, strType, nowhere),
    packed(recorder, part, null),
  ]);
  return builder.node("prim::DictConstruct", entries, [dictOf(strType, entries[1].type)], nowhere)[0];
}

function bindResult(recorder: Recorder, result: unknown, value: DraftValue): void {
  const { builder } = recorder;
  if (result instanceof Tensor) recorder.bind(result, value);
  else if (Array.isArray(result)) {
    const kind = value.type.kind === "List" ? "prim::ListUnpack" : "prim::TupleUnpack";
    const { type } = value;
    const types = result.map((_, i) =>
      type.kind === "Tuple" ? type.elements[i] : type.kind === "List" ? type.element : anyTensor,
    );
    const parts = builder.node(kind, [value], types, nowhere);
    for (const [i, part] of result.entries()) bindResult(recorder, part, parts[i]);
  } else if (value.type.kind === "Dict") {
    for (const [key, part] of Object.entries(result as Record<string, unknown>)) {
      const [picked] = builder.node(
        "aten::__getitem__",
        [value, builder.constant(key, strType, nowhere)],
        [value.type.value],
        nowhere,
      );
      bindResult(recorder, part, picked);
    }
  }
}
