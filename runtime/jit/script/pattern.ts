/**
 * Types of schemas, which may have variables: `Dict(str, t) self, str key -> t`. Matching a call's types against them
 * tells whether an overload fits and what its variables stand for.
 * Source of the rules: aten/src/ATen/core/type.cpp (matchTypeVariables), torch/csrc/jit/frontend/schema_matching.cpp.
 */
import type { SchemaType } from "../../dispatch/schema.ts";
import type { Type } from "../ir.ts";
import { anyTensor, futureOf, listOf, membersOf, optionalOf } from "../types.ts";

/** A type with variables. `Int[2]` also takes one number; what operators take as enumerations are ints. */
export type Pattern =
  | { readonly kind: "Variable"; readonly name: string }
  | { readonly kind: "List"; readonly element: Pattern; readonly length?: number }
  | { readonly kind: "Optional" | "Future"; readonly element: Pattern }
  | { readonly kind: "Tuple"; readonly elements: readonly Pattern[] }
  | { readonly kind: "Dict"; readonly key: Pattern; readonly value: Pattern }
  | { readonly kind: PlainKind };

/** The types without parts. An `Enum` is any of them. */
type PlainKind = Exclude<
  Type["kind"],
  "List" | "Optional" | "Future" | "Tuple" | "Dict" | "Union" | "Class" | "Function"
>;

/** What the variables of a pattern stand for. */
export type Bindings = Map<string, Type>;

const plainKinds: Readonly<Record<string, PlainKind>> = {
  Tensor: "Tensor",
  int: "int",
  float: "float",
  bool: "bool",
  str: "str",
  complex: "complex",
  Scalar: "Scalar",
  ScalarType: "int",
  Layout: "int",
  MemoryFormat: "int",
  Device: "Device",
  Generator: "Generator",
  None: "None",
  Any: "Any",
  AnyEnumType: "Enum",
};

/** The pattern of an operator's argument. */
export function patternOf(type: SchemaType): Pattern {
  const kind = plainKinds[type.base];
  const base: Pattern = kind === undefined ? { kind: "Variable", name: type.base } : { kind };
  if (!type.list) return type.optional ? { kind: "Optional", element: base } : base;
  const element: Pattern = type.optionalElements ? { kind: "Optional", element: base } : base;
  const list: Pattern = { kind: "List", element, ...(type.length === null ? {} : { length: type.length }) };
  return type.optional ? { kind: "Optional", element: list } : list;
}

/** Parses a type as schemas write it: `t[]`, `Dict(str, t)(a!)`, `(str, t)[]`. Marks of aliasing are left out. */
export function parsePattern(text: string): Pattern {
  let rest = text.trim();
  let pattern: Pattern;
  const parts = (): Pattern[] => {
    let depth = 0;
    let end = 0;
    do {
      if (rest[end] === "(") depth++;
      if (rest[end] === ")") depth--;
      end++;
    } while (depth > 0);
    const inner = rest.slice(1, end - 1);
    rest = rest.slice(end);
    return splitAtCommas(inner).map(parsePattern);
  };
  if (rest.startsWith("(")) {
    pattern = { kind: "Tuple", elements: parts() };
  } else if (rest.startsWith("Dict(")) {
    rest = rest.slice("Dict".length);
    const [key, value] = parts();
    pattern = { kind: "Dict", key, value };
  } else if (rest.startsWith("Future(")) {
    rest = rest.slice("Future".length);
    pattern = { kind: "Future", element: parts()[0] };
  } else {
    const name = /^\w+/.exec(rest)?.[0] ?? "";
    rest = rest.slice(name.length);
    const kind = plainKinds[name];
    pattern = kind === undefined ? { kind: "Variable", name } : { kind };
  }
  for (;;) {
    const suffix = /^(?:\?|\[\]|\([a-z*!|> -]*\))/.exec(rest)?.[0];
    if (suffix === undefined) return pattern;
    rest = rest.slice(suffix.length);
    if (suffix === "?") pattern = { kind: "Optional", element: pattern };
    if (suffix === "[]") pattern = { kind: "List", element: pattern };
  }
}

/** Splits at commas outside of brackets. */
export function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === "(" || c === "[") depth++;
    if (c === ")" || c === "]") depth--;
    if (c === undefined || (c === "," && depth === 0)) {
      const part = text.slice(start, i).trim();
      if (part !== "") parts.push(part);
      start = i + 1;
    }
  }
  return parts;
}

/**
 * True if a value of `type` may stand where `pattern` is. With `convert` also what TorchScript converts on its own:
 * tensors to numbers, numbers to lists of one length, text to devices, tuples to lists.
 */
