/**
 * Edits of a cell's text that keep every line, and nearly every column, where it was: what is blanked becomes spaces.
 * Positions are UTF-16 offsets in the original text.
 */

export interface Edits {
  /** Replaces a stretch by spaces, keeping its line breaks. */
  blank(start: number, end: number): void;
  /** Replaces a stretch by other text; shorter text is padded so that what follows keeps its column. */
  replace(start: number, end: number, text: string): void;
  /** Blanks a whole statement; a semicolon in its place keeps the lines around it from joining. */
  drop(start: number, end: number): void;
  /** The text with all edits made. */
  apply(): string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function editsOf(source: string): Edits {
  const edits: Edit[] = [];
  const spaces = (start: number, end: number): string =>
    source.slice(start, end).replace(/[^\n\r\u2028\u2029]/g, " ");
  const add = (start: number, end: number, text: string): void => {
    if (start < end || text !== "") edits.push({ start, end, text });
  };
  return {
    blank: (start, end) => add(start, end, spaces(start, end)),
    replace: (start, end, text) => add(start, end, text + spaces(Math.min(start + text.length, end), end)),
    drop: (start, end) => add(start, end, `;${spaces(start + 1, end)}`),
    apply() {
      let text = "";
      let at = 0;
      for (const edit of edits.toSorted(inOrder)) {
        // An edit inside a stretch that is gone already has nothing left to do.
        if (edit.start < at) continue;
        text += source.slice(at, edit.start) + edit.text;
        at = edit.end;
      }
      return text + source.slice(at);
    },
  };
}

/** Insertions come before what starts at the same place, longer stretches before what lies inside them. */
function inOrder(a: Edit, b: Edit): number {
  const isInsertion = (edit: Edit): number => (edit.start === edit.end ? 0 : 1);
  return a.start - b.start || isInsertion(a) - isInsertion(b) || b.end - a.end;
}
