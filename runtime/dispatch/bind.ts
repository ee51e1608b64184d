/**
 * Binding: JavaScript arguments to the overload they fit, as a full list in schema order with defaults filled in.
 * Positional arguments come first; a trailing plain object names the others, in camelCase or snake_case.
 * Source of rules and messages: torch/csrc/utils/python_arg_parser.cpp.
 */
import { type DType, dtypeOfCode } from "../tensor/dtype.ts";
import { isScalar, type Scalar, type TypedScalar } from "../tensor/scalar.ts";
import { checkDevice } from "../tensor/device.ts";
import { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";
import { interpreter } from "./interpreter.ts";
import type { Op } from "./op.ts";
import type { DefaultValue, SchemaArgument, SchemaType } from "./schema.ts";

/** A call ready to run: the overload and one value for each of its schema's arguments. */
export interface BoundCall {
  readonly op: Op;
  readonly args: unknown[];
}

type Keywords = Readonly<Record<string, unknown>>;

/** Says that a value does not fit a parameter. */
const misfit = Symbol("misfit");

/** Binds to the first overload that fits. Throws a TypeError in torch's words if none does. */
export function bind(overloads: readonly Op[], args: readonly unknown[]): BoundCall {
  const quick = bindTensors(overloads[0], args);
  if (quick !== null) return { op: overloads[0], args: quick };
  const last = args[args.length - 1];
  const keywords = args.length > 0 && isKeywords(last) ? last : null;
  const count = keywords === null ? args.length : args.length - 1;
  // A tensor counts as a number only where no overload takes it as what it is.
  for (const asNumbers of [false, true]) {
    for (const op of overloads) {
      const bound = bindOne(op, args, count, keywords, asNumbers);
      if (bound !== null) return { op, args: bound };
    }
  }
  throw bindingError(overloads, args.slice(0, count), keywords ?? {});
}

/** Most calls: a tensor for each of the first overload's leading tensor parameters, defaults for all others. */
function bindTensors(op: Op, args: readonly unknown[]): unknown[] | null {
  const { tensors, defaults } = op.plain;
  if (defaults === null || args.length !== tensors) return null;
  for (let i = 0; i < tensors; i++) if (!(args[i] instanceof Tensor)) return null;
  const bound = new Array<unknown>(tensors + defaults.length);
  for (let i = 0; i < tensors; i++) bound[i] = args[i];
  for (let i = 0; i < defaults.length; i++) bound[tensors + i] = defaults[i];
  return bound;
}

/** A plain object without a `kind` (scalars and dtypes have one) holds arguments by name. */
function isKeywords(value: unknown): value is Keywords {
  if (typeof value !== "object" || value === null || value instanceof Tensor || "kind" in value) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function bindOne(
  op: Op,
  args: readonly unknown[],
  count: number,
  keywords: Keywords | null,
  asNumbers: boolean,
): unknown[] | null {
  const parameters = op.schema.arguments;
  const bound = new Array<unknown>(parameters.length);
  let used = 0;
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i];
    let value: unknown;
    if (!parameter.keywordOnly && used < count) {
      if (takesRest(op, i, args[used], count - used)) {
        value = args.slice(used, count);
        used = count;
      } else value = args[used++];
    } else if (keywords !== null) value = keyword(keywords, parameter.name);
    if (value === undefined) {
      if (!parameter.hasDefault) return null;
      bound[i] = defaultValue(parameter);
      continue;
    }
    const converted = convert(value, parameter.type, takesNumbers(op, parameter), asNumbers);
    if (converted === misfit) return null;
    bound[i] = converted;
  }
  if (used < count || (keywords !== null && hasUnknown(op, keywords))) return null;
  return bound;
}

/** What is written to must be a tensor: the one that stands for a number is shared. */
const takesNumbers = (op: Op, parameter: SchemaArgument): boolean =>
  op.facts.numbers === true && !parameter.type.mutated;

/** `x.view(2, 3)`: the last positional parameter is a list of ints and gets several numbers. */
function takesRest(op: Op, index: number, value: unknown, left: number): boolean {
  const { type } = op.schema.arguments[index];
  if (!type.list || type.base !== "int" || Array.isArray(value)) return false;
  const next = op.schema.arguments[index + 1];
  return (next === undefined || next.keywordOnly) && (left > 1 || type.length === null) && !(value == null);
}

