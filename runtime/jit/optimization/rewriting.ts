/** What the passes share: which nodes are pure, which values are constants, and graphs with values replaced. */
import { findOverloads } from "../../dispatch/op.ts";
import { scalarKernelOf } from "../../kernels/pointwise.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Graph, Node, Type, Value } from "../ir.ts";
import { intType, listOf, noneType } from "../types.ts";

const structural: ReadonlySet<string> = new Set([
  "prim::Constant",
  "prim::GetAttr",
  "prim::ListConstruct",
  "prim::TupleConstruct",
  "prim::DictConstruct",
  "prim::ListUnpack",
  "prim::TupleUnpack",
  "prim::NumToTensor",
  "aten::size",
  "aten::Int",
]);

/** Operators that draw numbers, or count what they see, in training: which argument says so. */
export const trainingFlags: Readonly<Record<string, number>> = {
  "aten::dropout": 2,
  "aten::feature_dropout": 2,
  "aten::alpha_dropout": 2,
  "aten::feature_alpha_dropout": 2,
  "aten::batch_norm": 5,
};

/** The node that makes each value. */
export const producersOf = (graph: Graph): Map<Value, Node> =>
  new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));

/** True if a node of the operator writes to memory that it is given. */
export const writes = (kind: string): boolean =>
  findOverloads(kind)?.some(({ mutates }) => mutates >= 0) === true;

/**
 * True if a node gives equal results for equal inputs and does nothing else: of the operators those that have a form in
 * ONNX or in numbers, since the random ones have neither.
 */
export function isPure(node: Node, constants: ReadonlyMap<Value, Attribute>): boolean {
  if (structural.has(node.kind)) return true;
  const training = trainingFlags[node.kind];
  if (training !== undefined && constants.get(node.inputs[training]) !== false) return false;
  const rows = findOverloads(node.kind);
  return (
    node.blocks.length === 0 &&
    rows !== undefined &&
    rows.every(
      ({ facts, kernel, mutates }) =>
        mutates < 0 &&
        (facts.onnx !== undefined || facts.scalar !== undefined || scalarKernelOf(kernel) !== undefined),
    )
  );
}

/** How often each value is used, as a result of the graph too. */
export function usesOf(graph: Graph): ReadonlyMap<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value): void => {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const node of graph.nodes) node.inputs.forEach(count);
  graph.outputs.forEach(count);
  return uses;
}

/** What each constant of a graph holds. */
export const constantsOf = (graph: Graph): Map<Value, Attribute> =>
  new Map(
    graph.nodes
      .filter(({ kind }) => kind === "prim::Constant")
      .map((node) => [node.outputs[0], node.attributes.value ?? null]),
  );

/** A constant that is a tensor; null for anything else. */
export function tensorConstant(constants: ReadonlyMap<Value, Attribute>, value: Value): Tensor | null {
  const found = constants.get(value);
  return found instanceof Tensor ? found : null;
}

/** A node that gives a constant for `value`. */
export const constantNode = (value: Value, held: Attribute, origin: Node): Node =>
  Object.freeze({
    kind: "prim::Constant",
    inputs: Object.freeze([]),
    outputs: Object.freeze([value]),
    attributes: Object.freeze({ value: held }),
    blocks: Object.freeze([]),
    scope: origin.scope,
    source: origin.source,
  });

/** Nodes being written one after the other; values it makes have names that begin with `prefix`. */
export class NodeWriter {
  readonly nodes: Node[] = [];
  readonly #prefix: string;
  #made = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A node like another one, with other inputs, and one result. */
  emit(like: Node, inputs: readonly Value[], type: Type): Value {
    const value: Value = Object.freeze({ kind: "value", name: `${this.#prefix}.${this.#made++}`, type });
    const outputs = Object.freeze([value]);
    this.nodes.push(Object.freeze({ ...like, inputs: Object.freeze([...inputs]), outputs }));
    return value;
  }

  /** The result of an operator. */
  call(kind: string, inputs: readonly Value[], type: Type): Value {
    return this.emit({ ...blank, kind }, inputs, type);
  }

  constant(value: number | null): Value {
    const attributes: Record<string, Attribute> = value === null ? {} : { value };
    const type = value === null ? noneType : intType;
    return this.emit({ ...blank, kind: "prim::Constant", attributes: Object.freeze(attributes) }, [], type);
  }

  /** A list of whole numbers. */
  ints(values: readonly number[]): Value {
    return this.call(
      "prim::ListConstruct",
      values.map((value) => this.constant(value)),
      listOf(intType),
    );
  }
}

const blank = { attributes: {}, blocks: [], scope: "", source: null, inputs: [], outputs: [] } as const;

/** The node with other inputs; itself if they are the same. */
export const withInputs = (node: Node, inputs: readonly Value[]): Node =>
  inputs.every((input, i) => input === node.inputs[i])
    ? node
    : Object.freeze({ ...node, inputs: Object.freeze([...inputs]) });

/**
 * Walks the nodes in order. `rewrite` gets each with its inputs already replaced, and gives the nodes to put there and, in
 * `replaced`, the values that stand for its outputs from there on.
 */
export function rewritten(
  graph: Graph,
  rewrite: (node: Node, replaced: Map<Value, Value>) => readonly Node[],
): Graph {
  const replaced = new Map<Value, Value>();
  const current = (value: Value): Value => replaced.get(value) ?? value;
  const nodes = graph.nodes.flatMap((node) => rewrite(withInputs(node, node.inputs.map(current)), replaced));
  return Object.freeze({
    ...graph,
    nodes: Object.freeze(nodes),
    outputs: Object.freeze(graph.outputs.map(current)),
  });
}
