/**
 * The cut through a joint graph: what its results need runs forward, the rest backward. Values of the first part that the second
 * one uses are saved between the two; views of them are taken anew, so that nothing is copied for them.
 */
import { findOverloads } from "../../dispatch/op.ts";
import { numelOf } from "../../tensor/geometry.ts";
import type { Graph, Node, TensorType, Value } from "../ir.ts";
import { producersOf } from "../optimization/rewriting.ts";

/** The two parts of a joint graph. */
export interface CutGraph {
  /** Gives the results, then what is saved. */
  readonly forward: Graph;
  /** Takes inputs of the joint graph and saved values. */
  readonly backward: Graph;
  /** The inputs of `backward` that are outputs of `forward`, in their order there. */
  readonly saved: readonly Value[];
}

/** Cuts a graph whose first `results` outputs are results and whose others are gradients. */
export function cut(graph: Graph, results: number): CutGraph {
  const producers = producersOf(graph);
  const given = graph.outputs.slice(0, results);
  const gradients = graph.outputs.slice(results);
  const forwardNodes = ancestors(given, producers, () => true);
  const backwardNodes = ancestors(
    gradients,
    producers,
    (node) => !forwardNodes.has(node) || isTakenAnew(node),
  );
  const own = new Set<Value>([...backwardNodes].flatMap((node) => node.outputs));
  const fromInputs = new Set<Value>();
  const saved = new Set<Value>();
  const inputs = new Set(graph.inputs);
  const use = (value: Value): void => {
    if (own.has(value)) return;
    if (inputs.has(value)) fromInputs.add(value);
    else saved.add(value);
  };
  for (const node of backwardNodes) node.inputs.forEach(use);
  gradients.forEach(use);
  const part = (nodes: ReadonlySet<Node>, from: Iterable<Value>, outputs: readonly Value[]): Graph =>
    Object.freeze({
      kind: "graph",
      inputs: Object.freeze([...from]),
      nodes: Object.freeze(graph.nodes.filter((node) => nodes.has(node))),
      outputs: Object.freeze(outputs),
    });
  const used = new Set<Value>([...forwardNodes].flatMap((node) => node.inputs).concat(given));
  return {
    forward: part(
      forwardNodes,
      graph.inputs.filter((input) => used.has(input)),
      [...given, ...saved],
    ),
    backward: part(backwardNodes, [...fromInputs, ...saved], gradients),
    saved: Object.freeze([...saved]),
  };
}

/** The nodes that values depend on, as far as `enter` says. */
function ancestors(
  values: readonly Value[],
  producers: ReadonlyMap<Value, Node>,
  enter: (node: Node) => boolean,
): ReadonlySet<Node> {
  const found = new Set<Node>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const node = producers.get(value);
    if (node === undefined || found.has(node) || !enter(node)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return found;
}

/** Constants, lists, and views no smaller than what they are taken from: nothing is gained by saving them. */
function isTakenAnew(node: Node): boolean {
  if (node.kind === "prim::Constant" || node.kind === "prim::ListConstruct") return true;
  if (findOverloads(node.kind)?.some((row) => row.isView) !== true || node.outputs.length !== 1) return false;
  return elementsOf(node.outputs[0]) >= elementsOf(node.inputs[0]);
}

const elementsOf = ({ type }: Value): number => numelOf((type as TensorType).sizes ?? []);
