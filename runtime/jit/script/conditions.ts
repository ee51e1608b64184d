/**
 * Conditions: what is known before a program runs (`x is None` of a tensor) chooses a branch at once, and inside of a
 * branch a value that was compared with None has lost its Optional.
 * Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp (CondValue, RefinementSet).
 */
import type { Type, Value } from "../ir.ts";
import { boolType, membersOf, noneType, unionOf } from "../types.ts";
import { instanceTypes, staticInstance } from "./builtins.ts";
import { assign, type Compilation } from "./compilation.ts";
import { asCondition, assignedIn, writeIf } from "./control-flow.ts";
import { dottedName } from "./parse.ts";
import { isSubtype } from "./pattern.ts";
import type { CallExpression, Expression, Statement } from "./syntax.ts";

/** Names and the types they have where a condition holds or fails. */
type Refinements = ReadonlyMap<string, Type>;

interface Known {
  /** The condition's value if it is known before running. */
  readonly constant: boolean | null;
  readonly whenTrue: Refinements;
  readonly whenFalse: Refinements;
}

const nothing: Refinements = new Map();
const unknown: Known = { constant: null, whenTrue: nothing, whenFalse: nothing };

function knownOf(compilation: Compilation, test: Expression): Known {
  if (test.kind === "constant" && typeof test.value === "boolean")
    return { ...unknown, constant: test.value };
  if (test.kind === "unary" && test.operator === "not") {
    const { constant, whenTrue, whenFalse } = knownOf(compilation, test.operand);
    return { constant: constant === null ? null : !constant, whenTrue: whenFalse, whenFalse: whenTrue };
  }
  if (test.kind === "logical") {
    const left = knownOf(compilation, test.left);
    const right = knownOf(compilation, test.right);
    const decides = test.operator === "or";
    const constant =
      left.constant === decides || right.constant === decides
        ? decides
        : left.constant === null || right.constant === null
          ? null
          : !decides;
    const both = (a: Refinements, b: Refinements): Refinements => new Map([...a, ...b]);
    return decides
      ? {
          constant: left.constant === true ? true : constant === true ? null : constant,
          whenTrue: nothing,
          whenFalse: both(left.whenFalse, right.whenFalse),
        }
      : {
          constant: left.constant === false ? false : constant === false ? null : constant,
          whenTrue: both(left.whenTrue, right.whenTrue),
          whenFalse: nothing,
        };
  }
  if (test.kind === "call" && dottedName(test.callee) === "isinstance")
    return knownOfInstance(compilation, test);
  if (test.kind !== "binary" || (test.operator !== "is" && test.operator !== "is not")) return unknown;
  const isNone = (side: Expression): boolean => side.kind === "constant" && side.value === null;
  const other = isNone(test.right) ? test.left : isNone(test.left) ? test.right : null;
  if (other === null) return unknown;
  const type =
    other.kind === "name" ? compilation.scope.find(other.name)?.type : compilation.expression(other).type;
  if (type === undefined) return unknown;
  const none = test.operator === "is";
  if (type.kind === "None") return { ...unknown, constant: none };
  const members = membersOf(type);
  if (!members.includes(noneType)) return type.kind === "Any" ? unknown : { ...unknown, constant: !none };
  const rest = unionOf(members.filter((member) => member !== noneType));
  const refined: Refinements = other.kind === "name" ? new Map([[other.name, rest]]) : nothing;
  return none
    ? { constant: null, whenTrue: nothing, whenFalse: refined }
    : { constant: null, whenTrue: refined, whenFalse: nothing };
}

/** `isinstance(x, T)`: inside of the branch x is a T, and in the other one what is left of its union. */
function knownOfInstance(compilation: Compilation, call: CallExpression): Known {
  const [object] = call.args;
  const value = object?.kind === "name" ? compilation.scope.find(object.name) : undefined;
  if (object?.kind !== "name" || value === undefined) return unknown;
  const wanted = instanceTypes(compilation, call);
  const constant = staticInstance(value.type, wanted);
  if (constant !== null) return { ...unknown, constant };
  const left = membersOf(value.type).filter((member) => !wanted.some((type) => isSubtype(member, type)));
  return {
    constant: null,
    whenTrue: new Map([[object.name, unionOf(wanted)]]),
    whenFalse:
      value.type.kind === "Any" || left.length === 0 ? nothing : new Map([[object.name, unionOf(left)]]),
  };
}

