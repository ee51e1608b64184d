/**
 * Brackets: elements of lists, dicts and tuples, and indexing of tensors as select, slice, unsqueeze and index.
 * Source of behaviour: torch/csrc/jit/frontend/ir_emitter.cpp (emitSubscript, emitMultidimSlicing).
 */
import type { Type, Value } from "../ir.ts";
import { annotationText, anyTensor, intType, listOf, noneType, optionalOf, tupleOf } from "../types.ts";
import { callOperator } from "./calls.ts";
import type { Compilation } from "./compilation.ts";
import type { Expression, SliceExpression } from "./syntax.ts";

/** Operators by their sign in code. */
export const binaryOperators: Readonly<Record<string, string>> = Object.fromEntries(
  "+ add,- sub,* mul,/ div,// floordiv,% remainder,** pow,@ matmul,& __and__,| __or__,^ __xor__,<< __lshift__,>> __rshift__,== eq,!= ne,< lt,<= le,> gt,>= ge,is __is__,is not __isnot__"
    .split(",")
    .map((pair) => {
      const space = pair.lastIndexOf(" ");
      return [pair.slice(0, space), `aten::${pair.slice(space + 1)}`];
    }),
);

type Subscript = Expression & { readonly kind: "subscript" };

const constantIndex = (index: Expression): number | null =>
  index.kind === "int" ? Number(index.value) : null;

const isPlainNumber = ({ kind }: Type): boolean => kind === "int" || kind === "float" || kind === "bool";

export function compileSubscript(compilation: Compilation, expression: Subscript): Value {
  const object = compilation.expression(expression.object);
  const { type } = object;
  const [index] = expression.indices;
  if (type.kind === "Tensor") return indexTensor(compilation, object, expression.indices, expression);
  if (expression.indices.length > 1 && type.kind !== "Dict")
    throw compilation.error(expression, `a value of type '${annotationText(type)}' takes one index`);
  if (type.kind === "Tuple") return tupleElement(compilation, object, type.elements, index);
  if (index.kind === "slice") {
    const [start, stop, step] = bounds(compilation, index);
    return callOperator(compilation, "aten::slice", [object, start, stop, step], {}, expression)[0];
  }
  if (type.kind === "Class" || isPlainNumber(type))
    throw compilation.error(expression, `'${annotationText(type)}' object is not subscriptable`);
  return callOperator(
    compilation,
    "aten::__getitem__",
    [object, compilation.expression(index)],
    {},
    expression,
  )[0];
}

function tupleElement(
  compilation: Compilation,
  tuple: Value,
  elements: readonly Type[],
  index: Expression,
): Value {
  if (index.kind === "slice") {
    const from = index.start === null ? 0 : constantIndex(index.start);
    const to = index.stop === null ? elements.length : constantIndex(index.stop);
    if (from === null || to === null || index.step !== null)
      throw compilation.error(index, "slices of tuples need constant bounds");
    const picked = elements.slice(from, to);
    const beg = from < 0 ? from + elements.length : from;
    return compilation.writer.node("prim::TupleSlice", [tuple], [tupleOf(picked)], index, {
      beg,
      end: beg + picked.length,
    })[0];
  }
  const constant = constantIndex(index);
  if (constant === null) throw compilation.error(index, "tuple index must be a compile-time constant");
  const at = constant < 0 ? constant + elements.length : constant;
  if (at < 0 || at >= elements.length)
    throw compilation.error(
      index,
      `Tuple index out of range. Tuple is length ${elements.length} and index is ${constant}`,
    );
  const value = compilation.expression(index);
  return compilation.writer.node("prim::TupleIndex", [tuple, value], [elements[at]], index)[0];
}

function bounds(compilation: Compilation, slice: SliceExpression): readonly [Value, Value, Value] {
  const { writer } = compilation;
  const part = (bound: Expression | null): Value =>
    bound === null ? writer.constant(null, noneType, slice) : compilation.expression(bound, intType);
  return [
    part(slice.start),
    part(slice.stop),
    slice.step === null ? writer.constant(1, intType, slice) : compilation.expression(slice.step),
  ];
}

