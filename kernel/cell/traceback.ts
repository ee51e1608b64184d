/**
 * Errors as users read them: message, a frame of the cell's text with the place marked, the stack in the cell's own lines, causes.
 * Which frames of a stack are shown, and how, is for stack-frames.ts.
 */
import type { ErrorDescription } from "../channel.ts";
import type { CellError } from "./cell-error.ts";
import { habitOfTypes } from "./habits.ts";
import { type FindCell, framesOf, originalPlace, type Place, type QuotedCell } from "./stack-frames.ts";

/** Content of an `error` message. */
export interface FormattedError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** Colours that read on light and dark pages; what is grey on the one is not to be seen on the other. */
const color = {
  name: (text: string) => `\u001b[31m${text}\u001b[39m`,
  place: (text: string) => `\u001b[32m${text}\u001b[39m`,
};
const typeErrorName = "TypeCheckError";
const mostTypeErrors = 10;
const mostFrames = 10;
/** Lines of the cell shown before and after the marked one. */
const context = 2;

export function formatError(error: ErrorDescription, findCell: FindCell): FormattedError {
  return { ename: error.name, evalue: error.message, traceback: linesOf(error, findCell) };
}

export function formatCellError(error: CellError, cell: QuotedCell): FormattedError {
  const place = { cell, line: error.line, column: error.column };
  const help = error.help === null ? [] : [error.help];
  return {
    ename: error.name,
    evalue: error.message,
    traceback: [headline(error.name, error.message), where(place), ...codeFrame(place), ...help],
  };
}

/** Type errors of a cell as one error: the first is its message, each has its frame. */
export function formatTypeErrors(
  errors: readonly {
    readonly message: string;
    readonly code: number;
    readonly line: number;
    readonly column: number;
    readonly width: number;
  }[],
  cell: QuotedCell,
): FormattedError {
  const [first] = errors;
  const texts = cell.source.split("\n");
  const helps = errors.map((error) => habitOfTypes({ ...error, line: texts[error.line - 1] ?? "" }));
  const lines = errors.slice(0, mostTypeErrors).flatMap(({ message, code, line, column, width }, i) => {
    const place = { cell, line, column };
    const help = helps[i] !== null && helps.indexOf(helps[i]) === i ? [helps[i]] : [];
    return [
      headline(typeErrorName, `${message} (TS${code})`),
      where(place),
      ...codeFrame(place, width),
      ...help,
    ];
  });
  const more = errors.length - mostTypeErrors;
  return {
    ename: typeErrorName,
    evalue: `${first.message} (TS${first.code})`,
    traceback: more > 0 ? [...lines, `and ${more} more`] : lines,
  };
}

function linesOf(error: ErrorDescription, findCell: FindCell): string[] {
  const frames = framesOf(error.stack, findCell);
  const place = placeOf(error, findCell) ?? frames.find((frame) => frame.place)?.place;
  const stack = frames.length > 1 || !place ? stackLines(frames) : [];
  return [
    headline(error.name, error.message),
    ...(place ? [where(place), ...codeFrame(place)] : []),
    ...stack,
    ...(error.details === undefined ? [] : [error.details]),
    ...(error.cause ? ["caused by", ...linesOf(error.cause, findCell)] : []),
    ...(error.errors ?? []).flatMap((one, i) => [
      `error ${i + 1} of ${error.errors?.length}`,
      ...linesOf(one, findCell),
    ]),
  ];
}

/** The innermost frames, and how many there are beside them. */
function stackLines(frames: readonly { readonly text: string }[]): string[] {
  const lines = frames.slice(0, mostFrames).map(({ text }) => `    at ${text}`);
  const more = frames.length - lines.length;
  return more > 0 ? [...lines, `    and ${more} more`] : lines;
}

function headline(name: string, message: string): string {
  return message === "" ? color.name(name) : `${color.name(name)}: ${message}`;
}

function where({ cell, line, column }: Place): string {
  return color.place(`${cell.title}, line ${line}, column ${column}`);
}

/** Where the error says it is, if it does. */
function placeOf({ at }: ErrorDescription, findCell: FindCell): Place | null {
  const cell = at && findCell(at.cell);
  return at && cell ? originalPlace({ cell, line: at.line, column: at.column }) : null;
}

/** The lines around a place, with a mark under its column. */
function codeFrame({ cell, line, column }: Place, width = 1): string[] {
  const lines = cell.source.split("\n");
  const first = Math.max(1, line - context);
  const last = Math.min(lines.length, line + context);
  const digits = String(last).length;
  const frame: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const marked = number === line;
    frame.push(
      `${marked ? color.name(">") : " "} ${String(number).padStart(digits)} | ${lines[number - 1] ?? ""}`,
    );
    if (marked)
      frame.push(
        `  ${" ".repeat(digits)} | ${" ".repeat(Math.max(0, column - 1))}${color.name("^".repeat(Math.max(1, width)))}`,
      );
  }
  return frame;
}