function refine(compilation: Compilation, refinements: Refinements, at: Expression): void {
  for (const [name, type] of refinements) {
    const value = compilation.scope.find(name) as Value;
    assign(compilation, name, compilation.writer.node("prim::unchecked_cast", [value], [type], at)[0]);
  }
}

/** An `if` statement. */
export function compileIf(compilation: Compilation, statement: Statement & { readonly kind: "if" }): void {
  const { test, body: then, otherwise } = statement;
  const known = knownOf(compilation, test);
  if (known.constant !== null) {
    compilation.statements(known.constant ? then : otherwise);
    return;
  }
  const condition = asCondition(compilation, compilation.expression(test), test);
  const write =
    (refinements: Refinements, statements: readonly Statement[], others: readonly string[]) =>
    (): readonly Value[] => {
      refine(compilation, refinements, test);
      const { variables } = compilation.scope;
      const refined = [...refinements.keys()].map((name) => [name, variables.get(name)] as const);
      compilation.statements(statements);
      // What was only seen differently does not come out of the branch, unless the other one assigns it.
      for (const [name, value] of refined)
        if (variables.get(name) === value && !others.includes(name)) variables.delete(name);
      return [];
    };
  const [inThen, inOtherwise] = [assignedIn(then), assignedIn(otherwise)];
  writeIf(
    compilation,
    condition,
    write(known.whenTrue, then, inOtherwise),
    write(known.whenFalse, otherwise, inThen),
    statement,
  );
  // A branch that always raises is never left, so that what holds in the other one holds from here on.
  const lasting = endsProgram(otherwise) ? known.whenTrue : endsProgram(then) ? known.whenFalse : nothing;
  const unassigned = [...lasting].filter(([name]) => !inThen.includes(name) && !inOtherwise.includes(name));
  refine(compilation, new Map(unassigned), test);
}

const endsProgram = (statements: readonly Statement[]): boolean =>
  statements.some(({ kind }) => kind === "raise");

/** `a and b`, `a or b`: the second is computed only where it decides. */
export function compileLogical(
  compilation: Compilation,
  expression: Expression & { readonly kind: "logical" },
): Value {
  const { operator, left, right } = expression;
  const known = knownOf(compilation, left);
  const first = asCondition(compilation, compilation.expression(left), left);
  const second = (): readonly Value[] => {
    refine(compilation, operator === "and" ? known.whenTrue : known.whenFalse, left);
    const value = asCondition(compilation, compilation.expression(right), right);
    compilation.scope.variables.clear();
    return [value];
  };
  const constant = (value: boolean) => (): readonly Value[] => [
    compilation.writer.constant(value, boolType, expression),
  ];
  const [result] =
    operator === "and"
      ? writeIf(compilation, first, second, constant(false), expression)
      : writeIf(compilation, first, constant(true), second, expression);
  return result;
}

/** `a if c else b`. */
export function compileConditional(
  compilation: Compilation,
  expression: Expression & { readonly kind: "conditional" },
  wanted?: Type,
): Value {
  const { test, result: then, otherwise } = expression;
  const known = knownOf(compilation, test);
  if (known.constant !== null) return compilation.expression(known.constant ? then : otherwise, wanted);
  const condition = asCondition(compilation, compilation.expression(test), test);
  const write = (refinements: Refinements, part: Expression) => (): readonly Value[] => {
    refine(compilation, refinements, test);
    const value = compilation.expression(part, wanted);
    compilation.scope.variables.clear();
    return [value];
  };
  return writeIf(
    compilation,
    condition,
    write(known.whenTrue, then),
    write(known.whenFalse, otherwise),
    expression,
  )[0];
}
