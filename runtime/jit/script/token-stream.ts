/** Tokens read one after the other, with the errors a parser raises when another one comes than was expected. */
import type { RuntimeError } from "../../errors.ts";
import { type Token, tokenize } from "./lexer.ts";
import { errorAt, type SourceText, type Span } from "./source-text.ts";

/** What tokens are called in errors, by torch's names. */
const tokenNames: Readonly<Record<string, string>> = { name: "ident", end: "eof", string: "string_literal" };

/** Words that are tokens of their own. */
const keywords = new Set(
  "and as assert break class continue def del elif else False for from global if import in is lambda None not or pass raise return True while with".split(
    " ",
  ),
);

/** Deeper nesting is refused, since parsing and compiling recurse. */
const deepest = 150;

export class TokenStream {
  readonly source: SourceText;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(source: SourceText) {
    this.source = source;
    this.#tokens = tokenize(source);
  }

  get current(): Token {
    return this.#tokens[this.#at];
  }

  peek(distance = 1): Token {
    return this.#tokens[Math.min(this.#at + distance, this.#tokens.length - 1)];
  }

  next(): Token {
    const token = this.#tokens[this.#at];
    if (this.#at < this.#tokens.length - 1) this.#at++;
    return token;
  }

  /** True if the current token is this symbol or keyword. */
  at(text: string): boolean {
    const { kind, text: spelling } = this.current;
    return (kind === "symbol" || kind === "name") && spelling === text;
  }

  /** True if this kind of token stands here, or the text is over. */
  ends(kind: Token["kind"]): boolean {
    return this.current.kind === kind || this.current.kind === "end";
  }

  /** Takes the symbol or keyword if it stands here. */
  accept(text: string): boolean {
    const found = this.at(text);
    if (found) this.next();
    return found;
  }

  expect(text: string): Token {
    if (!this.at(text)) throw this.unexpected(text);
    return this.next();
  }

  expectKind(kind: Token["kind"], expected: string): Token {
    if (this.current.kind !== kind) throw this.unexpected(expected);
    return this.next();
  }

  unexpected(expected: string): RuntimeError {
    const { kind, text } = this.current;
    const found = kind === "symbol" || keywords.has(text) ? text : (tokenNames[kind] ?? kind);
    return this.error(`expected ${expected} but found '${found}' here:`);
  }

  error(message: string, span: Span = this.current): RuntimeError {
    return errorAt(this.source, span, message);
  }

  /** Runs a parser of something that can contain itself. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > deepest) throw this.error(`expressions are nested more than ${deepest} deep`);
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }
}
