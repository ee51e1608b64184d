/** TorchScript text and places in it: what errors of the lexer, parser and compiler point at. */
import { RuntimeError } from "../../errors.ts";

/** A named text, such as `code/__torch__.py` of an archive. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** A place in a text; lines and columns count from 1. */
export interface Span {
  readonly line: number;
  readonly column: number;
}

/** An error that shows the line it is about, with a mark below the place. */
export function errorAt(source: SourceText, { line, column }: Span, message: string): RuntimeError {
  const text = source.text.split("\n", line)[line - 1] ?? "";
  // A hostile line can be as long as the file.
  const start = Math.max(0, column - 60);
  const shown = text.slice(start, start + 120);
  return new RuntimeError(
    `${message}\n  ${source.name}:${line}:${column}\n    ${shown}\n    ${" ".repeat(Math.max(0, column - 1 - start))}^`,
  );
}
