/**
 * Makes a graph ready to run: every node becomes a step over an array of values, its overload chosen once by the types
 * of the graph. What nodes that are no operators do is structural.ts's, loops and branches are control-flow.ts's.
 */
import { spendStep, spendValues } from "../budget.ts";
import { bindStack } from "../dispatch/bind.ts";
import { dispatch } from "../dispatch/dispatch.ts";
import { findOverloads, type Op } from "../dispatch/op.ts";
import { NotImplementedError } from "../errors.ts";
import { scalar } from "../tensor/scalar.ts";
import { controlFlow } from "./interpreter/control-flow.ts";
import { noteConstant, numberOperand } from "./interpreter/number-constants.ts";
import { findPrimitives, type Primitive } from "./interpreter/primitives/index.ts";
import { ScriptObject } from "./interpreter/script-objects.ts";
import { structural } from "./interpreter/structural.ts";
import type { Graph, Node, Value } from "./ir.ts";
import { matchNode } from "./script/overloads.ts";
import type { ScriptUnit } from "./script/unit.ts";
import { annotationText } from "./types.ts";

/** The values of a run, by slot. */
export type Environment = unknown[];

/** What one node does to the values. */
export type Step = (environment: Environment) => void;

/** Gives each value of a graph a slot. */
export type SlotOf = (value: Value) => number;

/** A graph made ready to run: called with one value for each graph input, it gives one for each output. */
export type Runnable = (inputs: readonly unknown[]) => unknown[];

/** Where the functions that a graph calls are found, and the classes of the objects it makes. */
export type Surroundings = Pick<ScriptUnit, "functionNamed" | "classNamed">;

const nowhere: Surroundings = { functionNamed: () => null, classNamed: () => null };

/** Told of each node that ran: what it gave, and in how many milliseconds. */
export type Observer = (node: Node, results: readonly unknown[], milliseconds: number) => void;

/** Compiles the steps of a graph once; running them looks nothing up by name. */
export function prepare(
  graph: Graph,
  surroundings: Surroundings = nowhere,
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
    const single = (node: Node): Step => {
      const step = stepOf(node, slotOf, stepsOf, surroundings);
      return observer === null ? step : observed(step, node, slotOf, observer);
    };
    const steps: Step[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const exit = nodes[i].kind === "prim::Enter" ? exitOf(nodes, i) : -1;
      if (exit < 0) steps.push(single(nodes[i]));
      else {
        steps.push(guarded(single(nodes[i]), stepsOf(nodes.slice(i + 1, exit)), single(nodes[exit])));
        i = exit;
      }
    }
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

/** Where the object that is entered at `enter` is left again. */
const exitOf = (nodes: readonly Node[], enter: number): number =>
  nodes.findIndex(
    ({ kind, inputs }, i) => i > enter && kind === "prim::Exit" && inputs[0] === nodes[enter].inputs[0],
  );

/** What stands inside of a `with`: the object is left also when it fails. */
const guarded =
  (enter: Step, body: Step, exit: Step): Step =>
  (environment) => {
    enter(environment);
    try {
      body(environment);
    } finally {
      exit(environment);
    }
  };

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

function stepOf(node: Node, slotOf: SlotOf, stepsOf: StepsOf, surroundings: Surroundings): Step {
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
  const call =
    node.kind === "prim::CallFunction"
      ? callFunction(node, surroundings)
      : node.kind === "prim::CreateObject"
        ? createObject(node, surroundings)
        : callOf(node);
  return (environment) => {
    const result = call(inputs.map((slot) => environment[slot]));
    if (outputs.length === 1) environment[outputs[0]] = result;
    else for (let i = 0; i < outputs.length; i++) environment[outputs[i]] = (result as unknown[])[i];
  };
}

/** A call of another function; it is looked up when it is reached. */
function callFunction(
  { inputs: [{ type }] }: Node,
  surroundings: Surroundings,
): (values: readonly unknown[]) => unknown {
  const name = type.kind === "Function" ? type.name : "";
  return ([, ...values]) => {
    spendStep();
    const code = surroundings.functionNamed(name);
    if (code === null)
      throw new NotImplementedError(`the graph calls the function ${name}, which is not known`);
    return code.run(values)[0];
  };
}

function createObject({ outputs: [{ type }] }: Node, surroundings: Surroundings): () => unknown {
  const name = type.kind === "Class" ? type.name : "";
  return () => {
    const scriptClass = surroundings.classNamed(name);
    if (scriptClass?.kind !== "plain")
      throw new NotImplementedError(`the graph makes an object of the class ${name}, which is not known`);
    return new ScriptObject(scriptClass);
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
  if (row?.kind === "primitive") return callPrimitive(row, node);
  const overloads = row === null ? findOverloads(kind) : [row];
  if (overloads !== undefined) {
    const floats = node.inputs.map((input) => input.type.kind === "float");
    const number = numberOperand(overloads[0], node);
    if (!floats.includes(true) && number === null) return (values) => callTable(overloads, values);
    const converted = (value: unknown, i: number): unknown =>
      floats[i] ? asFloat(value) : i === number?.index ? number.tensor : value;
    return (values) => callTable(overloads, values.map(converted));
  }
  const primitives = findPrimitives(kind);
  if (primitives.length === 1) return callPrimitive(primitives[0], node);
  const types = node.inputs.map((input) => annotationText(input.type)).join(", ");
  return () => {
    throw new NotImplementedError(
      primitives.length === 0
        ? `the graph calls ${kind}, which Tracebook does not have`
        : `the graph calls ${kind} with (${types}), which no overload of it takes`,
    );
  };
}

function callPrimitive(
  { run, typed, arguments: parameters }: Primitive,
  node: Node,
): (values: readonly unknown[]) => unknown {
  const types = node.inputs.map((input) => input.type);
  const call = (typed ? run.bind(null, types as never) : run) as (...args: unknown[]) => unknown;
  return (values) => {
    spendStep();
    spendValues(values);
    const missing = parameters.slice(values.length).map((parameter) => parameter.default);
    const result = missing.length === 0 ? call(...values) : call(...values, ...missing);
    spendValues([result]);
    return result;
  };
}

function callTable(overloads: readonly Op[], values: readonly unknown[]): unknown {
  spendStep();
  const bound = bindStack(overloads, values);
  const result = dispatch(bound.op, bound.args);
  spendValues(Array.isArray(result) ? result : [result]);
  return result;
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
