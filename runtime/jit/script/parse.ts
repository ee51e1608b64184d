/**
 * Statements, functions and classes of TorchScript text. Source of the grammar: torch/csrc/jit/frontend/parser.cpp.
 */
import { parseExpression, parseTuple, targetAndIterable } from "./parse-expression.ts";
import type { SourceText, Span } from "./source-text.ts";
import type {
  ClassDefinition,
  Expression,
  FunctionDefinition,
  Parameter,
  Program,
  Statement,
} from "./syntax.ts";
import { TokenStream } from "./token-stream.ts";

/** Parses a text of functions and classes. Throws a RuntimeError that shows the place of a mistake. */
export function parseProgram(source: SourceText): Program {
  const tokens = new TokenStream(source);
  const functions: FunctionDefinition[] = [];
  const classes: ClassDefinition[] = [];
  while (tokens.current.kind !== "end") {
    skipDecorators(tokens);
    if (tokens.at("def")) functions.push(parseFunction(tokens));
    else if (tokens.at("class")) classes.push(parseClass(tokens));
    else if (tokens.at("import") || tokens.at("from")) skipLine(tokens);
    // Old archives begin with `op_version_set = 1`.
    else if (tokens.current.kind === "name" && tokens.peek().text === "=") skipLine(tokens);
    else throw tokens.unexpected("def");
  }
  return { functions, classes };
}

function skipLine(tokens: TokenStream): void {
  while (tokens.current.kind !== "newline" && tokens.current.kind !== "end") tokens.next();
  if (tokens.current.kind === "newline") tokens.next();
}

function skipDecorators(tokens: TokenStream): void {
  while (tokens.at("@")) skipLine(tokens);
}

function parseClass(tokens: TokenStream): ClassDefinition {
  const { line, column } = tokens.expect("class");
  const name = tokens.expectKind("name", "ident").text;
  let base = "";
  if (tokens.accept("(")) {
    if (!tokens.at(")")) base = dottedName(parseExpression(tokens));
    tokens.expect(")");
  }
  const assignments: (Statement & { readonly kind: "assign" })[] = [];
  const methods: FunctionDefinition[] = [];
  parseBlock(tokens, () => {
    skipDecorators(tokens);
    if (tokens.at("def")) {
      methods.push(parseFunction(tokens));
      return;
    }
    for (const statement of parseSimpleLine(tokens)) {
      if (statement.kind === "assign") assignments.push(statement);
      else if (statement.kind !== "pass" && statement.kind !== "expression")
        throw tokens.error(`a class cannot contain a ${statement.kind} statement`, statement);
    }
  });
  return { kind: "class", name, base, assignments, methods, line, column };
}

/** `a.b.c` of an expression of names; empty for any other. */
export function dottedName(expression: Expression): string {
  if (expression.kind === "name") return expression.name;
  if (expression.kind !== "attribute") return "";
  const object = dottedName(expression.object);
  return object === "" ? "" : `${object}.${expression.name}`;
}

/** An indented block, or what stands on the same line behind the colon. */
function parseBlock(tokens: TokenStream, parseOne: () => void): void {
  tokens.expect(":");
  if (tokens.current.kind !== "newline") {
    parseOne();
    return;
  }
  tokens.next();
  tokens.expectKind("indent", "indent");
  while (!tokens.ends("dedent")) parseOne();
  if (!tokens.ends("end")) tokens.next();
}

function parseFunction(tokens: TokenStream): FunctionDefinition {
  const { line, column } = tokens.expect("def");
  const name = tokens.expectKind("name", "ident").text;
  tokens.expect("(");
  const parameters: Parameter[] = [];
  let keywordOnly = false;
  while (!tokens.at(")")) {
    if (tokens.accept("*")) keywordOnly = true;
    else parameters.push(parseParameter(tokens, keywordOnly));
    if (!tokens.accept(",")) break;
  }
  tokens.expect(")");
  const returns = tokens.accept("->") ? parseExpression(tokens) : null;
  const body = parseBody(tokens);
  return { kind: "function", name, parameters, returns, body, line, column };
}

function parseParameter(tokens: TokenStream, keywordOnly: boolean): Parameter {
  const { text, line, column } = tokens.expectKind("name", "ident");
  const annotation = tokens.accept(":") ? parseExpression(tokens) : null;
  const value = tokens.accept("=") ? parseExpression(tokens) : null;
  return { name: text, annotation, default: value, keywordOnly, line, column };
}

function parseBody(tokens: TokenStream): readonly Statement[] {
  const statements: Statement[] = [];
  tokens.nested(() => parseBlock(tokens, () => statements.push(...parseStatement(tokens))));
  return statements;
}

