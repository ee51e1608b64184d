/**
 * Where the calls in a cell's code stand in the cell as it was typed, as data: stack frames name places of the code that runs, and
 * a trace's nodes and warnings are to name the user's. Only magics and syntax that esbuild transforms move anything.
 */
import type { MovedCalls } from "../channel.ts";
import type { RewrittenCell } from "./rewrite.ts";

/** The calls of a cell that were moved; null if none were. */
export function movedCalls({ code, original }: Pick<RewrittenCell, "code" | "original">): MovedCalls | null {
  if (original === null) return null;
  const moved: [line: number, column: number, toLine: number, toColumn: number][] = [];
  for (const [i, text] of code.split("\n").entries()) {
    for (const { index } of text.matchAll(/[\p{ID_Start}$_][\p{ID_Continue}$]*(?=\s*[(`])/gu)) {
      const [line, column] = [i + 1, index + 1];
      const there = original(line, column);
      if (there !== null && (there.line !== line || there.column !== column))
        moved.push([line, column, there.line, there.column]);
    }
  }
  return moved.length === 0 ? null : moved;
}
