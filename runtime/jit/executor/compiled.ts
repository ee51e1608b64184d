/**
 * The compiled executor: a graph as one ONNX Runtime session. Weights are built in as constants and watched by their
 * version counters, or, while they are trained, given at each call as the inputs are.
 */
import { findOverloads } from "../../dispatch/op.ts";
import { NotImplementedError } from "../../errors.ts";
import type { Storage } from "../../tensor/storage.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph, Node, Value } from "../ir.ts";
import { onnxModel } from "../onnx/export.ts";
import { GraphSession } from "./graph-session.ts";
import { rebuild, type Shape, shapeOf } from "./result-shape.ts";
import type { Weights } from "./weights.ts";

/** A graph that runs in ONNX Runtime. */
export class CompiledGraph {
  readonly #session: GraphSession;
  /** For each input after the arguments: which weight it is. */
  readonly #weightInputs: readonly number[];
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
    const args = graph.inputs.filter(({ type }) => type.kind !== "Class").length;
    this.#weightInputs = model.inputs.slice(args).map(({ name }) => Number(name.slice("weight_".length)));
    this.#session = new GraphSession(model);
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
    const inputs = this.#weightInputs;
    const tensors = inputs.length === 0 ? args : [...args, ...inputs.map((index) => weights[index])];
    const flat = this.#session.run(tensors);
    return this.#shape.kind === "leaf" ? flat[0] : rebuild(this.#shape, flat, { next: 0 });
  }

  dispose(): void {
    this.#session.dispose();
  }
}

/** Throws for a graph whose result may be a view of an input or a weight: a session's results have memory of their own. */
export function refuseAliases(graph: Graph): void {
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
