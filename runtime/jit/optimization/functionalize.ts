/**
 * In-place operators become plain ones: what is read after a write is the written value. Views that are read again are taken anew
 * from it. Writes to memory that is an input's or a weight's, or that reach memory through a view, stay as they are.
 */
import { findOverloads } from "../../dispatch/op.ts";
import type { Graph, Node, Value } from "../ir.ts";
import { producersOf, withInputs, writes } from "./rewriting.ts";

/** A view taken from a value: the node to take it anew with. */
interface ViewOf {
  readonly base: Value;
  readonly node: Node;
}

/** The graph without in-place operators, as far as that is possible. */
export function functionalized(graph: Graph): Graph {
  if (!graph.nodes.some(({ kind }) => writes(kind))) return graph;
  const producers = producersOf(graph);
  const views = new Map<Value, ViewOf>();
  const current = new Map<Value, Value>();
  /** The base whose memory a view was last taken from. */
  const takenFrom = new Map<Value, Value>();
  const nodes: Node[] = [];
  const names = { made: 0 };
  const latest = (value: Value): Value => {
    const view = views.get(value);
    if (view === undefined) return current.get(value) ?? value;
    const base = latest(view.base);
    if (takenFrom.get(value) === base) return current.get(value) ?? value;
    const again: Value = Object.freeze({ ...value, name: `${value.name}.${++names.made}` });
    nodes.push(
      Object.freeze({
        ...withInputs(view.node, [base, ...view.node.inputs.slice(1).map(latest)]),
        outputs: Object.freeze([again]),
      }),
    );
    current.set(value, again);
    takenFrom.set(value, base);
    return again;
  };
  /** The value whose memory an in-place operator's result is: itself written again and again. */
  const written = new Map<Value, Value>();
  const rootOf = (value: Value): Value => {
    const before = written.get(value);
    return before === undefined ? value : rootOf(before);
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => latest(rootOf(input)));
    if (writes(node.kind)) {
      const root = rootOf(node.inputs[0]);
      const plain = node.kind.slice(0, -1);
      const producer = producers.get(root);
      if (
        !isDerived(node.kind) ||
        node.outputs.length !== 1 ||
        views.has(root) ||
        producer === undefined ||
        producer.kind === "prim::GetAttr" ||
        producer.kind === "prim::Constant"
      )
        return graph;
      const result: Value = Object.freeze({ ...node.outputs[0], type: root.type });
      nodes.push(
        Object.freeze({ ...withInputs(node, inputs), kind: plain, outputs: Object.freeze([result]) }),
      );
      written.set(node.outputs[0], root);
      current.set(root, result);
      continue;
    }
    const base = node.inputs[0] === undefined ? undefined : rootOf(node.inputs[0]);
    if (base !== undefined && node.outputs.length === 1 && isView(node.kind)) {
      views.set(node.outputs[0], { base, node });
      takenFrom.set(node.outputs[0], latest(base));
    } else if (node.inputs.length > 0 && isView(node.kind)) return graph;
    nodes.push(withInputs(node, inputs));
  }
  return Object.freeze({
    ...graph,
    nodes: Object.freeze(nodes),
    outputs: Object.freeze(graph.outputs.map((output) => latest(rootOf(output)))),
  });
}

/** True if an operator writes what the one without the final `_` gives. */
const isDerived = (kind: string): boolean =>
  kind.endsWith("_") && findOverloads(kind)?.every(({ functional }) => functional !== null) === true;

const isView = (kind: string): boolean => findOverloads(kind)?.some((row) => row.isView) === true;
