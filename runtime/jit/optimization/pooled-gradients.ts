/**
 * Max pooling in graphs of training. A pooling and the one with places, which the gradient asks for, become one; and what holds back
 * gradients where elements are not above a threshold, as after relu, does so before they go from the windows to the places.
 */
import type { Graph, Node, Value } from "../ir.ts";
import { producersOf, rewritten, usesOf } from "./rewriting.ts";

const forward = "aten::max_pool2d_with_indices";
const backward = "aten::max_pool2d_with_indices_backward";

/** The graph with each max pooling done once. Equal constants are the same value in it, as common-subexpressions.ts leaves them. */
export function withPoolingOnce(graph: Graph): Graph {
  const keyOf = ({ inputs }: Node): string => inputs.map(({ name }) => name).join();
  const withPlaces = new Map(
    graph.nodes.filter(({ kind }) => kind === forward).map((node) => [keyOf(node), node] as const),
  );
  const moved = new Set<Node>();
  return rewritten(graph, (node, replaced) => {
    const both = withPlaces.get(keyOf(node));
    if (both === undefined) return [node];
    if (node.kind === forward) return moved.has(both) ? [] : [node];
    if (node.kind !== "aten::max_pool2d" || moved.has(both)) return [node];
    moved.add(both);
    replaced.set(node.outputs[0], both.outputs[0]);
    return [Object.freeze({ ...both, inputs: node.inputs })];
  });
}

/**
 * The graph with fewer gradients to be held back. The element a window gives its gradient to is the one the window gave: whether that
 * is above the threshold is seen at the pooled size already.
 */
export function withEarlyThresholds(graph: Graph): Graph {
  const producers = producersOf(graph);
  const uses = usesOf(graph);
  return rewritten(graph, (node, replaced) => {
    if (node.kind !== "aten::threshold_backward") return [node];
    const [gradient, self, threshold] = node.inputs;
    const pooling = producers.get(gradient);
    if (pooling?.kind !== backward || uses.get(gradient) !== 1) return [node];
    const [slopes, pooled, ...window] = pooling.inputs.map((input) => replaced.get(input) ?? input);
    const places = window.at(-1) as Value;
    const source = producers.get(places);
    if (source?.kind !== forward || pooled !== self || source.inputs[0] !== self) return [node];
    const held: Value = Object.freeze({ kind: "value", name: `${slopes.name}.held`, type: slopes.type });
    const inputs = Object.freeze([slopes, source.outputs[0], threshold]);
    return [
      Object.freeze({ ...node, inputs, outputs: Object.freeze([held]) }),
      Object.freeze({
        ...pooling,
        inputs: Object.freeze([held, self, ...window]),
        outputs: node.outputs,
      }),
    ];
  });
}
