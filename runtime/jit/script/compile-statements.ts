/** Compiles statements. Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp (emitStatements). */
import type { Type, Value } from "../ir.ts";
import { annotationText, anyTensor, noneType, strType } from "../types.ts";
import { typeOfAnnotation } from "./annotations.ts";
import { callOperator } from "./calls.ts";
import {
  assign,
  type Compilation,
  type Complaint,
  coerced,
  resultVariable,
  wrongReturn,
} from "./compilation.ts";
import { compileIf } from "./conditions.ts";
import { namesIn, writeLoop } from "./control-flow.ts";
import { mayExit } from "./exits.ts";
import { iterationOf } from "./iteration.ts";
import type { Span } from "./source-text.ts";
import { assignElement, binaryOperators, deleteElement } from "./subscripts.ts";
import type { Expression, Statement } from "./syntax.ts";

export function compileStatements(compilation: Compilation, statements: readonly Statement[]): void {
  for (const statement of statements) compileStatement(compilation, statement);
}

function compileStatement(compilation: Compilation, statement: Statement): void {
  const { writer } = compilation;
  switch (statement.kind) {
    case "assign":
      compileAssignment(compilation, statement);
      break;
    case "augment":
      compileAugmented(compilation, statement);
      break;
    case "expression":
      // A text on a line of its own is documentation.
      if (statement.value.kind !== "string") compilation.results(statement.value);
      break;
    case "return": {
      const value =
        statement.value === null
          ? writer.constant(null, noneType, statement)
          : compilation.expression(statement.value, compilation.returns ?? undefined);
      const { returns } = compilation;
      compilation.scope.variables.set(
        resultVariable,
        returns === null ? value : coerced(compilation, value, returns, statement, wrongReturn),
      );
      break;
    }
    case "if":
      compileIf(compilation, statement);
      break;
    case "while":
      writeLoop(
        compilation,
        { most: null, test: statement.test, begin: () => {}, body: statement.body },
        [],
        statement,
      );
      break;
    case "for":
      compileFor(compilation, statement);
      break;
    case "assert":
      compileIf(compilation, {
        kind: "if",
        test: statement.test,
        body: [],
        otherwise: [
          { kind: "raise", value: statement.message, line: statement.line, column: statement.column },
        ],
        line: statement.line,
        column: statement.column,
      });
      break;
    case "raise":
      compileRaise(compilation, statement.value, statement);
      break;
    case "delete":
      for (const target of statement.targets) {
        if (target.kind === "subscript") deleteElement(compilation, target);
        else if (target.kind === "name") compilation.scope.variables.delete(target.name);
        else throw compilation.error(target, "only variables and elements can be deleted");
      }
      break;
    case "with":
      compileWith(compilation, statement);
      break;
    case "local":
      compilation.locals.set(statement.definition.name, statement.definition);
      break;
    case "pass":
      break;
    default:
      throw compilation.error(statement, `"${statement.kind}" stands outside of a loop`);
  }
}

/** The objects are entered before the body and left behind it, in the opposite order. */
function compileWith(compilation: Compilation, statement: Statement & { readonly kind: "with" }): void {
  const { writer, unit } = compilation;
  const exit = statement.body.find(mayExit);
  if (exit !== undefined)
    throw compilation.error(exit, "return, break and continue are not supported inside of a with block");
  const entered: (readonly [Value, Expression])[] = [];
  for (const { object: expression, target } of statement.contexts) {
    const object = compilation.expression(expression);
    const methods = object.type.kind === "Class" ? unit.classNamed(object.type.name)?.methods : undefined;
    const enter = methods?.get("__enter__");
    if (enter === undefined || methods?.has("__exit__") !== true)
      throw compilation.error(
        expression,
        "Object returned by with expression must define __enter__ and __exit__ methods",
      );
    const [value] = writer.node("prim::Enter", [object], [enter.returns], expression);
    if (target !== null) assignTo(compilation, target, value);
    entered.push([object, expression]);
  }
  compilation.statements(statement.body);
  for (const [object, expression] of entered.reverse())
    writer.node("prim::Exit", [object], [anyTensor], expression);
}

function compileRaise(compilation: Compilation, value: Expression | null, span: Span): void {
  const { writer } = compilation;
  const { text, name } = messageOf(compilation, value, span);
  const type = writer.constant(name, strType, span);
  writer.node("prim::RaiseException", [text, type], [], span);
}

/** `raise ValueError("...")` and the message of an assert. */
function messageOf(
  compilation: Compilation,
  value: Expression | null,
  span: Span,
): { readonly text: Value; readonly name: string } {
  const { writer } = compilation;
  if (value === null)
    return { text: writer.constant("AssertionError: ", strType, span), name: "builtins.AssertionError" };
  if (value.kind === "call" && value.callee.kind === "name" && /(Error|Exception)$/.test(value.callee.name)) {
    const [message] = value.args;
    return {
      text:
        message === undefined ? writer.constant("", strType, span) : compilation.expression(message, strType),
      name: `builtins.${value.callee.name}`,
    };
  }
  return { text: compilation.expression(value, strType), name: "builtins.AssertionError" };
}

