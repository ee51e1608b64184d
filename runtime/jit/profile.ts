/**
 * Looking into a run of a graph: the time each node takes and the tensors each node gives. Both run the graph node by node by the
 * interpreter, since the other executors have no nodes left to look at; how it is drawn stands in renderers/graph/measured.ts.
 */
import { Tensor } from "../tensor/tensor.ts";
import { type Observer, prepare, type Surroundings } from "./interpret.ts";
import type { Graph } from "./ir.ts";

/** What was measured of one node. */
export interface NodeTiming {
  /** The name of the first value the node makes. */
  readonly value: string;
  /** The operator. */
  readonly operator: string;
  /** Over all runs. */
  readonly milliseconds: number;
  readonly calls: number;
  /** The size of the tensors it makes in one call. */
  readonly bytes: number;
}

/** Where the time of a trace goes. A notebook shows it as the graph, coloured by time. */
export interface Profile {
  readonly kind: "profile";
  /** What was measured. */
  readonly traced: object;
  /** In the order in which the nodes first ran; nodes that never ran are left out. */
  readonly nodes: readonly NodeTiming[];
  /** Milliseconds of all nodes over all runs. */
  readonly milliseconds: number;
}

/** The tensors of a run by the names of their values. A notebook shows them as the graph with their statistics. */
export class Inspection extends Map<string, Tensor> {
  /** What was run. */
  declare readonly traced: object;

  constructor(traced: object, tensors: Iterable<readonly [string, Tensor]>) {
    super(tensors);
    Object.defineProperty(this, "traced", { value: traced });
  }
}

/** Timings as a profile of `traced`, which is not listed among its facts. */
export function profileOf(traced: object, nodes: readonly NodeTiming[]): Profile {
  const milliseconds = nodes.reduce((sum, node) => sum + node.milliseconds, 0);
  const facts = { kind: "profile" as const, nodes, milliseconds };
  return Object.freeze(Object.defineProperty(facts, "traced", { value: traced })) as Profile;
}

/** Runs after the first, which only warms up: as many as fit into the time. */
const measured = { runs: 10, milliseconds: 500 };

/** Runs a graph some times and measures each node. The inputs stay as they are, even where the graph writes to them. */
export function profileGraph(
  graph: Graph,
  inputs: readonly unknown[],
  surroundings?: Surroundings,
): readonly NodeTiming[] {
  const found = new Map<string, { -readonly [K in keyof NodeTiming]: NodeTiming[K] }>();
  const observer: Observer = (node, results, milliseconds) => {
    if (node.outputs.length === 0) return;
    const value = node.outputs[0].name;
    const known = found.get(value);
    if (known === undefined) {
      const bytes = results.reduce<number>((sum, result) => sum + bytesOf(result), 0);
      found.set(value, { value, operator: node.kind, milliseconds, calls: 1, bytes });
    } else {
      known.milliseconds += milliseconds;
      known.calls++;
    }
  };
  const run = prepare(graph, surroundings, observer);
  run(cloned(inputs));
  found.clear();
  const stop = performance.now() + measured.milliseconds;
  for (let i = 0; i < measured.runs && (i === 0 || performance.now() < stop); i++) run(cloned(inputs));
  return Object.freeze([...found.values()].map((timing) => Object.freeze(timing)));
}

/** Runs a graph once and keeps every tensor it makes, by the name of its value; what later nodes overwrite is kept as it was. */
export function inspectGraph(
  graph: Graph,
  inputs: readonly unknown[],
  surroundings?: Surroundings,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const observer: Observer = (node, results) => {
    if (node.kind === "prim::GetAttr" || node.kind === "prim::Constant") return;
    for (const [i, result] of results.entries()) {
      if (result instanceof Tensor) tensors.set(node.outputs[i].name, result.detach().clone());
    }
  };
  prepare(graph, surroundings, observer)(cloned(inputs));
  return tensors;
}

/** Copies of the tensors among the inputs, also of those in lists and records. */
const cloned = (values: readonly unknown[]): unknown[] => values.map(clonedValue);

function clonedValue(value: unknown): unknown {
  if (value instanceof Tensor) return value.detach().clone();
  if (Array.isArray(value)) return value.map(clonedValue);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, clonedValue(part)]));
}

function bytesOf(value: unknown): number {
  if (value instanceof Tensor) return value.elements * value.dtype.itemSize;
  return Array.isArray(value) ? value.reduce<number>((sum, item) => sum + bytesOf(item), 0) : 0;
}
