/** The window onto the drawing: frames, arrows, boxes and their texts, and what is lit up around the focus. */
import { FONT } from "../text.ts";
import { ALERT, INK, MARKED, SIZE, UNKNOWN } from "../theme.ts";
import { MATCHES } from "./data.ts";
import type { Measure } from "./measure.ts";

/** A Vega mark. */
export type Mark = Readonly<Record<string, unknown>>;

const value = (constant: unknown): Mark => ({ value: constant });
const signal = (expression: string): Mark => ({ signal: expression });

/** A rectangle around the datum's centre, `grow` pixels larger than its place. */
const box = (datum: string, grow = 0): Mark => ({
  xc: signal(`${datum}.x * k`),
  yc: signal(`${datum}.y * k`),
  width: signal(`${datum}.w * k + ${grow}`),
  height: signal(`${datum}.h * k + ${grow}`),
});

/** Rounded boxes; the graph's ends are round altogether. */
const corner = (datum: string): string =>
  `(${datum}.op.kind === 'input' || ${datum}.op.kind === 'return' ? ${datum}.h / 2 : 5) * k`;

/** Boxes that are not sought step back, and all arrows. */
const dimmed = `seeking && !(${MATCHES}) ? 0.25 : 1`;
const dimmedArrows = "focus !== null ? 0.45 : seeking ? 0.4 : 1";

/** The interactive window below the bar: everything in one group that panning moves. */
export function stage(size: Measure): Mark {
  const area = { width: value(size.stage), height: value(size.height - SIZE.header) };
  return {
    type: "group",
    name: "window",
    encode: {
      update: {
        clip: value(true),
        y: value(SIZE.header),
        ...area,
        stroke: value(INK.line),
        strokeOpacity: value(0.35),
      },
    },
    marks: [
      {
        type: "rect",
        name: "nothing",
        encode: { enter: { fill: value("transparent"), cursor: value("grab"), ...area } },
      },
      world(`ty - ${SIZE.header}`),
    ],
  };
}

/** The whole drawing and nothing else. */
export function stillStage(): Mark {
  return { type: "group", marks: [world("ty")] };
}

function world(top: string): Mark {
  return {
    type: "group",
    name: "world",
    interactive: false,
    encode: { update: { x: signal("tx"), y: signal(top) } },
    marks: [...frames(), ...arrows(), ...boxes(), ...lights(), ...texts()],
  };
}

function frames(): Mark[] {
  return [
    {
      type: "rect",
      name: "frame",
      from: { data: "frames" },
      encode: {
        enter: {
          fill: value(INK.frame),
          fillOpacity: value(0.07),
          stroke: value(INK.frame),
          strokeOpacity: value(0.55),
          cursor: value("grab"),
        },
        update: { ...box("datum"), cornerRadius: signal("7 * k") },
      },
    },
    {
      type: "text",
      name: "frametoggle",
      from: { data: "frames" },
      encode: {
        enter: {
          text: signal(
            "(datum.toggle >= 0 ? '⊖ ' : '') + datum.op.label + (datum.op.beside ? ' ' + datum.op.beside : '')",
          ),
          fill: value(INK.link),
          font: value(FONT),
          fontWeight: value("bold"),
          baseline: value("top"),
          cursor: signal("datum.toggle >= 0 ? 'pointer' : 'default'"),
        },
        update: {
          x: signal("(datum.x - datum.w / 2 + 8) * k"),
          y: signal("(datum.y - datum.h / 2 + 7) * k"),
          fontSize: signal(`${SIZE.small} * k`),
          opacity: signal("k > 0.25 ? 1 : 0"),
        },
      },
    },
  ];
}

