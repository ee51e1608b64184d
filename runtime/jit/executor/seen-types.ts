/** Types of values by what a run made of them, for graphs that know neither sizes nor dtypes, as those of archives. */
import { withGradMode } from "../../autograd/grad-mode.ts";
import { defaultGenerator } from "../../random/default-generator.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { prepare } from "../interpret.ts";
import { hasScriptClass } from "../interpreter/script-objects.ts";
import type { Graph, Type, Value } from "../ir.ts";
import { typeOfTensor } from "../types.ts";

/** The graph with the types that its values have when it runs on `examples`, which stay as they are. It has no branches. */
export function withSeenTypes(graph: Graph, examples: readonly Tensor[]): Graph {
  const copies = examples.map((example) => example.detach().clone());
  const seen = new Map<Value, unknown>(graph.inputs.map((input, i) => [input, examples[i]]));
  const state = defaultGenerator.getState();
  try {
    const run = prepare(graph, undefined, (node, results) => {
      for (const [i, output] of node.outputs.entries()) seen.set(output, results[i]);
    });
    withGradMode(false, () => run(copies));
  } finally {
    defaultGenerator.setState(state);
  }
  const typed = new Map<Value, Value>();
  const withType = (value: Value): Value => {
    const known =
      typed.get(value) ?? Object.freeze({ ...value, type: typeOfSeen(seen.get(value), value.type) });
    typed.set(value, known);
    return known;
  };
  return Object.freeze({
    kind: "graph",
    inputs: graph.inputs.map(withType),
    nodes: graph.nodes.map((node) =>
      Object.freeze({ ...node, inputs: node.inputs.map(withType), outputs: node.outputs.map(withType) }),
    ),
    outputs: graph.outputs.map(withType),
  });
}

/** True if a graph knows the sizes of all its inputs, as traced ones do. */
export const knowsSizes = ({ inputs }: Graph): boolean =>
  inputs.every(({ type }) => type.kind === "Tensor" && type.dtype !== undefined && type.sizes !== undefined);

/** The type of a value of which one example was seen. */
export function typeOfSeen(value: unknown, type: Type): Type {
  if (value instanceof Tensor) return typeOfTensor(value);
  if (hasScriptClass(value)) return type.kind === "Class" ? type : { kind: "Any" };
  if (Array.isArray(value) && type.kind === "Tuple")
    return { ...type, elements: type.elements.map((element, i) => typeOfSeen(value[i], element)) };
  return type.kind === "Optional" && value !== null ? type.element : type;
}
