/** What stands around the window: the title with zoom buttons, the minimap, and the side column with legend and details. */
import type { Diagram } from "../diagram.ts";
import { FONT } from "../text.ts";
import { HEAT, INK, MARKED, SIZE } from "../theme.ts";
import { FILL } from "./boxes.ts";
import { type Mark, signal, value } from "./marks.ts";
import { hasParameters, type Measure, SIDE, switchesOf } from "./measure.ts";

/** A line of text; with a name it can be clicked. */
const text = (name: string | null, enter: Mark, update: Mark = {}): Mark => ({
  type: "text",
  ...(name === null ? { interactive: false } : { name }),
  encode: {
    enter: {
      font: value(FONT),
      fontSize: value(11),
      baseline: value("middle"),
      fill: value(name === null ? INK.label : INK.link),
      ...(name === null ? {} : { cursor: value("pointer") }),
      ...enter,
    },
    update,
  },
});

/** The bar on top of the window. */
export function toolbar({ title }: Diagram, size: Measure): Mark[] {
  const y = value(SIZE.header / 2);
  /** A label with room around it to be hit. */
  const button = (name: string, label: string, right: number, tooltip: string): Mark[] => [
    {
      type: "rect",
      name,
      encode: {
        enter: {
          xc: value(size.stage - right),
          yc: y,
          width: value(22),
          height: value(SIZE.header - 4),
          fill: value("transparent"),
          cursor: value("pointer"),
          tooltip: value(tooltip),
        },
      },
    },
    text(null, {
      text: value(label),
      x: value(size.stage - right),
      y,
      align: value("center"),
      fontSize: value(12),
      fill: value(INK.link),
    }),
  ];
  return [
    {
      type: "rect",
      interactive: false,
      encode: {
        enter: {
          width: value(size.stage),
          height: value(SIZE.header),
          fill: value(INK.line),
          fillOpacity: value(0.13),
        },
      },
    },
    text(
      null,
      { x: value(10), y, fontWeight: value("bold") },
      {
        text: signal(`${JSON.stringify(title)} + '  ·  ' + states[view].n + ' boxes'`),
        limit: signal(`${size.stage - SIZE.buttons + 70} - (seeking ? 110 : 0)`),
      },
    ),
    text(
      "next",
      { x: value(size.stage - 116), y, align: value("right"), fill: value(MARKED.hit) },
      {
        text: signal(
          "seeking ? (hit < 0 ? '' : (hit + 1) + ' of ') + length(data('hits')) + ' found  ▸' : ''",
        ),
      },
    ),
    ...button("larger", "+", 92, "zoom in (or Ctrl + wheel)"),
    ...button("smaller", "−", 72, "zoom out (or Ctrl + wheel)"),
    ...button("natural", "1:1", 48, "natural size"),
    ...button("whole", "fit", 20, "all of it"),
    ...minimap(size),
  ];
}

function minimap(size: Measure): Mark[] {
  if (size.minimap === null) return [];
  const height = size.height - SIZE.header;
  return [
    {
      type: "group",
      encode: {
        enter: {
          x: value(size.minimap),
          y: value(SIZE.header),
          width: value(SIZE.minimap),
          height: value(height),
        },
        update: { clip: value(true) },
      },
      marks: [
        {
          type: "rect",
          name: "minimap",
          encode: {
            enter: {
              width: value(SIZE.minimap),
              height: value(height),
              fill: value(INK.line),
              fillOpacity: value(0.1),
              cursor: value("crosshair"),
              cornerRadius: value(3),
            },
          },
        },
        {
          type: "rect",
          from: { data: "nodes" },
          interactive: false,
          encode: {
            update: {
              fill: signal(FILL),
              x: signal("2 + (datum.x - datum.w / 2) * mini"),
              y: signal("2 + (datum.y - datum.h / 2) * mini"),
              width: signal("max(1, datum.w * mini)"),
              height: signal("max(1, datum.h * mini)"),
            },
          },
        },
        {
          type: "rect",
          from: { data: "hits" },
          interactive: false,
          encode: {
            update: {
              fill: value(MARKED.hit),
              x: signal("2 + (datum.x - datum.w / 2) * mini"),
              y: signal("2 + (datum.y - datum.h / 2) * mini"),
              width: signal("max(2, datum.w * mini)"),
              height: signal("max(2, datum.h * mini)"),
            },
          },
        },
        {
          type: "rect",
          interactive: false,
          encode: {
            enter: { fill: value(INK.link), fillOpacity: value(0.14), stroke: value(INK.link) },
            update: {
              x: signal(`clamp(2 - tx / k * mini, 0, ${SIZE.minimap})`),
              y: signal(`clamp(2 - (ty - ${SIZE.header}) / k * mini, 0, ${height})`),
              x2: signal(`clamp(2 + (${size.stage} - tx) / k * mini, 0, ${SIZE.minimap})`),
              y2: signal(`clamp(2 + (${size.height} - ty) / k * mini, 0, ${height})`),
            },
          },
        },
      ],
    },
  ];
}

const { row: ROW, line: LINE } = SIDE;

