/** Compiles expressions to values. Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp (emitExpr). */
import type { Type, Value } from "../ir.ts";
import {
  annotationText,
  anyTensor,
  boolType,
  dictOf,
  floatType,
  intType,
  listOf,
  noneType,
  strType,
  tupleOf,
} from "../types.ts";
import { callOperator, compileCall } from "./calls.ts";
import { assign, type Compilation, Scope } from "./compilation.ts";
import { assignTo } from "./compile-statements.ts";
import { compileConditional, compileLogical } from "./conditions.ts";
import { asCondition, writeLoop } from "./control-flow.ts";
import { iterationOf } from "./iteration.ts";
import { compileAttribute, compileName } from "./names.ts";
import { isSubtype, unified } from "./pattern.ts";
import { binaryOperators, compileSubscript } from "./subscripts.ts";
import type { Expression } from "./syntax.ts";

/** All results of an expression; only operators have more than one. */
export function compileResults(
  compilation: Compilation,
  expression: Expression,
  count = 1,
): readonly Value[] {
  return expression.kind === "call"
    ? compileCall(compilation, expression, count)
    : [compilation.expression(expression)];
}

/** The value of an expression; several results become a tuple. */
export function compileExpression(compilation: Compilation, expression: Expression, wanted?: Type): Value {
  const { writer } = compilation;
  switch (expression.kind) {
    case "int": {
      const number = Number(expression.value);
      return writer.constant(Number.isSafeInteger(number) ? number : expression.value, intType, expression);
    }
    case "float":
      return writer.constant({ float: expression.value }, floatType, expression);
    case "string":
      return writer.constant(expression.value, strType, expression);
    case "constant":
      return writer.constant(expression.value, expression.value === null ? noneType : boolType, expression);
    case "name":
      return compileName(compilation, expression);
    case "attribute":
      return compileAttribute(compilation, expression);
    case "subscript":
      return compileSubscript(compilation, expression);
    case "list":
      return compileList(compilation, expression, wanted);
    case "tuple":
      return compileTuple(compilation, expression, wanted);
    case "dict":
      return compileDict(compilation, expression, wanted);
    case "unary":
      return compileUnary(compilation, expression);
    case "binary":
      return compileBinary(compilation, expression);
    case "logical":
      return compileLogical(compilation, expression);
    case "conditional":
      return compileConditional(compilation, expression, wanted);
    case "comprehension":
      return compileComprehension(compilation, expression);
    case "call": {
      const results = compileCall(compilation, expression);
      if (results.length === 1) return results[0];
      if (results.length === 0) return writer.constant(null, noneType, expression);
      return writer.node(
        "prim::TupleConstruct",
        results,
        [tupleOf(results.map((result) => result.type))],
        expression,
      )[0];
    }
    default:
      throw compilation.error(expression, `a ${expression.kind} cannot stand here`);
  }
}

/** The one type of all parts; `wanted` decides where there is none or it is wider. */
function elementType(
  compilation: Compilation,
  parts: readonly Value[],
  wanted: Type | undefined,
  span: Expression,
): Type {
  if (wanted !== undefined && parts.every((part) => isSubtype(part.type, wanted))) return wanted;
  const [first, ...others] = parts.map((part) => (part.type.kind === "Tensor" ? anyTensor : part.type));
  if (first === undefined) return wanted ?? anyTensor;
  const all = others.reduce<Type | null>((a, b) => (a === null ? null : unified(a, b)), first);
  if (all !== null) return all;
  if (parts.every(({ type }) => type.kind === "int" || type.kind === "float" || type.kind === "Scalar"))
    return { kind: "Scalar" };
  throw compilation.error(
    span,
    `the elements have different types: ${[...new Set(parts.map(({ type }) => annotationText(type)))].join(", ")}`,
  );
}

const without = (type: Type | undefined): Type | undefined =>
  type?.kind === "Optional" ? type.element : type;

function compileList(
  compilation: Compilation,
  expression: Expression & { readonly kind: "list" | "tuple" },
  wanted?: Type,
): Value {
  const plain = without(wanted);
  const inner = plain?.kind === "List" ? plain.element : undefined;
  const parts = expression.elements.map((element) => compilation.expression(element, inner));
  const type = elementType(compilation, parts, inner, expression);
  return compilation.writer.node("prim::ListConstruct", parts, [listOf(type)], expression)[0];
}

function compileTuple(
  compilation: Compilation,
  expression: Expression & { readonly kind: "list" | "tuple" },
  wanted?: Type,
): Value {
  const plain = without(wanted);
  const parts = expression.elements.map((element, i) =>
    compilation.expression(element, plain?.kind === "Tuple" ? plain.elements[i] : undefined),
  );
  const types = parts.map((part, i) => {
    const declared = plain?.kind === "Tuple" ? plain.elements[i] : undefined;
    return declared !== undefined && isSubtype(part.type, declared) ? declared : part.type;
  });
  return compilation.writer.node("prim::TupleConstruct", parts, [tupleOf(types)], expression)[0];
}

