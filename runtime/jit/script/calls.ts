/**
 * Calls: operators by overload, functions and methods of the unit, and the few functions that TorchScript itself has.
 * Source of behaviour: torch/csrc/jit/frontend/schema_matching.cpp, builtin_functions.cpp, sugared_value.cpp.
 */
import { NotImplementedError } from "../../errors.ts";
import type { Attribute, Type, Value } from "../ir.ts";
import { annotationText, boolType, floatType, intType, listOf, noneType, strType } from "../types.ts";
import { builtins, newObject } from "./builtins.ts";
import { type Compilation, coerced } from "./compilation.ts";
import { matchCall, overloadsNamed } from "./overloads.ts";
import { dottedName } from "./parse.ts";
import type { Span } from "./source-text.ts";
import type { CallExpression, Expression } from "./syntax.ts";
import type { ScriptCode } from "./unit.ts";

/** What a call gives that fits no overload; what is done with it is not checked, since it is never reached. */
const unknownType: Type = Object.freeze({ kind: "Any" });

/** The named arguments of a call. */
export type Keywords = Readonly<Record<string, Value>>;

/** Writes a call of an operator with the overload its arguments fit. Gives its results. */
export function callOperator(
  compilation: Compilation,
  kind: string,
  args: readonly Value[],
  keywords: Keywords,
  span: Span,
  count = 1,
): readonly Value[] {
  const overloads = overloadsNamed(kind);
  const types = { positional: args.map(({ type }) => type), keywords: mapped(keywords, ({ type }) => type) };
  const match = matchCall(overloads, types);
  if (match === null && compilation.unit.allowsUnknown) {
    const inputs = [...args, ...Object.values(keywords)];
    const names = Object.keys(keywords);
    // No schema tells what they were called, and the code may be written again.
    const attributes: Readonly<Record<string, Attribute>> = names.length === 0 ? {} : { keywords: names };
    const types = new Array<Type>(count).fill(unknownType);
    return compilation.writer.node(kind, inputs, types, span, attributes);
  }
  if (match === null && overloads.length === 0) {
    const error = compilation.error(span, `the code calls ${kind}, which Tracebook does not have`);
    throw new NotImplementedError(error.message);
  }
  if (match === null) {
    const given = [
      ...types.positional.map(annotationText),
      ...Object.entries(types.keywords).map(([name, type]) => `${name}=${annotationText(type)}`),
    ];
    const known = overloads.map(
      ({ row }) => `  ${row.kind === "op" ? row.schema.text : `${row.name}.${row.overload}`}`,
    );
    throw compilation.error(
      span,
      `Arguments for call are not valid.\nThe following variants are available:\n${known.join("\n")}\nThe original call is ${kind}(${given.join(", ")})`,
    );
  }
  const { writer } = compilation;
  const inputs = match.sources.map((source, i) => {
    if (source !== null) return typeof source === "number" ? args[source] : keywords[source];
    const { default: value, pattern } = match.overload.arguments[i];
    return writer.constant(
      value,
      typeOfConstant(value, pattern.kind === "Optional" ? pattern.element.kind : pattern.kind),
      span,
    );
  });
  return writer.node(kind, inputs, match.returns, span);
}

/** The type of a constant; `kind` is what a number stands for where that is known. */
export function typeOfConstant(value: Attribute, kind = ""): Type {
  if (value === null) return noneType;
  if (typeof value === "boolean") return boolType;
  if (typeof value === "string") return strType;
  if (Array.isArray(value))
    return listOf(value.some((part) => typeof part === "object") ? floatType : intType);
  return typeof value === "object" || kind === "float" ? floatType : intType;
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));

/** The arguments of a call as values. */
export function argumentsOf(
  compilation: Compilation,
  call: CallExpression,
): { readonly args: readonly Value[]; readonly keywords: Keywords } {
  return {
    args: call.args.map((arg) => compilation.expression(arg)),
    keywords: Object.fromEntries(
      call.keywords.map(({ name, value }) => [name, compilation.expression(value)]),
    ),
  };
}

