/**
 * `jitFreeze` and `jitOptimizeForInference`: a traced module as a function whose weights are constants of its graph, so that nothing outside changes
 * it any more. Source of behaviour: torch/jit/_freeze.py.
 */
import { RuntimeError } from "../errors.ts";
import { moduleField } from "../nn/module.ts";
import { Tensor } from "../tensor/tensor.ts";
import { CalledFunctions } from "./called-functions.ts";
import { withPlainAttributes } from "./executor/weights.ts";
import type { Block, Graph, Node, Value } from "./ir.ts";
import { optimized } from "./optimization/index.ts";
import { withKnownBranches } from "./optimization/known-branches.ts";
import { constantNode, withInputs, writes } from "./optimization/rewriting.ts";
import {
  makeScriptFunction,
  type ScriptFunction,
  ScriptModule,
  type TracedFunction,
} from "./script-function.ts";
import { typeOfTensor } from "./types.ts";

type Forward = (...args: never[]) => unknown;

/**
 * The forward of a traced module in evaluation mode, with copies of its parameters and buffers as constants.
 * @throws RuntimeError for a module in training mode.
 * @example const frozen = jitFreeze(jitTrace(model.eval(), x));
 */
export function jitFreeze<
  M extends Omit<ScriptModule, "forward" | "train" | "eval" | "to"> & { readonly forward: Forward },
>(module: M): TracedFunction<M["forward"]> {
  if (module.training) {
    throw new RuntimeError(
      "Freezing is currently only implemented for modules in eval mode. Please call .eval() on your module before freezing.",
    );
  }
  const graph = withConstants(module.inlinedGraph, module.source);
  return makeScriptFunction({
    name: module.name,
    graph,
    inlinedGraph: graph,
    functions: new CalledFunctions(),
    warnings: module.warnings,
  }) as TracedFunction<M["forward"]>;
}

/**
 * A traced module in evaluation mode, or a traced function, made ready for nothing but results: frozen where it is not, and its graph run
 * through the passes, so that normalisations become part of convolutions and what is constant is computed once. Source of behaviour:
 * optimize_for_inference in torch/jit/_freeze.py.
 * @throws RuntimeError for a module in training mode.
 * @example const fast = jitOptimizeForInference(jitTrace(model.eval(), x));
 */
export function jitOptimizeForInference<
  M extends Omit<ScriptModule, "forward" | "train" | "eval" | "to"> & { readonly forward: Forward },
>(module: M): TracedFunction<M["forward"]>;
export function jitOptimizeForInference<F extends ScriptFunction>(traced: F): F;
export function jitOptimizeForInference(traced: ScriptFunction): ScriptFunction {
  const { name, inlinedGraph, warnings } = traced instanceof ScriptModule ? jitFreeze(traced) : traced;
  // What writes to memory, or decides while it runs, stays as it is.
  const plain = inlinedGraph.nodes.every(({ kind, blocks }) => blocks.length === 0 && !writes(kind));
  const graph = plain ? optimized(inlinedGraph) : inlinedGraph;
  return makeScriptFunction({ name, graph, inlinedGraph: graph, functions: new CalledFunctions(), warnings });
}

/** The graph without its module: what it reads is constant, and so are branches that depend on that alone. */
function withConstants(graph: Graph, self: object): Graph {
  const objects = new Map<Value, Readonly<Record<string, unknown>>>();
  objects.set(graph.inputs[0], self as Readonly<Record<string, unknown>>);
  const constants = new Map<Value, Value>();
  const parts = ({ nodes, outputs }: Graph | Block): Pick<Graph, "nodes" | "outputs"> => ({
    nodes: Object.freeze(nodes.flatMap(copied)),
    outputs: Object.freeze(outputs.map(current)),
  });
  const current = (value: Value): Value => constants.get(value) ?? value;
  const copied = (node: Node): Node[] => {
    const owner = node.kind === "prim::GetAttr" ? objects.get(node.inputs[0]) : undefined;
    if (owner === undefined) {
      if (node.inputs.some((input) => objects.has(input)))
        throw new RuntimeError(
          `jitFreeze() cannot free the graph from its module: ${node.kind} uses it as a whole`,
        );
      return [
        Object.freeze({
          ...withInputs(node, node.inputs.map(current)),
          blocks: node.blocks.map((block) => Object.freeze({ ...block, ...parts(block) })),
        }),
      ];
    }
    const field = moduleField(owner, String(node.attributes.name));
    const [output] = node.outputs;
    if (!(field instanceof Tensor)) {
      objects.set(output, field as Readonly<Record<string, unknown>>);
      return [];
    }
    const value = field.detach().clone();
    const constant: Value = Object.freeze({ ...output, type: typeOfTensor(value) });
    constants.set(output, constant);
    return [constantNode(constant, value, node)];
  };
  const settled = withKnownBranches(withPlainAttributes(graph, self));
  return Object.freeze({ kind: "graph", inputs: Object.freeze(graph.inputs.slice(1)), ...parts(settled) });
}
