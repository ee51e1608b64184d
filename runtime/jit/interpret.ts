/**
 * Makes a graph ready to run: every node becomes a step over an array of values, its overload chosen once by the types
 * of the graph. What nodes that are no operators do is structural.ts's, loops and branches are control-flow.ts's.
 */
import { bindStack } from "../dispatch/bind.ts";
import { dispatch } from "../dispatch/dispatch.ts";
import { findOverloads, type Op } from "../dispatch/op.ts";
import { NotImplementedError } from "../errors.ts";
import { scalar } from "../tensor/scalar.ts";
import { controlFlow } from "./interpreter/control-flow.ts";
import { noteConstant, numberOperand } from "./interpreter/number-constants.ts";
import { findPrimitives, type Primitive } from "./interpreter/primitives/index.ts";
import { structural } from "./interpreter/structural.ts";
import type { Graph, Node, Value } from "./ir.ts";
import { matchNode } from "./script/overloads.ts";

/** The values of a run, by slot. */
export type Environment = unknown[];

/** What one node does to the values. */
export type Step = (environment: Environment) => void;

/** Gives each value of a graph a slot. */
export type SlotOf = (value: Value) => number;

/** A graph made ready to run: called with one value for each graph input, it gives one for each output. */
export type Runnable = (inputs: readonly unknown[]) => unknown[];

/** Finds the functions that a graph calls by name. */
export type FindFunction = (name: string) => Runnable | undefined;

/** Told of each node that ran: what it gave, and in how many milliseconds. */
export type Observer = (node: Node, results: readonly unknown[], milliseconds: number) => void;

/** Compiles the steps of a graph once; running them looks nothing up by name. */
export function prepare(
  graph: Graph,
  findFunction: FindFunction = () => undefined,
  observer: Observer | null = null,
): Runnable {
  const slots = new Map<Value, number>();
  const slotOf: SlotOf = (value) => {
    let slot = slots.get(value);
    if (slot === undefined) {
      slot = slots.size;
      slots.set(value, slot);
    }
    return slot;
  };
  const inputs = graph.inputs.map(slotOf);
  const stepsOf: StepsOf = (nodes) => {
    const steps = nodes.map((node) => {
      const step = stepOf(node, slotOf, stepsOf, findFunction);
      return observer === null ? step : observed(step, node, slotOf, observer);
    });
    return (environment) => {
      for (let i = 0; i < steps.length; i++) steps[i](environment);
    };
  };
  const run = stepsOf(graph.nodes);
  const outputs = graph.outputs.map(slotOf);
  return (values) => {
    const environment: Environment = new Array(slots.size);
    for (let i = 0; i < inputs.length; i++) environment[inputs[i]] = values[i];
    run(environment);
    return outputs.map((slot) => environment[slot]);
  };
}

function observed(step: Step, node: Node, slotOf: SlotOf, observer: Observer): Step {
  const outputs = node.outputs.map(slotOf);
  return (environment) => {
    const start = performance.now();
    step(environment);
    const milliseconds = performance.now() - start;
    observer(
      node,
      outputs.map((slot) => environment[slot]),
      milliseconds,
    );
  };
}

/** Makes the nodes of a block one step. */
export type StepsOf = (nodes: readonly Node[]) => Step;

function stepOf(node: Node, slotOf: SlotOf, stepsOf: StepsOf, findFunction: FindFunction): Step {
  const control = controlFlow[node.kind];
  if (control !== undefined) return control(node, slotOf, stepsOf);
  const inputs = node.inputs.map(slotOf);
  const outputs = node.outputs.map(slotOf);
  if (node.kind === "prim::Constant") noteConstant(node);
  const special = structural[node.kind];
  if (special !== undefined) {
    const run = special(node);
    return (environment) => {
      const results = run(inputs.map((slot) => environment[slot]));
      for (let i = 0; i < outputs.length; i++) environment[outputs[i]] = results[i];
    };
  }
  const call = node.kind === "prim::CallFunction" ? callFunction(node, findFunction) : callOf(node);
  return (environment) => {
    const result = call(inputs.map((slot) => environment[slot]));
    if (outputs.length === 1) environment[outputs[0]] = result;
    else for (let i = 0; i < outputs.length; i++) environment[outputs[i]] = (result as unknown[])[i];
  };
}

/** A call of another function; it is looked up when it is reached. */
function callFunction(node: Node, findFunction: FindFunction): (values: readonly unknown[]) => unknown {
  const { type } = node.inputs[0];
  const name = type.kind === "Function" ? type.name : "";
  return ([, ...values]) => {
    const run = findFunction(name);
    if (run === undefined)
      throw new NotImplementedError(`the graph calls the function ${name}, which is not known`);
    return run(values)[0];
  };
}

/** How a node's operator is called. One that does not exist is an error when it is reached. */
function callOf(node: Node): (values: readonly unknown[]) => unknown {
  const { kind } = node;
  const match = matchNode(
    kind,
    node.inputs.map((input) => input.type),
  );
  const row = match?.overload.row ?? null;
  if (row?.kind === "primitive") return callPrimitive(row);
  const overloads = row === null ? findOverloads(kind) : [row];
  if (overloads !== undefined) {
    const floats = node.inputs.map((input) => input.type.kind === "float");
    const number = numberOperand(overloads[0], node);
    if (!floats.includes(true) && number === null) return (values) => callTable(overloads, values);
    const converted = (value: unknown, i: number): unknown =>
      floats[i] ? asFloat(value) : i === number?.index ? number.tensor : value;
    return (values) => callTable(overloads, values.map(converted));
  }
  const [only] = findPrimitives(kind);
  if (only !== undefined) return callPrimitive(only);
  return () => {
    throw new NotImplementedError(`the graph calls ${kind}, which Tracebook does not have`);
  };
}

function callPrimitive({ run, arguments: parameters }: Primitive): (values: readonly unknown[]) => unknown {
  const call = run as (...args: unknown[]) => unknown;
  return (values) => {
    if (values.length >= parameters.length) return call(...values);
    return call(...values, ...parameters.slice(values.length).map((parameter) => parameter.default));
  };
}

function callTable(overloads: readonly Op[], values: readonly unknown[]): unknown {
  const bound = bindStack(overloads, values);
  return dispatch(bound.op, bound.args);
}

/** A whole number of the type float, marked so that operators do not take it for an int. */
const asFloat = (value: unknown): unknown =>
  Number.isInteger(value) ? scalar(value as number, "float") : value;

/** Calls an operator of the table with values in schema order. Throws a NotImplementedError for unknown operators. */
export function callOperator(kind: string, values: readonly unknown[]): unknown {
  const overloads = findOverloads(kind);
  if (overloads === undefined)
    throw new NotImplementedError(`the graph calls ${kind}, which Tracebook does not have`);
  return callTable(overloads, values);
}
