/**
 * A cell that cannot be run as it is written, and where in it the reason stands.
 */

/** What is wrong, at which one-based line and column of the cell; `name` becomes the error message's ename. */
export class CellError extends Error {
  readonly line: number;
  readonly column: number;
  readonly help: string | null;

  constructor(
    message: string,
    at: { readonly line: number; readonly column: number },
    { name = "SyntaxError", help = null }: { readonly name?: string; readonly help?: string | null } = {},
  ) {
    super(message);
    this.name = name;
    this.line = at.line;
    this.column = at.column;
    this.help = help;
  }
}

/** One-based line and column of a UTF-16 offset. */
export function positionOf(
  source: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** UTF-16 offset of a one-based line and column. */
export function offsetOf(
  source: string,
  { line, column }: { readonly line: number; readonly column: number },
): number {
  let start = 0;
  for (let i = 1; i < line; i += 1) {
    const next = source.indexOf("\n", start);
    if (next < 0) return source.length;
    start = next + 1;
  }
  return Math.min(source.length, start + column - 1);
}
