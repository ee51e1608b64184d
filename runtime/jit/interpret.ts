/**
 * The interpreter: runs a graph by dispatching its nodes in order, so that gradients flow through and other interpreters
 * see the calls. It is the reference that other executors are compared with.
 */
import { bindStack } from "../dispatch/bind.ts";
import { dispatch } from "../dispatch/dispatch.ts";
import { findOverloads } from "../dispatch/op.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { firstValue } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { makeFull } from "../tensor/filled.ts";
import { scalar } from "../tensor/scalar.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Attribute, Graph, Node, Value } from "./ir.ts";

type Environment = unknown[];
type Step = (environment: Environment) => void;

/** A graph made ready to run: called with one value for each graph input, it gives one for each output. */
export type Runnable = (inputs: readonly unknown[]) => unknown[];

/** Compiles the steps of a graph once; running them looks nothing up by name. */
export function prepare(graph: Graph): Runnable {
  const slots = new Map<Value, number>();
  const slotOf = (value: Value): number => {
    let slot = slots.get(value);
    if (slot === undefined) {
      slot = slots.size;
      slots.set(value, slot);
    }
    return slot;
  };
  const inputs = graph.inputs.map(slotOf);
  const steps = graph.nodes.map((node) => stepOf(node, slotOf));
  const outputs = graph.outputs.map(slotOf);
  return (values) => {
    const environment: Environment = new Array(slots.size);
    for (let i = 0; i < inputs.length; i++) environment[inputs[i]] = values[i];
    for (let i = 0; i < steps.length; i++) steps[i](environment);
    return outputs.map((slot) => environment[slot]);
  };
}

function stepOf(node: Node, slotOf: (value: Value) => number): Step {
  const inputs = node.inputs.map(slotOf);
  const outputs = node.outputs.map(slotOf);
  const structural = structuralNodes[node.kind];
  if (structural !== undefined) {
    const run = structural(node);
    return (environment) => {
      const results = run(inputs.map((slot) => environment[slot]));
      for (let i = 0; i < outputs.length; i++) environment[outputs[i]] = results[i];
    };
  }
  return (environment) => {
    const result = callOperator(
      node.kind,
      inputs.map((slot) => environment[slot]),
    );
    if (outputs.length === 1) environment[outputs[0]] = result;
    else for (let i = 0; i < outputs.length; i++) environment[outputs[i]] = (result as unknown[])[i];
  };
}

/** Calls an operator of the table with values in schema order. Throws a NotImplementedError for unknown operators. */
export function callOperator(kind: string, values: readonly unknown[]): unknown {
  const overloads = findOverloads(kind);
  if (overloads === undefined)
    throw new NotImplementedError(`the graph calls ${kind}, which Tracebook does not have`);
  const bound = bindStack(overloads, values);
  return dispatch(bound.op, bound.args);
}

/** What nodes that are no operators do: from input values to output values. */
type Structural = (node: Node) => (inputs: readonly unknown[]) => readonly unknown[];

const structuralNodes: Readonly<Record<string, Structural>> = {
  "prim::Constant": (node) => {
    const value = constantValue(node.attributes.value ?? null);
    return () => [value];
  },
  "prim::ListConstruct": () => (inputs) => [[...inputs]],
  "prim::TupleConstruct": () => (inputs) => [[...inputs]],
  "prim::DictConstruct": () => (inputs) => {
    const entries: [string, unknown][] = [];
    for (let i = 0; i < inputs.length; i += 2) entries.push([String(inputs[i]), inputs[i + 1]]);
    return [Object.fromEntries(entries)];
  },
  "prim::ListUnpack":
    (node) =>
    ([list]) =>
      unpacked(node, list as readonly unknown[]),
  "prim::TupleUnpack":
    (node) =>
    ([tuple]) =>
      unpacked(node, tuple as readonly unknown[]),
  "prim::GetAttr":
    (node) =>
    ([object]) => [(object as Record<string, unknown>)[String(node.attributes.name)]],
  "prim::NumToTensor":
    () =>
    ([number]) => [makeFull([], number as number, int64)],
  "aten::__getitem__":
    () =>
    ([container, key]) => [(container as Record<string, unknown>)[key as string]],
  "aten::size":
    () =>
    ([tensor, dim]) => {
      const { sizes } = tensor as Tensor;
      return [
        dim === undefined
          ? sizes
          : sizes[(dim as number) < 0 ? (dim as number) + sizes.length : (dim as number)],
      ];
    },
  "aten::Int":
    () =>
    ([tensor]) => [Math.trunc(firstValue(tensor as Tensor))],
  "aten::Float":
    () =>
    ([tensor]) => [scalar(firstValue(tensor as Tensor), "float")],
};

function unpacked(node: Node, values: readonly unknown[]): readonly unknown[] {
  if (values.length !== node.outputs.length) {
    throw new RuntimeError(`Expected ${node.outputs.length} elements in a list but found ${values.length}`);
  }
  return values;
}

/** A constant as operators take it; whole floats keep their kind. */
function constantValue(attribute: Attribute): unknown {
  // A tensor has a method of that name.
  if (typeof attribute !== "object" || attribute === null || attribute instanceof Tensor) return attribute;
  if (!("float" in attribute)) return attribute;
  return Number.isInteger(attribute.float) ? scalar(attribute.float, "float") : attribute.float;
}
