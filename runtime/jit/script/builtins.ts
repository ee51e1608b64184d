/**
 * What TorchScript's text treats specially: functions whose arguments are types, names or code rather than values.
 * Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp (emitApplySpecialForm).
 */
import type { Type, Value } from "../ir.ts";
import { boolType, classOf, deviceType, futureOf, membersOf, noneType } from "../types.ts";
import { typeOfAnnotation } from "./annotations.ts";
import { callOperator } from "./calls.ts";
import { type Compilation, coerced, resultVariable, Scope } from "./compilation.ts";
import { withoutEarlyExits } from "./exits.ts";
import { dottedName } from "./parse.ts";
import { isSubtype } from "./pattern.ts";
import type { CallExpression, Expression } from "./syntax.ts";

type Builtin = (compilation: Compilation, call: CallExpression) => Value;

function argument(compilation: Compilation, call: CallExpression, index: number): Expression {
  const found = call.args[index];
  if (found === undefined)
    throw compilation.error(call, `${dottedName(call.callee)}() expects at least ${index + 1} argument(s)`);
  return found;
}

const typeArgument = (compilation: Compilation, call: CallExpression): Type =>
  typeOfAnnotation(argument(compilation, call, 0), compilation.source, compilation.unit);

/** What code writes as `annotate(int, tensor)`. */
const implicitConversions = new Map([
  ["int", "aten::IntImplicit"],
  ["float", "aten::FloatImplicit"],
  ["Scalar", "aten::ScalarImplicit"],
]);

const annotate: Builtin = (compilation, call) => {
  const { writer } = compilation;
  const type = typeArgument(compilation, call);
  const value = compilation.expression(argument(compilation, call, 1), type);
  const implicit = value.type.kind === "Tensor" ? implicitConversions.get(type.kind) : undefined;
  if (implicit !== undefined) return writer.node(implicit, [value], [type], call)[0];
  // `annotate(Optional[int], None)` is a None that a number may take the place of.
  if (value.type.kind === "None" && type.kind !== "None" && isSubtype(value.type, type))
    return writer.constant(null, type, call);
  return coerced(
    compilation,
    value,
    type,
    call,
    (wanted, actual) => `expected an expression of type ${wanted} but found ${actual}`,
  );
};

/** The types of `isinstance(x, T)` and `isinstance(x, (T, U))`. */
export function instanceTypes(compilation: Compilation, call: CallExpression): readonly Type[] {
  const wanted = argument(compilation, call, 1);
  return (wanted.kind === "tuple" ? wanted.elements : [wanted]).map((part) =>
    typeOfAnnotation(part, compilation.source, compilation.unit),
  );
}

/** True or false where types alone tell; null where the value has to be asked. */
export function staticInstance(type: Type, wanted: readonly Type[]): boolean | null {
  if (type.kind === "Any") return null;
  const answers = membersOf(type).map((member) => wanted.some((other) => isSubtype(member, other)));
  if (answers.every((answer) => answer)) return true;
  return answers.some((answer) => answer) || type.kind === "Scalar" ? null : false;
}

/** Runs what it is given at once or later; its result is asked for with `wait`. */
const fork: Builtin = (compilation, call) => {
  const { writer } = compilation;
  const name = dottedName(argument(compilation, call, 0));
  const definition = compilation.locals.get(name);
  if (definition === undefined) throw compilation.error(call, `fork() expects a function defined here`);
  const { scope, returns } = compilation;
  compilation.scope = new Scope(scope);
  compilation.returns = null;
  writer.open();
  compilation.statements(withoutEarlyExits(definition.body));
  const result = compilation.scope.find(resultVariable) ?? writer.constant(null, noneType, call);
  const block = writer.close([result]);
  compilation.scope = scope;
  compilation.returns = returns;
  return writer.node("prim::fork", [], [futureOf(result.type)], call, {}, [block])[0];
};

/** Functions by the names they have in code. */
export const builtins: Readonly<Record<string, Builtin>> = {
  annotate,
  "torch.jit.annotate": annotate,
  fork,
  unchecked_cast: (compilation, call) => {
    const type = typeArgument(compilation, call);
    const value = compilation.expression(argument(compilation, call, 1));
    return compilation.writer.node("prim::unchecked_cast", [value], [type], call)[0];
  },
  uninitialized: (compilation, call) =>
    compilation.writer.node("prim::Uninitialized", [], [typeArgument(compilation, call)], call)[0],
  getattr: (compilation, call) => {
    const name = argument(compilation, call, 1);
    if (name.kind !== "string") throw compilation.error(name, "the name of an attribute must be written out");
    return compilation.expression({
      ...call,
      kind: "attribute",
      object: argument(compilation, call, 0),
      name: name.value,
    });
  },
  hasattr: (compilation, call) => {
    const { type } = compilation.expression(argument(compilation, call, 0));
    const name = argument(compilation, call, 1);
    const has =
      type.kind === "Class" &&
      name.kind === "string" &&
      compilation.unit.classNamed(type.name)?.attributes.has(name.value);
    return compilation.writer.constant(has === true, boolType, call);
  },
  "torch.device": (compilation, call) => {
    const name = argument(compilation, call, 0);
    if (name.kind === "string") return compilation.writer.constant(name.value, deviceType, call);
    const args = call.args.map((arg) => compilation.expression(arg));
    return callOperator(compilation, "aten::device", args, {}, call)[0];
  },
  isinstance: (compilation, call) => {
    const { writer } = compilation;
    const value = compilation.expression(argument(compilation, call, 0));
    const types = instanceTypes(compilation, call);
    const known = staticInstance(value.type, types);
    if (known !== null) return writer.constant(known, boolType, call);
    return writer.node("prim::isinstance", [value], [boolType], call, { types: { types } })[0];
  },
};

/** `C.__new__(C)`: an object of a class of the archive, its attributes still missing; null if the name is no such call. */
export function newObject(compilation: Compilation, name: string, call: CallExpression): Value | null {
  const className = name.endsWith(".__new__") ? name.slice(0, -".__new__".length) : "";
  if (className === "" || compilation.unit.classNamed(className)?.kind !== "plain") return null;
  return compilation.writer.node("prim::CreateObject", [], [classOf(className)], call)[0];
}
