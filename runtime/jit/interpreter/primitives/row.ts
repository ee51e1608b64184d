/**
 * Rows of the operators on numbers, texts, lists and dicts, which scripted code calls beside those on tensors. They run
 * on plain JavaScript values, so that which overload is meant is decided by the types of a graph before it runs.
 * Source of the schemas: torch/csrc/jit/runtime/register_prim_ops.cpp.
 */
import type { Type } from "../../ir.ts";
import { type Pattern, parsePattern, splitAtCommas } from "../../script/pattern.ts";

/** One argument of a primitive. */
export interface PrimitiveArgument {
  readonly name: string;
  readonly pattern: Pattern;
  readonly hasDefault: boolean;
  readonly default: number | boolean | string | null;
  readonly keywordOnly: boolean;
}

/** One overload of one operator on plain values. */
export interface Primitive {
  readonly kind: "primitive";
  /** `aten::append` */
  readonly name: string;
  readonly overload: string;
  readonly arguments: readonly PrimitiveArgument[];
  /** True for `...`: any further arguments. */
  readonly variadic: boolean;
  readonly returns: readonly Pattern[];
  readonly run: (...args: never[]) => unknown;
  /** True if `run` gets the types of its arguments, as a list, before them. */
  readonly typed: boolean;
}

const registry = new Map<string, Primitive[]>();

/** Makes a row whose `run` gets the types of its arguments first, since values alone do not tell ints from floats. */
export const typedPrimitive = (
  schema: string,
  run: (types: readonly Type[], ...args: never[]) => unknown,
): Primitive => primitive(schema, run as (...args: never[]) => unknown, true);

/** Makes a row. What `run` returns is the one result, or an array of several; operators without a result return nothing. */
export function primitive(schema: string, run: (...args: never[]) => unknown, typed = false): Primitive {
  const arrow = schema.lastIndexOf(" -> ");
  const open = schema.indexOf("(");
  const [name, overload = ""] = schema.slice(0, open).split(".");
  const parts = splitAtCommas(schema.slice(open + 1, arrow - 1));
  const star = parts.indexOf("*");
  const results = schema.slice(arrow + 4);
  const row: Primitive = Object.freeze({
    kind: "primitive",
    name,
    overload,
    arguments: Object.freeze(
      parts.flatMap((part, i) =>
        part === "*" || part === "..." ? [] : [argumentOf(part, star >= 0 && i > star)],
      ),
    ),
    variadic: parts.includes("..."),
    returns: Object.freeze(returnsOf(results)),
    run,
    typed,
  });
  registry.set(name, [...(registry.get(name) ?? []), row]);
  return row;
}

/** `(int, int)` are two results, `((int, int))` is one tuple, `(int, int)[]` a list of them. */
const returnsOf = (text: string): readonly Pattern[] =>
  (/^\((.*)\)$/.test(text) ? splitAtCommas(text.slice(1, -1)) : [text]).map(parsePattern);

/** A default as schemas write it. */
function defaultOf(text: string): number | boolean | string | null {
  const known: Readonly<Record<string, boolean | null>> = { None: null, True: true, False: false };
  if (Object.hasOwn(known, text)) return known[text];
  return text.startsWith('"') ? (JSON.parse(text) as string) : Number(text);
}

function argumentOf(text: string, keywordOnly: boolean): PrimitiveArgument {
  const [declared, value] = text.split("=");
  const space = declared.lastIndexOf(" ");
  return Object.freeze({
    name: declared.slice(space + 1),
    keywordOnly,
    pattern: parsePattern(declared.slice(0, space)),
    hasDefault: value !== undefined,
    default: value === undefined ? null : defaultOf(value),
  });
}

/** All overloads on plain values of an operator. */
export const findPrimitives = (name: string): readonly Primitive[] => registry.get(name) ?? [];