function arrows(): Mark[] {
  const path = { scaleX: signal("k"), scaleY: signal("k") };
  return [
    {
      type: "path",
      name: "edge",
      from: { data: "edges" },
      encode: {
        enter: {
          path: { field: "path" },
          stroke: value(INK.line),
          tooltip: signal("datum.label"),
          cursor: value("grab"),
        },
        update: {
          ...path,
          strokeWidth: signal("clamp(1.3 * k, 0.5, 1.6)"),
          opacity: signal(dimmedArrows),
        },
      },
    },
    tips("edges", value(INK.line), signal(dimmedArrows)),
    {
      type: "path",
      from: { data: "near" },
      interactive: false,
      encode: {
        enter: { path: { field: "path" }, strokeWidth: value(2.4), strokeCap: value("round") },
        update: { ...path, stroke: role("datum.from === focus") },
      },
    },
    tips("near", role("datum.from === focus"), value(1)),
    {
      type: "text",
      from: { data: "edges" },
      interactive: false,
      encode: {
        enter: {
          text: { field: "label" },
          fill: value(INK.label),
          font: value(FONT),
          baseline: value("middle"),
        },
        update: {
          x: signal("(datum.mx + 5) * k"),
          y: signal("datum.my * k"),
          fontSize: signal("9 * k"),
          opacity: signal("shapes && k > 0.35 ? 1 : 0"),
        },
      },
    },
  ];
}

const role = (isConsumer: string): Mark =>
  signal(`${isConsumer} ? '${MARKED.consumer}' : '${MARKED.producer}'`);

function tips(from: string, fill: Mark, opacity: Mark): Mark {
  return {
    type: "symbol",
    from: { data: from },
    interactive: false,
    encode: {
      enter: { shape: value("M0,0L3.6,7.5L-3.6,7.5Z"), angle: { field: "angle" } },
      update: {
        fill,
        opacity,
        x: signal("datum.x * k"),
        y: signal("datum.y * k"),
        size: signal("k > 0.2 ? 4 * clamp(k * k, 0.2, 1.5) : 0"),
      },
    },
  };
}

/** A box's colour: its family's, or where its number stands in the chosen overlay. */
export const FILL = `colour === '' ? scale('family', datum.op.family) : datum.op.readings && datum.op.readings[colour] ? scale('heat', datum.op.readings[colour].share) : '${UNKNOWN}'`;

function boxes(): Mark[] {
  const look = {
    fill: signal(FILL),
    stroke: signal(
      `datum.op.alert === 'error' ? '${ALERT.error}' : datum.op.alert === 'warning' ? '${ALERT.warning}' : '${INK.border}'`,
    ),
    strokeOpacity: signal("datum.op.alert ? 1 : 0.75"),
    strokeWidth: signal("datum.op.alert ? 2.4 : 1"),
    opacity: signal(dimmed),
  };
  return [
    {
      type: "rect",
      from: { data: "seen" },
      interactive: false,
      encode: {
        update: {
          ...look,
          xc: signal("(datum.x + 3) * k"),
          yc: signal("(datum.y + 3) * k"),
          width: signal("datum.op.kind === 'scope' ? datum.w * k : 0"),
          height: signal("datum.op.kind === 'scope' ? datum.h * k : 0"),
          cornerRadius: signal("5 * k"),
        },
      },
    },
    {
      type: "rect",
      name: "node",
      from: { data: "seen" },
      encode: {
        enter: {
          cursor: value("pointer"),
          tooltip: signal("datum.op.details"),
          description: signal("datum.op.label + ', ' + datum.op.shape"),
        },
        update: { ...box("datum"), ...look, cornerRadius: signal(corner("datum")) },
      },
    },
    {
      type: "rect",
      name: "pill",
      from: { data: "pills" },
      encode: {
        enter: {
          fill: value("#f6f7f9"),
          stroke: value(INK.border),
          strokeDash: value([3, 2]),
          strokeOpacity: value(0.75),
          cursor: value("pointer"),
          tooltip: signal("datum.op.details"),
        },
        update: { ...box("datum"), cornerRadius: signal("datum.h / 2 * k"), opacity: signal(dimmed) },
      },
    },
  ];
}

