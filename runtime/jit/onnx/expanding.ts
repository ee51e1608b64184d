/**
 * Operators without an ONNX form that are written with others, looked into: what their kernel calls on example tensors is taken for what
 * they do, provided that it is the same at other sizes too.
 */
import { withGradMode } from "../../autograd/grad-mode.ts";
import { bindStack } from "../../dispatch/bind.ts";
import { execute } from "../../dispatch/dispatch.ts";
import type { Op } from "../../dispatch/op.ts";
import { makeFull } from "../../tensor/filled.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { Expansion } from "../gradient/expansion.ts";
import type { Attribute, Graph, Node, Value } from "../ir.ts";
import { functionalized } from "../optimization/functionalize.ts";
import type { Lowering, Operand } from "./lowering.ts";

/** What an operator does, and which of its arguments stands for which input. */
export interface Expanded {
  readonly graph: Graph;
  readonly given: readonly Operand[];
}

/** How arguments are made examples: the size that stands for another one. */
type Sizing = (size: number) => number;

/**
 * What a call does in operators that have a form.
 * @param exact whether the sizes are always those of the trace
 * @returns null if the operator cannot be looked into, or does other things at other sizes
 */
export function expanded(
  op: Op,
  operands: readonly Operand[],
  formOf: (op: Op) => Lowering | undefined,
  exact: boolean,
): Expanded | null {
  try {
    const found = record(op, operands, formOf, (size) => size);
    if (exact) return found;
    // Sizes of weights stay, and so do those of inputs that have to fit them.
    const fixed = new Set(operands.flatMap(weightSizes));
    const other = record(op, operands, formOf, (size) => (size < 2 || fixed.has(size) ? size : 2 * size + 1));
    return describe(found.graph) === describe(other.graph) ? found : null;
  } catch {
    return null;
  }
}

function record(
  op: Op,
  operands: readonly Operand[],
  formOf: (op: Op) => Lowering | undefined,
  sizing: Sizing,
): Expanded {
  const expansion = new Expansion(formOf);
  const [inputs, given]: [Value[], Operand[]] = [[], []];
  const exampleOf = (operand: Operand): unknown => {
    if (operand.kind === "list") return operand.items.map(exampleOf);
    if (operand.kind === "size") throw new TypeError("a size is only known when the model runs");
    if (operand.kind === "known") {
      if (operand.value instanceof Tensor) expansion.constant(operand.value);
      return operand.value;
    }
    if (operand.sizes === undefined) throw new TypeError("the sizes of an argument are not known");
    const example = makeFull(operand.sizes.map(sizing), 0, operand.dtype);
    inputs.push(expansion.input(example));
    given.push(operand);
    return example;
  };
  const { args } = bindStack([op], operands.map(exampleOf));
  const result = withGradMode(false, () => expansion.record(() => execute(op, args)));
  const outputs = (Array.isArray(result) ? result : [result]).map((tensor) =>
    expansion.valueOf(tensor as Tensor, op.name),
  );
  const { graph } = functionalized({ kind: "graph", inputs, nodes: expansion.nodes, outputs });
  return { graph: { ...graph, outputs: graph.outputs.slice(0, outputs.length) }, given };
}

const weightSizes = (operand: Operand): readonly number[] =>
  operand.kind === "list"
    ? operand.items.flatMap(weightSizes)
    : operand.kind === "known" && operand.value instanceof Tensor
      ? operand.value.sizes
      : [];

/** A graph without its sizes, as text. */
function describe(graph: Graph): string {
  const numbers = new Map<Value, number>();
  const numberOf = (value: Value): number => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value) as number;
  };
  graph.inputs.forEach(numberOf);
  const lines = graph.nodes.map((node: Node) => {
    const values = Object.values(node.attributes).map(plain).join();
    return `${node.outputs.map(numberOf)} = ${node.kind}[${values}](${node.inputs.map(numberOf)})`;
  });
  return [...lines, graph.outputs.map(numberOf).join()].join("\n");
}

function plain(attribute: Attribute): string {
  if (attribute instanceof Tensor) return `${attribute.dtype.name}[${attribute.sizes}]${attribute.tolist()}`;
  return JSON.stringify(attribute) ?? "";
}
