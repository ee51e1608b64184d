/**
 * The compiled executor: a graph as one ONNX Runtime session. Weights are built in as constants and watched by their
 * version counters, or, while they are trained, given at each call as the inputs are.
 */
import { findOverloads } from "../../dispatch/op.ts";
import { NotImplementedError } from "../../errors.ts";
import { checkInterrupt } from "../../interrupt.ts";
import { rawValuesOf } from "../../tensor/access.ts";
import type { Storage } from "../../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../../tensor/tensor.ts";
import type { Graph, Node, Value } from "../ir.ts";
import { onnxModel } from "../onnx/export.ts";
import { encodeOnnx } from "../../onnx/proto.ts";
import { rebuild, type Shape, shapeOf } from "./result-shape.ts";
import { dtypeOfOrt, type OrtTensor, ortType, Session } from "../../onnx/session.ts";
import type { Weights } from "./weights.ts";

/** A graph that runs in ONNX Runtime. */
export class CompiledGraph {
  readonly #session: Session;
  readonly #inputs: readonly string[];
  /** For each input after the arguments: which weight it is. */
  readonly #weightInputs: readonly number[];
  readonly #outputs: readonly string[];
  readonly #shape: Shape;
  readonly #constants: readonly { readonly storage: Storage; readonly version: number }[];
  /** Milliseconds that building took. */
  readonly buildTime: number;

  /**
   * Builds the session.
   * @param weightsAs whether weights are constants, which makes faster sessions, or inputs, which may change
   * @throws NotImplementedError that names the operator for graphs ONNX has no words for
   */
  constructor(graph: Graph, source: object | null, weights: Weights, weightsAs: "constants" | "inputs") {
    const start = performance.now();
    refuseAliases(graph);
    const model = onnxModel(
      graph,
      source,
      "trace",
      weightsAs === "inputs" ? { weightInputs: weights.places } : {},
    );
    const names = model.inputs.map(({ name }) => name);
    const args = graph.inputs.filter(({ type }) => type.kind !== "Class").length;
    this.#inputs = names;
    this.#weightInputs = names.slice(args).map((name) => Number(name.slice("weight_".length)));
    this.#outputs = model.outputs.map(({ name }) => name);
    this.#session = new Session(encodeOnnx(model), this.#outputs);
    this.#shape = shapeOf(graph, graph.outputs[0]);
    this.#constants =
      weightsAs === "inputs"
        ? []
        : weights.read().map(({ storage }) => ({ storage, version: storage.version }));
    this.buildTime = performance.now() - start;
  }

  /** True while no weight that was built in was changed. */
  isCurrent(weights: readonly Tensor[]): boolean {
    const constants = this.#constants;
    for (let i = 0; i < constants.length; i++) {
      const { storage, version } = constants[i];
      if (weights[i].storage !== storage || storage.version !== version) return false;
    }
    return true;
  }

  run(args: readonly Tensor[], weights: readonly Tensor[]): unknown {
    checkInterrupt();
    const feeds: Record<string, OrtTensor> = {};
    for (let i = 0; i < args.length; i++) feeds[this.#inputs[i]] = feedOf(args[i]);
    for (let i = 0; i < this.#weightInputs.length; i++)
      feeds[this.#inputs[args.length + i]] = feedOf(weights[this.#weightInputs[i]]);
    const fetched = this.#session.run(feeds);
    if (this.#shape.kind === "leaf") return tensorOf(fetched[this.#outputs[0]]);
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
