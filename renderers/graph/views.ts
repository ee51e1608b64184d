/**
 * One view of a model: which scopes are open, the boxes that leaves to draw, and the edges between them. A value that
 * many far boxes read is drawn as a pill at each of them instead of as long edges. Which views a picture offers is
 * states.ts's.
 */
import type { GraphModel, Link, Op } from "./model.ts";
import type { Scope, ScopeTree } from "./scopes.ts";

/** One box: an op, a closed scope, or a pill that stands for a far producer. */
export type Box =
  | { readonly kind: "op"; readonly id: string; readonly cluster: string | null; readonly op: Op }
  | { readonly kind: "scope"; readonly id: string; readonly cluster: string | null; readonly scope: Scope }
  | {
      readonly kind: "pill";
      readonly id: string;
      readonly cluster: string | null;
      readonly producer: string;
      readonly label: string;
    };

/** An arrow from one box to another with the values that take this way. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** The box whose results these are: `from`, or the producer a pill stands for. */
  readonly producer: string;
  readonly links: readonly Link[];
}

/** An open scope, drawn as a frame around what it holds. */
export interface Cluster {
  readonly id: string;
  readonly parent: string | null;
  readonly scope: Scope;
}

/** Everything one picture shows, without positions. */
export interface View {
  readonly kind: "view";
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  readonly clusters: readonly Cluster[];
}

/** How many ranks an edge may span, and how many readers may be farther away, before pills are drawn. */
const FAR = 4;
const FAR_READERS = 3;

/**
 * The view of `tree` in which exactly the scopes `open` are open; a scope counts as open only if those around it are.
 * @example viewOf(model, scopesOf(model, true), new Set(["h", "h.0"]))
 */
export function viewOf(model: GraphModel, tree: ScopeTree, open: ReadonlySet<string>): View {
  const boxes: Box[] = [];
  const clusters: Cluster[] = [];
  /** The box an op is drawn in. */
  const home = new Map<string, string>();

  const place = (items: readonly (Op | Scope)[], cluster: string | null): void => {
    for (const item of items) {
      if (item.kind !== "scope") {
        boxes.push({ kind: "op", id: item.id, cluster, op: item });
        home.set(item.id, item.id);
      } else if (open.has(item.id)) {
        clusters.push({ id: item.id, parent: cluster, scope: item });
        place(item.items, item.id);
      } else {
        const id = `@${item.id}`;
        boxes.push({ kind: "scope", id, cluster, scope: item });
        settle(item, id);
      }
    }
  };
  const settle = (scope: Scope, id: string): void => {
    for (const item of scope.items) {
      if (item.kind === "scope") settle(item, id);
      else home.set(item.id, id);
    }
  };
  place(tree.root.items, null);

  const edges = edgesOf(model, tree, home);
  return { kind: "view", clusters, ...withPills(boxes, edges) };
}

function edgesOf(model: GraphModel, tree: ScopeTree, home: ReadonlyMap<string, string>): Edge[] {
  const links = new Map<string, Map<string, Link>>();
  for (const op of model.ops) {
    for (const link of op.arguments.flatMap((argument) => argument.links)) {
      // From one call of a folded run to the next leads no edge of the drawing: they are the same boxes.
      if (tree.inDifferentCalls(link.op, op.id)) continue;
      const from = home.get(tree.drawnAs(link.op))!;
      const to = home.get(tree.drawnAs(op.id))!;
      if (from === to) continue;
      const key = `${from}\n${to}`;
      const values = links.get(key) ?? new Map<string, Link>();
      // Of a folded run the first call's values stand for those of the others.
      if (values.size === 0 || tree.drawnAs(link.op) === link.op) values.set(link.value, link);
      links.set(key, values);
    }
  }
  return [...links].map(([key, values]): Edge => {
    const [from, to] = key.split("\n") as [string, string];
    return { from, to, producer: from, links: [...values.values()] };
  });
}

function withPills(boxes: readonly Box[], edges: readonly Edge[]): Pick<View, "boxes" | "edges"> {
  const rank = ranksOf(boxes, edges);
  const far = ({ from, to }: Edge): boolean => rank.get(to)! - rank.get(from)! > FAR;
  const farReaders = new Map<string, number>();
  for (const edge of edges) if (far(edge)) farReaders.set(edge.from, (farReaders.get(edge.from) ?? 0) + 1);

  const byId = new Map(boxes.map((box) => [box.id, box]));
  const pills: Box[] = [];
  const routed = edges.map((edge): Edge => {
    if (!far(edge) || farReaders.get(edge.from)! < FAR_READERS) return edge;
    const id = `${edge.from}→${edge.to}`;
    const { cluster } = byId.get(edge.to)!;
    pills.push({
      kind: "pill",
      id,
      cluster,
      producer: edge.from,
      label: edge.links.map(({ value }) => value).join(", "),
    });
    return { ...edge, from: id };
  });
  return { boxes: [...boxes, ...pills], edges: routed };
}

/** Longest ways from the top; then each box moves down to just above its first reader, as a drawing would have it. */
function ranksOf(boxes: readonly Box[], edges: readonly Edge[]): Map<string, number> {
  const before = new Map<string, string[]>(boxes.map(({ id }) => [id, []]));
  const after = new Map<string, string[]>(boxes.map(({ id }) => [id, []]));
  for (const { from, to } of edges) {
    before.get(to)!.push(from);
    after.get(from)!.push(to);
  }
  const rank = new Map<string, number>();
  // Boxes stand in the order their first ops ran and calls are contiguous, so producers come before readers.
  for (const { id } of boxes)
    rank.set(id, Math.max(-1, ...before.get(id)!.map((from) => rank.get(from) ?? -1)) + 1);
  for (const { id } of boxes.toReversed()) {
    const readers = after.get(id)!;
    if (readers.length > 0) rank.set(id, Math.min(...readers.map((to) => rank.get(to)!)) - 1);
  }
  return rank;
}
