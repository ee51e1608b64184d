/**
 * Values as TorchScript prints them, for `print`, `str` and `format` in scripted code: floats have a dot, texts inside
 * of containers no quotes. What is a float only the types of a graph tell.
 * Source of behaviour: aten/src/ATen/core/ivalue.cpp (operator<<).
 */
import { Tensor } from "../../tensor/tensor.ts";
import type { Type } from "../ir.ts";
import { floatText } from "../print.ts";
import { membersOf } from "../types.ts";
import { type Dict, dictEntries } from "./dicts.ts";
import { isOfType } from "./is-of-type.ts";
import { isEnumMember } from "./script-objects.ts";

/** The text of a value of a type. */
export function valueText(value: unknown, type: Type): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return value;
  if (value instanceof Tensor) return value.toString();
  if (type.kind === "Union" || type.kind === "Optional") {
    const member = membersOf(type).find((one) => isOfType(value, one));
    return member === undefined ? String(value) : valueText(value, member);
  }
  if (typeof value === "number" && (type.kind === "float" || !Number.isInteger(value)))
    return floatText(Object.is(value, -0) ? 0 : value);
  if (isEnumMember(value)) return `Enum<${value.enumName}.${value.name}>`;
  if (Array.isArray(value)) {
    const parts = value.map((part, i) => valueText(part, elementType(type, i)));
    if (type.kind === "Tuple") return `(${parts.join(", ")}${parts.length === 1 ? "," : ""})`;
    return `[${parts.join(", ")}]`;
  }
  if (type.kind === "Dict") {
    const entries = dictEntries(value as Dict).map(
      ([key, part]) => `${valueText(key, type.key)}: ${valueText(part, type.value)}`,
    );
    return `{${entries.join(", ")}}`;
  }
  return String(value);
}

const anything: Type = { kind: "Any" };

function elementType(type: Type, index: number): Type {
  if (type.kind === "List") return type.element;
  return type.kind === "Tuple" ? type.elements[index] : anything;
}
