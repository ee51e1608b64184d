/**
 * The picture's state as Vega signals: which view, where the window stands, what is pointed at, chosen and sought.
 * Event filters cannot read signals, so they use event fields and constants; conditions on signals stand in updates.
 */
import type { Diagram } from "../diagram.ts";
import { SIZE } from "../theme.ts";
import { fittingZoom, hasParameters, type Measure } from "./measure.ts";

type Signal = Readonly<Record<string, unknown>>;

/** Up to so many boxes nobody searches. */
const FEW = 8;

/** Up to so many ops can be chosen from a list, which keys reach and screen readers read. */
const LISTED = 300;

const SEARCH = { input: "text", name: "Search ", placeholder: "op, %value, module, shape", debounce: 150 };

/** Keys change the zoom as well as the wheel does. Of a slider JupyterLab would take the arrow keys away. */
const ZOOM = { input: "number", name: "Zoom ", min: 0.05, max: 3, step: 0.05 };

/** The zoom can be read: not with all its digits. */
const thousandth = (zoom: string): string => `(round((${zoom}) * 1000) / 1000)`;

/** The signals of the interactive picture. */
export function signals(diagram: Diagram, size: Measure): Signal[] {
  const levels = diagram.states.flatMap(({ level }, index) => (level === "" ? [] : [{ level, index }]));
  const levelIndex = Object.fromEntries(levels.map(({ level, index }) => [level, index]));
  const depths = { input: "select", options: levels.map((each) => each.level), name: "Depth " };
  const names = diagram.overlays.map(({ name }) => name);
  const colours = {
    input: "select",
    options: ["", ...names],
    labels: ["operators", ...names],
    name: "Colour ",
  };
  const { level } = diagram.states[diagram.initial]!;
  const fit = diagram.states.map((state) => fittingZoom(size.stage, size.height, state));
  const many = diagram.ops.length > FEW;
  const middleX = size.stage / 2;
  const middleY = (size.height + SIZE.header) / 2;
  /** What stands in the middle when the drawing is centred, or begins at the left if it is wider than the window. */
  const atLeft = (index: string): string => `min(${middleX - 12} / fit[${index}], states[${index}].w / 2)`;
  /** What stands in the middle when the drawing begins at the top. */
  const atTop = (zoom: string): string => `${middleY - SIZE.header - 10} / ${zoom}`;

  const wheel = {
    source: "view",
    type: "wheel",
    consume: true,
    filter: ["event.ctrlKey || event.metaKey || event.shiftKey", `x() < ${size.stage}`],
  };
  const wheeled = `clamp(${thousandth("k * pow(1.0015, -(event.deltaY || event.deltaX) * (event.deltaMode ? 16 : 1))")}, ${ZOOM.min}, ${ZOOM.max})`;
  const whole = `(floor(min((${size.stage} - 24) / states[view].w, (${size.height} - ${SIZE.header} - 20) / states[view].h, 1) * 1000) / 1000)`;
  const toggled = "@toggle:click, @frametoggle:click, @node:dblclick";
  const drag = ["nothing", "node", "edge", "frame", "pill"]
    .map((name) => `[@${name}:pointerdown, window:pointerup] > window:pointermove!`)
    .join(", ");

  return [
    { name: "states", value: diagram.states.map(({ w, h, boxes }) => ({ w, h, n: boxes })) },
    { name: "fit", value: fit },
    { name: "scales", value: Object.fromEntries(diagram.overlays.map((overlay) => [overlay.name, overlay])) },
    { name: "levels", value: levelIndex },
    { name: "level", value: level, ...(levels.length > 1 ? { bind: depths } : {}) },
    { name: "colour", value: diagram.colour, ...(diagram.overlays.length > 0 ? { bind: colours } : {}) },
    { name: "query", value: "", ...(many ? { bind: SEARCH } : {}) },
    { name: "chosen", value: "", ...(diagram.ops.length <= LISTED ? { bind: boxList(diagram) } : {}) },
    {
      name: "target",
      value: null,
      on: [{ events: { signal: "chosen" }, update: rowOf("placed", "chosen") }],
    },
    {
      name: "view",
      value: diagram.initial,
      on: [
        { events: { signal: "level" }, update: "levels[level]" },
        { events: toggled, update: "datum.toggle >= 0 ? datum.toggle : view" },
        { events: { signal: "target" }, update: "target && target.toggle >= 0 ? target.toggle : view" },
      ],
    },
    { name: "grip", value: null, on: [{ events: "pointerdown", update: "[x() - tx, y() - ty]" }] },
    {
      name: "held",
      value: null,
      on: [{ events: drag, update: "[x() - grip[0], y() - grip[1]]" }],
    },
    // The point of the drawing that stands in the window's middle: zooming by itself keeps it there.
    {
      name: "cx",
      init: atLeft(String(diagram.initial)),
      on: [
        { events: { signal: "level" }, update: atLeft("levels[level]") },
        { events: { signal: "held" }, update: `(${middleX} - held[0]) / k` },
        { events: toggled, update: "datum.toggle >= 0 && isNumber(datum.ax) ? cx + datum.ax - datum.x : cx" },
        { events: wheel, update: `cx + (x() - ${middleX}) * (1 / k - 1 / ${wheeled})` },
        { events: "@whole:click", update: "states[view].w / 2" },
        { events: { signal: "found" }, update: "found ? found.x : cx" },
        { events: { signal: "target" }, update: "target ? target.x : cx" },
        { events: "@ranked:click", update: "datum.x" },
        {
          events: "@minimap:click",
          update: `states[view].w * k < ${size.stage} ? states[view].w / 2 : (x() - ${size.minimap}) / mini`,
        },
      ],
    },
    {
      name: "cy",
      init: atTop(`fit[${diagram.initial}]`),
      on: [
        { events: { signal: "level" }, update: atTop("fit[levels[level]]") },
        { events: { signal: "held" }, update: `(${middleY} - held[1]) / k` },
        {
          events: toggled,
          update: "datum.toggle >= 0 && isNumber(datum.ay) ? cy + datum.ay - datum.y + datum.h / 2 : cy",
        },
        { events: wheel, update: `cy + (y() - ${middleY}) * (1 / k - 1 / ${wheeled})` },
        { events: "@whole:click", update: atTop(whole) },
        { events: { signal: "found" }, update: "found ? found.y : cy" },
        { events: { signal: "target" }, update: "target ? target.y : cy" },
        { events: "@ranked:click", update: "datum.y" },
        { events: "@minimap:click", update: `(y() - ${SIZE.header}) / mini` },
      ],
    },
    // Handlers run in this order: those of cx and cy need the zoom as it was.
    {
      name: "k",
      init: `fit[${diagram.initial}]`,
      ...(many ? { bind: ZOOM } : {}),
      on: [
        { events: { signal: "level" }, update: "fit[levels[level]]" },
        { events: wheel, update: wheeled },
        { events: "@larger:click", update: `min(${thousandth("k * 1.3")}, ${ZOOM.max})` },
        { events: "@smaller:click", update: `max(${thousandth("k / 1.3")}, ${ZOOM.min})` },
        { events: "@whole:click", update: whole },
        { events: "@natural:click", update: "1" },
      ],
    },
    { name: "tx", update: `${middleX} - cx * k` },
    { name: "ty", update: `${middleY} - cy * k` },
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
    ...switchSignals(diagram, many),
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

/** What is written beside operators and shapes of boxes. A click on a switch changes it as the list for keys does. */
function switchSignals(diagram: Diagram, many: boolean): Signal[] {
  const written = { parameters: hasParameters(diagram.ops), shapes: false };
  const text = (parameters: boolean, shapes: boolean): string =>
    [parameters ? "parameters" : "", shapes ? "shapes on arrows" : ""].filter(Boolean).join(", ");
  const options = [false, true].flatMap((shapes) =>
    (written.parameters ? [true, false] : [false]).map((parameters) => text(parameters, shapes)),
  );
  const has = (part: string): string => `indexof(show, '${part}') >= 0`;
  /** The option with one part turned over. */
  const turned = (part: string, parameters: string, shapes: string): Signal => ({
    events: `@show${part}:click`,
    update: `join([${parameters} ? 'parameters' : '', ${shapes} ? 'shapes on arrows' : ''], ${parameters} && ${shapes} ? ', ' : '')`,
  });
  const bind = {
    input: "select",
    name: "Show ",
    options,
    labels: options.map((option) => option || "nothing more"),
  };
  return [
    {
      name: "show",
      value: text(written.parameters, written.shapes),
      ...(many ? { bind } : {}),
      on: [turned("parameters", "!parameters", "shapes"), turned("shapes", "parameters", "!shapes")],
    },
    { name: "parameters", update: has("parameters") },
    { name: "shapes", update: has("shapes on arrows") },
  ];
}

/** The row of a data set with the id that a signal holds; null if there is none. */
const rowOf = (data: string, id: string): string =>
  `indexof(pluck(data('${data}'), 'id'), ${id}) < 0 ? null : data('${data}')[indexof(pluck(data('${data}'), 'id'), ${id})]`;

/** All ops in order, with their modules and shapes; then the modules, which a choice opens or closes. */
function boxList({ ops }: Diagram): Signal {
  const labels = ops.map(({ kind, label, beside, shape }) =>
    [kind === "scope" ? `open or close ${label}` : label, beside, shape].filter(Boolean).join(" · "),
  );
  return {
    input: "select",
    name: "Box ",
    options: ["", ...ops.map(({ id }) => id)],
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
