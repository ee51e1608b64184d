/**
 * Whether a value is of a type, for `isinstance` on values whose type is open. A number that is whole counts as an int
 * and any other as a float, since both are JavaScript's numbers.
 * Source of behaviour: aten/src/ATen/core/ivalue.cpp (IValue::type), torch/csrc/jit/runtime/interpreter.cpp (ISINSTANCE).
 */
import { Tensor } from "../../tensor/tensor.ts";
import type { Type } from "../ir.ts";
import { type Dict, dictEntries } from "./dicts.ts";
import { hasScriptClass, isEnumMember, scriptClass } from "./script-objects.ts";

const isDict = (value: unknown): value is Dict =>
  value instanceof Map ||
  (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);

/** True if a value is of the type; of lists and dicts all elements are asked. */
export function isOfType(value: unknown, type: Type): boolean {
  switch (type.kind) {
    case "Any":
      return true;
    case "None":
      return value === null || value === undefined;
    case "Tensor":
      return value instanceof Tensor;
    case "int":
      return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
    case "float":
      return typeof value === "number" && !Number.isInteger(value);
    case "Scalar":
      return typeof value === "bigint" || typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "str":
    case "Device":
      return typeof value === "string";
    case "Optional":
      return value === null || value === undefined || isOfType(value, type.element);
    case "Union":
      return type.members.some((member) => isOfType(value, member));
    case "List":
      return Array.isArray(value) && value.every((part) => isOfType(part, type.element));
    case "Tuple":
      return (
        Array.isArray(value) &&
        value.length === type.elements.length &&
        value.every((part, i) => isOfType(part, type.elements[i]))
      );
    case "Dict":
      return (
        isDict(value) &&
        dictEntries(value).every(([key, part]) => isOfType(key, type.key) && isOfType(part, type.value))
      );
    case "Class":
      return hasScriptClass(value) && value[scriptClass].name === type.name;
    case "Enum":
      return isEnumMember(value) && value.enumName === type.name;
    default:
      return false;
  }
}
