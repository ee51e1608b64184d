/**
 * Breakpoints in cells: the lines a front end wants, and V8's breakpoints for them in every script of the cell's text, those that
 * ran before and those to come.
 */
import type { Debugger as V8 } from "node:inspector";
import type { QuotedCell } from "../cell/stack-frames.ts";
import type { Breakpoint, Post } from "./protocol.ts";

export class Breakpoints {
  readonly #post: Post;
  readonly #cell: (script: string) => QuotedCell | undefined;
  readonly #wanted = new Map<string, readonly Breakpoint[]>();
  /** V8's breakpoints by path. */
  readonly #set = new Map<string, string[]>();

  constructor(post: Post, cell: (script: string) => QuotedCell | undefined) {
    this.#post = post;
    this.#cell = cell;
  }

  list(): readonly { readonly source: string; readonly breakpoints: readonly Breakpoint[] }[] {
    return [...this.#wanted].map(([source, breakpoints]) => ({ source, breakpoints }));
  }

  /** V8 forgets its breakpoints when its debugger is turned off. */
  clear(): void {
    this.#wanted.clear();
    this.#set.clear();
  }

  /** Takes new breakpoints for a path in place of the old ones; gives the lines where they came to lie. */
  async replace(
    path: string,
    wanted: readonly Breakpoint[],
    scripts: readonly string[],
  ): Promise<readonly Breakpoint[]> {
    for (const breakpointId of this.#set.get(path) ?? [])
      await this.#post("Debugger.removeBreakpoint", { breakpointId });
    this.#set.delete(path);
    this.#wanted.set(path, wanted);
    const placed = [...wanted];
    for (const script of scripts) {
      for (const [i, breakpoint] of wanted.entries()) {
        const line = await this.#place(path, script, breakpoint);
        if (line !== null) placed[i] = { ...breakpoint, line };
      }
    }
    if (wanted.length === 0) this.#wanted.delete(path);
    else this.#wanted.set(path, placed);
    return placed;
  }

  /** Sets the breakpoints of a path in a script that is about to run. */
  async placeIn(path: string, script: string): Promise<void> {
    for (const breakpoint of this.#wanted.get(path) ?? []) await this.#place(path, script, breakpoint);
  }

  /** The line where V8 put it; null if it does not know the script yet. */
  async #place(path: string, script: string, { line, condition = "" }: Breakpoint): Promise<number | null> {
    const cell = this.#cell(script);
    const { breakpointId, locations } = await this.#post<V8.SetBreakpointByUrlReturnType>(
      "Debugger.setBreakpointByUrl",
      { url: script, lineNumber: lineThatRan(line, cell) - 1, condition },
    );
    this.#set.set(path, [...(this.#set.get(path) ?? []), breakpointId]);
    const [location] = locations;
    if (location === undefined) return null;
    const found = { line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 };
    return (cell?.original?.(found.line, found.column) ?? found).line;
  }
}

/** A transformed cell begins with at most so many lines that nobody wrote. */
const mostAdded = 200;

/** The line of the code that ran for a line of the cell's text. */
function lineThatRan(line: number, cell: QuotedCell | undefined): number {
  if (!cell?.original) return line;
  for (let ran = 1; ran < 3 * line + mostAdded; ran += 1) {
    // Statements begin somewhere behind the indentation.
    for (let column = 1; column < 40; column += 1) {
      const found = cell.original(ran, column);
      if (found && found.line >= line) return ran;
    }
  }
  return line;
}