export function fits(pattern: Pattern, type: Type, bindings: Bindings, convert: boolean): boolean {
  switch (pattern.kind) {
    case "Any":
      return true;
    case "Variable": {
      const bound = bindings.get(pattern.name);
      if (bound === undefined) {
        bindings.set(pattern.name, type.kind === "Tensor" ? anyTensor : type);
        return true;
      }
      return isSubtype(type, bound);
    }
    case "Future":
      return type.kind === "Future" && fits(pattern.element, type.element, bindings, false);
    case "Optional":
      if (type.kind === "None") return true;
      return fits(pattern.element, type.kind === "Optional" ? type.element : type, bindings, convert);
    case "List":
      if (type.kind === "List") return fitsExactly(pattern.element, type.element, bindings);
      if (!convert) return false;
      if (type.kind === "Tuple")
        return type.elements.every((part) => fits(pattern.element, part, bindings, true));
      return pattern.length !== undefined && fits(pattern.element, type, bindings, false);
    case "Tuple":
      return (
        type.kind === "Tuple" &&
        type.elements.length === pattern.elements.length &&
        type.elements.every((part, i) => fits(pattern.elements[i], part, bindings, false))
      );
    case "Dict":
      return (
        type.kind === "Dict" &&
        fits(pattern.key, type.key, bindings, false) &&
        fits(pattern.value, type.value, bindings, false)
      );
    case "Scalar":
      if (type.kind === "int" || type.kind === "float" || type.kind === "complex" || type.kind === "Scalar")
        return true;
      return convert && (type.kind === "Tensor" || type.kind === "bool");
    case "int":
      return type.kind === "int" || (convert && type.kind === "Tensor");
    case "float":
      return (
        type.kind === "float" ||
        (convert && (type.kind === "Tensor" || type.kind === "int" || type.kind === "Scalar"))
      );
    case "Device":
      return type.kind === "Device" || (convert && type.kind === "str");
    default:
      return type.kind === pattern.kind;
  }
}

/** The elements of lists do not vary with their type: a list of ints is no list of numbers. Optional ones may. */
function fitsExactly(pattern: Pattern, type: Type, bindings: Bindings): boolean {
  if (pattern.kind === "Optional") {
    const inner = type.kind === "Optional" ? type.element : type;
    return inner.kind === "None" || fits(pattern.element, inner, bindings, false);
  }
  if (pattern.kind === "Scalar")
    return type.kind === "Scalar" || type.kind === "int" || type.kind === "float";
  return fits(pattern, type, bindings, false);
}

/** The type a pattern stands for once its variables are known. */
export function resolved(pattern: Pattern, bindings: Bindings): Type {
  switch (pattern.kind) {
    case "Variable":
      return bindings.get(pattern.name) ?? anyTensor;
    case "List":
      return listOf(resolved(pattern.element, bindings));
    case "Optional":
      return optionalOf(resolved(pattern.element, bindings));
    case "Tuple":
      return { kind: "Tuple", elements: pattern.elements.map((part) => resolved(part, bindings)) };
    case "Dict":
      return { kind: "Dict", key: resolved(pattern.key, bindings), value: resolved(pattern.value, bindings) };
    case "Tensor":
      return anyTensor;
    case "Future":
      return futureOf(resolved(pattern.element, bindings));
    case "Enum":
      return { kind: "Any" };
    default:
      return { kind: pattern.kind };
  }
}

/** True if every value of `type` is one of `wanted`. What tensors are known to be does not matter. */
export function isSubtype(type: Type, wanted: Type): boolean {
  if (wanted.kind === "Any") return true;
  if (type.kind === "Union" || (type.kind === "Optional" && wanted.kind === "Union"))
    return membersOf(type).every((member) => isSubtype(member, wanted));
  if (wanted.kind === "Union") return wanted.members.some((member) => isSubtype(type, member));
  if (wanted.kind === "Optional") {
    if (type.kind === "None") return true;
    return isSubtype(type.kind === "Optional" ? type.element : type, wanted.element);
  }
  if (wanted.kind === "Scalar") return ["Scalar", "int", "float", "complex"].includes(type.kind);
  if (type.kind !== wanted.kind) return false;
  switch (type.kind) {
    case "List":
    case "Future":
      return sameType(type.element, (wanted as typeof type).element);
    case "Dict":
      return (
        sameType(type.key, (wanted as typeof type).key) && sameType(type.value, (wanted as typeof type).value)
      );
    case "Tuple": {
      const others = (wanted as typeof type).elements;
      return (
        type.elements.length === others.length && type.elements.every((part, i) => isSubtype(part, others[i]))
      );
    }
    case "Class":
    case "Enum":
    case "Function":
      return type.name === (wanted as typeof type).name;
    default:
      return true;
  }
}

/** True if two types are the same but for what is known of tensors. */
export const sameType = (a: Type, b: Type): boolean => isSubtype(a, b) && isSubtype(b, a);

/** The narrowest type that both are; null if there is none but Any. */
export function unified(a: Type, b: Type): Type | null {
  if (a.kind === "Tensor" && b.kind === "Tensor") return anyTensor;
  if (isSubtype(a, b)) return b;
  if (isSubtype(b, a)) return a;
  if (a.kind === "None") return optionalOf(b);
  if (b.kind === "None") return optionalOf(a);
  if (a.kind === "Optional" || b.kind === "Optional") {
    const inner = unified(a.kind === "Optional" ? a.element : a, b.kind === "Optional" ? b.element : b);
    return inner === null ? null : optionalOf(inner);
  }
  if (a.kind === "Tuple" && b.kind === "Tuple" && a.elements.length === b.elements.length) {
    const parts = a.elements.map((part, i) => unified(part, b.elements[i]));
    return parts.every((part) => part !== null) ? { kind: "Tuple", elements: parts } : null;
  }
  return null;
}
