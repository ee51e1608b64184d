/**
 * What goes into a call of a graph within a trace and what comes out of it: arguments as values of the trace, and results
 * tied to the values that the call gives. Source: torch/csrc/jit/frontend/tracer.cpp (getValue, setValue).
 */
import { RuntimeError } from "../errors.ts";
import { valuesOf } from "../tensor/access.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { DraftValue, Place } from "./builder.ts";
import type { Attribute, Type } from "./ir.ts";
import { isPlain, type Plain } from "./plain-values.ts";
import type { Recorder } from "./recorder.ts";
import {
  anyTensor,
  boolType,
  dictOf,
  floatType,
  intType,
  noneType,
  strType,
  tupleOf,
  typeOfTensor,
} from "./types.ts";

/** The graph value of an argument of a declared type: lists, tuples and records are put together again. */
export function packed(recorder: Recorder, value: unknown, type: Type | null): DraftValue {
  const { builder } = recorder;
  if (type?.kind === "Optional" && value !== null) return packed(recorder, value, type.element);
  if (value instanceof Tensor) return recorder.tensorValue(value, recorder.place());
  if (isPlain(value)) return builder.constant(...constantOf(value, type), recorder.place());
  if (Array.isArray(value)) {
    if (type?.kind === "List" && value.length > 0 && value.every(isPlain)) {
      const parts = value.map((part) => constantOf(part, type.element)[0]);
      return builder.constant(parts, type, recorder.place());
    }
    const element = type?.kind === "List" ? type.element : null;
    const parts = value.map((part, i) =>
      packed(recorder, part, type?.kind === "Tuple" ? type.elements[i] : element),
    );
    if (type?.kind === "List")
      return builder.node("prim::ListConstruct", parts, [type], unplaced(recorder))[0];
    return builder.node(
      "prim::TupleConstruct",
      parts,
      [tupleOf(parts.map((part) => part.type))],
      unplaced(recorder),
    )[0];
  }
  const entries = Object.entries(value as Record<string, unknown>).flatMap(([key, part]) => [
    builder.constant(key, strType, unplaced(recorder)),
    packed(recorder, part, type?.kind === "Dict" ? type.value : null),
  ]);
  const dict = type?.kind === "Dict" ? type : dictOf(strType, entries[1].type);
  return builder.node("prim::DictConstruct", entries, [dict], unplaced(recorder))[0];
}

/** PyTorch knows no source for what it adds around a call. */
const unplaced = ({ scope }: Recorder): Place => ({ scope, source: null });

/** A number is a float where one is declared. */
function constantOf(value: Plain, declared: Type | null): readonly [Attribute, Type] {
  if (value === null) return [null, noneType];
  if (typeof value === "string") return [value, strType];
  if (typeof value === "boolean") return [value, boolType];
  return declared?.kind === "float" || !Number.isInteger(value)
    ? [{ float: value }, floatType]
    : [value, intType];
}

/** Sizes that were read in the trace are plain numbers where code declares numbers; the trace says that they stay. */
export function concreteNumber(recorder: Recorder, value: unknown, type: Type): unknown {
  if (type.kind === "Optional") return concreteNumber(recorder, value, type.element);
  if (type.kind === "List" && Array.isArray(value))
    return value.map((part) => concreteNumber(recorder, part, type.element));
  const isNumber = type.kind === "int" || type.kind === "float" || type.kind === "bool";
  if (!isNumber || !(value instanceof Tensor)) return value;
  recorder.note(value, "primitive");
  const number = valuesOf(value)[0];
  return type.kind === "bool" ? number !== 0 : number;
}

/** Ties the tensors of a result to a value and what is unpacked of it. Throws torch's RuntimeError for other results. */
export function bindResult(recorder: Recorder, result: unknown, value: DraftValue): void {
  const { builder } = recorder;
  const { type } = value;
  if (result instanceof Tensor) {
    if (type.kind === "Tensor" && type.sizes === undefined) value.type = typeOfTensor(result);
    recorder.bind(result, value);
  } else if (Array.isArray(result)) {
    const kind = type.kind === "List" ? "prim::ListUnpack" : "prim::TupleUnpack";
    const types = result.map((_, i) =>
      type.kind === "Tuple" ? type.elements[i] : type.kind === "List" ? type.element : anyTensor,
    );
    const parts = builder.node(kind, [value], types, unplaced(recorder));
    for (const [i, part] of result.entries()) bindResult(recorder, part, parts[i]);
  } else if (type.kind === "Dict") {
    for (const [key, part] of Object.entries(result as Record<string, unknown>)) {
      const name = builder.constant(key, strType, unplaced(recorder));
      const [picked] = builder.node("aten::__getitem__", [value, name], [type.value], unplaced(recorder));
      bindResult(recorder, part, picked);
    }
  } else {
    throw new RuntimeError(
      `Tracer cannot set value trace for type ${tagOf(result)}. Supported types are tensor, tensor list, and tuple of tensors.`,
    );
  }
}

function tagOf(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "number") return Number.isInteger(value) ? "Int" : "Double";
  return typeof value === "boolean" ? "Bool" : typeof value === "string" ? "String" : "Object";
}
