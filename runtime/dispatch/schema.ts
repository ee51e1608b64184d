/**
 * ATen schema strings, parsed: `aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`.
 * Binding JavaScript arguments to a schema is bind.ts's.
 * Source of the grammar: torch/csrc/jit/frontend/function_schema_parser.cpp.
 */

/** The type names that schemas are written with; `SymInt` is read as `int`. */
export type BaseType =
  | "Tensor"
  | "int"
  | "float"
  | "bool"
  | "str"
  | "Scalar"
  | "ScalarType"
  | "Layout"
  | "Device"
  | "MemoryFormat"
  | "Generator"
  | "Dimname"
  | "Any"
  | "t";

/** The type of one argument or result. */
export interface SchemaType {
  readonly base: BaseType;
  /** `T?`: null is allowed. */
  readonly optional: boolean;
  /** `T[]`. */
  readonly list: boolean;
  /** `T?[]`: the elements may be null. */
  readonly optionalElements: boolean;
  /** The N of `int[N]`: a single number stands for N equal ones. */
  readonly length: number | null;
  /** The alias set of `Tensor(a!)`, such as `a`; null where there is none. */
  readonly alias: string | null;
  /** True for `Tensor(a!)`: the call writes to this argument. */
  readonly mutated: boolean;
}

/** A default value as written: numbers keep whether they are floats. */
export type DefaultValue = number | boolean | string | null | readonly number[] | { readonly float: number };

/** One argument of a schema. */
export interface SchemaArgument {
  readonly name: string;
  readonly type: SchemaType;
  readonly hasDefault: boolean;
  readonly default: DefaultValue;
  readonly keywordOnly: boolean;
}

/** One result of a schema; most have no name. */
export interface SchemaReturn {
  readonly name: string;
  readonly type: SchemaType;
}

/** A parsed schema. */
export interface Schema {
  readonly text: string;
  /** `aten::add` */
  readonly name: string;
  /** `Tensor`, or the empty string. */
  readonly overload: string;
  readonly arguments: readonly SchemaArgument[];
  readonly returns: readonly SchemaReturn[];
}

/** Parses one schema string. Throws a SyntaxError that names the schema if it is malformed. */
export function parseSchema(text: string): Schema {
  const open = text.indexOf("(");
  const arrow = text.lastIndexOf(") -> ");
  if (open < 0 || arrow < 0) throw new SyntaxError(`not an operator schema: ${text}`);
  const [name, overload = ""] = text.slice(0, open).split(".");
  let keywordOnly = false;
  const args: SchemaArgument[] = [];
  for (const part of splitTopLevel(text.slice(open + 1, arrow))) {
    if (part === "*") keywordOnly = true;
    else args.push(parseArgument(part, keywordOnly, text));
  }
  const results = text.slice(arrow + 5).trim();
  const returns = results.startsWith("(") ? splitTopLevel(results.slice(1, -1)) : [results];
  return Object.freeze({
    text,
    name,
    overload,
    arguments: Object.freeze(args),
    returns: Object.freeze(returns.map((result) => parseReturn(result, text))),
  });
}

/** Splits at commas that stand outside of brackets. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "(" || c === "[") depth++;
    else if (c === ")" || c === "]") depth--;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last !== "") parts.push(last);
  return parts;
}

function parseArgument(text: string, keywordOnly: boolean, schema: string): SchemaArgument {
  const match = /^(\S+(?:\([^)]*\))?\S*) (\w+)(?:=(.*))?$/.exec(text);
  if (match === null) throw new SyntaxError(`malformed argument "${text}" in ${schema}`);
  const [, type, name, value] = match;
  return Object.freeze({
    name,
    type: parseType(type, schema),
    hasDefault: value !== undefined,
    default: value === undefined ? null : parseDefault(value),
    keywordOnly,
  });
}

function parseReturn(text: string, schema: string): SchemaReturn {
  const match = /^(\S+)(?: (\w+))?$/.exec(text);
  if (match === null) throw new SyntaxError(`malformed result "${text}" in ${schema}`);
  return Object.freeze({ name: match[2] ?? "", type: parseType(match[1], schema) });
}

const typePattern = /^(\w+?)(\?)?(?:\(([\w|]+)(!)?(?: ?->[^)]*)?\))?(\[(\d*)\])?(\?)?$/;

function parseType(text: string, schema: string): SchemaType {
  // The alias mark stands before or after the brackets: `Tensor(a!)[]`, `Tensor(a)?`.
  const match = typePattern.exec(text.replace(/\((\w+!?)(?: ?->[^)]*)?\)(\[\d*\])/, "($1)$2"));
  if (match === null) throw new SyntaxError(`malformed type "${text}" in ${schema}`);
  const [, base, inner, alias, mutated, list, length, outer] = match;
  return Object.freeze({
    base: (base === "SymInt" ? "int" : base) as BaseType,
    list: list !== undefined,
    optional: outer !== undefined || (inner !== undefined && list === undefined),
    optionalElements: inner !== undefined && list !== undefined,
    length: length ? Number(length) : null,
    alias: alias ?? null,
    mutated: mutated !== undefined,
  });
}

const namedConstants: Readonly<Record<string, DefaultValue>> = {
  None: null,
  True: true,
  False: false,
  // at::Reduction::Reduction
  Mean: 1,
  Sum: 2,
  contiguous_format: 0,
  strided: 0,
  long: 4,
};

function parseDefault(text: string): DefaultValue {
  if (text in namedConstants) return namedConstants[text];
  if (text.startsWith("[")) return Object.freeze(splitTopLevel(text.slice(1, -1)).map(Number));
  if (/^["'].*["']$/.test(text)) return text.slice(1, -1);
  const value = Number(text);
  if (Number.isNaN(value)) return text;
  return /^-?\d+$/.test(text) ? value : Object.freeze({ float: value });
}