/** The focus, its producers and consumers, and what the search found. */
function lights(): Mark[] {
  const outline = (from: string, datum: string, stroke: Mark): Mark => ({
    type: "rect",
    from: { data: from },
    interactive: false,
    encode: {
      enter: { strokeWidth: value(2.4), fill: value(null) },
      update: { ...box(datum, 1), stroke, cornerRadius: signal(corner(datum)) },
    },
  });
  return [
    {
      type: "rect",
      from: { data: "hits" },
      interactive: false,
      encode: {
        enter: { strokeWidth: value(2.4), stroke: value(MARKED.hit) },
        update: { ...box("datum"), cornerRadius: signal(corner("datum")) },
      },
    },
    outline("neighbours", "datum.node", role("datum.role === 'consumer'")),
    outline("focused", "datum", value(INK.link)),
  ];
}

/** The second line: what the box makes, or its number in the chosen overlay. */
const SECOND =
  "colour !== '' && datum.op.readings && datum.op.readings[colour] ? datum.op.readings[colour].text : datum.op.shape";

/** Each box's lines, one below the other; without parameters the others move to the middle. */
function texts(): Mark[] {
  const line = (text: string, y: string, size: number, more: Mark = {}, from = "legible"): Mark => ({
    type: "text",
    from: { data: from },
    interactive: false,
    encode: {
      enter: {
        ...(text === "" ? {} : { text: signal(text) }),
        align: value("center"),
        baseline: value("middle"),
        fill: value(INK.faint),
        font: value(FONT),
      },
      update: {
        x: signal("datum.x * k"),
        y: signal(`(datum.y + ${y}) * k`),
        fontSize: signal(`${size} * k`),
        opacity: signal(dimmed),
        ...more,
      },
    },
  });
  const third = "(datum.op.parameters && parameters)";
  const head = `(${third} ? -15.5 : -7)`;
  return [
    {
      type: "text",
      from: { data: "legible" },
      interactive: false,
      encode: {
        enter: {
          text: signal("datum.op.label"),
          align: value("center"),
          baseline: value("middle"),
          fill: value(INK.text),
          font: value(FONT),
          fontWeight: value("bold"),
        },
        update: {
          x: signal("(datum.x + (datum.op.labelX || 0)) * k"),
          y: signal(`(datum.y + ${head}) * k`),
          fontSize: signal(`${SIZE.label} * k`),
          opacity: signal(dimmed),
        },
      },
    },
    {
      type: "text",
      from: { data: "legible" },
      interactive: false,
      encode: {
        enter: {
          text: signal("datum.op.beside"),
          align: value("left"),
          baseline: value("middle"),
          fill: value(INK.faint),
          font: value(FONT),
        },
        update: {
          x: signal("(datum.x + datum.op.besideX) * k"),
          y: signal(`(datum.y + ${head} + 0.5) * k`),
          fontSize: signal(`${SIZE.tiny} * k`),
          opacity: signal(dimmed),
        },
      },
    },
    line("", `(${third} ? -0.5 : 8)`, SIZE.small, { text: signal(SECOND) }),
    line("datum.op.parameters", "14.5", SIZE.tiny, { opacity: signal(`parameters ? (${dimmed}) : 0`) }),
    line("datum.label", "0.5", SIZE.tiny, {}, "pills"),
    {
      type: "text",
      from: { data: "legible" },
      interactive: false,
      encode: {
        enter: {
          text: signal("datum.toggle >= 0 ? '⊕' : ''"),
          align: value("center"),
          baseline: value("middle"),
          fill: value("#3a62b8"),
        },
        update: {
          x: signal("(datum.x + datum.w / 2 - 10) * k"),
          y: signal("(datum.y - datum.h / 2 + 11) * k"),
          fontSize: signal("13 * k"),
        },
      },
    },
    {
      type: "rect",
      name: "toggle",
      from: { data: "legible" },
      encode: {
        enter: { fill: value("transparent"), cursor: value("pointer") },
        update: {
          xc: signal("(datum.x + datum.w / 2 - 10) * k"),
          yc: signal("(datum.y - datum.h / 2 + 11) * k"),
          width: signal("datum.toggle >= 0 ? 20 * k : 0"),
          height: signal("datum.toggle >= 0 ? 20 * k : 0"),
        },
      },
    },
  ];
}
