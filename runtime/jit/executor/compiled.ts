/**
 * The compiled executor: a graph as one ONNX Runtime session. Weights are built in as constants and watched by their
 * version counters; a change of them, or of the ranks and dtypes of the inputs, makes another session.
 */
import { findOverloads } from "../../dispatch/op.ts";
import { NotImplementedError } from "../../errors.ts";
import { rawValuesOf } from "../../tensor/access.ts";
import type { Storage } from "../../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../../tensor/tensor.ts";
import type { Graph, Node, Value } from "../ir.ts";
import { onnxModel } from "../onnx/export.ts";
import { encodeOnnx } from "../onnx/proto.ts";
import { dtypeOfOrt, type OrtTensor, ortType, Session } from "./session.ts";

/** How flat results go back into tuples and records. */
type Shape =
  | { readonly kind: "leaf" }
  | { readonly kind: "tuple"; readonly parts: readonly Shape[] }
  | { readonly kind: "record"; readonly keys: readonly string[]; readonly parts: readonly Shape[] };

/** A graph that runs in ONNX Runtime. */
export class CompiledGraph {
  readonly #session: Session;
  readonly #inputs: readonly string[];
  readonly #outputs: readonly string[];
  readonly #shape: Shape;
  readonly #weights: readonly { readonly storage: Storage; readonly version: number }[];
  /** Milliseconds that building took. */
  readonly buildTime: number;

  /** Builds the session. Throws a NotImplementedError that names the operator for graphs ONNX has no words for. */
  constructor(graph: Graph, source: object | null, weights: readonly Tensor[]) {
    const start = performance.now();
    refuseAliases(graph);
    const model = onnxModel(graph, source, "trace");
    this.#inputs = model.inputs.map(({ name }) => name);
    this.#outputs = model.outputs.map(({ name }) => name);
    this.#session = new Session(encodeOnnx(model), this.#outputs);
    this.#shape = shapeOf(graph, graph.outputs[0]);
    this.#weights = weights.map(({ storage }) => ({ storage, version: storage.version }));
    this.buildTime = performance.now() - start;
  }

  /** True while no weight was changed since the session was built. */
  isCurrent(weights: readonly Tensor[]): boolean {
    return this.#weights.every(
      ({ storage, version }, i) => weights[i].storage === storage && storage.version === version,
    );
  }

  run(inputs: readonly Tensor[]): unknown {
    const feeds: Record<string, OrtTensor> = {};
    for (let i = 0; i < inputs.length; i++) feeds[this.#inputs[i]] = feedOf(inputs[i]);
    const fetched = this.#session.run(feeds);
    const flat = this.#outputs.map((name) => tensorOf(fetched[name]));
    return rebuild(this.#shape, flat, { next: 0 });
  }

  dispose(): void {
    this.#session.dispose();
  }
}

/** Throws for a graph whose result may be a view of an input or a weight: a session's results have memory of their own. */
function refuseAliases(graph: Graph): void {
  const producer = new Map<Value, Node>(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const check = (value: Value): void => {
    const node = producer.get(value);
    if (node === undefined || node.kind === "prim::GetAttr") {
      throw new NotImplementedError("a result is, or is a view of, an input or a weight");
    }
    if (structures.has(node.kind)) node.inputs.forEach(check);
    else if (findOverloads(node.kind)?.some((row) => row.isView)) check(node.inputs[0]);
  };
  graph.outputs.forEach(check);
}

const structures: ReadonlySet<string> = new Set([
  "prim::TupleConstruct",
  "prim::ListConstruct",
  "prim::ListUnpack",
  "prim::TupleUnpack",
]);

const feedOf = (tensor: Tensor): OrtTensor => ({
  type: ortType(tensor.dtype),
  data: rawValuesOf(tensor),
  dims: tensor.sizes,
  location: "cpu",
});

const tensorOf = ({ type, data, dims }: OrtTensor): Tensor => tensorFromArray(data, dtypeOfOrt(type), dims);

function shapeOf(graph: Graph, value: Value): Shape {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(value));
  if (node?.kind === "prim::TupleConstruct" || node?.kind === "prim::ListConstruct") {
    return { kind: "tuple", parts: node.inputs.map((input) => shapeOf(graph, input)) };
  }
  if (node?.kind === "prim::DictConstruct") {
    const keys = node.inputs.filter((_, i) => i % 2 === 0).map((key) => keyOf(graph, key));
    return {
      kind: "record",
      keys,
      parts: node.inputs.filter((_, i) => i % 2 === 1).map((part) => shapeOf(graph, part)),
    };
  }
  return { kind: "leaf" };
}

const keyOf = (graph: Graph, key: Value): string =>
  String(graph.nodes.find(({ outputs }) => outputs.includes(key))?.attributes.value);

function rebuild(shape: Shape, flat: readonly Tensor[], cursor: { next: number }): unknown {
  if (shape.kind === "leaf") return flat[cursor.next++];
  const parts = shape.parts.map((part) => rebuild(part, flat, cursor));
  return shape.kind === "tuple" ? parts : Object.fromEntries(shape.keys.map((key, i) => [key, parts[i]]));
}
