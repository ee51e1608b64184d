/** Peephole: small patterns that compute nothing new, recognised from a node and the one before it. */
import { findOverloads } from "../../dispatch/op.ts";
import { firstValue } from "../../tensor/access.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Graph, Node, TensorType, Value } from "../ir.ts";
import { constantsOf, producersOf, rewritten } from "./rewriting.ts";

/** Gives the value that a node's result equals; null if it has to be computed. */
type Pattern = (
  node: Node,
  before: Node | undefined,
  constants: ReadonlyMap<Value, Attribute>,
) => Value | null;

/** A function that undoes itself. */
const inverse: Pattern = (node, before) => (before?.kind === node.kind ? before.inputs[0] : null);
/** A function that changes nothing the second time. */
const idempotent: Pattern = (node, before) => (before?.kind === node.kind ? node.inputs[0] : null);

type Patterns = Readonly<Record<string, Pattern>>;

/** Calls that undo the one before them. */
const undoing: Patterns = {
  "aten::neg": inverse,
  "aten::t": inverse,
  "aten::transpose": (node, before, constants) => {
    const dims = ({ inputs }: Node) => [constants.get(inputs[1]), constants.get(inputs[2])];
    if (before?.kind !== node.kind) return null;
    const [a, b] = [dims(node), dims(before)];
    const same = (a[0] === b[0] && a[1] === b[1]) || (a[0] === b[1] && a[1] === b[0]);
    return same && typeof a[0] === "number" ? before.inputs[0] : null;
  },
};

/** Calls that change nothing the second time. */
const settled: Patterns = {
  "aten::relu": idempotent,
  "aten::abs": idempotent,
  "aten::floor": idempotent,
  "aten::ceil": idempotent,
};

/** Calls that change nothing with certain arguments. */
const neutral: Patterns = {
  "aten::dropout": (node, _, constants) => (constants.get(node.inputs[2]) === false ? node.inputs[0] : null),
  "aten::mul": (node, _, constants) => timesOne(node, constants),
  "aten::div": (node, _, constants) => (node.inputs.length === 2 ? timesOne(node, constants) : null),
};

const patterns: Patterns = { ...undoing, ...settled, ...neutral };

function timesOne(node: Node, constants: ReadonlyMap<Value, Attribute>): Value | null {
  const factor = constants.get(node.inputs[1]);
  const number = factor instanceof Tensor && factor.sizes.length === 0 ? firstValue(factor) : factor;
  return number === 1 && sameTensorType(node.inputs[0], node.outputs[0]) ? node.inputs[0] : null;
}

function sameTensorType(a: Value, b: Value): boolean {
  const [x, y] = [a.type as TensorType, b.type as TensorType];
  return x.dtype !== undefined && x.dtype === y.dtype && x.sizes?.length === y.sizes?.length;
}

/** True for results of operators that nobody else sees: memory of their own. */
const isNewTensor = (producer: Node | undefined): boolean =>
  producer !== undefined && findOverloads(producer.kind)?.every(({ isView }) => !isView) === true;

/** The graph with patterns taken out. A result stays a tensor of its own: what stands for it is none of an input or another result. */
export function withoutDetours(graph: Graph): Graph {
  const constants = constantsOf(graph);
  const producers = producersOf(graph);
  const results = new Set(graph.outputs);
  for (const node of graph.nodes)
    if (/^prim::(Tuple|List|Dict)Construct$/.test(node.kind))
      for (const input of node.inputs) results.add(input);
  return rewritten(graph, (node, replaced) => {
    const [output] = node.outputs;
    const found = patterns[node.kind]?.(node, producers.get(node.inputs[0]), constants);
    if (found === null || found === undefined) return [node];
    const standing = replaced.get(found) ?? found;
    if (results.has(output)) {
      if (results.has(standing) || !isNewTensor(producers.get(standing))) return [node];
      results.add(standing);
    }
    replaced.set(output, standing);
    return [];
  });
}
