/**
 * Names and attributes: variables, constants that have names (`CONSTANTS.c0`, `torch.float32`, `math.pi`, members of
 * Enums), and what modules, objects, tuples and tensors give by name.
 * Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp (emitVar), sugared_value.cpp (SimpleValue::attr).
 */
import type { Value } from "../ir.ts";
import { annotationText, enumOf, floatType, intType, strType, typeOfTensor, unionOf } from "../types.ts";
import { callOperator, functionConstant, typeOfConstant } from "./calls.ts";
import type { Compilation } from "./compilation.ts";
import { dottedName } from "./parse.ts";
import type { Expression } from "./syntax.ts";

const namedFloats: Readonly<Record<string, number>> = {
  inf: Infinity,
  nan: Number.NaN,
  "math.pi": Math.PI,
  "math.inf": Infinity,
  "math.nan": Number.NaN,
  "math.e": Math.E,
};

export function compileName(
  compilation: Compilation,
  expression: Expression & { readonly kind: "name" },
): Value {
  const value = compilation.scope.find(expression.name);
  if (value !== undefined) return value;
  if (Object.hasOwn(namedFloats, expression.name))
    return compilation.writer.constant({ float: namedFloats[expression.name] }, floatType, expression);
  throw compilation.error(expression, compilation.scope.reasonFor(expression.name));
}

/** Attributes of tensors, by the operators that read them. */
const tensorAttributes: Readonly<Record<string, string>> = {
  shape: "aten::size",
  dtype: "prim::dtype",
  device: "prim::device",
  layout: "prim::layout",
  requires_grad: "prim::requires_grad",
  is_cuda: "prim::is_cuda",
  data: "prim::data",
  ndim: "aten::dim",
  T: "aten::numpy_T",
  mT: "aten::mT",
  mH: "aten::mH",
  itemsize: "prim::itemsize",
  nbytes: "prim::nbytes",
  is_leaf: "aten::is_leaf",
  is_cpu: "prim::is_cpu",
  is_meta: "prim::is_meta",
  is_nested: "prim::is_nested",
  is_quantized: "prim::is_quantized",
  is_sparse: "prim::is_sparse",
};

export function compileAttribute(
  compilation: Compilation,
  expression: Expression & { readonly kind: "attribute" },
): Value {
  const { writer } = compilation;
  const name = dottedName(expression);
  const known =
    name === "" || compilation.scope.find(name.split(".")[0]) !== undefined
      ? null
      : namedConstant(compilation, name, expression);
  if (known !== null) return known;
  const object = compilation.expression(expression.object);
  const { type } = object;
  if (type.kind === "Class") {
    const scriptClass = compilation.unit.classNamed(type.name);
    const constant = scriptClass?.constants.get(expression.name);
    if (constant !== undefined) return writer.constant(constant.value, constant.type, expression);
    const attribute = scriptClass?.attributes.get(expression.name);
    if (attribute === undefined)
      throw compilation.error(
        expression,
        `'${type.name}' object has no attribute or method '${expression.name}'.`,
      );
    return writer.attribute(object, expression.name, attribute, expression);
  }
  const field = type.kind === "Tuple" ? (type.fields?.indexOf(expression.name) ?? -1) : -1;
  if (type.kind === "Tuple" && field >= 0) {
    const index = writer.constant(field, intType, expression);
    return writer.node("prim::TupleIndex", [object, index], [type.elements[field]], expression)[0];
  }
  if (type.kind === "Enum" && expression.name === "name")
    return writer.node("prim::EnumName", [object], [strType], expression)[0];
  if (type.kind === "Enum" && expression.name === "value") {
    const values = compilation.unit.enumNamed(type.name)?.values() ?? [];
    return writer.node(
      "prim::EnumValue",
      [object],
      [unionOf([...values].map(({ value }) => typeOfConstant(value)))],
      expression,
    )[0];
  }
  if (type.kind === "Tensor") {
    const kind = Object.hasOwn(tensorAttributes, expression.name) ? tensorAttributes[expression.name] : null;
    if (kind !== null) return callOperator(compilation, kind, [object], {}, expression)[0];
  }
  throw compilation.error(
    expression,
    `'${annotationText(type)}' object has no attribute or method '${expression.name}'.`,
  );
}

/** `CONSTANTS.c0`, `torch.float32`, `math.pi`; null for other names. */
function namedConstant(compilation: Compilation, name: string, span: Expression): Value | null {
  const { writer } = compilation;
  if (Object.hasOwn(namedFloats, name)) return writer.constant({ float: namedFloats[name] }, floatType, span);
  const index = /^CONSTANTS\.c(\d+)$/.exec(name)?.[1];
  if (index !== undefined) {
    const tensor = compilation.unit.constants[Number(index)];
    if (tensor === undefined)
      throw compilation.error(span, `the archive has no tensor constant number ${index}`);
    return writer.constant(tensor, typeOfTensor(tensor), span);
  }
  if (name.startsWith("__torch__.")) {
    if (compilation.unit.functionNamed(name) !== null) return functionConstant(compilation, name, span);
    const dot = name.lastIndexOf(".");
    const member = compilation.unit.enumNamed(name.slice(0, dot))?.get(name.slice(dot + 1));
    if (member !== undefined) return writer.constant(member, enumOf(member.enumName), span);
  }
  const code = name.startsWith("torch.") ? dtypeCodes.get(name.slice("torch.".length)) : undefined;
  return code === undefined ? null : writer.constant(code, intType, span);
}

/** Source: c10/core/ScalarType.h; the last ones are layouts and memory formats. */
const dtypeCodes = new Map(
  "uint8 0,int8 1,int16 2,short 2,int32 3,int 3,int64 4,long 4,float16 5,half 5,float32 6,float 6,float64 7,double 7,bool 11,bfloat16 15,strided 0,contiguous_format 0,preserve_format 1"
    .split(",")
    .map((pair): [string, number] => [pair.split(" ")[0], Number(pair.split(" ")[1])]),
);
