/** Constants in code: numbers, texts, devices, and tensors by their place in the archive's table of constants. */

import { Tensor } from "../../tensor/tensor.ts";
import { isEnumMember } from "../interpreter/script-objects.ts";
import type { Attribute, Type } from "../ir.ts";
import { floatText } from "../print.ts";
import { annotationText } from "../types.ts";

/** The tensor constants of an archive, in the order of their first use. */
export class ConstantTable {
  readonly tensors: Tensor[] = [];

  /** `CONSTANTS.c0`. Tensors that are the same view of the same memory are one constant. */
  expression(tensor: Tensor): string {
    let index = this.tensors.findIndex((known) => isSame(known, tensor));
    if (index < 0) index = this.tensors.push(tensor) - 1;
    return `CONSTANTS.c${index}`;
  }

  /** The tensors by the names that code gives them, such as `c0`. */
  byName(): Readonly<Record<string, Tensor>> {
    return Object.freeze(Object.fromEntries(this.tensors.map((tensor, i) => [`c${i}`, tensor])));
  }
}

/** Numbers that stand for themselves are equal if their values are. */
function isSame(a: Tensor, b: Tensor): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.sizes.length > 0 || b.sizes.length > 0) return false;
  return Object.is(a.storage.data[a.offset], b.storage.data[b.offset]);
}

/** A constant as an expression. */
export function literalText(value: Attribute, type: Type, constants: ConstantTable): string {
  if (type.kind === "Function") return type.name;
  if (value === null)
    return type.kind === "None" || type.kind === "Tensor"
      ? "None"
      : `annotate(${annotationText(type)}, None)`;
  if (value instanceof Tensor) return constants.expression(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string")
    return type.kind === "Device" ? `torch.device(${quoted(value)})` : quoted(value);
  if (typeof value === "number" || typeof value === "bigint")
    return type.kind === "float" ? floatText(Number(value)) : String(value);
  if (Array.isArray(value) && type.kind === "Tuple") {
    const parts = value.map((part, i) =>
      part === null ? "None" : literalText(part, type.elements[i], constants),
    );
    return `(${parts.join(", ")}${parts.length === 1 ? "," : ""})`;
  }
  if (Array.isArray(value)) {
    const element: Type = type.kind === "List" ? type.element : { kind: "int" };
    if (value.length === 0) return `annotate(${annotationText(type)}, [])`;
    return `[${value.map((part) => literalText(part, element, constants)).join(", ")}]`;
  }
  if (isEnumMember(value)) return `${value.enumName}.${value.name}`;
  return floatText((value as { readonly float: number }).float);
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "'": "\\'",
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\v": "\\v",
  "\f": "\\f",
  "\b": "\\b",
  "\x07": "\\a",
};

/** A text in double quotes; what is no printable ASCII becomes octal bytes of UTF-8, as C++ writes it. */
export function quoted(text: string): string {
  const out: string[] = [];
  for (const byte of new TextEncoder().encode(text)) {
    const c = String.fromCharCode(byte);
    if (c in escapes) out.push(escapes[c]);
    else out.push(byte >= 32 && byte < 127 ? c : `\\${byte.toString(8).padStart(3, "0")}`);
  }
  return `"${out.join("")}"`;
}

/** The default of a parameter, whose type stands beside it. */
export const defaultText = (value: Attribute, type: Type): string =>
  value === null
    ? "None"
    : literalText(value, type.kind === "Optional" ? type.element : type, new ConstantTable());
