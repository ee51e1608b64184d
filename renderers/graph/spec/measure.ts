/** How the picture's area is divided: the window onto the drawing, a minimap where something overflows, a side column. */
import type { Diagram } from "../diagram.ts";
import { SIZE } from "../theme.ts";

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

/** Divides the area so that the first state is seen well. */
export function measure({ states, initial }: Diagram): Measure {
  const first = states[initial]!;
  const overflows = states.some(({ w, h }) => h > SIZE.maxHeight || w > SIZE.width - SIZE.side);
  const map = overflows ? SIZE.minimap + SIZE.gap : 0;
  const stage = SIZE.width - SIZE.side - SIZE.gap - map;
  const height = Math.round(
    Math.min(
      SIZE.maxHeight,
      Math.max(SIZE.minHeight, first.h * Math.min(1, (stage - 24) / first.w) + SIZE.header + 24),
    ),
  );
  return {
    width: SIZE.width,
    height,
    stage,
    minimap: overflows ? stage + SIZE.gap : null,
    side: stage + map + SIZE.gap,
    zoom: fittingZoom(stage, height, first),
  };
}