function compileDict(
  compilation: Compilation,
  expression: Expression & { readonly kind: "dict" },
  wanted?: Type,
): Value {
  const plain = without(wanted);
  const [key, value] = plain?.kind === "Dict" ? [plain.key, plain.value] : [undefined, undefined];
  const parts = expression.entries.flatMap(([k, v]) => [
    compilation.expression(k, key),
    compilation.expression(v, value),
  ]);
  const keys = parts.filter((_, i) => i % 2 === 0);
  const keyType = keys.length === 0 ? (key ?? strType) : elementType(compilation, keys, key, expression);
  const valueType = elementType(
    compilation,
    parts.filter((_, i) => i % 2 === 1),
    value,
    expression,
  );
  return compilation.writer.node("prim::DictConstruct", parts, [dictOf(keyType, valueType)], expression)[0];
}

const unaryOperators = new Map([
  ["-", "aten::neg"],
  ["~", "aten::bitwise_not"],
]);

function compileUnary(compilation: Compilation, expression: Expression & { readonly kind: "unary" }): Value {
  const { operator } = expression;
  if (
    operator === "-" &&
    expression.operand.kind === "name" &&
    expression.operand.name === "inf" &&
    compilation.scope.find("inf") === undefined
  )
    return compilation.writer.constant({ float: -Infinity }, floatType, expression);
  const operand = compilation.expression(expression.operand);
  if (operator === "not")
    return callOperator(
      compilation,
      "aten::__not__",
      [asCondition(compilation, operand, expression)],
      {},
      expression,
    )[0];
  return operator === "+"
    ? operand
    : callOperator(compilation, unaryOperators.get(operator) as string, [operand], {}, expression)[0];
}

function compileBinary(
  compilation: Compilation,
  expression: Expression & { readonly kind: "binary" },
): Value {
  const { operator } = expression;
  const left = compilation.expression(expression.left);
  const right = compilation.expression(expression.right);
  const call = (kind: string, ...args: Value[]): Value =>
    callOperator(compilation, kind, args, {}, expression)[0];
  if (operator === "in") return call("aten::__contains__", right, left);
  if (operator === "not in") return call("aten::__not__", call("aten::__contains__", right, left));
  const onTensors = left.type.kind === "Tensor" || right.type.kind === "Tensor";
  if (operator === "//" && onTensors) return call("aten::floor_divide", left, right);
  if (onTensors && left.type.kind !== "Tensor")
    return reflected(compilation, operator, left, right, expression);
  if (operator === "%" && left.type.kind === "str") return call("aten::percentFormat", left, right);
  return call(binaryOperators[operator], left, right);
}

/** A number on the left of a tensor: `2 - x` is rsub, `2 / x` a reciprocal, as Python's reflected methods do. */
function reflected(
  compilation: Compilation,
  operator: string,
  number: Value,
  tensor: Value,
  span: Expression,
): Value {
  const call = (kind: string, ...args: Value[]): Value => callOperator(compilation, kind, args, {}, span)[0];
  const mirrored = new Map([
    ["<", ">"],
    [">", "<"],
    ["<=", ">="],
    [">=", "<="],
  ]).get(operator);
  if (mirrored !== undefined) return call(binaryOperators[mirrored], tensor, number);
  if (operator === "-") return call("aten::rsub", tensor, number);
  if (operator === "/") return call("aten::mul", call("aten::reciprocal", tensor), number);
  if (operator === "**") return call("aten::pow", number, tensor);
  return call(binaryOperators[operator], tensor, number);
}

/** `[f(x) for x in xs]` is a loop that appends. */
function compileComprehension(
  compilation: Compilation,
  expression: Expression & { readonly kind: "comprehension" },
): Value {
  const { writer } = compilation;
  const iteration = iterationOf(compilation, expression.iterable);
  const around = compilation.scope;
  compilation.scope = new Scope(around);
  try {
    if (iteration.kind === "unrolled") {
      const parts = iteration.elements.map((element) => {
        assignTo(compilation, expression.target, element);
        return compilation.expression(expression.element);
      });
      const type = elementType(compilation, parts, undefined, expression);
      return writer.node("prim::ListConstruct", parts, [listOf(type)], expression)[0];
    }
    const type = typeInLoop(compilation, expression, iteration.element);
    const [list] = writer.node("prim::ListConstruct", [], [listOf(type)], expression);
    assign(compilation, "$list", list);
    writeLoop(
      compilation,
      {
        most: iteration.length,
        test: null,
        begin: (count) => {
          assignTo(compilation, expression.target, iteration.element(count));
          callOperator(
            compilation,
            "aten::append",
            [list, compilation.expression(expression.element)],
            {},
            expression,
          );
        },
        body: [],
      },
      [],
      expression,
    );
    return list;
  } finally {
    compilation.scope = around;
  }
}

/** The type of a comprehension's elements, found by compiling one into a block that is thrown away. */
function typeInLoop(
  compilation: Compilation,
  expression: Expression & { readonly kind: "comprehension" },
  element: (count: Value) => Value,
): Type {
  const { writer } = compilation;
  const around = compilation.scope;
  compilation.scope = new Scope(around);
  writer.open();
  assignTo(compilation, expression.target, element(writer.constant(0, intType, expression)));
  const { type } = compilation.expression(expression.element);
  writer.close([]);
  compilation.scope = around;
  return type;
}