/** An argument that is compiled when its parameter's type is known, or was before. */
type Given = Expression | Value;

/** The values for the parameters of a function, in their order, with defaults written as constants. */
function boundTo(
  compilation: Compilation,
  code: ScriptCode,
  args: readonly Given[],
  keywords: ReadonlyMap<string, Given>,
  span: Span,
): readonly Value[] {
  if (args.length > code.parameters.length)
    throw compilation.error(
      span,
      `${code.name}() expected at most ${code.parameters.length} argument(s) but received ${args.length}`,
    );
  for (const name of keywords.keys())
    if (!code.parameters.some((parameter) => parameter.name === name))
      throw compilation.error(span, `${code.name}() has no argument '${name}'`);
  return code.parameters.map((parameter, i) => {
    const { name, type } = parameter;
    const given = args[i] ?? keywords.get(name);
    if (given !== undefined) {
      const value = given.kind === "value" ? given : compilation.expression(given, type);
      return coerced(
        compilation,
        value,
        type,
        span,
        (wanted, actual) =>
          `Expected a value of type '${wanted}' for argument '${name}' of ${code.name}() but instead found type '${actual}'`,
      );
    }
    if (!parameter.hasDefault)
      throw compilation.error(span, `${code.name}() is missing a value for the argument '${name}'`);
    return compilation.writer.constant(parameter.default, parameter.default === null ? noneType : type, span);
  });
}

const boundToCall = (compilation: Compilation, code: ScriptCode, call: CallExpression): readonly Value[] =>
  boundTo(compilation, code, call.args, new Map(call.keywords.map(({ name, value }) => [name, value])), call);

/** Any call. Gives its results: several for operators that have several. */
export function compileCall(compilation: Compilation, call: CallExpression, count = 1): readonly Value[] {
  const { callee } = call;
  const name = dottedName(callee);
  const [root] = name.split(".");
  const isVariable = name !== "" && compilation.scope.find(root) !== undefined;
  if (!isVariable && name !== "") {
    if (Object.hasOwn(builtins, name)) return [builtins[name](compilation, call)];
    const made = newObject(compilation, name, call);
    if (made !== null) return [made];
    const kind = operatorKind(name);
    if (kind !== null) {
      const { args, keywords } = argumentsOf(compilation, call);
      return (
        callUpgraded(compilation, kind, args, keywords, call) ??
        callOperator(compilation, kind, args, keywords, call, count)
      );
    }
    const code = compilation.unit.functionNamed(name);
    if (code !== null) {
      const fn = functionConstant(compilation, code.qualifiedName, callee);
      return callFunction(compilation, fn, code, boundToCall(compilation, code, call), call);
    }
    const tuple = compilation.unit.namedTuple(name);
    if (tuple !== null) {
      const { args, keywords } = argumentsOf(compilation, call);
      const parts = [...args, ...(tuple.fields ?? []).slice(args.length).map((field) => keywords[field])];
      if (parts.length !== tuple.elements.length || parts.includes(undefined as never))
        throw compilation.error(call, `${name} expects the fields ${tuple.fields?.join(", ")}`);
      return compilation.writer.node("prim::TupleConstruct", parts, [tuple], call);
    }
    throw compilation.error(
      callee,
      name === "range" ? "range cannot be used as a value" : compilation.scope.reasonFor(name),
    );
  }
  if (callee.kind !== "attribute") return callVariable(compilation, callee, call);
  return callMethod(compilation, callee, call);
}

/** A function as a value. */
export function functionConstant(compilation: Compilation, name: string, span: Span): Value {
  const attributes = { name: name.slice(name.lastIndexOf(".") + 1) };
  return compilation.writer.node("prim::Constant", [], [{ kind: "Function", name }], span, attributes)[0];
}

