/**
 * Texts in other forms: case, padding, what kind of characters they have, and values written into them.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, vararg_functions.cpp.
 */
import { RuntimeError } from "../../../errors.ts";
import type { Type } from "../../ir.ts";
import { valueText } from "../value-text.ts";
import { primitive, typedPrimitive } from "./row.ts";

const capitalized = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();

for (const [name, change] of Object.entries<(text: string) => string>({
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  capitalize: capitalized,
  title: (text) => text.replace(/[A-Za-z]+/g, capitalized),
  swapcase: (text) => text.replace(/[A-Za-z]/g, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase())),
}))
  primitive(`aten::${name}(str self) -> str`, change);

for (const [name, form] of Object.entries({
  isdigit: /^\d+$/,
  isdecimal: /^\d+$/,
  isnumeric: /^\d+$/,
  isalpha: /^[A-Za-z]+$/,
  isalnum: /^[A-Za-z0-9]+$/,
  isspace: /^\s+$/,
  islower: /^[^A-Z]*[a-z][^A-Z]*$/,
  isupper: /^[^a-z]*[A-Z][^a-z]*$/,
  istitle: /^(?:[^A-Za-z]*[A-Z][a-z]*(?![A-Za-z]))+[^A-Za-z]*$/,
  isidentifier: /^[A-Za-z_]\w*$/,
  isprintable: /^[\x20-\x7e]*$/,
}))
  primitive(`aten::${name}(str self) -> bool`, (text: string) => form.test(text));

const inClass = (characters: string): string => `[${characters.replace(/[\\\]^-]/g, "\\$&")}]+`;
for (const [name, form] of Object.entries<(characters: string) => string>({
  strip: (characters) => `^${characters}|${characters}$`,
  lstrip: (characters) => `^${characters}`,
  rstrip: (characters) => `${characters}$`,
}))
  primitive(
    `aten::${name}(str self, str chars=" \\n\\t\\f\\u000b") -> str`,
    (text: string, characters: string) =>
      characters === "" ? text : text.replace(new RegExp(form(inClass(characters)), "g"), ""),
  );

/** A row that fills a text up to a width with one character. */
function padding(name: string, sides: (missing: number, width: number) => readonly [number, number]): void {
  primitive(
    `aten::${name}(str self, int width, str fillchar=" ") -> str`,
    (text: string, width: number, fill: string) => {
      if (fill.length !== 1)
        throw new RuntimeError("TypeError: The fill character must be exactly one character long");
      const [left, right] = sides(Math.max(0, bounded(width) - text.length), width);
      return fill.repeat(left) + text + fill.repeat(right);
    },
  );
}

/** No text is filled up beyond what memory should hold. */
function bounded(width: number): number {
  if (width > 2 ** 24) throw new RuntimeError(`a text of ${width} characters is too long`);
  return width;
}

padding("ljust", (missing) => [0, missing]);
padding("rjust", (missing) => [missing, 0]);
padding("center", (missing, width) => {
  const [small, large] = [Math.floor(missing / 2), Math.ceil(missing / 2)];
  return width % 2 === 0 ? [small, large] : [large, small];
});
primitive("aten::zfill(str self, int width) -> str", (text: string, width: number) => {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(Math.max(0, bounded(width) - text.length)) + text.slice(sign.length);
});
primitive("aten::expandtabs(str self, int tabsize=8) -> str", (text: string, size: number) => {
  let column = 0;
  return text.replace(/[^\t\n\r]+|[\t\n\r]/g, (piece) => {
    if (piece === "\n" || piece === "\r") column = 0;
    const width = piece === "\t" ? (size <= 0 ? 0 : size - (column % size)) : piece.length;
    if (piece !== "\n" && piece !== "\r") column += width;
    return piece === "\t" ? " ".repeat(bounded(width)) : piece;
  });
});

for (const [name, prefix, base] of [
  ["hex", "0x", 16],
  ["oct", "0o", 8],
  ["bin", "0b", 2],
] as const)
  primitive(
    `aten::${name}(int i) -> str`,
    (value: number) => `${value < 0 ? "-" : ""}${prefix}${Math.abs(value).toString(base)}`,
  );

typedPrimitive("aten::str(t elem) -> str", ([type], value: unknown) => valueText(value, type));

typedPrimitive("aten::format(str self, ...) -> str", ([, ...types], text: string, ...values: unknown[]) => {
  const parts = text.split("{}");
  if (values.length < parts.length - 1)
    throw new RuntimeError(`Too few arguments for format string: ${text}`);
  return parts
    .map((part, i) => (i < parts.length - 1 ? part + valueText(values[i], types[i]) : part))
    .join("");
});

typedPrimitive(
  "aten::percentFormat(str self, ...) -> str",
  ([, first, ...others], text: string, value: unknown, ...rest: unknown[]) => {
    const isTuple = first?.kind === "Tuple";
    const types = isTuple ? first.elements : [first, ...others];
    const values = isTuple ? (value as readonly unknown[]) : [value, ...rest];
    let next = 0;
    const written = text.replace(/%(.?)/gs, (_, specifier: string) => {
      if (specifier === "%") return "%";
      if (next >= values.length) throw new RuntimeError("Too few arguments for format string");
      next++;
      return byPercent(specifier, values[next - 1], types[next - 1]);
    });
    if (next < values.length) throw new RuntimeError("Too many arguments for format string");
    return written;
  },
);

function byPercent(specifier: string, value: unknown, type: Type): string {
  const number = (): number => {
    if (typeof value === "number") return value;
    const kind = type.kind === "str" ? "String" : type.kind;
    throw new RuntimeError(`%${specifier} requires a number for formatting, but got ${kind}`);
  };
  switch (specifier) {
    case "d":
    case "i":
      return String(Math.trunc(number()));
    case "e":
    case "E": {
      const text = number()
        .toExponential(6)
        .replace(/e([+-])(\d)$/, "e$10$2");
      return specifier === "E" ? text.toUpperCase() : text;
    }
    case "f":
    case "F":
      return number().toFixed(6);
    case "c":
      return typeof value === "number" ? String.fromCharCode(value) : String(value);
    case "s":
    case "r":
      return valueText(value, type);
    default:
      throw new RuntimeError(`The specifier %${specifier} is not supported in TorchScript format strings`);
  }
}
