/** The diagram's tables as Vega data sets, and the sets filtered from them: what the window shows, what is near the focus. */
import type { Diagram } from "../diagram.ts";
import { FILLS } from "../theme.ts";
import { RANKED, SIDE } from "./measure.ts";

type DataSet = Readonly<Record<string, unknown>>;

const filter = (expr: string): DataSet => ({ type: "filter", expr });
const inWindow =
  "datum.x + datum.w / 2 > x0 && datum.x - datum.w / 2 < x1 && datum.y + datum.h / 2 > y0 && datum.y - datum.h / 2 < y1";

/** What the search looks through: all an op's details but its inputs' names, in lower case. */
const SEARCHED =
  "lower(join([datum.label, datum.details.title, datum.details.output, datum.details.ops, datum.details.module, datum.details.source], ' '))";

/** Whether a placed box is what the search asks for; a whole name of a family is a click in the legend. */
export const MATCHES =
  "(query === '' || indexof(datum.op.search, lower(query)) >= 0 || lower(query) === datum.op.family) && (family === '' || datum.op.family === family)";

/** Rows without their empty texts: Vega draws a missing text as none, and the notebook stays small. */
function sparse(rows: readonly object[]): object[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, text]) => text !== "")));
}

/** Nodes as `{state, id, x, y, w, h, op}` where `op` is the row of what the box says; `letters` fit in a line of the details. */
export function data(diagram: Diagram, letters: number): DataSet[] {
  const names = lineNames(diagram);
  return [
    {
      name: "ops",
      values: sparse(diagram.ops),
      transform: [
        { type: "formula", as: "search", expr: SEARCHED },
        { type: "formula", as: "tooltip", expr: tooltip(names) },
      ],
    },
    { name: "places", values: sparse(diagram.places) },
    { name: "routes", values: sparse(diagram.routes) },
    { name: "families", values: familiesOf(diagram), transform: [filter("colour === ''")] },
    {
      name: "placed",
      source: "places",
      transform: [
        filter("datum.state === view"),
        { type: "lookup", from: "ops", key: "id", fields: ["id"], as: ["op"] },
      ],
    },
    { name: "frames", source: "placed", transform: [filter(`datum.kind === 'frame' && ${inWindow}`)] },
    { name: "pills", source: "placed", transform: [filter(`datum.kind === 'pill' && ${inWindow}`)] },
    { name: "nodes", source: "placed", transform: [filter("datum.kind === 'box'")] },
    { name: "seen", source: "nodes", transform: [filter(inWindow)] },
    { name: "legible", source: "seen", transform: [filter("k > 0.3")] },
    { name: "edges", source: "routes", transform: [filter("datum.state === view")] },
    {
      name: "crossing",
      source: "edges",
      transform: [filter("max(datum.y, datum.top) > y0 && min(datum.y, datum.top) < y1")],
    },
    { name: "near", source: "edges", transform: [filter("datum.from === focus || datum.to === focus")] },
    {
      name: "neighbours",
      source: "near",
      transform: [
        { type: "formula", as: "role", expr: "datum.from === focus ? 'consumer' : 'producer'" },
        { type: "formula", as: "other", expr: "datum.from === focus ? datum.to : datum.from" },
        { type: "lookup", from: "nodes", key: "id", fields: ["other"], as: ["node"] },
        filter("datum.node"),
      ],
    },
    { name: "focused", source: "nodes", transform: [filter("datum.id === focus")] },
    {
      name: "hits",
      source: "nodes",
      transform: [filter(`seeking && ${MATCHES}`)],
    },
    {
      name: "ranking",
      source: "nodes",
      transform: [
        filter("colour !== '' && datum.op.readings && datum.op.readings[colour]"),
        { type: "formula", as: "share", expr: "datum.op.readings[colour].share" },
        { type: "window", sort: { field: "share", order: "descending" }, ops: ["row_number"], as: ["rank"] },
        filter(`datum.rank <= ${RANKED}`),
      ],
    },
    {
      name: "details",
      values: names.map((name) => ({ name })),
      transform: [
        { type: "formula", as: "text", expr: "pinned ? pinned.details[datum.name] : null" },
        filter("datum.text"),
        {
          type: "formula",
          as: "lines",
          expr: `split(trim(replace(datum.text, regexp('${wrap(letters)}', 'g'), '$1$2\\n')), '\\n')`,
        },
        { type: "formula", as: "height", expr: `length(datum.lines) + ${SIDE.heading}` },
        { type: "window", ops: ["sum"], fields: ["height"], as: ["end"] },
      ],
    },
  ];
}

/** The details in the order of `names`: a saved notebook has sorted their keys. */
const tooltip = (names: readonly string[]): string =>
  `{${["title", ...names]
    .map((name) => JSON.stringify(name))
    .map((name) => `${name}: datum.details[${name}]`)
    .join(", ")}}`;

/** Lines of the details: broken at spaces, a longer word anywhere. */
const wrap = (letters: number): string => `(.{1,${letters}})(?: +|$)|(.{${letters}})`;

/** The headings of all details, in the order they are shown. */
function lineNames({ ops }: Diagram): string[] {
  const first = ["output", "inputs", "attributes", "parameters", "calls", "ops", "module", "source"];
  const names = new Set([...first, ...ops.flatMap(({ details }) => Object.keys(details))]);
  names.delete("title");
  return [...names];
}

/** The families the diagram has, for its legend. */
function familiesOf({ ops }: Diagram): { readonly value: string; readonly row: number }[] {
  const present = new Set(ops.map(({ family }) => family));
  return Object.keys(FILLS)
    .filter((family) => present.has(family))
    .map((value, row) => ({ value, row }));
}