const camelNames = new Map<string, string>();

function keyword(keywords: Keywords, name: string): unknown {
  if (keywords[name] !== undefined) return keywords[name];
  let camel = camelNames.get(name);
  if (camel === undefined) {
    camel = name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
    camelNames.set(name, camel);
  }
  return keywords[camel];
}

function hasUnknown(op: Op, keywords: Keywords): boolean {
  return unknownKeyword(op, keywords) !== undefined;
}

function unknownKeyword(op: Op, keywords: Keywords): string | undefined {
  return Object.keys(keywords).find(
    (name) =>
      keywords[name] !== undefined &&
      !op.schema.arguments.some(
        (argument) => argument.name === name || camelNames.get(argument.name) === name,
      ),
  );
}

/** A fresh or shared value for a parameter that was not given. */
export function defaultValue(parameter: SchemaArgument): unknown {
  const value: DefaultValue = parameter.default;
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (parameter.type.list && typeof value === "number") {
    return new Array<number>(parameter.type.length ?? 1).fill(value);
  }
  if (typeof value === "object" && "float" in value) {
    if (parameter.type.base !== "Scalar") return value.float;
    return Number.isInteger(value.float)
      ? { kind: "scalar", type: "float", value: value.float }
      : value.float;
  }
  return value;
}

function convert(value: unknown, type: SchemaType, numbers: boolean, asNumbers = true): unknown {
  if (value === null) return type.optional ? null : misfit;
  if (!type.list) {
    return asNumbers || type.base === "Tensor" || !(value instanceof Tensor)
      ? convertElement(value, type.base, numbers)
      : misfit;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (value[i] === null && type.optionalElements) continue;
      const element = convertPart(value[i], type.base);
      if (element === misfit) return misfit;
      if (element !== value[i])
        return value.map((item) => (item === null ? null : convertPart(item, type.base)));
    }
    return value;
  }
  // int[2] takes one number for both.
  if (type.length === null) return misfit;
  const element = convertElement(value, type.base, false);
  return element === misfit || element instanceof Tensor ? misfit : new Array(type.length).fill(element);
}

/** An element of a list. While tracing, sizes that were computed with floats pass for whole numbers, as in torch. */
function convertPart(value: unknown, base: SchemaType["base"]): unknown {
  const computed = base === "int" && interpreter.current !== null && value instanceof Tensor;
  return convertElement(value, computed ? "float" : base, false);
}

function convertElement(value: unknown, base: SchemaType["base"], numbers: boolean): unknown {
  switch (base) {
    case "Tensor":
      if (value instanceof Tensor) return value;
      return numbers && isScalar(value) ? wrapScalar(value) : misfit;
    case "int":
      if (typeof value === "number") return Number.isInteger(value) ? value : misfit;
      if (typeof value === "bigint") return Number(value);
      return value instanceof Tensor ? tensorAsNumber(value, "integral") : misfit;
    case "float":
      if (typeof value === "number") return value;
      if (value instanceof Tensor) return tensorAsNumber(value, "floating");
      return isScalar(value) && typeof value === "object" ? (value as TypedScalar).value : misfit;
    case "Scalar":
      if (value instanceof Tensor) return tensorAsNumber(value, "floating");
      return isScalar(value) ? (value satisfies Scalar) : misfit;
    case "bool":
      return typeof value === "boolean" ? value : misfit;
    case "str":
      return typeof value === "string" ? value : misfit;
    case "ScalarType":
      return typeof value === "object" && (value as DType).kind === "dtype" ? value : misfit;
    case "Device":
      if (typeof value !== "string") return misfit;
      checkDevice(value);
      return value;
    case "Layout":
      return typeof value === "string" || typeof value === "number" ? value : misfit;
    case "MemoryFormat":
      return typeof value === "number" ? value : (memoryFormats[value as string] ?? misfit);
    default:
      return value;
  }
}

