/**
 * Whether a cursor stands inside a string.
 */

/** What stands between the string's opening quote and the end of the text; null outside of strings. */
export function openString(before: string): string | null {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  let quote: string | null = null;
  let start = 0;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (character === "\\") at += 1;
    else if (quote === null && character === "/" && line[at + 1] === "/") return null;
    else if (quote === null && /["'`]/.test(character)) {
      quote = character;
      start = at + 1;
    } else if (character === quote) quote = null;
  }
  return quote === null ? null : line.slice(start);
}
