/** What `for` goes over: ranges, lists, tensors, dicts, and `enumerate` and `zip` of these. */
import type { Value } from "../ir.ts";
import { annotationText, intType, tupleOf } from "../types.ts";
import { callOperator } from "./calls.ts";
import type { Compilation } from "./compilation.ts";
import type { Expression } from "./syntax.ts";

/** A loop's way through something; tuples are unrolled, since their elements have types of their own. */
export type Iteration =
  | { readonly kind: "counted"; readonly length: Value; element(count: Value): Value }
  | { readonly kind: "unrolled"; readonly elements: readonly Value[] };

export function iterationOf(compilation: Compilation, iterable: Expression): Iteration {
  const call = iterable.kind === "call" && iterable.callee.kind === "name" ? iterable.callee.name : "";
  if (iterable.kind === "call" && call === "range") return rangeOf(compilation, iterable.args, iterable);
  if (iterable.kind === "call" && call === "enumerate")
    return enumerated(compilation, iterable.args, iterable);
  if (iterable.kind === "call" && call === "zip") return zipped(compilation, iterable.args, iterable);
  return elementsOf(compilation, compilation.expression(iterable), iterable);
}

const integer = (compilation: Compilation, value: number, span: Expression): Value =>
  compilation.writer.constant(value, intType, span);

function rangeOf(compilation: Compilation, args: readonly Expression[], span: Expression): Iteration {
  const values = args.map((arg) => compilation.expression(arg, intType));
  if (values.length === 0 || values.length > 3)
    throw compilation.error(span, "range expects one to three numbers");
  if (values.length === 1) return { kind: "counted", length: values[0], element: (count) => count };
  const step = values[2] ?? integer(compilation, 1, span);
  const [length] = callOperator(compilation, "aten::__range_length", [values[0], values[1], step], {}, span);
  return {
    kind: "counted",
    length,
    element: (count) =>
      callOperator(compilation, "aten::__derive_index", [count, values[0], step], {}, span)[0],
  };
}

function elementsOf(compilation: Compilation, value: Value, span: Expression): Iteration {
  if (["int", "float", "bool", "None"].includes(value.type.kind))
    throw compilation.error(span, `'${annotationText(value.type)}' object is not iterable`);
  const { type } = value;
  if (type.kind === "Tuple") {
    return {
      kind: "unrolled",
      elements: compilation.writer.node("prim::TupleUnpack", [value], type.elements, span),
    };
  }
  if (type.kind === "Dict")
    return elementsOf(compilation, callOperator(compilation, "aten::keys", [value], {}, span)[0], span);
  const [length] = callOperator(compilation, "aten::len", [value], {}, span);
  if (type.kind === "Tensor") {
    const dim = integer(compilation, 0, span);
    return {
      kind: "counted",
      length,
      element: (count) => callOperator(compilation, "aten::select", [value, dim, count], {}, span)[0],
    };
  }
  if (type.kind !== "List" && type.kind !== "str")
    throw compilation.error(span, `'${annotationText(type)}' object is not iterable`);
  return {
    kind: "counted",
    length,
    element: (count) => callOperator(compilation, "aten::__getitem__", [value, count], {}, span)[0],
  };
}

const pair = (compilation: Compilation, parts: readonly Value[], span: Expression): Value =>
  compilation.writer.node("prim::TupleConstruct", parts, [tupleOf(parts.map((part) => part.type))], span)[0];

function enumerated(
  compilation: Compilation,
  [iterable, start]: readonly Expression[],
  span: Expression,
): Iteration {
  if (iterable === undefined) throw compilation.error(span, "enumerate expects what to go over");
  const inner = iterationOf(compilation, iterable);
  const first = start === undefined ? null : compilation.expression(start, intType);
  const position = (count: Value): Value =>
    first === null ? count : callOperator(compilation, "aten::add", [count, first], {}, span)[0];
  if (inner.kind === "unrolled") {
    const elements = inner.elements.map((element, i) =>
      pair(compilation, [position(integer(compilation, i, span)), element], span),
    );
    return { kind: "unrolled", elements };
  }
  return { ...inner, element: (count) => pair(compilation, [position(count), inner.element(count)], span) };
}

function zipped(compilation: Compilation, args: readonly Expression[], span: Expression): Iteration {
  const parts = args.map((arg) => iterationOf(compilation, arg));
  if (parts.length === 0) throw compilation.error(span, "zip expects what to go over");
  const counted = parts.filter((part) => part.kind === "counted");
  if (counted.length < parts.length) {
    const unrolled = parts.filter((part) => part.kind === "unrolled");
    if (counted.length > 0) throw compilation.error(span, "zip cannot mix tuples with lists");
    const length = Math.min(...unrolled.map((part) => part.elements.length));
    const elements = Array.from({ length }, (_, i) =>
      pair(
        compilation,
        unrolled.map((part) => part.elements[i]),
        span,
      ),
    );
    return { kind: "unrolled", elements };
  }
  const length = counted
    .map((part) => part.length)
    .reduce((a, b) => callOperator(compilation, "prim::min", [a, b], {}, span)[0]);
  return {
    kind: "counted",
    length,
    element: (count) =>
      pair(
        compilation,
        counted.map((part) => part.element(count)),
        span,
      ),
  };
}