function parseStatement(tokens: TokenStream): readonly Statement[] {
  const { line, column } = tokens.current;
  if (tokens.at("if")) return [parseIf(tokens)];
  if (tokens.accept("while")) {
    const test = parseExpression(tokens);
    return [{ kind: "while", test, body: parseBody(tokens), line, column }];
  }
  if (tokens.accept("for")) {
    const [target, iterable] = targetAndIterable(
      tokens,
      parseTuple(tokens, (token) => token.text === "in"),
    );
    return [{ kind: "for", target, iterable, body: parseBody(tokens), line, column }];
  }
  if (tokens.accept("with")) return [parseWith(tokens, { line, column })];
  if (tokens.at("def")) return [{ kind: "local", definition: parseFunction(tokens), line, column }];
  if (tokens.at("class") || tokens.at("try"))
    throw tokens.error(`"${tokens.current.text}" is not supported inside of a TorchScript function`);
  return parseSimpleLine(tokens);
}

/** `with a as b, c:` */
function parseWith(tokens: TokenStream, { line, column }: Span): Statement {
  const contexts: { readonly object: Expression; readonly target: Expression | null }[] = [];
  do {
    const object = parseExpression(tokens);
    contexts.push({ object, target: tokens.accept("as") ? parseExpression(tokens) : null });
  } while (tokens.accept(","));
  return { kind: "with", contexts, body: parseBody(tokens), line, column };
}

/** `if` and `elif`, which is an `if` in the `else`. */
function parseIf(tokens: TokenStream): Statement {
  return tokens.nested(() => {
    const { line, column } = tokens.next();
    const test = parseExpression(tokens);
    const body = parseBody(tokens);
    if (tokens.at("elif")) return { kind: "if", test, body, otherwise: [parseIf(tokens)], line, column };
    const otherwise = tokens.accept("else") ? parseBody(tokens) : [];
    return { kind: "if", test, body, otherwise, line, column };
  });
}

/** The statements of one line, between semicolons. */
function parseSimpleLine(tokens: TokenStream): readonly Statement[] {
  const statements = [parseSimple(tokens)];
  while (tokens.accept(";")) {
    if (tokens.current.kind === "newline") break;
    statements.push(parseSimple(tokens));
  }
  tokens.expectKind("newline", "newline");
  return statements;
}

const endsLine = (token: { readonly kind: string; readonly text: string }): boolean =>
  token.kind === "newline" || token.text === "=" || token.text === ";";

function parseSimple(tokens: TokenStream): Statement {
  const { line, column, text, kind } = tokens.current;
  if (kind === "name") {
    if (text === "pass" || text === "break" || text === "continue") {
      tokens.next();
      return { kind: text, line, column };
    }
    if (tokens.accept("return")) {
      const value = endsLine(tokens.current) ? null : parseTuple(tokens, endsLine);
      return { kind: "return", value, line, column };
    }
    if (tokens.accept("assert")) {
      const test = parseExpression(tokens);
      const message = tokens.accept(",") ? parseExpression(tokens) : null;
      return { kind: "assert", test, message, line, column };
    }
    if (tokens.accept("raise")) {
      return {
        kind: "raise",
        value: endsLine(tokens.current) ? null : parseExpression(tokens),
        line,
        column,
      };
    }
    if (tokens.accept("del")) {
      const parsed = parseTuple(tokens, endsLine);
      return { kind: "delete", targets: parsed.kind === "tuple" ? parsed.elements : [parsed], line, column };
    }
  }
  return parseAssignment(tokens);
}

const augmented = /^(\+|-|\*|\/|\/\/|%|\*\*|\||&|\^|<<|>>)=$/;

function parseAssignment(tokens: TokenStream): Statement {
  const { line, column } = tokens.current;
  const target = parseTuple(tokens, endsLine);
  if (tokens.accept(":")) {
    const annotation = parseExpression(tokens);
    const value = tokens.accept("=") ? parseTuple(tokens, endsLine) : null;
    return { kind: "assign", targets: [target], unpack: false, annotation, value, line, column };
  }
  const operator = augmented.exec(tokens.current.text)?.[1];
  if (operator !== undefined && tokens.current.kind === "symbol") {
    tokens.next();
    return { kind: "augment", target, operator, value: parseTuple(tokens, endsLine), line, column };
  }
  if (!tokens.accept("=")) return { kind: "expression", value: target, line, column };
  const value = parseTuple(tokens, endsLine);
  if (tokens.at("=")) throw tokens.error("chained assignments are not supported: write one on each line");
  const unpack = target.kind === "tuple" || target.kind === "list";
  const targets = target.kind === "tuple" || target.kind === "list" ? target.elements : [target];
  return { kind: "assign", targets, unpack, annotation: null, value, line, column };
}
