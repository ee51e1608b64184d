/** Boxes and frames, and the outlines that light up around the focus and what the search found. */
import { FONT } from "../text.ts";
import { ALERT, INK, MARKED, SIZE, UNKNOWN } from "../theme.ts";
import { box, corner, dimmed, type Mark, role, signal, value } from "./marks.ts";

/** The frames of open modules with their titles, which close them. */
export function frames(): Mark[] {
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

/** A box's colour: its family's, or where its number stands in the chosen overlay. */
export const FILL = `colour === '' ? scale('family', datum.op.family) : datum.op.readings && datum.op.readings[colour] ? scale('heat', datum.op.readings[colour].share) : '${UNKNOWN}'`;

/** Ops, closed modules and pills. */
export function boxes(): Mark[] {
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
          tooltip: signal("datum.op.tooltip"),
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
          tooltip: signal("datum.op.tooltip"),
        },
        update: { ...box("datum"), cornerRadius: signal("datum.h / 2 * k"), opacity: signal(dimmed) },
      },
    },
  ];
}

/** The focus, its producers and consumers, and what the search found. */
export function lights(): Mark[] {
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