/** The numbers of torch's memory formats, which schemas and graphs hold. */
const memoryFormats: Readonly<Record<string, number>> = {
  contiguous_format: 0,
  preserve_format: 1,
  channels_last: 2,
  channels_last_3d: 3,
};

/** A one-element tensor stands for its number. While tracing it stays a tensor: the tracer records where it came from. */
function tensorAsNumber(tensor: Tensor, most: "integral" | "floating"): unknown {
  if (tensor.elements !== 1 || (most === "integral" && tensor.dtype.category === "floating")) return misfit;
  return interpreter.current === null ? tensor.item() : tensor;
}

function bindingError(overloads: readonly Op[], args: readonly unknown[], keywords: Keywords): TypeError {
  const name = overloads[0].name.slice(overloads[0].name.indexOf("::") + 2);
  if (overloads.length === 1) return new TypeError(`${name}(): ${explain(overloads[0], args, keywords)}`);
  const got = [
    ...args.map(typeName),
    ...Object.entries(keywords).map(([key, value]) => `${key}=${typeName(value)}`),
  ];
  const expected = overloads
    .map((op) => ` * (${op.schema.arguments.map(signaturePart).join(", ")})`)
    .join("\n");
  return new TypeError(
    `${name}() received an invalid combination of arguments - got (${got.join(", ")}), but expected one of:\n${expected}`,
  );
}

function explain(op: Op, args: readonly unknown[], keywords: Keywords): string {
  const parameters = op.schema.arguments;
  const positional = parameters.filter((parameter) => !parameter.keywordOnly);
  if (args.length > positional.length) {
    return `takes ${positional.length} positional arguments but ${args.length} were given`;
  }
  const unknown = unknownKeyword(op, keywords);
  if (unknown !== undefined) return `got an unexpected keyword argument '${unknown}'`;
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i];
    const value = !parameter.keywordOnly && i < args.length ? args[i] : keyword(keywords, parameter.name);
    if (value === undefined) {
      if (!parameter.hasDefault) {
        return `missing required argument '${parameter.name}' (position ${i + 1})`;
      }
    } else if (convert(value, parameter.type, takesNumbers(op, parameter)) === misfit) {
      const where = parameter.keywordOnly ? "" : ` (position ${i + 1})`;
      return `argument '${parameter.name}'${where} must be ${expectedName(parameter.type)}, not ${typeName(value)}`;
    }
  }
  return "the arguments do not fit together";
}

const signaturePart = (argument: SchemaArgument): string => `${expectedName(argument.type)} ${argument.name}`;

const listNames: Readonly<Record<string, string>> = {
  Tensor: "tuple of Tensors",
  int: "tuple of ints",
  float: "tuple of floats",
};

function expectedName(type: SchemaType): string {
  if (type.list) return listNames[type.base] ?? `tuple of ${type.base}s`;
  return type.base === "Scalar" ? "Number" : type.base === "ScalarType" ? "torch.dtype" : type.base;
}

/** What torch would call the type of a JavaScript value. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (value instanceof Tensor) return "Tensor";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "bigint") return "int";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (typeof value === "function") return "function";
  if (Array.isArray(value)) return "list";
  if (isScalar(value)) return (value as TypedScalar).type;
  if ((value as DType).kind === "dtype") return "torch.dtype";
  const name = (value as object).constructor?.name;
  return name === undefined || name === "Object" ? "dict" : name;
}

/** Binds values that stand for all arguments in schema order, as graphs hold them. */
export function bindStack(overloads: readonly Op[], values: readonly unknown[]): BoundCall {
  for (const op of overloads) {
    const parameters = op.schema.arguments;
    if (values.length > parameters.length) continue;
    const bound = parameters.map((parameter, i) => {
      if (i >= values.length)
        return parameter.hasDefault || parameter.type.optional ? defaultValue(parameter) : misfit;
      const value =
        parameter.type.base === "ScalarType" && typeof values[i] === "number"
          ? dtypeOfCode(values[i])
          : values[i];
      return convert(value, parameter.type, takesNumbers(op, parameter));
    });
    if (!bound.includes(misfit)) return { op, args: bound };
  }
  throw bindingError(overloads, values, {});
}
