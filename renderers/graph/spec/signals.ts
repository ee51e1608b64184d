/**
 * The picture's state as Vega signals: which view, where the window stands, what is pointed at, chosen and sought.
 * Event filters cannot read signals, so they use event fields and constants; conditions on signals stand in updates.
 */
import type { Diagram } from "../diagram.ts";
import { SIZE } from "../theme.ts";
import { fittingZoom, type Measure } from "./measure.ts";

type Signal = Readonly<Record<string, unknown>>;

/** Up to so many boxes nobody searches. */
const FEW = 8;

/** Up to so many ops can be chosen from a list, which keys reach and screen readers read. */
const LISTED = 300;

const SEARCH = { input: "text", name: "Search ", placeholder: "op, %value, module, shape", debounce: 150 };

const ZOOM = { least: 0.05, most: 3 };

/** The signals of the interactive picture. */
export function signals(diagram: Diagram, size: Measure): Signal[] {
  const levels = diagram.states.flatMap(({ level }, index) => (level === "" ? [] : [{ level, index }]));
  const levelIndex = Object.fromEntries(levels.map(({ level, index }) => [level, index]));
  const choices = ["", ...diagram.overlays.map(({ name }) => name)];
  const labels = ["operators", ...choices.slice(1)];
  const { level } = diagram.states[diagram.initial]!;
  const fit = diagram.states.map((state) => fittingZoom(size.stage, size.height, state));
  const left = (index: string): string => `max(12, (${size.stage} - states[${index}].w * fit[${index}]) / 2)`;
  const top = SIZE.header + 10;
  const middle = (size.height + SIZE.header) / 2;

  const wheel = {
    source: "view",
    type: "wheel",
    consume: true,
    filter: ["event.ctrlKey || event.metaKey || event.shiftKey", `x() < ${size.stage}`],
  };
  const wheeled = `clamp(k * pow(1.0015, -(event.deltaY || event.deltaX) * (event.deltaMode ? 16 : 1)), ${ZOOM.least}, ${ZOOM.most})`;
  const larger = `min(k * 1.3, ${ZOOM.most})`;
  const smaller = `max(k / 1.3, ${ZOOM.least})`;
  /** Keeps the point `at` of the window where it is while the zoom becomes `zoom`. */
  const around = (at: string, old: string, zoom: string): string =>
    `${at} - (${at} - ${old}) * (${zoom}) / k`;
  const whole = `min((${size.stage} - 24) / states[view].w, (${size.height} - ${SIZE.header} - 20) / states[view].h, 1)`;
  const toggled = "@toggle:click, @frametoggle:click, @node:dblclick";
  const drag = ["nothing", "node", "edge", "frame", "pill"]
    .map((name) => `[@${name}:pointerdown, window:pointerup] > window:pointermove!`)
    .join(", ");

  return [
    { name: "states", value: diagram.states.map(({ w, h, boxes }) => ({ w, h, n: boxes })) },
    { name: "fit", value: fit },
    { name: "scales", value: Object.fromEntries(diagram.overlays.map((overlay) => [overlay.name, overlay])) },
    { name: "levels", value: levelIndex },
    ...(levels.length > 1
      ? [
          {
            name: "level",
            value: level,
            bind: { input: "select", options: levels.map((each) => each.level), name: "Depth " },
          },
        ]
      : [{ name: "level", value: level }]),
    ...(diagram.overlays.length > 0
      ? [
          {
            name: "colour",
            value: diagram.colour,
            bind: { input: "select", options: choices, labels, name: "Colour " },
          },
        ]
      : [{ name: "colour", value: "" }]),
    ...(diagram.ops.length > FEW
      ? [{ name: "query", value: "", bind: SEARCH }]
      : [{ name: "query", value: "" }]),
    ...(diagram.ops.length <= LISTED
      ? [{ name: "chosen", value: "", bind: boxList(diagram) }]
      : [{ name: "chosen", value: "" }]),
    {
      name: "target",
      value: null,
      on: [{ events: { signal: "chosen" }, update: rowOf("nodes", "chosen") }],
    },
    {
      name: "view",
      value: diagram.initial,
      on: [
        { events: { signal: "level" }, update: "levels[level]" },
        { events: toggled, update: "datum.toggle >= 0 ? datum.toggle : view" },
      ],
    },
    { name: "grip", value: null, on: [{ events: "pointerdown", update: "[x() - tx, y() - ty]" }] },
    {
      name: "held",
      value: null,
      on: [{ events: drag, update: "[x() - grip[0], y() - grip[1]]" }],
    },
    {
      name: "tx",
      init: left(String(diagram.initial)),
      on: [
        { events: { signal: "level" }, update: left("levels[level]") },
        { events: { signal: "held" }, update: "held[0]" },
        {
          events: toggled,
          update: "datum.toggle >= 0 && isNumber(datum.ax) ? tx + (datum.x - datum.ax) * k : tx",
        },
        { events: wheel, update: around("x()", "tx", wheeled) },
        { events: "@larger:click", update: around(String(size.stage / 2), "tx", larger) },
        { events: "@smaller:click", update: around(String(size.stage / 2), "tx", smaller) },
        { events: "@whole:click", update: `(${size.stage} - states[view].w * ${whole}) / 2` },
        { events: "@natural:click", update: around(String(size.stage / 2), "tx", "1") },
        { events: { signal: "found" }, update: `found ? ${size.stage / 2} - found.x * k : tx` },
        { events: { signal: "target" }, update: `target ? ${size.stage / 2} - target.x * k : tx` },
        { events: "@ranked:click", update: `${size.stage / 2} - datum.x * k` },
        {
          events: "@minimap:click",
          update: `states[view].w * k < ${size.stage} ? (${size.stage} - states[view].w * k) / 2 : ${size.stage / 2} - ((x() - ${size.minimap}) / mini) * k`,
        },
      ],
    },
    {
      name: "ty",
      value: top,
      on: [
        { events: { signal: "level" }, update: String(top) },
        { events: { signal: "held" }, update: "held[1]" },
        {
          events: toggled,
          update:
            "datum.toggle >= 0 && isNumber(datum.ay) ? ty + (datum.y - datum.h / 2 - datum.ay) * k : ty",
        },
        { events: wheel, update: around("y()", "ty", wheeled) },
        { events: "@larger:click", update: around(String(middle), "ty", larger) },
        { events: "@smaller:click", update: around(String(middle), "ty", smaller) },
        { events: "@whole:click", update: String(top) },
        { events: "@natural:click", update: around(String(middle), "ty", "1") },
        { events: { signal: "found" }, update: `found ? ${middle} - found.y * k : ty` },
        { events: { signal: "target" }, update: `target ? ${middle} - target.y * k : ty` },
        { events: "@ranked:click", update: `${middle} - datum.y * k` },
        { events: "@minimap:click", update: `${middle} - (y() - ${SIZE.header}) / mini * k` },
      ],
    },
    // Handlers run in this order: those of tx and ty need the zoom as it was.
    {
      name: "k",
      value: size.zoom,
      on: [
        { events: { signal: "level" }, update: "fit[levels[level]]" },
        { events: wheel, update: wheeled },
        { events: "@larger:click", update: larger },
        { events: "@smaller:click", update: smaller },
        { events: "@whole:click", update: whole },
        { events: "@natural:click", update: "1" },
      ],
    },
    {
      name: "mini",
      update: `min(${SIZE.minimap - 4} / states[view].w, (${size.height} - ${SIZE.header} - 4) / states[view].h)`,
    },
    {
      name: "pointed",
      value: null,
      on: [
        { events: "@node:pointerover, @pill:pointerover", update: "datum.id" },
        { events: "@node:pointerout, @pill:pointerout", update: "null" },
        { events: { signal: "view" }, update: "null" },
      ],
    },
    {
      name: "pinned",
      value: null,
      on: [
        { events: "@node:click", update: "pinned && pinned.id === datum.id ? null : datum.op" },
        { events: "@ranked:click", update: "datum.op" },
        { events: "@nothing:dblclick", update: "null" },
        { events: { signal: "chosen" }, update: rowOf("ops", "chosen") },
      ],
    },
    { name: "focus", update: "pointed !== null ? pointed : pinned ? pinned.id : null" },
    {
      name: "family",
      value: "",
      on: [{ events: "@legend:click", update: "family === datum.value ? '' : datum.value" }],
    },
    { name: "parameters", value: true, on: [{ events: "@showparameters:click", update: "!parameters" }] },
    { name: "shapes", value: false, on: [{ events: "@showshapes:click", update: "!shapes" }] },
    { name: "seeking", update: "query !== '' || family !== ''" },
    {
      name: "hit",
      value: -1,
      on: [
        { events: "@next:click", update: "(hit + 1) % max(1, length(data('hits')))" },
        { events: [{ signal: "query" }, { signal: "family" }, { signal: "view" }], update: "-1" },
      ],
    },
    {
      name: "found",
      value: null,
      on: [{ events: { signal: "hit" }, update: "hit < 0 ? null : data('hits')[hit]" }],
    },
    ...windowSignals(size),
  ];
}

