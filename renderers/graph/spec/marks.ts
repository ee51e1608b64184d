/** Words the drawing's marks are written in: constants and expressions, places of boxes, and how things step back. */
import { MARKED } from "../theme.ts";
import { MATCHES } from "./data.ts";

/** A Vega mark. */
export type Mark = Readonly<Record<string, unknown>>;

/** A constant channel of a mark. */
export const value = (constant: unknown): Mark => ({ value: constant });
/** A channel computed by an expression. */
export const signal = (expression: string): Mark => ({ signal: expression });

/** A rectangle around the datum's centre, `grow` pixels larger than its place. */
export const box = (datum: string, grow = 0): Mark => ({
  xc: signal(`${datum}.x * k`),
  yc: signal(`${datum}.y * k`),
  width: signal(`${datum}.w * k + ${grow}`),
  height: signal(`${datum}.h * k + ${grow}`),
});

/** Rounded boxes; the graph's ends are round altogether. */
export const corner = (datum: string): string =>
  `(${datum}.op.kind === 'input' || ${datum}.op.kind === 'return' ? ${datum}.h / 2 : 5) * k`;

/** Boxes that are not sought step back, and all arrows. */
export const dimmed = `seeking && !(${MATCHES}) ? 0.35 : 1`;
export const dimmedArrows = "focus !== null ? 0.45 : seeking ? 0.4 : 1";

/** The colour of a producer or a consumer of the focus. */
export const role = (isConsumer: string): Mark =>
  signal(`${isConsumer} ? '${MARKED.consumer}' : '${MARKED.producer}'`);
