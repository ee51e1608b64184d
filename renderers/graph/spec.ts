/**
 * A diagram as a Vega v5 specification: a static template (spec/*.ts) filled with the diagram's tables. The interactive
 * form is a window onto the drawing with its controls; the still form is the whole drawing of the first state.
 */
import type { VegaSpec } from "../chart/svg.ts";
import type { Diagram } from "./diagram.ts";
import { caption, captionHeight } from "./spec/caption.ts";
import { side, toolbar } from "./spec/controls.ts";
import { data } from "./spec/data.ts";
import { measure } from "./spec/measure.ts";
import { signals, stillSignals } from "./spec/signals.ts";
import { stage, stillStage } from "./spec/stage.ts";
import { FILLS, HEAT } from "./theme.ts";

/**
 * The interactive specification: pan, zoom, hover, select, search, open and close scopes.
 * It uses nothing newer than Vega 5.32 and runs under Vega 6 as well.
 */
export function specOf(diagram: Diagram): VegaSpec {
  const size = measure(diagram);
  return {
    ...frame(diagram, size.width, size.height + captionHeight(diagram)),
    usermeta: {
      embedOptions: {
        actions: { export: true, source: false, compiled: false, editor: false },
        renderer: "canvas",
      },
    },
    signals: signals(diagram, size),
    data: data(diagram, size.details.letters),
    marks: [stage(size), ...toolbar(diagram, size), side(diagram, size), ...caption(diagram, size.height)],
  };
}

/** The still picture of the state the diagram starts in, all of it at its natural size, for places without Vega. */
export function stillSpecOf(diagram: Diagram): VegaSpec {
  const { w, h } = diagram.states[diagram.initial]!;
  const states = [diagram.states[diagram.initial]!];
  const still: Diagram = {
    ...diagram,
    initial: 0,
    states,
    places: diagram.places
      .filter(({ state }) => state === diagram.initial)
      .map((row) => ({ ...row, state: 0 })),
    routes: diagram.routes
      .filter(({ state }) => state === diagram.initial)
      .map((row) => ({ ...row, state: 0 })),
  };
  return {
    ...frame(diagram, w + 12, h + 12),
    signals: stillSignals(diagram),
    data: data(still, measure(diagram).details.letters),
    marks: [stillStage()],
  };
}

const SCALES = [
  { name: "family", type: "ordinal", domain: Object.keys(FILLS), range: Object.values(FILLS) },
  {
    name: "heat",
    type: "linear",
    domain: HEAT.map((_, i) => i / (HEAT.length - 1)),
    range: HEAT,
    clamp: true,
  },
];

/** What a screen reader says of the picture. */
function description({ title, summary }: Diagram): string {
  if (summary === null) return `Graph of ${title}`;
  return `Graph of ${title}. Inputs: ${summary.inputs}. Outputs: ${summary.outputs}. Operators: ${summary.operators}.`;
}

function frame(diagram: Diagram, width: number, height: number): Record<string, unknown> {
  return {
    $schema: "https://vega.github.io/schema/vega/v5.json",
    description: description(diagram),
    width,
    height,
    padding: 4,
    autosize: "none",
    background: "transparent",
    scales: SCALES,
  };
}