const HINTS = [
  "Point at a box: what it reads is",
  "blue, what reads it is orange.",
  "Click: keep its details here.",
  "⊕ ⊖ or double click: open, close.",
  "Drag: move.  Ctrl + wheel: zoom.",
];

/** Legend, switches and the details of what is pinned. */
export function side(diagram: Diagram, size: Measure): Mark {
  const switches = switchesOf(diagram).top;
  const { details } = size;
  return {
    type: "group",
    encode: {
      enter: { x: value(size.side), width: value(size.width - size.side), height: value(size.height) },
      update: { clip: value(true) },
    },
    marks: [
      text(
        null,
        { y: value(10), fontWeight: value("bold") },
        { text: signal(`colour === '' ? '${familiesName(diagram)}' : colour`) },
      ),
      ...legend(),
      ...(diagram.overlays.length > 0 ? heatLegend() : []),
      switchAt("showshapes", "shapes", "shapes on arrows", switches),
      ...(hasParameters(diagram.ops)
        ? [switchAt("showparameters", "parameters", "parameters", switches + ROW)]
        : []),
      text(
        null,
        {
          x: value(details.x),
          y: value(details.y === 0 ? 4 : details.y),
          lineHeight: value(LINE + 1),
          baseline: value("top"),
          fontSize: value(10.5),
          text: value(HINTS),
        },
        { opacity: signal("pinned ? 0 : 0.9") },
      ),
      ...detailLines(details),
    ],
  };
}

/** What the legend is about: families of operators, or what became of them from one graph to another. */
const familiesName = ({ ops }: Diagram): string =>
  ops.some(({ family }) => ["added", "removed", "changed", "unchanged"].includes(family))
    ? "Changes"
    : "Operators";

/** A click on a family lets the others step back. */
function legend(): Mark[] {
  const y = signal(`28 + datum.row * ${ROW}`);
  const opacity = signal("family === '' || family === datum.value ? 1 : 0.4");
  return [
    {
      type: "rect",
      from: { data: "families" },
      interactive: false,
      encode: {
        enter: {
          x: value(0.5),
          yc: y,
          width: value(14),
          height: value(11),
          cornerRadius: value(3),
          fill: signal("scale('family', datum.value)"),
          stroke: value(INK.border),
          strokeOpacity: value(0.75),
        },
        update: { opacity },
      },
    },
    {
      ...text(
        "legend",
        {
          x: value(21),
          y,
          text: { field: "value" },
          fill: value(INK.label),
          tooltip: value("click: show only these"),
        },
        { opacity },
      ),
      from: { data: "families" },
    },
  ];
}

/** The scale of the chosen overlay and the boxes with the greatest numbers; a click goes there. */
function heatLegend(): Mark[] {
  const width = 40;
  const opacity = signal("colour === '' ? 0 : 1");
  const y = signal(`28 + (datum.rank + 2) * ${ROW}`);
  return [
    ...HEAT.map((fill, i) => ({
      type: "rect",
      interactive: false,
      encode: {
        enter: {
          x: value(i * width),
          y: value(22),
          width: value(width),
          height: value(11),
          fill: value(fill),
        },
        update: { opacity },
      },
    })),
    text(null, { y: value(43) }, { text: signal("colour === '' ? '' : scales[colour].least") }),
    text(
      null,
      { y: value(43), x: value(HEAT.length * width), align: value("right") },
      { text: signal("colour === '' ? '' : scales[colour].greatest") },
    ),
    {
      ...text(
        "ranked",
        { limit: value(96), tooltip: value("click: go there") },
        { y, text: signal("datum.op.label + (datum.op.beside ? ' ' + datum.op.beside : '')") },
      ),
      from: { data: "ranking" },
    },
    {
      ...text(
        null,
        { x: value(HEAT.length * width), align: value("right") },
        { y, text: signal("datum.op.readings[colour] ? datum.op.readings[colour].text : ''") },
      ),
      from: { data: "ranking" },
    },
  ];
}

function switchAt(name: string, state: string, label: string, y: number): Mark {
  return text(name, { y: value(y) }, { text: signal(`(${state} ? '☑  ' : '☐  ') + '${label}'`) });
}

function detailLines({ x, y, width }: Measure["details"]): Mark[] {
  const left = { x: value(x) };
  const start = `${y + 26} + (datum.end - datum.height) * ${LINE}`;
  return [
    text(
      null,
      {
        ...left,
        y: value(y + 10),
        fontSize: value(12),
        fontWeight: value("bold"),
        fill: value(INK.link),
        limit: value(width),
      },
      { text: signal("pinned ? pinned.details.title : ''") },
    ),
    {
      ...text(
        null,
        { ...left, fontSize: value(10), baseline: value("top") },
        { text: { field: "name" }, y: signal(start) },
      ),
      from: { data: "details" },
    },
    {
      ...text(
        null,
        {
          ...left,
          fontSize: value(10.5),
          baseline: value("top"),
          fill: value(INK.link),
          lineHeight: value(LINE),
        },
        { text: { field: "lines" }, y: signal(`${start} + ${LINE}`) },
      ),
      from: { data: "details" },
    },
  ];
}
