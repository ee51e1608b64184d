/**
 * Expressions of TorchScript's Python subset, by precedence. Source of the grammar: torch/csrc/jit/frontend/parser.cpp.
 */
import type { Token } from "./lexer.ts";
import type { CallExpression, Expression } from "./syntax.ts";
import type { TokenStream } from "./token-stream.ts";

/** Parses one expression; a tuple without parentheses is `parseTuple`'s. */
export function parseExpression(tokens: TokenStream): Expression {
  return tokens.nested(() => {
    const result = parseBinary(tokens, 0);
    if (!tokens.at("if")) return result;
    const { line, column } = tokens.next();
    const test = parseBinary(tokens, 0);
    tokens.expect("else");
    return { kind: "conditional", test, result, otherwise: parseExpression(tokens), line, column };
  });
}

/** `a` or `a, b` or `a,`: an expression, or a tuple as soon as there is a comma. */
export function parseTuple(tokens: TokenStream, ends: (token: Token) => boolean): Expression {
  const { line, column } = tokens.current;
  const first = parseExpression(tokens);
  if (!tokens.at(",")) return first;
  const elements = [first];
  while (tokens.accept(",")) {
    if (ends(tokens.current)) break;
    elements.push(parseExpression(tokens));
  }
  return { kind: "tuple", elements, line, column };
}

/** Operators by precedence, the loosest first. */
const levels: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["not"],
  ["==", "!=", "<", "<=", ">", ">=", "is", "in", "not"],
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%", "@"],
];
const logicalNot = 2;
const comparisons = 3;

function parseBinary(tokens: TokenStream, level: number): Expression {
  if (level === levels.length) return parseUnary(tokens);
  if (level === logicalNot) {
    if (!tokens.at("not")) return parseBinary(tokens, level + 1);
    const { line, column } = tokens.next();
    return tokens.nested(() => ({
      kind: "unary",
      operator: "not",
      operand: parseBinary(tokens, logicalNot),
      line,
      column,
    }));
  }
  let left = parseBinary(tokens, level + 1);
  while (levels[level].some((operator) => tokens.at(operator))) {
    if (level === comparisons && tokens.at("not") && tokens.peek().text !== "in") break;
    const { text, line, column } = tokens.next();
    let operator = text;
    if (operator === "is" && tokens.accept("not")) operator = "is not";
    if (operator === "not") {
      tokens.expect("in");
      operator = "not in";
    }
    const right = parseBinary(tokens, level + 1);
    left =
      operator === "and" || operator === "or"
        ? { kind: "logical", operator, left, right, line, column }
        : { kind: "binary", operator, left, right, line, column };
  }
  return left;
}

function parseUnary(tokens: TokenStream): Expression {
  const { line, column, text } = tokens.current;
  if (tokens.at("-") || tokens.at("+") || tokens.at("~")) {
    tokens.next();
    const operand = tokens.nested(() => parseUnary(tokens));
    if (text === "-" && operand.kind === "int") return { kind: "int", value: -operand.value, line, column };
    if (text === "-" && operand.kind === "float")
      return { kind: "float", value: -operand.value, line, column };
    return { kind: "unary", operator: text as "-" | "+" | "~", operand, line, column };
  }
  const base = parsePostfix(tokens);
  if (!tokens.at("**")) return base;
  const power = tokens.next();
  const exponent = tokens.nested(() => parseUnary(tokens));
  return {
    kind: "binary",
    operator: "**",
    left: base,
    right: exponent,
    line: power.line,
    column: power.column,
  };
}

function parsePostfix(tokens: TokenStream): Expression {
  let expression = parseAtom(tokens);
  for (let depth = 0; ; depth++) {
    if (depth > 500) throw tokens.error("this chain of calls and attributes is too long");
    const { line, column } = tokens.current;
    if (tokens.accept(".")) {
      const { text } = tokens.expectKind("name", "ident");
      expression = { kind: "attribute", object: expression, name: text, line, column };
    } else if (tokens.at("(")) {
      expression = parseCall(tokens, expression);
    } else if (tokens.accept("[")) {
      const indices: Expression[] = [];
      while (!tokens.at("]")) {
        indices.push(parseIndex(tokens));
        if (!tokens.accept(",")) break;
      }
      tokens.expect("]");
      if (indices.length === 0) throw tokens.error("expected an index in the brackets");
      expression = { kind: "subscript", object: expression, indices, line, column };
    } else return expression;
  }
}

