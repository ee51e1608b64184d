/**
 * Branches and loops as prim::If and prim::Loop: what the blocks assign comes out of the node.
 * Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp (emitIfElseBlocks, emitLoopCommon), convert_to_ssa.cpp.
 */
import type { Type, Value } from "../ir.ts";
import { annotationText, anyTensor, boolType, intType } from "../types.ts";
import { assign, type Compilation, resultVariable, Scope } from "./compilation.ts";
import { isSubtype, unified } from "./pattern.ts";
import type { Span } from "./source-text.ts";
import type { Expression, Statement } from "./syntax.ts";

/** A condition as a bool: tensors and numbers are asked whether they are true. */
export function asCondition(compilation: Compilation, value: Value, span: Span): Value {
  const { kind } = value.type;
  if (kind === "bool") return value;
  if (kind === "Tensor" || kind === "int" || kind === "float" || kind === "Scalar" || kind === "Any")
    return compilation.writer.node("aten::Bool", [value], [boolType], span)[0];
  throw compilation.error(span, `Could not cast value of type ${annotationText(value.type)} to bool`);
}

/** What is written in one block of a branch: it may end with variables and it gives results. */
type Write = () => readonly Value[];

interface WrittenBlock {
  readonly scope: Scope;
  readonly results: readonly Value[];
}

/**
 * Writes a prim::If. Results of both blocks, and variables that they assign, come out of the node. A variable that only
 * one block assigns is out of view afterwards, unless it was there before.
 */
export function writeIf(
  compilation: Compilation,
  condition: Value,
  then: Write,
  otherwise: Write,
  span: Span,
): readonly Value[] {
  const { writer } = compilation;
  const around = compilation.scope;
  const blocks = [then, otherwise].map(
    (write): WrittenBlock & { close(outputs: readonly Value[]): ReturnType<typeof writer.close> } => {
      compilation.scope = new Scope(around);
      writer.open();
      const results = write();
      const { scope } = compilation;
      compilation.scope = around;
      // Blocks are closed at once and their outputs are added when both are known.
      const block = writer.close([]);
      return { scope, results, close: (outputs) => ({ ...block, outputs }) };
    },
  );
  const [a, b] = blocks;
  const names = [...new Set([...a.scope.variables.keys(), ...b.scope.variables.keys()])].filter(
    (name) => a.scope.find(name) !== undefined && b.scope.find(name) !== undefined,
  );
  const pairs: (readonly [Value, Value])[] = [
    ...a.results.map((result, i) => [result, b.results[i]] as const),
    ...names.map((name) => [a.scope.find(name) as Value, b.scope.find(name) as Value] as const),
  ];
  const kept = pairs.map(([left, right], i) => {
    const name = names[i - a.results.length] ?? "";
    const declared = a.scope.declaredType(name) ?? b.scope.declaredType(name);
    const fits = declared !== undefined && [left, right].every(({ type }) => isSubtype(type, declared));
    return fits ? declared : unified(left.type, right.type);
  });
  for (const [i, type] of kept.entries()) {
    const needed = i < a.results.length || names[i - a.results.length] === resultVariable;
    if (type !== null || !needed) continue;
    const [left, right] = pairs[i].map((value) => annotationText(value.type));
    throw compilation.error(
      span,
      i < a.results.length
        ? `if-expression's true branch has type ${left} but false branch has type ${right}`
        : `Previous return statement returned a value of type ${left} but this return statement returns a value of type ${right}`,
    );
  }
  for (const name of new Set([...a.scope.variables.keys(), ...b.scope.variables.keys()])) {
    const [left, right] = [a.scope.find(name), b.scope.find(name)];
    if (left === undefined || right === undefined)
      around.lose(name, `${name} is not defined in the ${left === undefined ? "true" : "false"} branch`);
    else if (kept[a.results.length + names.indexOf(name)] === null)
      around.lose(
        name,
        `Type mismatch: ${name} is set to type ${annotationText(left.type)} in the true branch and type ${annotationText(right.type)} in the false branch`,
      );
  }
  const used = kept
    .map((type, i) => ({ type, i }))
    .filter((part): part is { type: Type; i: number } => part.type !== null);
  const outputs = writer.node(
    "prim::If",
    [condition],
    used.map(({ type }) => type),
    span,
    {},
    [a.close(used.map(({ i }) => pairs[i][0])), b.close(used.map(({ i }) => pairs[i][1]))],
  );
  const byIndex = new Map(used.map(({ i }, position) => [i, outputs[position]]));
  for (const [i, name] of names.entries()) {
    const output = byIndex.get(a.results.length + i);
    if (output !== undefined) {
      assign(compilation, name, output);
      writer.keepName(output);
    } else around.variables.delete(name);
  }
  return a.results.map((_, i) => byIndex.get(i) as Value);
}

