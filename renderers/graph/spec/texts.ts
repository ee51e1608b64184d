/** What stands on the boxes: label, shape, parameters, and the sign that opens a module. */
import { FONT } from "../text.ts";
import { INK, SIZE } from "../theme.ts";
import { dimmed, type Mark, signal, value } from "./marks.ts";

/** The second line: what the box makes, or its number in the chosen overlay. */
const SECOND =
  "colour !== '' && datum.op.readings && datum.op.readings[colour] ? datum.op.readings[colour].text : datum.op.shape";

/** Each box's lines, one below the other; without parameters the others move to the middle. */
export function texts(): Mark[] {
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
