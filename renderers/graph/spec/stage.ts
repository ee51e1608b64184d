/** The window onto the drawing: what lies in it, from the frames below to the texts on top. */
import { INK, SIZE } from "../theme.ts";
import { arrows } from "./arrows.ts";
import { boxes, frames, lights } from "./boxes.ts";
import { type Mark, signal, value } from "./marks.ts";
import type { Measure } from "./measure.ts";
import { texts } from "./texts.ts";

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
