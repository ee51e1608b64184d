/**
 * A graph that does not know its sizes, as those of archives, made one that does: it is run once on example inputs, and what
 * is seen becomes the types of its values. Branches are those the examples take; numbers, texts and sizes that code computes
 * with become constants, but for a single size of a tensor, which stays symbolic also in lists.
 */
import { withGradMode } from "../../autograd/grad-mode.ts";
import { NotImplementedError } from "../../errors.ts";
import { typeOfSeen } from "../executor/seen-types.ts";
import { prepare, type Surroundings } from "../interpret.ts";
import type { Attribute, Block, Graph, Node, Value } from "../ir.ts";

/** The straight graph of what a run on `inputs` did, with the sizes and dtypes of that run. */
export function withExampleTypes(
  graph: Graph,
  surroundings: Surroundings | undefined,
  inputs: readonly unknown[],
): Graph {
  return new ExampleRun(graph, surroundings, inputs).graph(graph);
}

class ExampleRun {
  /** What the run gave for each value of the graph. */
  readonly #seen = new Map<Value, unknown>();
  readonly #known = new Map<Value, Value>();
  /** Sizes that are read when the model runs, and lists of them. */
  readonly #symbolic = new Set<Value>();
  readonly #nodes: Node[] = [];

  constructor(graph: Graph, surroundings: Surroundings | undefined, inputs: readonly unknown[]) {
    for (const [i, input] of graph.inputs.entries()) this.#seen.set(input, inputs[i]);
    const observe = (node: Node, results: readonly unknown[]): void => {
      for (const [i, output] of node.outputs.entries()) this.#seen.set(output, results[i]);
    };
    withGradMode(false, () => prepare(graph, surroundings, observe)(inputs));
  }

  graph(graph: Graph): Graph {
    const inputs = graph.inputs.map((input) => this.#copy(input));
    this.#block(graph);
    return Object.freeze({
      kind: "graph",
      inputs,
      nodes: this.#nodes,
      outputs: graph.outputs.map((output) => this.#look(output)),
    });
  }

  #look(value: Value): Value {
    return this.#known.get(value) as Value;
  }

  #copy(value: Value): Value {
    const copy: Value = Object.freeze({ ...value, type: typeOfSeen(this.#seen.get(value), value.type) });
    this.#known.set(value, copy);
    return copy;
  }

  #block(block: Block | Graph): void {
    for (const node of block.nodes) this.#node(node);
  }

  #node(node: Node): void {
    if (node.kind === "prim::Loop")
      throw new NotImplementedError(
        "toOnnx: prim::Loop cannot be written as ONNX; trace the function instead",
      );
    if (node.kind === "prim::If") {
      const taken = node.blocks[this.#seen.get(node.inputs[0]) ? 0 : 1];
      this.#block(taken);
      for (const [i, output] of node.outputs.entries()) this.#known.set(output, this.#look(taken.outputs[i]));
      return;
    }
    if (node.kind === "prim::unchecked_cast") {
      this.#known.set(node.outputs[0], this.#look(node.inputs[0]));
      return;
    }
    const constants = node.outputs.map((output) => constantOf(this.#seen.get(output)));
    const isSymbolic =
      (node.kind === "aten::size" && node.inputs.length === 2) ||
      node.kind === "aten::Int" ||
      (node.kind === "prim::ListConstruct" && node.inputs.some((input) => this.#symbolic.has(input)));
    if (isSymbolic) for (const output of node.outputs) this.#symbolic.add(output);
    if (node.outputs.length > 0 && !isSymbolic && constants.every((constant) => constant !== undefined)) {
      for (const [i, output] of node.outputs.entries()) this.#constant(node, output, constants[i]);
      return;
    }
    this.#nodes.push(
      Object.freeze({
        ...node,
        inputs: node.inputs.map((input) => this.#look(input)),
        outputs: node.outputs.map((output) => this.#copy(output)),
      }),
    );
  }

  #constant(node: Node, output: Value, value: Attribute | undefined): void {
    const attributes: Node["attributes"] = value === null || value === undefined ? {} : { value };
    this.#nodes.push(
      Object.freeze({
        ...node,
        kind: "prim::Constant",
        inputs: [],
        outputs: [this.#copy(output)],
        attributes,
        blocks: [],
      }),
    );
  }
}

/** A value that is no tensor and holds none, as a constant; undefined for others. */
function constantOf(value: unknown): Attribute | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const parts = value.map(constantOf);
  return parts.includes(undefined) ? undefined : (parts as Attribute[]);
}
