/**
 * Takes early exits out of a function's statements: what follows a branch that returns moves into the other branch, and
 * `break`, `continue` and `return` inside of loops become flags. What is left returns only at the very end of branches.
 * Source of the idea: torch/csrc/jit/frontend/exit_transforms.cpp.
 */
import type { Span } from "./source-text.ts";
import type { Expression, Statement } from "./syntax.ts";

type Assign = Statement & { readonly kind: "assign" };

const name = (text: string, at: Statement): Expression => ({
  kind: "name",
  name: text,
  line: at.line,
  column: at.column,
});
const constant = (value: boolean, at: Statement): Expression => ({
  kind: "constant",
  value,
  line: at.line,
  column: at.column,
});
const set = (target: string, value: Expression, at: Statement): Assign => ({
  kind: "assign",
  targets: [name(target, at)],
  unpack: false,
  annotation: null,
  value,
  line: at.line,
  column: at.column,
});

/** Flags; no program can name them. Each loop has one of its own. */
const flagOf = (loop: Span): string => `$stopped_${loop.line}_${loop.column}`;
const returned = "$returned";
/** Where a value returned inside of a loop waits. The compiler declares it. */
export const returnedValue = "$returned_value";

/** True if statements return inside of a loop, which needs the declared result. */
export function returnsInLoop(statements: readonly Statement[], inLoop = false): boolean {
  return statements.some((statement) => {
    if (statement.kind === "return") return inLoop;
    if (statement.kind === "if")
      return returnsInLoop(statement.body, inLoop) || returnsInLoop(statement.otherwise, inLoop);
    return (statement.kind === "for" || statement.kind === "while") && returnsInLoop(statement.body, true);
  });
}

/** A `break` or `continue` that stands in no loop; undefined if there is none. */
export function exitOutsideLoop(statements: readonly Statement[]): Statement | undefined {
  for (const statement of statements) {
    if (statement.kind === "break" || statement.kind === "continue") return statement;
    const inside =
      statement.kind === "if" ? exitOutsideLoop([...statement.body, ...statement.otherwise]) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** The same function without early exits. */
export function withoutEarlyExits(statements: readonly Statement[]): readonly Statement[] {
  if (!returnsInLoop(statements)) return straightened(statements, null);
  const [first] = statements;
  return [set(returned, constant(false, first), first), ...straightened(statements, null)];
}

/** The flag of the loop that statements stand in; null in a function's own statements. */
type Around = string | null;

/** True if a statement leaves the block it stands in on some way through it. */
export function mayExit(statement: Statement): boolean {
  if (statement.kind === "return" || statement.kind === "break" || statement.kind === "continue") return true;
  return statement.kind === "if" && (statement.body.some(mayExit) || statement.otherwise.some(mayExit));
}

/** True if the statements leave their block whichever way is taken. */
function alwaysExits(statements: readonly Statement[]): boolean {
  return statements.some(
    (statement) =>
      statement.kind === "return" ||
      statement.kind === "break" ||
      statement.kind === "continue" ||
      (statement.kind === "if" && alwaysExits(statement.body) && alwaysExits(statement.otherwise)),
  );
}

function straightened(statements: readonly Statement[], around: Around): readonly Statement[] {
  const out: Statement[] = [];
  for (const [i, statement] of statements.entries()) {
    const rest = statements.slice(i + 1);
    if (statement.kind === "for" || statement.kind === "while") {
      out.push(...loopWithFlags(statement));
      if (returnsInLoop([statement])) {
        out.push({
          kind: "if",
          test: name(returned, statement),
          body:
            around === null
              ? [
                  {
                    kind: "return",
                    value: name(returnedValue, statement),
                    line: statement.line,
                    column: statement.column,
                  },
                ]
              : [set(around, constant(true, statement), statement)],
          otherwise: straightened(rest, around),
          line: statement.line,
          column: statement.column,
        });
        return out;
      }
      continue;
    }
    if (!mayExit(statement)) {
      out.push(statement);
      continue;
    }
    if (statement.kind === "if") {
      const then = alwaysExits(statement.body) ? statement.body : [...statement.body, ...rest];
      const otherwise = alwaysExits(statement.otherwise)
        ? statement.otherwise
        : [...statement.otherwise, ...rest];
      out.push({
        ...statement,
        body: straightened(then, around),
        otherwise: straightened(otherwise, around),
      });
      return out;
    }
    // What stands behind an exit is never reached.
    if (around === null || statement.kind === "continue") {
      if (statement.kind === "return") out.push(statement);
      return out;
    }
    if (statement.kind === "return") {
      out.push(
        set(
          returnedValue,
          statement.value ?? {
            kind: "constant",
            value: null,
            line: statement.line,
            column: statement.column,
          },
          statement,
        ),
        set(returned, constant(true, statement), statement),
      );
    }
    out.push(set(around, constant(true, statement), statement));
    return out;
  }
  return out;
}

/** True if the body leaves its loop, and not only its round. */
function leaves(statements: readonly Statement[]): boolean {
  return statements.some(
    (statement) =>
      statement.kind === "break" ||
      statement.kind === "return" ||
      (statement.kind === "if" && (leaves(statement.body) || leaves(statement.otherwise))) ||
      ((statement.kind === "for" || statement.kind === "while") && returnsInLoop([statement])),
  );
}

function loopWithFlags(loop: Statement & { readonly kind: "for" | "while" }): readonly Statement[] {
  const stopped = flagOf(loop);
  const body = straightened(loop.body, stopped);
  if (!leaves(loop.body)) return [{ ...loop, body }];
  const start = set(stopped, constant(false, loop), loop);
  const goesOn: Expression = {
    kind: "unary",
    operator: "not",
    operand: name(stopped, loop),
    line: loop.line,
    column: loop.column,
  };
  if (loop.kind === "while") {
    const test: Expression = {
      kind: "logical",
      operator: "and",
      left: goesOn,
      right: loop.test,
      line: loop.line,
      column: loop.column,
    };
    return [start, { ...loop, test, body: [start, ...body] }];
  }
  return [start, { ...loop, body: [start, ...body], until: stopped }];
}
