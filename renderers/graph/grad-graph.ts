/**
 * The gradient graph of a loss as a model: from the loss down to the leaves whose `grad` it fills. Arrows run the way
 * gradients do.
 */
import { categoryOf } from "./categories.ts";
import type { GraphModel, Link, Op } from "./model.ts";
import { sizesText } from "./types.ts";

/** What is drawn of a node of the gradient graph. */
export interface GradNodeLike {
  /** Such as `AddBackward0`; `AccumulateGrad` for a leaf. */
  readonly name: string;
  readonly edges: readonly ({ readonly node: GradNodeLike; readonly output: number } | null)[];
  readonly results: readonly { readonly sizes: readonly number[] }[];
}

/** A tensor with its place in the gradient graph. */
export interface DifferentiableLike {
  readonly gradFn: GradNodeLike | null;
  readonly sizes: readonly number[];
  readonly autograd?: { readonly accumulator: GradNodeLike | null } | null;
}

/** The model of the graph behind `loss`; `names` are the names of leaves. */
export function gradModelOf(
  loss: DifferentiableLike,
  names: ReadonlyMap<GradNodeLike, string>,
  title: string,
): GraphModel {
  const root = loss.gradFn;
  if (root === null) {
    throw new TypeError(
      "showGradGraph: expected a tensor computed from one that requires a gradient, but it has no gradFn",
    );
  }
  const order = topological(root);
  const ids = new Map(order.map((node, i) => [node, `n${i}`]));
  /** The links of gradients that arrive at a node. */
  const arriving = new Map<GradNodeLike, Link[]>(order.map((node) => [node, []]));
  arriving.get(root)!.push({ op: "loss", value: "loss", type: sizesText(loss.sizes) });
  for (const node of order) {
    for (const edge of node.edges) {
      if (edge === null) continue;
      const type = sizesText(edge.node.results[edge.output]?.sizes ?? []);
      arriving.get(edge.node)!.push({ op: ids.get(node)!, value: ids.get(node)!, type });
    }
  }
  const ops = order.map((node): Op => {
    const leaf = node.name === "AccumulateGrad";
    return {
      kind: leaf ? "return" : "operator",
      id: ids.get(node)!,
      operator: node.name,
      label: leaf ? (names.get(node) ?? "leaf") : node.name,
      category: leaf ? "input / output" : categoryOf(`aten::${forwardName(node.name)}`),
      module: "",
      arguments: [{ kind: "data", name: "", text: "gradient", links: arriving.get(node)! }],
      outputs: [{ name: leaf ? "grad" : "gradient of", type: sizesText(node.results[0]?.sizes ?? []) }],
      source: "",
      location: null,
    };
  });
  const start: Op = {
    kind: "input",
    id: "loss",
    operator: "prim::Param",
    label: "loss",
    category: "input / output",
    module: "",
    arguments: [],
    outputs: [{ name: "loss", type: sizesText(loss.sizes) }],
    source: "",
    location: null,
  };
  return { kind: "graph-model", title, ops: [start, ...ops] };
}

/** Each node after all that send it gradients. Without recursion: a long chain is as deep as the training step is long. */
function topological(root: GradNodeLike): GradNodeLike[] {
  const waits = new Map<GradNodeLike, number>([[root, 0]]);
  const found = [root];
  for (const node of found) {
    for (const edge of node.edges) {
      if (edge === null) continue;
      if (!waits.has(edge.node)) {
        waits.set(edge.node, 0);
        found.push(edge.node);
      }
      waits.set(edge.node, waits.get(edge.node)! + 1);
    }
  }
  const ready = [root];
  for (const node of ready) {
    for (const edge of node.edges) {
      if (edge === null) continue;
      waits.set(edge.node, waits.get(edge.node)! - 1);
      if (waits.get(edge.node) === 0) ready.push(edge.node);
    }
  }
  return ready;
}

/** `LogSoftmaxBackward0` is the gradient of `log_softmax`. */
function forwardName(name: string): string {
  return name
    .replace(/Backward\d*$/, "")
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
    .toLowerCase();
}
