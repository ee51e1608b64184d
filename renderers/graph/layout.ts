/**
 * Where boxes, arrows and frames stand: one interface for every layout engine. Graphviz's `dot` does it well, an
 * engine of our own (layered.ts) steps in where dot is missing or takes too long.
 */
import { dotLayout } from "./dot.ts";
import { layeredLayout } from "./layered.ts";

/** A box to be placed. */
export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly cluster: string | null;
}

/** An arrow to be drawn, from top to bottom as far as possible. */
export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

/** A frame around its nodes and inner frames, with room for a label of `labelWidth` at its top. */
export interface LayoutCluster {
  readonly id: string;
  readonly parent: string | null;
  readonly labelWidth: number;
}

/** What is to be laid out. */
export interface LayoutInput {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
  readonly clusters: readonly LayoutCluster[];
}

/** A placed box or frame: its centre and its size. y grows downwards. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A point of the plane. */
export type Point = readonly [x: number, y: number];

/** Boxes by node id, frames by cluster id, and a curve for each edge in the order of the input. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Rectangle>;
  readonly frames: ReadonlyMap<string, Rectangle>;
  /** A start point, then three points for each cubic Bézier piece; the last one is the arrow's tip. */
  readonly curves: readonly (readonly Point[])[];
}

/** How long dot may take for all layouts of one picture together, in milliseconds of the processor. */
const TIME_LIMIT = 2000;

/** Lets dot load in its thread, before there is anything to lay out. */
export function prepareLayout(): void {
  const box = { width: 10, height: 10, cluster: null };
  const nodes = ["a", "b"].map((id) => ({ id, ...box }));
  // A picture nobody sees: dot's first one takes longer, for its code is compiled as it is reached.
  void dotLayout([{ nodes, edges: [{ from: "a", to: "b" }], clusters: [] }], TIME_LIMIT);
}

/** Lays out several graphs. Those dot has not finished within the time limit get the simple layered layout. */
export async function layout(inputs: readonly LayoutInput[], timeLimit = TIME_LIMIT): Promise<Layout[]> {
  const placed = await dotLayout(inputs, timeLimit);
  return inputs.map((input, i) => placed[i] ?? layeredLayout(input));
}
