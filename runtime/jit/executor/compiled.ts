/**
 * The compiled executor: a graph as one ONNX Runtime session. Weights are built in as constants and watched by their
 * version counters, or, while they are trained, given at each call as the inputs are.
 */
import type { Storage } from "../../tensor/storage.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Exporter } from "../onnx/exporter.ts";
import { GraphSession } from "./graph-session.ts";
import type { WholeGraph } from "./whole-graph.ts";

/** A graph that runs in ONNX Runtime. */
export class CompiledGraph {
  readonly #session: GraphSession;
  /** How many of the inputs are given to the session: all, or all but the weights. */
  readonly #given: number;
  readonly #constants: readonly { readonly storage: Storage; readonly version: number }[];
  /** Milliseconds that building took. */
  readonly buildTime: number;

  /**
   * Builds the session.
   * @param count how many of the graph's inputs are arguments, which come in any size
   * @param weights the other inputs as they are now
   * @param weightsAs whether weights are constants, which makes faster sessions, or inputs, which may change
   * @throws NotImplementedError that names the operator for graphs ONNX has no words for
   */
  constructor(
    { graph, written }: WholeGraph,
    count: number,
    weights: readonly Tensor[],
    weightsAs: "constants" | "inputs",
  ) {
    const start = performance.now();
    const builtIn = weightsAs === "constants" && written.every((input) => input < count);
    const [args, others] = [graph.inputs.slice(0, count), graph.inputs.slice(count)];
    const dimensions = args.map(({ name, type }) => {
      const rank = type.kind === "Tensor" ? (type.sizes?.length ?? 0) : 0;
      return [name, Array.from({ length: rank }, (_, dim) => dim)] as const;
    });
    const model = new Exporter(graph, {
      dynamicAxes: Object.fromEntries(dimensions),
      constants: builtIn ? new Map(others.map((value, i) => [value, weights[i]])) : undefined,
    }).model("trace");
    this.#given = builtIn ? count : graph.inputs.length;
    this.#session = new GraphSession(model);
    this.#constants = builtIn ? weights.map(({ storage }) => ({ storage, version: storage.version })) : [];
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

  /** The outputs of the graph. */
  run(args: readonly Tensor[], weights: readonly Tensor[]): Tensor[] {
    return this.#session.run(this.#given === args.length ? args : [...args, ...weights]);
  }

  dispose(): void {
    this.#session.dispose();
  }
}
