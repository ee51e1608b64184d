/**
 * A graph with the calls of methods and functions replaced by what they do. Source: torch/csrc/jit/passes/inliner.cpp.
 */
import type { Block, Graph, InlinedCall, Node, Value } from "../ir.ts";
import { NameTable } from "../naming.ts";
import { isInterface, type ScriptCode, type ScriptUnit } from "./unit.ts";

type DraftValue = { -readonly [K in keyof Value]: Value[K] };

/** Calls stay calls where a graph has grown beyond this: calls of calls can multiply without end. */
const mostNodes = 200_000;

/** The graph with all calls inlined, those inside of branches and loops too. */
export function withCallsInlined(graph: Graph, unit: ScriptUnit): Graph {
  return new Inliner(unit).graph(graph);
}

class Inliner {
  readonly #unit: ScriptUnit;
  readonly #names = new NameTable();
  readonly #values: DraftValue[] = [];
  /** What is being inlined: code that calls itself keeps the call. */
  readonly #callers = new Set<ScriptCode>();
  /** The calls around it. */
  #callStack: readonly InlinedCall[] = [];
  /** Where the modules that the graph reads stand within the one whose method is being inlined. */
  #fields = new Map<Value, string>();
  #nodes = 0;

  constructor(unit: ScriptUnit) {
    this.#unit = unit;
  }

  graph(graph: Graph): Graph {
    const known = new Map<Value, Value>();
    const inputs = graph.inputs.map((input) => this.#copy(input, known));
    const nodes = graph.nodes.flatMap((node) => this.#node(node, known));
    const outputs = graph.outputs.map((output) => known.get(output) as Value);
    for (const [number, value] of this.#values.entries()) {
      if (value.name === "") value.name = String(number);
      Object.freeze(value);
    }
    return Object.freeze({ kind: "graph", inputs, nodes, outputs });
  }

  #copy(value: Value, known: Map<Value, Value>): Value {
    const copy: DraftValue = { kind: "value", name: "", type: value.type };
    if (!/^\d+$/.test(value.name)) this.#names.give(copy, value.name);
    this.#values.push(copy);
    known.set(value, copy);
    return copy;
  }

  #node(node: Node, known: Map<Value, Value>): Node[] {
    const inputs = node.inputs.map((input) => known.get(input) as Value);
    const callee = this.#calleeOf(node);
    if (callee === null || this.#callers.has(callee) || this.#nodes > mostNodes) {
      this.#nodes++;
      const blocks = node.blocks.map((block) => this.#block(block, known));
      const outputs = node.outputs.map((output) => this.#copy(output, known));
      if (node.kind === "prim::GetAttr" && outputs[0].type.kind === "Class") {
        const outer = this.#fields.get(inputs[0]);
        const name = String(node.attributes.name);
        this.#fields.set(outputs[0], outer === undefined ? name : `${outer}.${name}`);
      }
      const callStack = this.#callStack.length === 0 ? {} : { callStack: this.#callStack };
      return [Object.freeze({ ...node, inputs, outputs, blocks, ...callStack })];
    }
    const isFunction = node.kind === "prim::CallFunction";
    const inner = new Map(callee.graph.inputs.map((input, i) => [input, inputs[isFunction ? i + 1 : i]]));
    const nodes = this.#inside(callee, this.#nameOf(node, inputs[0]), () =>
      callee.graph.nodes.flatMap((each) => this.#node(each, inner)),
    );
    for (const [i, output] of node.outputs.entries())
      known.set(output, inner.get(callee.graph.outputs[i]) as Value);
    return nodes;
  }

  /** What is done within a call. A method of the module that calls it needs no name: it stands where the caller does. */
  #inside<Result>(callee: ScriptCode, name: string | undefined, work: () => Result): Result {
    const [callStack, fields] = [this.#callStack, this.#fields];
    this.#callers.add(callee);
    if (name !== undefined) {
      this.#callStack = Object.freeze([...callStack, Object.freeze({ function: name, scope: "" })]);
      this.#fields = new Map();
    }
    try {
      return work();
    } finally {
      this.#callers.delete(callee);
      [this.#callStack, this.#fields] = [callStack, fields];
    }
  }

  /** The function's own name, or where the module stands whose method is called. */
  #nameOf({ kind, inputs: [first] }: Node, receiver: Value): string | undefined {
    if (kind === "prim::CallMethod") return this.#fields.get(receiver);
    return first.type.kind === "Function" ? first.type.name.split(".").at(-1) : undefined;
  }

  #block(block: Block, known: Map<Value, Value>): Block {
    const inputs = block.inputs.map((input) => this.#copy(input, known));
    const nodes = block.nodes.flatMap((node) => this.#node(node, known));
    return Object.freeze({
      kind: "block",
      inputs,
      nodes,
      outputs: block.outputs.map((output) => known.get(output) as Value),
    });
  }

  #calleeOf({ kind, inputs: [first], attributes }: Node): ScriptCode | null {
    if (kind === "prim::CallMethod" && first.type.kind === "Class") {
      const ownClass = this.#unit.classNamed(first.type.name);
      // Behind an interface stands a class that only running tells.
      if (ownClass === null || isInterface(ownClass.kind)) return null;
      return ownClass.methods.get(String(attributes.name)) ?? null;
    }
    return kind === "prim::CallFunction" && first.type.kind === "Function"
      ? this.#unit.functionNamed(first.type.name)
      : null;
  }
}
