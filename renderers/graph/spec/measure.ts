/** How the picture's area is divided: the window onto the drawing, a minimap where something overflows, a side column. */
import type { Diagram } from "../diagram.ts";
import { textWidth } from "../text.ts";
import { SIZE } from "../theme.ts";

/** Lengths of the side column: a row of the legend, a line of the details and its mean letter, and what a heading adds. */
export const SIDE = { row: 17, line: 13, letter: 5.8, heading: 1.5 } as const;

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
  /** Where in the side column the details stand: below the switches, or beside the legend of a narrow drawing. */
  readonly details: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly letters: number;
  };
}

/** The zoom, in thousandths, at which a drawing fits in width and, if it stays legible, in height. */
export function fittingZoom(
  stage: number,
  height: number,
  { w, h }: { readonly w: number; readonly h: number },
): number {
  const wide = Math.min(1, (stage - 24) / w);
  const high = (height - SIZE.header - 20) / h;
  const zoom = Math.max(LEGIBLE, high >= SMALLEST ? Math.min(wide, high) : wide);
  return Math.floor(zoom * 1000) / 1000;
}

/** Below this zoom text is hard to read: a drawing is cut off rather than shrunk further. */
const LEGIBLE = 0.45;
const SMALLEST = 0.8;

/** Where the switches begin, below the legend, and where they end. */
export function switchesOf({ ops, overlays }: Diagram): { readonly top: number; readonly end: number } {
  const families = new Set(ops.map(({ family }) => family)).size;
  const rows = Math.max(families, overlays.length > 0 ? RANKED + 3 : 0);
  const top = 28 + rows * SIDE.row + 8;
  return { top, end: top + (hasParameters(ops) ? 2 : 1) * SIDE.row };
}

/** Whether there is anything to switch off. */
export function hasParameters(ops: Diagram["ops"]): boolean {
  return ops.some(({ parameters }) => parameters !== "");
}

/** The room the longest details take, or else the hints. */
function detailsHeight({ ops }: Diagram, letters: number): number {
  const lines = ops.map(({ details }) =>
    Object.entries(details)
      .filter(([name]) => name !== "title")
      .reduce((sum, [, text]) => sum + Math.ceil(text.length / (letters - 3)) + SIDE.heading, 0),
  );
  return Math.max(5, ...lines) * SIDE.line + 24;
}

/** Drawings no wider than this leave room for the details beside the legend, so that they need not be high for them. */
const NARROW = 360;

/** Divides the area so that the first state is seen well. */
export function measure(diagram: Diagram): Measure {
  const { states, initial, title } = diagram;
  const first = states[initial]!;
  const overflows = states.some(({ w, h }) => h > SIZE.maxHeight || w > SIZE.width - SIZE.side);
  const narrow = !overflows && states.every(({ w }) => w + 24 <= NARROW);
  const map = overflows ? SIZE.minimap + SIZE.gap : 0;
  const widest = SIZE.width - SIZE.side - SIZE.gap - map;
  const titled = textWidth(title, SIZE.label, true) + SIZE.buttons;
  const stage = narrow ? Math.min(widest - SIZE.side, Math.max(NARROW, titled)) : widest;
  const side = stage + map + SIZE.gap;
  const switches = switchesOf(diagram).end;
  const [x, y] = narrow ? [SIZE.side, 0] : [0, switches + 14];
  const width = SIZE.width - side - x;
  const letters = Math.floor(width / SIDE.letter);
  const drawing = first.h * Math.min(1, (stage - 24) / first.w) + SIZE.header + 24;
  const column = Math.max(switches + 10, y + detailsHeight(diagram, letters));
  const height = Math.round(Math.min(SIZE.maxHeight, Math.max(SIZE.minHeight, drawing, column)));
  return {
    width: SIZE.width,
    height,
    stage,
    minimap: overflows ? stage + SIZE.gap : null,
    side,
    details: { x, y, width, letters },
  };
}