function compileAssignment(
  compilation: Compilation,
  statement: Statement & { readonly kind: "assign" },
): void {
  const { targets, unpack, annotation, value } = statement;
  if (value === null) return;
  if (!unpack) {
    const wanted =
      annotation === null ? undefined : typeOfAnnotation(annotation, compilation.source, compilation.unit);
    const compiled = compilation.expression(value, wanted);
    const [target] = targets;
    if (wanted !== undefined && target.kind === "name") compilation.scope.declare(target.name, wanted);
    assignTo(
      compilation,
      target,
      wanted === undefined
        ? compiled
        : coerced(compilation, compiled, wanted, statement, wrongVariable(target)),
    );
    return;
  }
  if (value.kind === "tuple" && value.elements.length === targets.length) {
    const parts = value.elements.map((element) => compilation.expression(element));
    for (const [i, target] of targets.entries()) assignTo(compilation, target, parts[i]);
    return;
  }
  const results = compilation.results(value, targets.length);
  const parts = results.length === 1 ? unpacked(compilation, results[0], targets.length, statement) : results;
  if (parts.length !== targets.length)
    throw compilation.error(statement, unpackingError(targets.length, parts.length));
  for (const [i, target] of targets.entries()) assignTo(compilation, target, parts[i]);
}

const wrongVariable =
  (target: Expression): Complaint =>
  (wanted, actual) =>
    `Variable '${target.kind === "name" ? target.name : ""}' is annotated with type ${wanted} but is being assigned to a value of type ${actual}`;

const unpackingError = (wanted: number, found: number): string =>
  found < wanted
    ? `need ${wanted} values to unpack but found only ${found}`
    : `too many values to unpack: need ${wanted} but found ${found}`;

/** The parts of a tuple or list that is assigned to `count` variables. */
export function unpacked(
  compilation: Compilation,
  value: Value,
  count: number,
  span: Span,
): readonly Value[] {
  const { type } = value;
  if (type.kind === "Tuple") {
    if (type.elements.length !== count)
      throw compilation.error(span, unpackingError(count, type.elements.length));
    return compilation.writer.node("prim::TupleUnpack", [value], type.elements, span);
  }
  if (type.kind === "List")
    return compilation.writer.node(
      "prim::ListUnpack",
      [value],
      new Array<Type>(count).fill(type.element),
      span,
    );
  throw compilation.error(span, `${annotationText(type)} cannot be used as a tuple`);
}

/** Assigns to a variable, an attribute, an element, or the parts of a tuple of these. */
export function assignTo(compilation: Compilation, target: Expression, value: Value): void {
  switch (target.kind) {
    case "name":
      checkKept(compilation, target.name, value, target);
      assign(compilation, target.name, value);
      break;
    case "attribute": {
      const object = compilation.expression(target.object);
      if (object.type.kind === "Tensor" || object.type.kind === "List")
        throw compilation.error(
          target,
          `Tried to set an attribute: ${target.name} on a non-class: ${annotationText(object.type)}`,
        );
      compilation.writer.node("prim::SetAttr", [object, value], [], target, { name: target.name });
      break;
    }
    case "subscript":
      assignElement(compilation, target, value);
      break;
    case "tuple":
    case "list": {
      const parts = unpacked(compilation, value, target.elements.length, target);
      for (const [i, element] of target.elements.entries()) assignTo(compilation, element, parts[i]);
      break;
    }
    default:
      throw compilation.error(target, "unexpected expression on left-hand side of assignment");
  }
}

/** A class that is no tensor keeps its variable, as TorchScript wants of modules. */
function checkKept(compilation: Compilation, name: string, value: Value, span: Span): void {
  const before = compilation.scope.find(name);
  if (before === undefined || before.type.kind !== "Class" || value.type.kind === "Class") return;
  throw compilation.error(span, `Variable '${name}' previously had type ${annotationText(before.type)}`);
}

function compileAugmented(
  compilation: Compilation,
  statement: Statement & { readonly kind: "augment" },
): void {
  const { target, operator, value } = statement;
  const left = compilation.expression(target);
  const right = compilation.expression(value);
  const kind = binaryOperators[operator];
  const inPlace = left.type.kind === "Tensor" || (left.type.kind === "List" && operator === "+");
  const [result] = callOperator(compilation, inPlace ? `${kind}_` : kind, [left, right], {}, statement);
  assignTo(compilation, target, result);
}

function compileFor(compilation: Compilation, statement: Statement & { readonly kind: "for" }): void {
  const iteration = iterationOf(compilation, statement.iterable);
  if (iteration.kind === "unrolled") {
    for (const element of iteration.elements) {
      assignTo(compilation, statement.target, element);
      compilation.statements(statement.body);
    }
    return;
  }
  const { until } = statement;
  const test: Expression | null =
    until === undefined
      ? null
      : {
          kind: "unary",
          operator: "not",
          operand: { ...statement, kind: "name", name: until },
          line: statement.line,
          column: statement.column,
        };
  writeLoop(
    compilation,
    {
      most: iteration.length,
      test,
      begin: (count) => assignTo(compilation, statement.target, iteration.element(count)),
      body: statement.body,
    },
    namesIn(statement.target),
    statement,
  );
}
