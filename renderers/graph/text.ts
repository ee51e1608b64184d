/** How wide a text will be in the diagram's font, so that boxes can be sized before anything is drawn. */

/** The font of the diagram. Its alternatives have the same widths, so measured boxes fit on every system. */
export const FONT = "Helvetica, Arial, Liberation Sans, sans-serif";

/** Widths in thousandths of the font size: Helvetica's, from the space to the tilde. */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
  556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
  556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
  278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/** The width of `text` in pixels at font size `size`; bold letters are about a twelfth wider. */
export function textWidth(text: string, size: number, bold = false): number {
  let units = 0;
  for (const character of text) units += WIDTHS[character.codePointAt(0)! - 32] ?? 600;
  return (units * size * (bold ? 1.08 : 1)) / 1000;
}
