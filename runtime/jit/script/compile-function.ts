/** Compiles the text of a function or method into a graph. Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp. */
import type { Attribute, Graph, Type, Value } from "../ir.ts";
import { anyTensor, noneType } from "../types.ts";
import { typeOfAnnotation } from "./annotations.ts";
import {
  assign,
  type Compilation,
  coerced,
  compilationError,
  resultVariable,
  Scope,
  wrongReturn,
} from "./compilation.ts";
import { compileExpression, compileResults } from "./compile-expression.ts";
import { compileStatements } from "./compile-statements.ts";
import { exitOutsideLoop, returnedValue, returnsInLoop, withoutEarlyExits } from "./exits.ts";
import { GraphWriter } from "./graph-writer.ts";
import { isSubtype, unified } from "./pattern.ts";
import type { SourceText } from "./source-text.ts";
import type { Expression, FunctionDefinition } from "./syntax.ts";
import type { ScriptParameter, ScriptUnit } from "./unit.ts";

/** The parameters a definition declares; those without a type are tensors. `self` is left out of methods. */
export function parametersOf(
  definition: FunctionDefinition,
  source: SourceText,
  unit: ScriptUnit,
  isMethod: boolean,
): ScriptParameter[] {
  return definition.parameters.slice(isMethod ? 1 : 0).map((parameter) => ({
    name: parameter.name,
    type: parameter.annotation === null ? anyTensor : typeOfAnnotation(parameter.annotation, source, unit),
    hasDefault: parameter.default !== null,
    default: parameter.default === null ? null : literal(parameter.default, source),
  }));
}

/** The value of a default or of a class's constant, which must be written out. */
export function literal(expression: Expression, source: SourceText): Attribute {
  switch (expression.kind) {
    case "int":
      return Number.isSafeInteger(Number(expression.value)) ? Number(expression.value) : expression.value;
    case "float":
      return { float: expression.value };
    case "string":
    case "constant":
      return expression.value;
    case "list":
    case "tuple":
      return expression.elements.map((element) => literal(element, source));
    default:
      throw compilationError(
        source,
        expression,
        "a default must be a number, a text, None or a list of these",
      );
  }
}

/** Compiles a definition. `self` is the type of a method's object. Throws a RuntimeError that shows the place of a mistake. */
export function compileFunction(
  definition: FunctionDefinition,
  source: SourceText,
  unit: ScriptUnit,
  self: Type | null,
): Graph {
  const writer = new GraphWriter(source.name);
  const returns = definition.returns === null ? null : typeOfAnnotation(definition.returns, source, unit);
  const compilation: Compilation = {
    writer,
    unit,
    source,
    returns,
    locals: new Map(),
    scope: new Scope(null),
    expression: (expression, wanted) => compileExpression(compilation, expression, wanted),
    results: (expression, count) => compileResults(compilation, expression, count),
    statements: (statements) => compileStatements(compilation, statements),
    error: (span, message) => compilationError(source, span, message),
  };
  if (self !== null) {
    const [first] = definition.parameters;
    if (first === undefined)
      throw compilation.error(definition, "a method needs self as its first parameter");
    compilation.scope.variables.set(first.name, writer.input(self, first.name));
  }
  for (const { name, type } of parametersOf(definition, source, unit, self !== null))
    compilation.scope.variables.set(name, writer.input(type, name));
  if (returnsInLoop(definition.body)) {
    if (returns === null)
      throw compilation.error(
        definition,
        "a function that returns inside of a loop must declare its result, as in -> Tensor",
      );
    assign(compilation, returnedValue, writer.node("prim::Uninitialized", [], [returns], definition)[0]);
  }
  const astray = exitOutsideLoop(definition.body);
  if (astray !== undefined) throw compilation.error(astray, `SyntaxError: '${astray.kind}' outside loop`);
  compilation.statements(withoutEarlyExits(definition.body));
  return writer.finish([result(compilation, definition)]);
}

function result(compilation: Compilation, definition: FunctionDefinition): Value {
  const { returns, writer } = compilation;
  const value = compilation.scope.find(resultVariable) ?? writer.constant(null, noneType, definition);
  const mayBeNone = value.type.kind === "None" || value.type.kind === "Optional";
  if (returns !== null && mayBeNone && !isSubtype(noneType, returns))
    throw compilation.error(
      definition,
      "Function was not annotated as having type None, but does not return along all paths",
    );
  if (returns === null || unified(value.type, returns) !== null) return value;
  return coerced(compilation, value, returns, definition, wrongReturn);
}
