/**
 * Which overload of an operator a call means, decided by the types of its arguments: those of the operator table and
 * those on plain values alike. First without conversions, then with the ones TorchScript makes on its own.
 * Source of the rules: torch/csrc/jit/frontend/schema_matching.cpp.
 */
import { defaultValue } from "../../dispatch/bind.ts";
import { findOverloads, type Op } from "../../dispatch/op.ts";
import type { SchemaArgument } from "../../dispatch/schema.ts";
import { findPrimitives, type Primitive } from "../interpreter/primitives/index.ts";
import type { Attribute, Type } from "../ir.ts";
import { type Bindings, fits, type Pattern, patternOf, resolved } from "./pattern.ts";

/** One argument of an overload. */
export interface CallableArgument {
  readonly name: string;
  readonly pattern: Pattern;
  readonly keywordOnly: boolean;
  readonly hasDefault: boolean;
  /** As constants of a graph hold it. */
  readonly default: Attribute;
}

/** An overload as calls are matched with it. */
export interface Overload {
  readonly row: Op | Primitive;
  readonly arguments: readonly CallableArgument[];
  readonly variadic: boolean;
  readonly returns: readonly Pattern[];
}

const cache = new WeakMap<Op | Primitive, Overload>();

function overloadOf(row: Op | Primitive): Overload {
  let overload = cache.get(row);
  if (overload === undefined) {
    overload = row.kind === "op" ? ofTable(row) : ofPrimitive(row);
    cache.set(row, overload);
  }
  return overload;
}

const ofTable = (row: Op): Overload => ({
  row,
  arguments: row.schema.arguments.map((argument) => ({
    name: argument.name,
    pattern: patternOf(argument.type),
    keywordOnly: argument.keywordOnly,
    hasDefault: argument.hasDefault,
    default: attributeOf(argument),
  })),
  variadic: false,
  returns: row.schema.text.endsWith("-> ()") ? [] : row.schema.returns.map(({ type }) => patternOf(type)),
});

/** A default as an attribute: one number for a list stands for all its elements, and a float may be written as an int. */
function attributeOf(argument: SchemaArgument): Attribute {
  const { default: value, type } = argument;
  if (typeof value !== "number") return value;
  if (type.list) return defaultValue(argument) as number[];
  return type.base === "float" ? { float: value } : value;
}

const ofPrimitive = (row: Primitive): Overload => ({
  row,
  arguments: row.arguments,
  variadic: row.variadic,
  returns: row.returns,
});

/** All overloads of an operator, those of the table first. */
export const overloadsNamed = (kind: string): readonly Overload[] => [
  ...(findOverloads(kind) ?? []).map(overloadOf),
  ...findPrimitives(kind).map(overloadOf),
];

/** A call's arguments by what is known before it runs. */
export interface CallTypes {
  readonly positional: readonly Type[];
  readonly keywords: Readonly<Record<string, Type>>;
}

/** An overload that fits a call: where each of its arguments comes from and what it returns. */
export interface Match {
  readonly overload: Overload;
  /** For each argument: a positional one's index, a name, or null for its default; further values of `...` follow. */
  readonly sources: readonly (number | string | null)[];
  readonly returns: readonly Type[];
}

/** The overload a call means, or null if none fits. */
export function matchCall(overloads: readonly Overload[], call: CallTypes): Match | null {
  for (const convert of [false, true]) {
    for (const overload of overloads) {
      const match = matchOne(overload, call, convert);
      if (match !== null) return match;
    }
  }
  return null;
}

function matchOne(overload: Overload, { positional, keywords }: CallTypes, convert: boolean): Match | null {
  const bindings: Bindings = new Map();
  const sources: (number | string | null)[] = [];
  let used = 0;
  let named = 0;
  for (const argument of overload.arguments) {
    let type: Type;
    if (!argument.keywordOnly && used < positional.length) {
      sources.push(used);
      type = positional[used++];
    } else if (Object.hasOwn(keywords, argument.name)) {
      sources.push(argument.name);
      type = keywords[argument.name];
      named++;
    } else {
      if (!argument.hasDefault) return null;
      sources.push(null);
      continue;
    }
    if (
      !fits(argument.pattern, type, bindings, convert) &&
      !(convert && takesNumber(overload.row, argument, type))
    )
      return null;
  }
  if (overload.variadic) for (; used < positional.length; used++) sources.push(used);
  if (used < positional.length || named < Object.keys(keywords).length) return null;
  return { overload, sources, returns: overload.returns.map((pattern) => resolved(pattern, bindings)) };
}

/** Arithmetic on tensors takes numbers as well. */
const takesNumber = (row: Op | Primitive, { pattern }: CallableArgument, type: Type): boolean =>
  row.kind === "op" &&
  row.facts.numbers === true &&
  pattern.kind === "Tensor" &&
  ["int", "float", "bool", "Scalar"].includes(type.kind);

/** The overload of a node whose inputs are all arguments in order; only files of older versions leave some out. */
export function matchNode(kind: string, types: readonly Type[]): Match | null {
  const overloads = overloadsNamed(kind);
  const complete = overloads.filter((overload) => overload.arguments.length === types.length);
  return matchStack(complete, types) ?? matchStack(overloads, types);
}

/** As `matchCall`, for values in schema order, keyword-only ones among them. */
function matchStack(overloads: readonly Overload[], types: readonly Type[]): Match | null {
  const positional = overloads.map((overload) => ({
    ...overload,
    arguments: overload.arguments.map((argument) => ({ ...argument, keywordOnly: false })),
  }));
  return matchCall(positional, { positional: types, keywords: {} });
}
