/** Nested inputs of a graph, as lists, tuples and records, taken apart: the graph takes the tensors in them one by one. */
import { NotImplementedError } from "../../errors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Graph, Node, Value } from "../ir.ts";
import { constantsOf, withInputs } from "../optimization/rewriting.ts";

/** A graph of tensors, and how it is given those of a call. */
export interface FlatGraph {
  readonly graph: Graph;
  /** True if anything was taken apart, so that the graph is no longer called with the arguments as they are. */
  readonly apart: boolean;
  /** The tensors in a call's arguments; null for other arguments than the graph takes apart. */
  readonly flatten: (args: readonly unknown[]) => readonly Tensor[] | null;
}

/** What an argument is, as far as the graph looks into it. */
type Part = { readonly kind: "tensor"; readonly value: Value } | Nested;

interface Nested {
  readonly kind: "nested";
  /** How many elements there must be; null where the graph picks single ones. */
  length: number | null;
  readonly parts: Map<string | number, Part>;
}

/**
 * The graph with the first `count` of its inputs, which are its arguments, taken apart as it does itself.
 * @throws NotImplementedError where a list is used as a whole, or an argument is no tensor
 */
export function withFlatInputs(graph: Graph, count: number): FlatGraph {
  if (graph.inputs.every(({ type }) => type.kind === "Tensor"))
    return { graph, apart: false, flatten: allTensors };
  return new Flattener(graph).flat(count);
}

const allTensors = (args: readonly unknown[]): readonly Tensor[] | null => {
  for (let i = 0; i < args.length; i++) if (!(args[i] instanceof Tensor)) return null;
  return args as readonly Tensor[];
};

class Flattener {
  readonly #graph: Graph;
  readonly #constants: ReadonlyMap<Value, Attribute>;
  readonly #nested = new Map<Value, Nested>();
  /** An element that is picked twice is one input. */
  readonly #replaced = new Map<Value, Value>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#constants = constantsOf(graph);
  }

  flat(count: number): FlatGraph {
    const { inputs } = this.#graph;
    const parts = inputs.slice(0, count).map((input) => this.#part(input));
    const nodes = this.#graph.nodes.flatMap((node) => this.#node(node));
    const outputs = this.#graph.outputs.map((output) => this.#replaced.get(output) ?? output);
    if (outputs.some((output) => this.#nested.has(output)))
      throw new NotImplementedError("a nested input is used as a whole");
    return {
      graph: Object.freeze({
        kind: "graph",
        inputs: [...parts.flatMap(leavesOf), ...inputs.slice(count)],
        nodes,
        outputs,
      }),
      apart: true,
      flatten: (args) => {
        const tensors: Tensor[] = [];
        return parts.every((part, i) => collect(part, args[i], tensors)) ? tensors : null;
      },
    };
  }

  #part(value: Value): Part {
    const { kind } = value.type;
    if (kind === "Tensor") return { kind: "tensor", value };
    if (kind !== "List" && kind !== "Tuple" && kind !== "Dict")
      throw new NotImplementedError(`the argument ${value.name} is no tensor`);
    const nested: Nested = { kind: "nested", length: null, parts: new Map() };
    this.#nested.set(value, nested);
    return nested;
  }

  #node(original: Node): Node[] {
    const node = withInputs(
      original,
      original.inputs.map((input) => this.#replaced.get(input) ?? input),
    );
    if (!node.inputs.some((input) => this.#nested.has(input))) return [node];
    const nested = this.#nested.get(node.inputs[0]);
    const keys = nested === undefined ? null : this.#keysOf(node, nested);
    if (nested === undefined || keys === null)
      throw new NotImplementedError(`${node.kind} uses a nested input as a whole`);
    for (const [i, key] of keys.entries()) {
      const known = nested.parts.get(key);
      if (known === undefined) nested.parts.set(key, this.#part(node.outputs[i]));
      else if (known.kind === "tensor") this.#replaced.set(node.outputs[i], known.value);
      else this.#nested.set(node.outputs[i], known);
    }
    return [];
  }

  /** Which elements a node takes out; null for a node that does something else. */
  #keysOf({ kind, inputs, outputs }: Node, nested: Nested): readonly (string | number)[] | null {
    if (kind === "prim::ListUnpack" || kind === "prim::TupleUnpack") {
      nested.length = outputs.length;
      return outputs.map((_, i) => i);
    }
    const picks = kind === "prim::TupleIndex" || kind === "aten::__getitem__";
    const key = picks ? this.#constants.get(inputs[1]) : undefined;
    return typeof key === "string" || (typeof key === "number" && key >= 0) ? [key] : null;
  }
}

const leavesOf = (part: Part): readonly Value[] =>
  part.kind === "tensor" ? [part.value] : [...part.parts.values()].flatMap(leavesOf);

/** Adds the tensors of an argument; false if it is not as the graph expects it. */
function collect(part: Part, value: unknown, tensors: Tensor[]): boolean {
  if (part.kind === "tensor") {
    if (value instanceof Tensor) tensors.push(value);
    return value instanceof Tensor;
  }
  if (typeof value !== "object" || value === null) return false;
  if (part.length !== null && (value as readonly unknown[]).length !== part.length) return false;
  for (const [key, inner] of part.parts)
    if (!collect(inner, (value as Readonly<Record<string | number, unknown>>)[key], tensors)) return false;
  return true;
}