/** Numbers select, slices slice, None adds a dimension; tensors index all dimensions left over at once. */
function indexTensor(
  compilation: Compilation,
  tensor: Value,
  indices: readonly Expression[],
  span: Expression,
): Value {
  const { writer } = compilation;
  const parts = indices.length === 1 && indices[0].kind === "tuple" ? indices[0].elements : indices;
  const integer = (value: number): Value => writer.constant(value, intType, span);
  const call = (kind: string, ...args: Value[]): Value => callOperator(compilation, kind, args, {}, span)[0];
  let result = tensor;
  let dim = 0;
  /** Behind `...`: how many dimensions are still to be indexed, counted from the end. */
  let left: number | null = null;
  const tensors: (Value | null)[] = [];
  const isNone = (part: Expression): boolean => part.kind === "constant" && part.value === null;
  for (const [i, part] of parts.entries()) {
    const at = left === null ? dim : -left;
    if (isNone(part)) {
      result = call("aten::unsqueeze", result, integer(left === null ? dim++ : -left - 1));
      continue;
    }
    if (part.kind === "name" && part.name === "...") {
      left = parts.slice(i + 1).filter((other) => !isNone(other)).length;
      continue;
    }
    if (left !== null) left--;
    if (part.kind === "slice") {
      result = call("aten::slice", result, integer(at), ...bounds(compilation, part));
      dim++;
      continue;
    }
    const index = compilation.expression(part);
    if (index.type.kind !== "Tensor" && index.type.kind !== "List") {
      result = call("aten::select", result, integer(at), index);
      continue;
    }
    if (left !== null) throw compilation.error(part, "a tensor behind ... cannot be an index here");
    while (tensors.length < dim) tensors.push(null);
    tensors[dim++] = index.type.kind === "List" ? call("aten::tensor", index) : index;
  }
  if (tensors.length === 0) return result;
  const element = optionalOf(anyTensor);
  const values = tensors.map((index) => index ?? writer.constant(null, noneType, span));
  const [list] = writer.node("prim::ListConstruct", values, [listOf(element)], span);
  return call("aten::index", result, list);
}

/** `x[i] = value`. */
export function assignElement(compilation: Compilation, target: Subscript, value: Value): void {
  const object = compilation.expression(target.object);
  if (object.type.kind === "Tuple")
    throw compilation.error(target, `${annotationText(object.type)} does not support subscripted assignment`);
  if (object.type.kind !== "Tensor") {
    const key = compilation.expression(target.indices[0]);
    callOperator(compilation, "aten::_set_item", [object, key, value], {}, target);
    return;
  }
  const [only] = target.indices;
  const index =
    target.indices.length === 1 && only.kind !== "slice" && only.kind !== "constant"
      ? compilation.expression(only)
      : null;
  const asTensor =
    value.type.kind === "Tensor" ? value : callOperator(compilation, "aten::tensor", [value], {}, target)[0];
  if (index?.type.kind === "Tensor") {
    const [list] = compilation.writer.node(
      "prim::ListConstruct",
      [index],
      [listOf(optionalOf(anyTensor))],
      target,
    );
    const accumulate = compilation.writer.constant(false, { kind: "bool" }, target);
    callOperator(compilation, "aten::index_put_", [object, list, asTensor, accumulate], {}, target);
    return;
  }
  const view = indexTensor(compilation, object, target.indices, target);
  callOperator(
    compilation,
    value.type.kind === "Tensor" ? "aten::copy_" : "aten::fill_",
    [view, value],
    {},
    target,
  );
}

/** `del x[key]`. */
export function deleteElement(compilation: Compilation, target: Subscript): void {
  const object = compilation.expression(target.object);
  callOperator(compilation, "aten::Delete", [object, compilation.expression(target.indices[0])], {}, target);
}
