/** A part of a graph for inputs of exact sizes as a session, which knows what of the whole graph's inputs it is given. */
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph } from "../ir.ts";
import { Exporter } from "../onnx/exporter.ts";
import { GraphSession } from "./graph-session.ts";

/** The part of a graph that runs in one go. */
export class GraphPart {
  readonly #graph: Graph;
  #session: GraphSession | null = null;
  /** The numbers of the whole graph's inputs that it takes; what else it takes comes behind them. */
  readonly inputs: readonly number[];
  /** True after `dispose`: it cannot be run any more. */
  disposed = false;

  constructor(part: Graph, whole: Graph) {
    this.#graph = part;
    this.inputs = part.inputs.map((input) => whole.inputs.indexOf(input)).filter((index) => index >= 0);
  }

  /**
   * Builds the session, which `run` does otherwise.
   * @throws NotImplementedError that names what ONNX has no words for
   */
  build(): void {
    this.#session = new GraphSession(new Exporter(this.#graph, { dynamicAxes: false }).model("trace"));
  }

  /** Runs on the inputs of the whole graph, and on what the part takes beside them. */
  run(inputs: readonly Tensor[], others: readonly Tensor[] = []): Tensor[] {
    if (this.#session === null) this.build();
    const given = this.inputs.map((index) => inputs[index]);
    return (this.#session as GraphSession).run([...given, ...others]);
  }

  dispose(): void {
    this.disposed = true;
    this.#session?.dispose();
  }
}
