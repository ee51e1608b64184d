/**
 * V8's stack frames as users read them: positions in cells by the cell's own lines, files by their paths, and nothing of the
 * kernel's machinery. What an error says besides is for traceback.ts.
 */
import { fileURLToPath } from "node:url";

/** A cell's text, as tracebacks quote it. */
export interface QuotedCell {
  /** What a user calls it: `Cell In[3]`. */
  readonly title: string;
  readonly source: string;
  /** Leads positions of the code that ran back to the text; null where they are the same. */
  readonly original:
    | ((line: number, column: number) => { readonly line: number; readonly column: number } | null)
    | null;
}

export interface Place {
  readonly cell: QuotedCell;
  readonly line: number;
  readonly column: number;
}

export interface Frame {
  /** What stands behind `at`. */
  readonly text: string;
  readonly place: Place | null;
}

export type FindCell = (name: string) => QuotedCell | undefined;

const frameLine = /^(\s+)at (.*)$/;
/** What Node writes in place of frames that an error shares with its cause: most are the kernel's own. */
const sharedFrames = /^\s+\.\.\. \d+ lines matching cause stack trace \.\.\.$/;
const cellFrame = /(cell-[\w.-]+\.ts):(\d+):(\d+)/;
/** Frames of Node's machinery and of this package; what a user wrote is never there. */
const ownFrame =
  /\(?node:internal|node:inspector|[/\\]dist[/\\](kernel|protocol|runtime|renderers|chunk-[\w-]+|typescript-loader)\.c?js/;

/** A function of the language itself, such as `Array.map`, which counts as its caller's. */
const builtinFrame = /\(<anonymous>\)$/;

/** The frames of a stack, the innermost first. */
export function framesOf(stack: string, findCell: FindCell): readonly Frame[] {
  return frames(
    stack.split("\n").flatMap((line) => frameLine.exec(line)?.[2] ?? []),
    findCell,
  );
}

/** A text with the stacks in it made readable, as printed errors and `console.trace` have them. */
export function withReadableStacks(text: string, findCell: FindCell): string {
  if (!text.includes("    at ")) return text;
  const lines: string[] = [];
  let stack: string[] = [];
  const endStack = (): void => {
    if (stack.length > 0) lines.push(...readable(stack, findCell));
    stack = [];
  };
  for (const line of text.split("\n")) {
    if (frameLine.test(line) || (stack.length > 0 && sharedFrames.test(line))) stack.push(line);
    else {
      endStack();
      lines.push(line);
    }
  }
  endStack();
  return lines.join("\n");
}

function readable(stack: readonly string[], findCell: FindCell): readonly string[] {
  const indent = frameLine.exec(stack[0])?.[1] ?? "";
  // An error with properties of its own opens a brace behind its last frame.
  const opens = stack.at(-1)?.endsWith(" {") ? " {" : "";
  const texts = stack.flatMap((line) => frameLine.exec(line)?.[2].replace(/ \{$/, "") ?? []);
  const kept = frames(texts, findCell).map(({ text }) => `${indent}at ${text}`);
  if (kept.length === 0) return opens === "" ? [] : [`${indent}{`];
  return [...kept.slice(0, -1), `${kept.at(-1)}${opens}`];
}

function frames(texts: readonly string[], findCell: FindCell): readonly Frame[] {
  const isOwn = (i: number): boolean =>
    i < texts.length && (ownFrame.test(texts[i]) || (builtinFrame.test(texts[i]) && isOwn(i + 1)));
  const found = texts.flatMap((text, i) => (isOwn(i) ? [] : [frame(text, findCell)]));
  // Below the cell there is only what runs cells.
  const lowest = found.findLastIndex(({ place }) => place !== null);
  return lowest < 0 ? found : found.slice(0, lowest + 1);
}

function frame(text: string, findCell: FindCell): Frame {
  const match = cellFrame.exec(text);
  const cell = match && findCell(match[1]);
  if (!match || !cell) return { text: text.replace(/file:\/\/[^\s)]+?(?=:\d+:\d+)/, pathOf), place: null };
  const place = originalPlace({ cell, line: Number(match[2]), column: Number(match[3]) });
  return { text: text.replace(match[0], `${cell.title}:${place.line}:${place.column}`), place };
}

/** Front ends link paths, where a `file:` address would lead nowhere. */
function pathOf(url: string): string {
  return URL.canParse(url) ? fileURLToPath(new URL(url).href.replace(/[?#].*$/, "")) : url;
}

/** The place in the cell's text of a place in the code that ran. */
export function originalPlace(place: Place): Place {
  const found = place.cell.original?.(place.line, place.column);
  return found ? { ...place, ...found } : place;
}
