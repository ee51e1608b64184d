/**
 * The joint graph of a traced graph: its results and the gradients of its inputs, for inputs of exactly the examples' sizes. There is no
 * second list of gradients: the graph runs once on copies of the examples, autograd goes back through it by the formulas of the operator
 * table, and what both call is recorded.
 */
import { edgeOf } from "../../autograd/edges.ts";
import { grad } from "../../autograd/engine.ts";
import { withGradMode } from "../../autograd/grad-mode.ts";
import { withoutInterpreter } from "../../dispatch/interpreter.ts";
import { NotImplementedError } from "../../errors.ts";
import { defaultGenerator } from "../../random/default-generator.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { prepare } from "../interpret.ts";
import type { Graph, Value } from "../ir.ts";
import { Expansion } from "./expansion.ts";

/** Results and gradients as one graph. Its inputs are those of the graph, then the gradients that arrive. */
export interface JointGraph {
  readonly graph: Graph;
  /** The results are the first outputs of the graph, the gradients those behind them. */
  readonly results: readonly JointResult[];
  /** For each input of the graph the number of its gradient; null where there is none. */
  readonly gradients: readonly (number | null)[];
}

/** A result of the graph. */
export interface JointResult {
  /** The name of the gradient node the interpreter gives it; null if no gradient flows into it. */
  readonly gradientNode: string | null;
  readonly type: Pick<Tensor, "sizes" | "dtype">;
}

/**
 * Derives the joint graph of one that takes and gives tensors only. `needed` says which inputs need a gradient.
 * @throws NotImplementedError where something is computed past the operators.
 */
export function jointGraph(
  graph: Graph,
  examples: readonly Tensor[],
  needed: readonly boolean[],
): JointGraph {
  refuseDataInNumbers(graph);
  const state = defaultGenerator.getState();
  try {
    return withoutInterpreter(() =>
      withGradMode(needed.includes(true), () => derive(graph, examples, needed)),
    );
  } finally {
    defaultGenerator.setState(state);
  }
}

function derive(graph: Graph, examples: readonly Tensor[], needed: readonly boolean[]): JointGraph {
  const expansion = new Expansion();
  const leaves = examples.map((example, i) => example.detach().clone().requiresGrad_(needed[i]));
  const inputs = leaves.map((leaf) => expansion.input(leaf));
  for (const { attributes } of graph.nodes)
    if (attributes.value instanceof Tensor) expansion.constant(attributes.value);
  const run = prepare(graph);
  const results = expansion.recordGraph(graph, () => run(leaves)) as readonly Tensor[];
  const differentiable = results.filter((result) => result.requiresGrad);
  const arriving = differentiable.map((result) => result.detach().onesLike());
  const arrivingInputs = arriving.map((gradient) => expansion.input(gradient));
  const sources = leaves.filter((leaf) => leaf.requiresGrad);
  const found =
    differentiable.length === 0 || sources.length === 0
      ? []
      : expansion.record(() =>
          grad(differentiable, sources, { gradOutputs: arriving, allowUnused: true, retainGraph: true }),
        );
  const gradients = leaves.map((leaf) => found[sources.indexOf(leaf)] ?? null);
  const given = gradients.filter((gradient) => gradient !== null);
  let next = 0;
  return {
    graph: Object.freeze({
      kind: "graph",
      inputs: Object.freeze([...inputs, ...arrivingInputs]),
      nodes: Object.freeze([...expansion.nodes]),
      outputs: Object.freeze([...results, ...given].map((tensor) => expansion.valueOf(tensor, "the result"))),
    }),
    results: results.map((result) => ({
      gradientNode: result.requiresGrad ? (edgeOf(result)?.node.name ?? null) : null,
      type: { sizes: result.sizes, dtype: result.dtype },
    })),
    gradients: gradients.map((gradient) => (gradient === null ? null : next++)),
  };
}

/** What gives numbers from a tensor's shape rather than from its elements. */
const shapeQueries: ReadonlySet<string> = new Set(["aten::size", "aten::numel", "aten::dim", "aten::len"]);

/** Throws for a graph in which an element of a tensor becomes a number: it would stay that of the examples. */
function refuseDataInNumbers(graph: Graph): void {
  const ofData = new Set<Value>(graph.inputs);
  for (const { kind, inputs, outputs, blocks } of graph.nodes) {
    if (blocks.length > 0) throw new NotImplementedError(`${kind} chooses what is computed while it runs`);
    if (shapeQueries.has(kind) || !inputs.some((input) => ofData.has(input))) continue;
    for (const output of outputs) {
      ofData.add(output);
      if (/^(int|float|bool|Scalar)$/.test(output.type.kind))
        throw new NotImplementedError(`${kind} makes a number of elements of a tensor`);
    }
  }
}
