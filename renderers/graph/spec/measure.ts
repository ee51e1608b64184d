/** How the picture's area is divided: the window onto the drawing, a minimap where something overflows, a side column. */
import type { Diagram } from "../diagram.ts";
import { SIZE } from "../theme.ts";

/** Lengths of the side column: a row of the legend, a line of the details with its letters, and what a heading adds. */
export const SIDE = { row: 17, line: 13, letters: 32, heading: 1.5 } as const;

/** How many boxes are listed below an overlay's scale, the greatest first. */
export const RANKED = 6;

/** Sizes of the interactive picture, in pixels. */
export interface Measure {
  readonly width: number;
  readonly height: number;
  /** The width of the window onto the drawing. */
  readonly stage: number;
  /** The left edge of the minimap; null if everything always fits. */
  readonly minimap: number | null;
  /** The left edge of the side column. */
  readonly side: number;
  /** The zoom the first view starts with. */
  readonly zoom: number;
}

/** The zoom at which a drawing fits in width and, if it stays legible, in height. */
export function fittingZoom(
  stage: number,
  height: number,
  { w, h }: { readonly w: number; readonly h: number },
): number {
  const wide = Math.min(1, (stage - 24) / w);
  const high = (height - SIZE.header - 20) / h;
  return Math.max(LEGIBLE, high >= SMALLEST ? Math.min(wide, high) : wide);
}

/** Below this zoom text is hard to read: a drawing is cut off rather than shrunk further. */
const LEGIBLE = 0.45;
const SMALLEST = 0.8;

/** Where the parts of the side column begin, from the top: switches below the legend, details below the switches. */
export function sideParts({ ops, overlays }: Diagram): {
  readonly switches: number;
  readonly details: number;
} {
  const families = new Set(ops.map(({ family }) => family)).size;
  const rows = Math.max(families, overlays.length > 0 ? RANKED + 3 : 0);
  const switches = 28 + rows * SIDE.row + 8;
  const count = hasParameters(ops) ? 2 : 1;
  return { switches, details: switches + count * SIDE.row + 14 };
}

/** Whether there is anything to switch off. */
export function hasParameters(ops: Diagram["ops"]): boolean {
  return ops.some(({ parameters }) => parameters !== "");
}

/** The room the longest details take, or else the hints. */
function detailsHeight({ ops }: Diagram): number {
  const lines = ops.map(({ details }) =>
    Object.entries(details)
      .filter(([name]) => name !== "title")
      .reduce((sum, [, text]) => sum + Math.ceil(text.length / SIDE.letters) + SIDE.heading, 0),
  );
  return Math.max(5, ...lines) * SIDE.line + 24;
}

/** Divides the area so that the first state is seen well. */
export function measure(diagram: Diagram): Measure {
  const { states, initial } = diagram;
  const first = states[initial]!;
  const overflows = states.some(({ w, h }) => h > SIZE.maxHeight || w > SIZE.width - SIZE.side);
  const map = overflows ? SIZE.minimap + SIZE.gap : 0;
  const stage = SIZE.width - SIZE.side - SIZE.gap - map;
  const drawing = first.h * Math.min(1, (stage - 24) / first.w) + SIZE.header + 24;
  const column = sideParts(diagram).details + detailsHeight(diagram);
  const height = Math.round(Math.min(SIZE.maxHeight, Math.max(SIZE.minHeight, drawing, column)));
  return {
    width: SIZE.width,
    height,
    stage,
    minimap: overflows ? stage + SIZE.gap : null,
    side: stage + map + SIZE.gap,
    zoom: fittingZoom(stage, height, first),
  };
}
