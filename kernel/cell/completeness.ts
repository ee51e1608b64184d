/**
 * Whether a cell's text is a whole program: the answer to is_complete_request (Jupyter messaging, "Code completeness").
 * A problem at the very end means more may come; a problem before it will not go away.
 */
import { parse } from "./syntax-tree.ts";

export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  /** What the next line starts with, when there has to be one. */
  readonly indent?: string;
}

const neverEnded = /Unterminated (multiline comment|template)|found `EOF`/;
/** Lines that are magics, commands or questions for help: whole by themselves. */
const magicLine = /^[ \t]*(?:%[\p{L}_].*|!\S.*|\?{1,2}[\w$.%]+|%{0,2}[\w$.]+\?{1,2})[ \t]*$/gmu;

export function completeness(source: string): Completeness {
  if (/^%%\w/.test(source)) {
    // The body of a cell magic is any text: an empty line ends it, as at IPython's prompt.
    return /\n\s*\n$/.test(source) ? { status: "complete" } : { status: "incomplete", indent: "" };
  }
  if (parse(source).problems.length === 0) return { status: "complete" };
  const { problems } = parse(source.replace(magicLine, (line) => ";".padEnd(line.length)));
  if (problems.length === 0) return { status: "complete" };
  const end = source.trimEnd().length;
  const open = problems.some(
    ({ message, start }) =>
      start >= end ||
      neverEnded.test(message) ||
      // A template, or what goes on behind a value in it.
      (message.includes("Unterminated string") && /[`}]/.test(source[start])),
  );
  // A generic function without its body is taken for an assertion.
  const isBodyMissing = /=>$/.test(source.trimEnd());
  return open || isBodyMissing ? { status: "incomplete", indent: nextIndent(source) } : { status: "invalid" };
}

function nextIndent(source: string): string {
  const last = source.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(last)?.[0] ?? "";
  return /[{([]$/.test(last) ? `${indent}  ` : indent;
}
