/**
 * A layered layout that always ends quickly: each frame is laid out by itself, then stands as one box in the frame
 * around it. Plainer than dot's drawings (more crossings), but linear in the size of the graph.
 */
import type { Layout, LayoutCluster, LayoutInput, LayoutNode, Point, Rectangle } from "./layout.ts";

const GAP = { x: 24, y: 30, frame: 12, label: 20 };

interface Item {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** What lies within, if this is a frame. */
  readonly inside: Placed | null;
}

/** Items with the positions of their centres, from the top left corner of what holds them. */
interface Placed {
  readonly width: number;
  readonly height: number;
  readonly items: readonly (Item & { readonly x: number; readonly y: number })[];
}

/** Lays out any graph; edges are drawn from box to box, past the frames between them. */
export function layeredLayout({ nodes, edges, clusters }: LayoutInput): Layout {
  const parent = new Map<string, string | null>();
  for (const cluster of clusters) parent.set(`frame ${cluster.id}`, cluster.parent);
  for (const node of nodes) parent.set(node.id, node.cluster);
  const childrenOf = group(nodes, clusters);
  const pairs = edgesByHolder(edges, parent);

  const place = (holder: string | null): Placed => {
    const { nodes: own, clusters: frames } = childrenOf.get(holder) ?? { nodes: [], clusters: [] };
    const items: Item[] = own.map(({ id, width, height }) => ({ id, width, height, inside: null }));
    for (const frame of frames) {
      const inside = place(frame.id);
      items.push({
        id: `frame ${frame.id}`,
        width: Math.max(inside.width, frame.labelWidth) + 2 * GAP.frame,
        height: inside.height + 2 * GAP.frame + GAP.label,
        inside,
      });
    }
    return rows(items, pairs.get(holder) ?? []);
  };

  const whole = place(null);
  const boxes = new Map<string, Rectangle>();
  const frames = new Map<string, Rectangle>();
  const settle = (placed: Placed, left: number, top: number): void => {
    for (const { id, x, y, width, height, inside } of placed.items) {
      const rectangle = { x: left + x, y: top + y, width, height };
      if (inside === null) boxes.set(id, rectangle);
      else {
        frames.set(id.slice("frame ".length), rectangle);
        settle(inside, rectangle.x - inside.width / 2, rectangle.y - height / 2 + GAP.frame + GAP.label);
      }
    }
  };
  settle(whole, 0, 0);
  const curves = edges.map(({ from, to }) => arc(boxes.get(from)!, boxes.get(to)!));
  return { width: whole.width, height: whole.height, boxes, frames, curves };
}

interface Children {
  readonly nodes: LayoutNode[];
  readonly clusters: LayoutCluster[];
}

function group(
  nodes: readonly LayoutNode[],
  clusters: readonly LayoutCluster[],
): Map<string | null, Children> {
  const children = new Map<string | null, Children>();
  const of = (id: string | null): Children => {
    const known = children.get(id) ?? { nodes: [], clusters: [] };
    children.set(id, known);
    return known;
  };
  for (const node of nodes) of(node.cluster).nodes.push(node);
  for (const cluster of clusters) of(cluster.parent).clusters.push(cluster);
  return children;
}

/** Each edge as a pair of neighbours in the innermost frame that holds both its ends. */
function edgesByHolder(
  edges: LayoutInput["edges"],
  parent: ReadonlyMap<string, string | null>,
): Map<string | null, (readonly [string, string])[]> {
  const ways = new Map<string, readonly string[]>();
  const way = (id: string): readonly string[] => {
    const known = ways.get(id);
    if (known !== undefined) return known;
    const holder = parent.get(id) ?? null;
    const found = holder === null ? [id] : [...way(`frame ${holder}`), id];
    ways.set(id, found);
    return found;
  };
  const pairs = new Map<string | null, (readonly [string, string])[]>();
  for (const { from, to } of edges) {
    const [a, b] = [way(from), way(to)];
    let depth = 0;
    while (a[depth] === b[depth] && depth < a.length - 1 && depth < b.length - 1) depth++;
    const holder = depth === 0 ? null : a[depth - 1]!.slice("frame ".length);
    if (a[depth] === b[depth]) continue;
    pairs.set(holder, [...(pairs.get(holder) ?? []), [a[depth]!, b[depth]!]]);
  }
  return pairs;
}

/** Longest-way layers, ordered by the middle of what feeds them, centred above one another. */
function rows(items: readonly Item[], pairs: readonly (readonly [string, string])[]): Placed {
  const before = new Map<string, string[]>(items.map(({ id }) => [id, []]));
  for (const [from, to] of pairs) before.get(to)!.push(from);
  const rank = ranks(items, before);
  const layers: Item[][] = [];
  for (const item of items) {
    const layer = layers[rank.get(item.id)!] ?? [];
    layer.push(item);
    layers[rank.get(item.id)!] = layer;
  }

  const middle = new Map<string, number>();
  const placed: (Item & { x: number; y: number })[] = [];
  let top = 0;
  for (const layer of layers) {
    const wish = (item: Item): number => mean(before.get(item.id)!.map((id) => middle.get(id) ?? 0));
    layer.sort((a, b) => wish(a) - wish(b));
    const total = layer.reduce((sum, { width }) => sum + width + GAP.x, -GAP.x);
    const height = Math.max(...layer.map((item) => item.height));
    let left = -total / 2;
    for (const item of layer) {
      placed.push({ ...item, x: left + item.width / 2, y: top + height / 2 });
      middle.set(item.id, left + item.width / 2);
      left += item.width + GAP.x;
    }
    top += height + GAP.y;
  }
  const left = Math.min(0, ...placed.map(({ x, width }) => x - width / 2));
  const right = Math.max(0, ...placed.map(({ x, width }) => x + width / 2));
  return {
    width: right - left,
    height: Math.max(0, top - GAP.y),
    items: placed.map((item) => ({ ...item, x: item.x - left })),
  };
}

/** Ranks by passes over the items until nothing moves; a cycle stops moving after as many passes as there are items. */
function ranks(items: readonly Item[], before: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const rank = new Map<string, number>();
  const busy = new Set<string>();
  const find = (id: string): number => {
    const known = rank.get(id);
    if (known !== undefined) return known;
    if (busy.has(id)) return -1; // the way back of a cycle
    busy.add(id);
    const found = Math.max(-1, ...before.get(id)!.map(find)) + 1;
    rank.set(id, found);
    return found;
  };
  for (const { id } of items) find(id);
  return rank;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** One smooth piece from the bottom of a box to the top of another. */
function arc(from: Rectangle, to: Rectangle): Point[] {
  const start: Point = [from.x, from.y + from.height / 2];
  const end: Point = [to.x, to.y - to.height / 2];
  const bend = Math.max(10, (end[1] - start[1]) / 2);
  return [start, [start[0], start[1] + bend], [end[0], end[1] - bend], end];
}
