/**
 * Model, views and layout put together into plain tables: what there is (ops), where it stands in each state (places)
 * and how the arrows run (routes). Drawing them is the spec's.
 */
import { type Layout, type LayoutInput, layout, type Point, type Rectangle } from "./layout.ts";
import type { GraphModel, Op } from "./model.ts";
import { type Note, type Overlay, rangeOf, readingsOf } from "./overlays.ts";
import { boxSize, frameLabel, heading, type OpRow, opRow, scopeRow, tenth } from "./rows.ts";
import { type Scope, scopesOf } from "./scopes.ts";
import { type State, type States, statesOf } from "./states.ts";
import type { GraphSummary } from "./summary.ts";
import { textWidth } from "./text.ts";
import { SIZE } from "./theme.ts";
import type { View } from "./views.ts";

/** An overlay to choose, with the ends of its colour scale. */
export interface OverlayRow {
  readonly name: string;
  readonly least: string;
  readonly greatest: string;
}

/** Where a box or frame stands in one state. */
export interface PlaceRow {
  readonly state: number;
  readonly kind: "box" | "pill" | "frame";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** A pill's text. */
  readonly label?: string;
  /** The state in which it is opened or closed, and the middle of its top edge there. */
  readonly toggle?: number;
  readonly ax?: number;
  readonly ay?: number;
}

/** How an arrow runs in one state: an SVG path, its tip and the tip's angle, and its middle with a label. */
export interface RouteRow {
  readonly state: number;
  readonly from: string;
  readonly to: string;
  readonly path: string;
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** Where it begins: with the tip's y, the rows it crosses. */
  readonly top: number;
  readonly mx: number;
  readonly my: number;
  readonly label: string;
}

/** The size of one state's drawing, and the level of depth it is (empty for a mixture). */
export interface StateRow {
  readonly w: number;
  readonly h: number;
  readonly level: string;
  readonly boxes: number;
}

/** A diagram as data: everything a spec shows. */
export interface Diagram {
  readonly kind: "diagram";
  readonly title: string;
  readonly initial: number;
  readonly states: readonly StateRow[];
  readonly ops: readonly OpRow[];
  readonly places: readonly PlaceRow[];
  readonly routes: readonly RouteRow[];
  readonly overlays: readonly OverlayRow[];
  /** The overlay the boxes are coloured by at first; empty for the families of operators. */
  readonly colour: string;
  /** What the caption says; null for pictures without one. */
  readonly summary: GraphSummary | null;
}

/** What to show of a model. */
export interface DiagramOptions {
  /** The level of depth to start with: 1 for the outermost modules, "all" for every op. */
  readonly depth?: number | "all";
  /** Measurements to colour the boxes by. */
  readonly overlays?: readonly Overlay[];
  /** The overlay to colour the boxes by at first; by itself the families of operators. */
  readonly colour?: string;
  /** Warnings, errors and remarks on ops. */
  readonly notes?: readonly Note[];
  /** The caption below the picture. */
  readonly summary?: GraphSummary;
}

/** Lays out every state of a model. */
export async function diagramOf(model: GraphModel, options: DiagramOptions = {}): Promise<Diagram> {
  const { states, initial }: States = statesOf(model, options.depth);
  const framed = labelsOf(scopesOf(model, false).root);
  const { notes = [] } = options;
  const overlays = (options.overlays ?? []).map((overlay) => ofOps(overlay, model.ops));
  const withReadings = (row: OpRow, ops: readonly Op[]): OpRow => {
    const { readings, lines, alert } = readingsOf(ops, overlays, notes);
    return {
      ...row,
      ...(alert === "" ? {} : heading(`⚠ ${row.label}`, row.beside)),
      ...(alert === "error" && row.shape === "" ? { shape: "no result" } : {}),
      details: { ...row.details, ...lines },
      alert,
      ...(overlays.length > 0 ? { readings } : {}),
    };
  };
  const rows = new Map<string, OpRow>();
  for (const { view } of states) {
    for (const box of view.boxes) {
      if (box.kind === "op" && !rows.has(box.id))
        rows.set(box.id, withReadings(opRow(box.op, framed), [box.op]));
    }
    for (const scope of scopesIn(view)) {
      const id = `@${scope.id}`;
      if (!rows.has(id)) rows.set(id, withReadings(scopeRow(id, scope), scope.ops));
    }
  }
  const inputs = states.map((state) => layoutInput(state, rows));
  const layouts = await layout(inputs);
  return {
    kind: "diagram",
    title: model.title,
    initial,
    states: states.map(({ level, view }, i) => ({
      w: Math.ceil(layouts[i]!.width),
      h: Math.ceil(layouts[i]!.height),
      level,
      boxes: view.boxes.filter(({ kind }) => kind !== "pill").length,
    })),
    ops: inOrder(rows, model.ops),
    places: states.flatMap((_, i) => placesOf(i, states, layouts)),
    routes: states.flatMap((_, i) => routesOf(i, states, layouts)),
    overlays: overlays.map(({ name, values, format = String }) => {
      const { least, greatest } = rangeOf(values);
      return { name, least: format(least), greatest: format(greatest) };
    }),
    colour: overlays.some(({ name }) => name === options.colour) ? options.colour! : "",
    summary: options.summary ?? null,
  };
}

