/**
 * Rows of the operators on numbers, texts, lists and dicts, which scripted code calls beside those on tensors. They run
 * on plain JavaScript values, so that which overload is meant is decided by the types of a graph before it runs.
 * Source of the schemas: torch/csrc/jit/runtime/register_prim_ops.cpp.
 */
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
}

const registry = new Map<string, Primitive[]>();

/** Makes a row. What `run` returns is the one result; operators without a result return nothing. */
export function primitive(schema: string, run: (...args: never[]) => unknown): Primitive {
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
    returns: Object.freeze(results === "()" ? [] : [parsePattern(results)]),
    run,
  });
  registry.set(name, [...(registry.get(name) ?? []), row]);
  return row;
}

const defaults: Readonly<Record<string, boolean | null>> = { None: null, True: true, False: false };

function argumentOf(text: string, keywordOnly: boolean): PrimitiveArgument {
  const [declared, value] = text.split("=");
  const space = declared.lastIndexOf(" ");
  return Object.freeze({
    name: declared.slice(space + 1),
    keywordOnly,
    pattern: parsePattern(declared.slice(0, space)),
    hasDefault: value !== undefined,
    default: value === undefined ? null : value in defaults ? defaults[value] : Number(value),
  });
}

/** All overloads on plain values of an operator. */
export const findPrimitives = (name: string): readonly Primitive[] => registry.get(name) ?? [];