/** How a loop goes: how often at most, under which condition, and what is assigned at the start of each round. */
export interface LoopParts {
  readonly most: Value | null;
  readonly test: Expression | null;
  begin(count: Value): void;
  readonly body: readonly Statement[];
}

const endless = 9223372036854775807n;

/** Writes a prim::Loop that carries each variable which was there before and is assigned in the body. */
export function writeLoop(
  compilation: Compilation,
  { most, test, begin, body }: LoopParts,
  targets: readonly string[],
  span: Span,
): void {
  const { writer } = compilation;
  const around = compilation.scope;
  const limit = most ?? writer.constant(endless, intType, span);
  const condition = (): Value =>
    test === null
      ? writer.constant(true, boolType, span)
      : asCondition(compilation, compilation.expression(test), span);
  const start = condition();
  const names = [...new Set([...assignedIn(body), ...targets])].filter(
    (name) => around.find(name) !== undefined,
  );
  const initial = names.map((name) => around.find(name) as Value);
  const types = initial.map(({ type }, i) => {
    const declared = around.declaredType(names[i]);
    if (declared !== undefined && isSubtype(type, declared)) return declared;
    return type.kind === "Tensor" ? anyTensor : type;
  });
  compilation.scope = new Scope(around);
  writer.open();
  const count = writer.input(intType, null);
  for (const [i, name] of names.entries())
    compilation.scope.variables.set(name, writer.input(types[i], /^_\d*$/.test(name) ? null : name));
  begin(count);
  compilation.statements(body);
  const goesOn = condition();
  const results = names.map((name) => compilation.scope.find(name) as Value);
  for (const [i, result] of results.entries()) {
    if (!isSubtype(result.type, types[i]))
      throw compilation.error(
        span,
        `Variable '${names[i]}' previously had type ${annotationText(types[i])} but is now being assigned to a value of type ${annotationText(result.type)}`,
      );
  }
  const block = writer.close([goesOn, ...results]);
  compilation.scope = around;
  const outputs = writer.node("prim::Loop", [limit, start, ...initial], types, span, {}, [block]);
  for (const [i, name] of names.entries()) {
    assign(compilation, name, outputs[i]);
    writer.keepName(outputs[i]);
  }
}

/** The variables that statements assign, inner blocks included. */
export function assignedIn(statements: readonly Statement[]): string[] {
  return statements.flatMap((statement) => {
    switch (statement.kind) {
      case "assign":
        return statement.targets.flatMap(namesIn);
      case "augment":
        return namesIn(statement.target);
      case "if":
        return [...assignedIn(statement.body), ...assignedIn(statement.otherwise)];
      case "while":
        return assignedIn(statement.body);
      case "with":
        return [
          ...statement.contexts.flatMap(({ target }) => (target === null ? [] : namesIn(target))),
          ...assignedIn(statement.body),
        ];
      case "for":
        return [...namesIn(statement.target), ...assignedIn(statement.body)];
      default:
        return [];
    }
  });
}

/** The variables of a target; attributes and elements are none. */
export function namesIn(target: Expression): string[] {
  if (target.kind === "name") return [target.name];
  return target.kind === "tuple" || target.kind === "list" ? target.elements.flatMap(namesIn) : [];
}