/** The row of a data set with the id that a signal holds; null if there is none. */
const rowOf = (data: string, id: string): string =>
  `indexof(pluck(data('${data}'), 'id'), ${id}) < 0 ? null : data('${data}')[indexof(pluck(data('${data}'), 'id'), ${id})]`;

/** All ops in order, with their modules and shapes. */
function boxList({ ops }: Diagram): Signal {
  const rows = ops.filter(({ kind }) => kind !== "scope");
  const labels = rows.map(({ label, beside, shape }) => [label, beside, shape].filter(Boolean).join(" · "));
  return {
    input: "select",
    name: "Box ",
    options: ["", ...rows.map(({ id }) => id)],
    labels: ["", ...labels],
  };
}

/** The part of the drawing worth drawing, in steps of half a screen so that panning does not filter at each move. */
function windowSignals({ stage, height }: Measure): Signal[] {
  return [
    { name: "step", update: "500 / k" },
    { name: "x0", update: "floor(-tx / k / step) * step - 100" },
    { name: "y0", update: "floor(-ty / k / step) * step - 100" },
    { name: "x1", update: `x0 + ${Math.ceil(stage / 500) + 1} * step + 200` },
    { name: "y1", update: `y0 + ${Math.ceil(height / 500) + 1} * step + 200` },
  ];
}

/** The same names at rest, for the still picture. */
export function stillSignals({ colour }: Diagram): Signal[] {
  return [
    ["view", 0],
    ["k", 1],
    ["tx", 6],
    ["ty", 6],
    ["x0", -1e9],
    ["y0", -1e9],
    ["x1", 1e9],
    ["y1", 1e9],
    ["focus", null],
    ["pointed", null],
    ["pinned", null],
    ["query", ""],
    ["family", ""],
    ["seeking", false],
    ["parameters", true],
    ["shapes", false],
    ["colour", colour],
  ].map(([name, value]) => ({ name, value }));
}