/** The overlay without the values that no box stands for, such as parameters: the scale is for what is seen. */
function ofOps(overlay: Overlay, ops: readonly Op[]): Overlay {
  const values = new Map<string, number>();
  for (const { id } of ops) {
    const value = overlay.values.get(id);
    if (value !== undefined) values.set(id, value);
  }
  return { ...overlay, values };
}

/** The rows in the order in which the ops run; modules stand behind them. */
function inOrder(rows: ReadonlyMap<string, OpRow>, ops: readonly Op[]): readonly OpRow[] {
  const own = ops.flatMap(({ id }) => rows.get(id) ?? []);
  return [...own, ...[...rows.values()].filter(({ kind }) => kind === "scope")];
}

/** The scopes a view shows, closed or open. */
function scopesIn({ boxes, clusters }: View): Scope[] {
  return [
    ...boxes.flatMap((box) => (box.kind === "scope" ? [box.scope] : [])),
    ...clusters.map(({ scope }) => scope),
  ];
}

/** The labels of all scopes that can have a frame. */
function labelsOf(scope: Scope): Set<string> {
  const inner = scope.items.flatMap((item) => (item.kind === "scope" ? [...labelsOf(item)] : []));
  return new Set([scope.label, ...inner]);
}

function layoutInput({ view }: State, rows: ReadonlyMap<string, OpRow>): LayoutInput {
  return {
    nodes: view.boxes.map((box) => ({ id: box.id, cluster: box.cluster, ...boxSize(box, rows) })),
    edges: view.edges,
    clusters: view.clusters.map(({ id, parent }) => ({
      id,
      parent,
      labelWidth: textWidth(frameLabel(rows.get(`@${id}`)!), SIZE.small, true) + 24,
    })),
  };
}

/** From how many boxes on the arrows of a view are kept in whole pixels, to save room. */
const MANY = 200;

function placesOf(index: number, states: readonly State[], layouts: readonly Layout[]): PlaceRow[] {
  const { view, toggles } = states[index]!;
  const { boxes, frames } = layouts[index]!;
  const row = (kind: PlaceRow["kind"], id: string, { x, y, width, height }: Rectangle): PlaceRow => ({
    state: index,
    kind,
    id,
    x: tenth(x),
    y: tenth(y),
    w: tenth(width),
    h: tenth(height),
  });
  /** Where opening or closing leads, and where the scope will stand there. */
  const toggle = (scope: string): Partial<PlaceRow> => {
    const target = toggles.get(scope);
    if (target === undefined) return {};
    const there = layouts[target]!.frames.get(scope) ?? layouts[target]!.boxes.get(`@${scope}`);
    return there === undefined
      ? { toggle: target }
      : { toggle: target, ax: tenth(there.x), ay: tenth(there.y - there.height / 2) };
  };
  return [
    ...view.clusters.map(({ id }) => ({ ...row("frame", `@${id}`, frames.get(id)!), ...toggle(id) })),
    ...view.boxes.map((box) => {
      const place = row(
        box.kind === "pill" ? "pill" : "box",
        box.kind === "pill" ? box.producer : box.id,
        boxes.get(box.id)!,
      );
      if (box.kind === "pill") return { ...place, label: box.label };
      return box.kind === "scope" ? { ...place, ...toggle(box.scope.id) } : place;
    }),
  ];
}

/** The middle of the middle Bézier piece. */
function middleOf(points: readonly Point[]): Point {
  const start = 3 * Math.floor((points.length - 1) / 6);
  const [a, b, c, d] = points.slice(start, start + 4) as [Point, Point, Point, Point];
  return [(a[0] + 3 * b[0] + 3 * c[0] + d[0]) / 8, (a[1] + 3 * b[1] + 3 * c[1] + d[1]) / 8];
}

function routesOf(index: number, states: readonly State[], layouts: readonly Layout[]): RouteRow[] {
  const { curves } = layouts[index]!;
  const near = states[index]!.view.boxes.length > MANY ? Math.round : tenth;
  return states[index]!.view.edges.flatMap(({ producer, to, links }, i): RouteRow[] => {
    const points = curves[i]!;
    if (points.length < 4) return [];
    const [start, ...rest] = points.map(([x, y]) => `${near(x)},${near(y)}`);
    const [tipX, tipY] = points.at(-1)!;
    const [backX, backY] = points.at(-2)!;
    const [mx, my] = middleOf(points);
    return [
      {
        state: index,
        from: producer,
        to,
        path: `M${start}C${rest.join(" ")}`,
        x: tenth(tipX),
        y: tenth(tipY),
        angle: Math.round((Math.atan2(tipY - backY, tipX - backX) * 180) / Math.PI) + 90,
        top: near(points[0]![1]),
        mx: tenth(mx),
        my: tenth(my),
        label: [...new Set(links.map(({ type }) => type))].join(", "),
      },
    ];
  });
}
