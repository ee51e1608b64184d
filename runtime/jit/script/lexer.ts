/**
 * Tokens of TorchScript's Python subset, with indentation as INDENT and DEDENT. What they mean together is the parser's.
 * Source of the language: torch/csrc/jit/frontend/lexer.h.
 */
import { errorAt, type SourceText, type Span } from "./source-text.ts";

/** A token. Of a string `text` is its content, of an operator or keyword its spelling. */
export interface Token extends Span {
  readonly kind: "name" | "number" | "string" | "symbol" | "newline" | "indent" | "dedent" | "end";
  readonly text: string;
}

/** The longest come first. */
const symbolPattern =
  /\*\*=|\/\/=|<<=|>>=|\.\.\.|->|\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%|&^]=|[()[\]{},:.;=+\-*/%@<>|&^~]/y;
const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const numberPattern = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?j?)/y;
const blankPattern = /[ \t\f\r]*(?:#[^\n]*)?/y;

/** Splits a text into tokens; the last one is `end`. Throws a RuntimeError for what no TorchScript can hold. */
export function tokenize(source: SourceText): Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  const indents = [0];
  const open: string[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  let fresh = true;

  const span = (position: number): Span => ({ line, column: position - lineStart + 1 });
  const push = (kind: Token["kind"], content: string, position: number): void => {
    tokens.push({ kind, text: content, ...span(position) });
  };
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  const nextLine = (): void => {
    at++;
    line++;
    lineStart = at;
  };
  const indentTo = (width: number): void => {
    if (width > indents[indents.length - 1]) {
      if (indents.length >= 100) throw errorAt(source, span(at), "blocks are nested more than 100 deep");
      indents.push(width);
      push("indent", "", at);
    }
    while (width < indents[indents.length - 1]) {
      indents.pop();
      push("dedent", "", at);
    }
    if (width !== indents[indents.length - 1])
      throw errorAt(
        source,
        span(at),
        "this line is indented less than the block before, but like none around it",
      );
  };

  while (at < text.length) {
    const blank = match(blankPattern) ?? "";
    if (fresh && open.length === 0) {
      const end = at + blank.length;
      if (text[end] === "\n") {
        at = end;
        nextLine();
        continue;
      }
      if (end >= text.length) break;
      const width = blank.replace(/\t/g, "        ").length;
      at = end;
      indentTo(width);
      fresh = false;
    } else at += blank.length;
    if (at >= text.length) break;
    const c = text[at];
    if (c === "\n") {
      if (open.length === 0) {
        push("newline", "\n", at);
        fresh = true;
      }
      nextLine();
      continue;
    }
    if (c === "\\" && text[at + 1] === "\n") {
      at++;
      nextLine();
      continue;
    }
    const name = match(namePattern);
    if (name !== null) {
      push("name", name, at);
      at += name.length;
      continue;
    }
    if (c === '"' || c === "'") {
      const start = at;
      const triple = text.startsWith(c.repeat(3), at);
      const { content, end } = readString(source, text, at, triple ? c.repeat(3) : c, span(at));
      push("string", content, start);
      for (let i = at; i < end; i++) {
        if (text[i] === "\n") {
          line++;
          lineStart = i + 1;
        }
      }
      at = end;
      continue;
    }
    const number = match(numberPattern);
    if (number !== null) {
      push("number", number, at);
      at += number.length;
      continue;
    }
    const symbol = match(symbolPattern);
    if (symbol === null)
      throw errorAt(source, span(at), `unexpected character ${JSON.stringify(c)} in TorchScript text`);
    if ("([{".includes(symbol)) open.push(symbol);
    if (symbol === ")" || symbol === "]" || symbol === "}") open.pop();
    push("symbol", symbol, at);
    at += symbol.length;
  }
  if (!fresh) push("newline", "\n", at);
  indentTo(0);
  push("end", "", at);
  return tokens;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

/** The content of a quoted text and where it ends. Octal and hexadecimal escapes are bytes of UTF-8. */
function readString(
  source: SourceText,
  text: string,
  start: number,
  quote: string,
  span: Span,
): { readonly content: string; readonly end: number } {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let at = start + quote.length;
  while (!text.startsWith(quote, at)) {
    const c = text[at];
    if (c === undefined || (c === "\n" && quote.length === 1))
      throw errorAt(source, span, "this text has no closing quote");
    if (c !== "\\") {
      const point = String.fromCodePoint(text.codePointAt(at) as number);
      bytes.push(...encoder.encode(point));
      at += point.length;
      continue;
    }
    const numeric = /^\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3}))/.exec(text.slice(at, at + 4));
    if (numeric !== null) {
      bytes.push(
        (numeric[1] === undefined ? Number.parseInt(numeric[2], 8) : Number.parseInt(numeric[1], 16)) & 255,
      );
      at += numeric[0].length;
      continue;
    }
    const escaped = text[at + 1];
    bytes.push(...encoder.encode(escapes[escaped] ?? `\\${escaped}`));
    at += 2;
  }
  return { content: new TextDecoder().decode(Uint8Array.from(bytes)), end: at + quote.length };
}
