/**
 * Where a cell asks whether a value is true: `if (x)`, `x ? a : b`, `x && y`, `x || y`, `!x`, loops and `Boolean(x)`. Which of these
 * values are tensors, only types can tell (types/tensor-conditions.ts).
 */
import { type Node, walk } from "./syntax-tree.ts";

/** A value whose truth is asked for, and the innermost function that asks. */
export interface AskedValue {
  readonly value: Node;
  readonly within: Node;
}

/** The values whose truth is asked for inside of functions, in order; those that can be no tensor by their syntax are left out. */
export function askedValues(body: readonly Node[]): readonly AskedValue[] {
  const found = new Map<number, AskedValue>();
  const search = (root: Node, within: Node | null): void =>
    walk(root, (node) => {
      if (/Function/.test(node.type) && node !== within) {
        search(node, node);
        return false;
      }
      for (const value of within === null ? [] : asked(node))
        if (mayBeTensor(value)) found.set(value.start, { value, within: within as Node });
      return true;
    });
  for (const statement of body) search(statement, null);
  return [...found.values()].sort((a, b) => a.value.start - b.value.start);
}

function asked(node: Node): readonly Node[] {
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
    case "WhileStatement":
    case "DoWhileStatement":
    case "ForStatement":
      return node.test ? parts(node.test) : [];
    case "LogicalExpression":
      return node.operator === "??" ? [] : parts(node.left);
    case "UnaryExpression":
      return node.operator === "!" ? parts(node.argument) : [];
    case "CallExpression":
      return node.callee.name === "Boolean" && node.arguments.length === 1 ? parts(node.arguments[0]) : [];
    default:
      return [];
  }
}

/** `a && b` as a condition asks for both. */
function parts(test: Node): readonly Node[] {
  if (test.type === "ParenthesizedExpression") return parts(test.expression);
  if (test.type === "LogicalExpression" && test.operator !== "??")
    return [...parts(test.left), ...parts(test.right)];
  return [test];
}

/** Comparisons, literals and the like never are; names, members, calls and what is made of them may be. */
function mayBeTensor({ type }: Node): boolean {
  return /^(Identifier|MemberExpression|ChainExpression|CallExpression|NewExpression|AwaitExpression|ConditionalExpression|AssignmentExpression|SequenceExpression|TSAsExpression|TSSatisfiesExpression|TSNonNullExpression)$/.test(
    type,
  );
}
