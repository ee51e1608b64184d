/**
 * Rewrites the magics of a cell to TypeScript: `%%name` on the first line takes the whole cell, `%name …`, `NAME?` and `!command` a line each.
 * Where a line may be TypeScript as well, it is TypeScript if it names a variable.
 */
import { CellError, offsetOf, positionOf } from "../cell/cell-error.ts";
import { declaredBy } from "../cell/declarations.ts";
import { parse } from "../cell/syntax-tree.ts";
import { rewriteHelp, unknownMagic } from "./help.ts";
import type { MagicCall, MagicContext, Piece, Span } from "./magic.ts";
import { rewriteShell } from "./shell.ts";
import { findMagic, magics } from "./table.ts";

/** TypeScript without magics, and the way back to the cell. */
export interface PlainCell {
  readonly text: string;
  /** Position in the cell of a position in `text`, both one-based; null for text no user wrote. */
  readonly original: (
    line: number,
    column: number,
  ) => { readonly line: number; readonly column: number } | null;
}

const mayHoldMagic = /^[ \t]*[%?!]|\?[ \t]*;?[ \t]*$/m;
const lineMagic = /^[ \t]*%([\p{L}_]\w*)(?:[ \t]+(.*?))?[ \t]*$/u;
const cellMagic = /^%%([\p{L}_]\w*)(?:[ \t]+(.*?))?[ \t]*$/u;

/** The cell without its magics; null if it has none. Throws {@link CellError} for unknown magics and wrong use. */
export function rewriteMagics(source: string, context: MagicContext): PlainCell | null {
  if (!mayHoldMagic.test(source)) return null;
  const pieces = source.startsWith("%%") ? cellPieces(source, context) : linePieces(source, context);
  return pieces && assemble(source, pieces);
}

function cellPieces(source: string, context: MagicContext): readonly Piece[] {
  const [line] = linesOf(source);
  const match = cellMagic.exec(textAt(source, line));
  if (match === null) {
    throw new CellError(
      "expected the name of a magic after %%",
      { line: 1, column: 3 },
      { name: "UsageError" },
    );
  }
  const body = { start: Math.min(line.end + 1, source.length), end: source.length };
  return rewriteCall(source, line, match, body, context);
}

function linePieces(source: string, context: MagicContext): readonly Piece[] | null {
  const parsed = parse(source);
  const isTypeScript = parsed.problems.length === 0;
  const own = isTypeScript
    ? new Set(parsed.body.flatMap(declaredBy).map(([name]) => name))
    : new Set<string>();
  const isVariable = (name: string): boolean => isTypeScript && (own.has(name) || context.slots.has(name));
  const pieces: Piece[] = [];
  let found = false;
  for (const line of linesOf(source)) {
    const text = textAt(source, line);
    const match = lineMagic.exec(text);
    // `a` and `%b` on two lines are a remainder if there is a variable b, or no magic of that name.
    const isMagic = match && !(isTypeScript && (findMagic(match[1]) === undefined || isVariable(match[1])));
    const rewritten = isMagic
      ? rewriteCall(source, line, match, null, context)
      : isTypeScript
        ? rewriteShell(text, isVariable)
        : (rewriteHelp(text) ?? rewriteShell(text, isVariable));
    found ||= rewritten !== null;
    pieces.push(
      ...(rewritten ?? [line]),
      ...(line.end < source.length ? [{ start: line.end, end: line.end + 1 }] : []),
    );
  }
  return found ? pieces : null;
}

function rewriteCall(
  source: string,
  line: Span,
  match: RegExpExecArray,
  body: Span | null,
  context: MagicContext,
): readonly Piece[] {
  const [whole, name, written = ""] = match;
  const magic = findMagic(name);
  const at = positionOf(source, line.start + whole.indexOf("%"));
  const sign = body ? "%%" : "%";
  if (magic === undefined)
    throw new CellError(unknownMagic(`${sign}${name}`, magics), at, { name: "UsageError" });
  if (!magic.forms.includes(body ? "cell" : "line")) {
    const other = body
      ? "a line magic: write it with one %"
      : "a cell magic: write it with %% on the cell's first line";
    throw new CellError(`${name} is ${other}`, at, { name: "UsageError", help: `usage: ${magic.usage}` });
  }
  const args = written === "" ? line.end : line.start + whole.lastIndexOf(written);
  const call: MagicCall = {
    name,
    source,
    line,
    args: { start: args, end: args + written.length },
    body,
    ...context,
  };
  return magic.rewrite(call);
}

function linesOf(source: string): Span[] {
  const lines: Span[] = [];
  let start = 0;
  for (const text of source.split("\n")) {
    lines.push({ start, end: start + text.length });
    start += text.length + 1;
  }
  return lines;
}

function textAt(source: string, { start, end }: Span): string {
  return source.slice(start, end);
}

function assemble(source: string, pieces: readonly Piece[]): PlainCell {
  let text = "";
  const kept: { readonly at: number; readonly span: Span }[] = [];
  for (const piece of pieces) {
    if (typeof piece !== "string") kept.push({ at: text.length, span: piece });
    text += typeof piece === "string" ? piece : textAt(source, piece);
  }
  return {
    text,
    original(line, column) {
      const offset = offsetOf(text, { line, column });
      const inside = kept.find(({ at, span }) => at <= offset && offset <= at + span.end - span.start);
      // A magic's own text is on the magic's line: lines are never added before it.
      return inside ? positionOf(source, inside.span.start + offset - inside.at) : { line, column: 1 };
    },
  };
}
