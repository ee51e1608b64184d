/**
 * Forward and backward pass as one session, for graphs whose one differentiable result is a number, as a loss is: the gradient that arrives
 * at it only scales those of 1, so that they can be computed before it does. Nothing is saved from one session for another, and there are
 * no two sets of threads that wait in each other's way.
 */
import { late } from "../../tensor/late.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { JointGraph } from "../gradient/joint-graph.ts";
import type { Graph, TensorType } from "../ir.ts";
import { optimized } from "../optimization/index.ts";
import { constantNode } from "../optimization/rewriting.ts";
import { GraphPart } from "./graph-part.ts";

/** The gradients that a run computed ahead; taken once, since who takes them may write to them. */
export class ReadyGradients {
  #gradients: readonly Tensor[] | null;
  readonly #whenTaken: () => void;

  constructor(gradients: readonly Tensor[], whenTaken: () => void) {
    this.#gradients = gradients;
    this.#whenTaken = whenTaken;
  }

  /** The gradients where `arriving` arrives; null the second time. */
  take(arriving: Tensor): readonly Tensor[] | null {
    const gradients = this.#gradients;
    if (gradients === null) return null;
    this.#gradients = null;
    this.#whenTaken();
    return arriving.item() === 1 ? gradients : gradients.map((gradient) => gradient.mul(arriving));
  }
}

/** Both passes of a graph in one. */
export class JoinedPass {
  readonly #part: GraphPart;
  /** False where no backward pass followed the last call, so that none may be expected after the next. */
  expected = true;

  /** @param inputs how many inputs the graph has beside the gradient that arrives */
  constructor(whole: Graph, inputs: number) {
    const [arriving] = whole.inputs.slice(inputs);
    const { sizes, dtype } = arriving.type as Required<TensorType>;
    const joined = optimized({
      ...whole,
      inputs: Object.freeze(whole.inputs.slice(0, inputs)),
      nodes: Object.freeze([
        constantNode(arriving, late.zeros(sizes, dtype).add(1), whole.nodes[0]),
        ...whole.nodes,
      ]),
    });
    this.#part = new GraphPart(joined, whole);
    this.#part.build();
  }

  /** True for graphs it can run. */
  static fits({ results, gradients }: JointGraph): boolean {
    const differentiable = results.filter(({ gradientNode }) => gradientNode !== null);
    const isNumber = differentiable.length === 1 && differentiable[0].type.sizes.every((size) => size === 1);
    return isNumber && gradients.some((gradient) => gradient !== null);
  }

  /** The first `count` outputs of the graph, and the gradients behind them. */
  run(
    inputs: readonly Tensor[],
    count: number,
  ): { readonly fetched: readonly Tensor[]; readonly ready: ReadyGradients } {
    this.expected = false;
    const outputs = this.#part.run(inputs);
    const ready = new ReadyGradients(outputs.slice(count), () => {
      this.expected = true;
    });
    return { fetched: outputs.slice(0, count), ready };
  }

  dispose(): void {
    this.#part.dispose();
  }
}