function parseCall(tokens: TokenStream, callee: Expression): CallExpression {
  const { line, column } = tokens.expect("(");
  const args: Expression[] = [];
  const keywords: { name: string; value: Expression }[] = [];
  while (!tokens.at(")")) {
    if (tokens.current.kind === "name" && tokens.peek().text === "=" && tokens.peek().kind === "symbol") {
      const name = tokens.next().text;
      tokens.next();
      keywords.push({ name, value: parseExpression(tokens) });
    } else {
      if (keywords.length > 0) throw tokens.error("a positional argument stands behind a named one");
      args.push(parseExpression(tokens));
    }
    if (!tokens.accept(",")) break;
  }
  tokens.expect(")");
  return { kind: "call", callee, args, keywords, line, column };
}

function parseIndex(tokens: TokenStream): Expression {
  const { line, column } = tokens.current;
  const bound = (): Expression | null =>
    tokens.at(":") || tokens.at("]") || tokens.at(",") ? null : parseExpression(tokens);
  const start = bound();
  if (!tokens.accept(":")) {
    if (start === null) throw tokens.unexpected("ident");
    return start;
  }
  const stop = bound();
  const step = tokens.accept(":") ? bound() : null;
  return { kind: "slice", start, stop, step, line, column };
}

const keywordsThatEnd = new Set([
  "if",
  "else",
  "for",
  "in",
  "is",
  "and",
  "or",
  "not",
  "return",
  "def",
  "class",
]);

function parseAtom(tokens: TokenStream): Expression {
  const { kind, text, line, column } = tokens.current;
  switch (kind) {
    case "name":
      if (keywordsThatEnd.has(text)) break;
      tokens.next();
      if (text === "True" || text === "False")
        return { kind: "constant", value: text === "True", line, column };
      if (text === "None") return { kind: "constant", value: null, line, column };
      return { kind: "name", name: text, line, column };
    case "number":
      tokens.next();
      return numberOf(tokens, text, { line, column });
    case "string": {
      let value = "";
      while (tokens.current.kind === "string") value += tokens.next().text;
      return { kind: "string", value, line, column };
    }
    case "symbol":
      if (text === "(") return parseParentheses(tokens);
      if (text === "[") return parseList(tokens);
      if (text === "{") return parseDict(tokens);
      if (text === "...") {
        tokens.next();
        return { kind: "name", name: "...", line, column };
      }
      break;
    default:
  }
  throw tokens.unexpected("ident");
}

function numberOf(tokens: TokenStream, text: string, span: { line: number; column: number }): Expression {
  if (text.endsWith("j")) throw tokens.error("complex numbers are not supported", span);
  if (/^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(text)) {
    if (text.length > 40) throw tokens.error("this number has more digits than an int64", span);
    const value = BigInt(text);
    if (value > 9223372036854775808n) throw tokens.error(`${text} is too large for an int64`, span);
    return { kind: "int", value, ...span };
  }
  return { kind: "float", value: Number(text), ...span };
}

function parseParentheses(tokens: TokenStream): Expression {
  const { line, column } = tokens.expect("(");
  if (tokens.accept(")")) return { kind: "tuple", elements: [], line, column };
  const inner = parseTuple(tokens, (token) => token.text === ")");
  tokens.expect(")");
  return inner;
}

function parseList(tokens: TokenStream): Expression {
  const { line, column } = tokens.expect("[");
  const elements: Expression[] = [];
  while (!tokens.at("]")) {
    elements.push(parseExpression(tokens));
    if (elements.length === 1 && tokens.accept("for")) {
      const target = parseTuple(tokens, (token) => token.text === "in");
      const [wanted, iterable] = targetAndIterable(tokens, target);
      tokens.expect("]");
      return { kind: "comprehension", element: elements[0], target: wanted, iterable, line, column };
    }
    if (!tokens.accept(",")) break;
  }
  tokens.expect("]");
  return { kind: "list", elements, line, column };
}

/** `x in xs` is read as a comparison first; a tuple of targets keeps it in its last element. */
export function targetAndIterable(
  tokens: TokenStream,
  parsed: Expression,
): readonly [Expression, Expression] {
  if (parsed.kind === "binary" && parsed.operator === "in") return [parsed.left, parsed.right];
  const last = parsed.kind === "tuple" ? parsed.elements[parsed.elements.length - 1] : null;
  if (parsed.kind === "tuple" && last?.kind === "binary" && last.operator === "in") {
    return [{ ...parsed, elements: [...parsed.elements.slice(0, -1), last.left] }, last.right];
  }
  tokens.expect("in");
  return [parsed, parseTuple(tokens, (token) => token.text === ":" || token.text === "]")];
}

function parseDict(tokens: TokenStream): Expression {
  const { line, column } = tokens.expect("{");
  const entries: [Expression, Expression][] = [];
  while (!tokens.at("}")) {
    const key = parseExpression(tokens);
    tokens.expect(":");
    entries.push([key, parseExpression(tokens)]);
    if (!tokens.accept(",")) break;
  }
  tokens.expect("}");
  return { kind: "dict", entries, line, column };
}
