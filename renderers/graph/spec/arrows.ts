/** Arrows between boxes: their paths, tips and labels, and those to and from the focus once more, in colour. */
import { FONT } from "../text.ts";
import { INK } from "../theme.ts";
import { dimmedArrows, type Mark, role, signal, value } from "./marks.ts";

/** All arrows of the view. */
export function arrows(): Mark[] {
  const path = { scaleX: signal("k"), scaleY: signal("k") };
  return [
    {
      type: "path",
      name: "edge",
      from: { data: "crossing" },
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
    tips("crossing", value(INK.line), signal(dimmedArrows)),
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
      from: { data: "crossing" },
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
