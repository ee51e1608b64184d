/**
 * Cursor positions: Jupyter counts Unicode code points, JavaScript UTF-16 units ("Messaging in Jupyter", `cursor_pos`).
 */

/** UTF-16 offset of a code point position; the end for anything else. */
export function utf16Offset(text: string, position: unknown): number {
  if (typeof position !== "number" || !(position >= 0)) return text.length;
  let offset = 0;
  let points = 0;
  for (const character of text) {
    if (points === position) return offset;
    offset += character.length;
    points += 1;
  }
  return offset;
}

/** How many code points stand before a UTF-16 offset. */
export function codePointsBefore(text: string, offset: number): number {
  return [...text.slice(0, offset)].length;
}
