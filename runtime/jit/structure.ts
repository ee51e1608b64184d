/**
 * Nested inputs and outputs: lists, tuples and records of tensors taken apart into graph values and put together again.
 * A JavaScript array of tensors counts as a list when it comes in and as a tuple when it goes out; `jitTuple` marks a
 * tuple. Source of rules and messages: torch/csrc/jit/python/pybind_utils.h, torch/csrc/jit/frontend/tracer.cpp.
 */
import { RuntimeError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type DraftValue, nowhere } from "./builder.ts";
import type { Type } from "./ir.ts";
import type { Recorder } from "./recorder.ts";
import {
  annotationText,
  anyTensor,
  dictOf,
  listOf,
  strType,
  tupleOf,
  typeOfTensor,
  withoutShapes,
} from "./types.ts";
import { containerMessage, listWarning } from "./warnings.ts";

const tuples = new WeakSet<object>();
const lists = new WeakSet<object>();

/** Marks an array as a tuple: its parts may be of different types, and their number is fixed. */
export function jitTuple<T extends unknown[]>(elements: readonly [...T]): T {
  const marked = [...elements];
  tuples.add(marked);
  return marked as unknown as T;
}

/** Marks an array as a list where it would count as a tuple: its parts are of one type, their number is open. */
export function jitList<T>(elements: readonly T[]): T[] {
  const marked = [...elements];
  lists.add(marked);
  return marked;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);

/** The TorchScript type of an example input. Throws torch's RuntimeError for what no graph can hold. */
export function typeOfInput(value: unknown): Type {
  if (value instanceof Tensor) return typeOfTensor(value);
  if (Array.isArray(value)) {
    if (!tuples.has(value) && value.length > 0 && value.every((part) => part instanceof Tensor))
      return listOf(anyTensor);
    const types = value.map(typeOfInput);
    const isList = !tuples.has(value) && types.length > 0 && types[0].kind === "List";
    return isList && new Set(types.map(annotationText)).size === 1 ? listOf(types[0]) : tupleOf(types);
  }
  if (isRecord(value)) {
    const parts = Object.values(value).map(typeOfInput);
    if (parts.length === 0) throw new RuntimeError("Dictionary inputs must have entries");
    if (!parts.every((part) => part.kind === parts[0].kind)) {
      throw new RuntimeError("Dictionary inputs to traced functions must have consistent type.");
    }
    return dictOf(strType, parts[0].kind === "Tensor" ? anyTensor : parts[0]);
  }
  throw new RuntimeError(
    `Type '${describeType(value)}' cannot be traced. Only Tensors and (possibly nested) Lists, Dicts, and Tuples of Tensors can be traced`,
  );
}

function describeType(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  return typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
}

/** Adds the nodes that unpack an input and returns the value a function is called with: the same, with traced tensors. */
export function unpackInput(recorder: Recorder, value: unknown, graphValue: DraftValue): unknown {
  if (value instanceof Tensor) return recorder.bindInput(value, graphValue);
  if (Array.isArray(value)) {
    const kind = graphValue.type.kind === "List" ? "prim::ListUnpack" : "prim::TupleUnpack";
    const parts = recorder.builder.node(kind, [graphValue], value.map(typeOfInput), nowhere);
    const unpacked = value.map((part, i) => unpackInput(recorder, part, parts[i]));
    if (tuples.has(value)) tuples.add(unpacked);
    return unpacked;
  }
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([key, part]) => {
      const name = recorder.builder.constant(key, strType, nowhere);
      const [picked] = recorder.builder.node(
        "aten::__getitem__",
        [graphValue, name],
        [typeOfInput(part)],
        nowhere,
      );
      return [key, unpackInput(recorder, part, picked)];
    }),
  );
}

/** Adds the nodes that pack a result and returns the graph value of it. */
export function packOutput(recorder: Recorder, value: unknown, strict: boolean): DraftValue {
  const { builder } = recorder;
  if (value instanceof Tensor) return recorder.outputOf(value, 1);
  if (value === null || value === undefined) {
    throw new RuntimeError(
      "The traced function didn't return any values! Side-effects are not captured in traces, so it would be a no-op.",
    );
  }
  if (Array.isArray(value)) {
    if (value.length === 0 && !tuples.has(value))
      throw new RuntimeError("Tracer cannot infer type of []\n:List trace inputs must have elements");
    const parts = value.map((part) => packOutput(recorder, part, strict));
    if (lists.has(value) || (!strict && !tuples.has(value) && alike(parts))) {
      const element = elementType(parts, "List inputs to traced functions must have consistent element type");
      if (strict) recorder.warnings.push(listWarning());
      return builder.node("prim::ListConstruct", parts, [listOf(element)], nowhere)[0];
    }
    // Parameters have no sizes in the graph, but the tuple's type has those of the tensor.
    const types = parts.map((part, i) => (part.type === anyTensor ? typeOfTensor(value[i]) : part.type));
    return builder.node("prim::TupleConstruct", parts, [tupleOf(types)], nowhere)[0];
  }
  if (isRecord(value)) {
    if (strict) throw new RuntimeError(containerMessage("dict"));
    const entries = Object.entries(value);
    if (entries.length === 0)
      throw new RuntimeError("Tracer cannot infer type of {}\n:Dictionary inputs must have entries");
    const interleaved = entries.flatMap(([key, part]) => [
      builder.constant(key, strType, nowhere),
      packOutput(recorder, part, strict),
    ]);
    const element = elementType(
      interleaved.filter((_, i) => i % 2 === 1),
      "Dictionary inputs to traced functions must have consistent type",
    );
    return builder.node("prim::DictConstruct", interleaved, [dictOf(strType, element)], nowhere)[0];
  }
  throw new RuntimeError(
    `Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from traced functions, but got ${describeType(value)}`,
  );
}

const alike = (parts: readonly DraftValue[]): boolean =>
  new Set(parts.map((part) => annotationText(withoutShapes(part.type)))).size === 1;

/** The one type of all parts, without sizes. Throws torch's RuntimeError if they differ. */
function elementType(parts: readonly DraftValue[], rule: string): Type {
  const types = parts.map((part) => withoutShapes(part.type));
  const other = types.find((type) => annotationText(type) !== annotationText(types[0]));
  if (other !== undefined) {
    throw new RuntimeError(
      `Tracer cannot infer type of the result\n:${rule}. Found ${annotationText(types[0])} and ${annotationText(other)}`,
    );
  }
  return types[0];
}

/** What a call is given must have the shape of the example. Throws a RuntimeError that says where it differs. */
export function checkInput(type: Type, value: unknown, name: string): void {
  const fits =
    type.kind === "Tensor"
      ? value instanceof Tensor
      : type.kind === "List"
        ? Array.isArray(value)
        : type.kind === "Tuple"
          ? Array.isArray(value) && value.length === type.elements.length
          : type.kind === "Dict"
            ? isRecord(value) || (value instanceof Map && type.key.kind !== "str")
            : true;
  if (!fits) {
    const expected = type.kind === "Tuple" ? `Tuple of ${type.elements.length}` : type.kind;
    throw new RuntimeError(
      `forward() Expected a value of type '${expected}' for argument '${name}' but instead found type '${describeType(value)}'.`,
    );
  }
  if (type.kind === "Tuple") {
    for (const [i, part] of type.elements.entries())
      checkInput(part, (value as unknown[])[i], `${name}[${i}]`);
  }
  if (type.kind === "List") for (const part of value as unknown[]) checkInput(type.element, part, name);
}