const callFunction = (
  compilation: Compilation,
  fn: Value,
  code: ScriptCode,
  values: readonly Value[],
  span: Span,
): readonly Value[] => compilation.writer.node("prim::CallFunction", [fn, ...values], [code.returns], span);

/** `_0 = __torch__.fn`, then `_0(x)`. */
function callVariable(compilation: Compilation, callee: Expression, call: CallExpression): readonly Value[] {
  const fn = compilation.expression(callee);
  const code = fn.type.kind === "Function" ? compilation.unit.functionNamed(fn.type.name) : null;
  if (code === null)
    throw compilation.error(callee, `cannot call a value of type '${annotationText(fn.type)}'`);
  return callFunction(compilation, fn, code, boundToCall(compilation, code, call), call);
}

/** The call of what an operator meant in the code's format version; null where it has not changed. */
function callUpgraded(
  compilation: Compilation,
  kind: string,
  args: readonly Value[],
  keywords: Keywords,
  span: Span,
): readonly Value[] | null {
  const { unit } = compilation;
  const types = [...args, ...Object.values(keywords)].map((value) => value.type);
  const name = unit.upgraded(kind, types);
  const code = name === null ? null : unit.functionNamed(name);
  if (name === null || code === null) return null;
  const values = boundTo(compilation, code, args, new Map(Object.entries(keywords)), span);
  return callFunction(compilation, functionConstant(compilation, name, span), code, values, span);
}

/** `torch.relu` is aten::relu, `ops.prim.NumToTensor` prim::NumToTensor; null for other names. */
function operatorKind(name: string): string | null {
  const parts = name.split(".");
  if (parts[0] === "ops" && parts.length === 3) return `${parts[1]}::${parts[2]}`;
  if (parts[0] === "torch" && parts[1] === "ops" && parts.length === 4) return `${parts[2]}::${parts[3]}`;
  if (parts[0] === "torch" && parts.length === 2) return `aten::${parts[1]}`;
  if (parts[0] === "torch" && parts[1] === "_C" && parts[2] === "_nn" && parts.length === 4)
    return `aten::${parts[3]}`;
  if (parts[0] === "math" && parts.length === 2) return `aten::${parts[1]}`;
  return plainFunctions.get(name) ?? null;
}

/** Python's functions that are operators by another name. */
const plainFunctions = new Map([
  ["len", "aten::len"],
  ["print", "prim::Print"],
  ["ord", "aten::ord"],
  ["chr", "aten::chr"],
  ["min", "prim::min"],
  ["max", "prim::max"],
  ["abs", "prim::abs"],
  ["sum", "aten::sum"],
  ["any", "aten::any"],
  ["all", "aten::all"],
  ["sorted", "aten::sorted"],
  ["list", "aten::list"],
  ["round", "aten::round"],
  ["int", "aten::Int"],
  ["float", "aten::Float"],
  ["bool", "aten::Bool"],
  ["str", "aten::str"],
  ["warnings.warn", "aten::warn"],
  ["torch.autograd.grad", "aten::grad"],
]);

function callMethod(
  compilation: Compilation,
  callee: Expression & { readonly kind: "attribute" },
  call: CallExpression,
): readonly Value[] {
  const object = compilation.expression(callee.object);
  const { type } = object;
  if (type.kind === "Class") {
    const code = compilation.unit.classNamed(type.name)?.methods.get(callee.name);
    // The methods of a class may be written in any order.
    if (code === undefined) throw compilation.error(callee, `'${type.name}' has no method '${callee.name}'`);
    const values = boundToCall(compilation, code, call);
    return compilation.writer.node("prim::CallMethod", [object, ...values], [code.returns], call, {
      name: callee.name,
    });
  }
  const { args, keywords } = argumentsOf(compilation, call);
  if (type.kind === "Tensor" && callee.name === "size" && args.length === 0)
    return callOperator(compilation, "aten::size", [object], {}, call);
  return callOperator(compilation, `aten::${callee.name}`, [object, ...args], keywords, call);
}
