/**
 * Formulas of one element of several arrays, written once and compiled twice: to the vector instructions of WebAssembly for float32
 * (vector-loop.ts), and to a loop of JavaScript for whatever else memory holds.
 */
import type { NumberArray } from "../tensor/storage.ts";

/** An expression over the elements of the arrays at one place, and over numbers that are the same at all places. */
export type Formula =
  | { readonly kind: "element"; readonly array: number }
  | { readonly kind: "number"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "call"; readonly name: Instruction; readonly inputs: readonly Formula[] };

/** What becomes of the arrays: each element of `array` is overwritten, in this order, so that later formulas see it. */
export interface Assignment {
  readonly array: number;
  readonly value: Formula;
}

/**
 * The operations on numbers. `pmin` and `pmax` are WebAssembly's quick ones, the first operand unless the second is beyond it: so they
 * keep a NaN that comes first. `unless` is its first operand, or 0 where the second, a comparison, holds; `powerOfTwo` takes a whole
 * number, and there are vectors of doubles for it only.
 */
export type Instruction =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "sqrt"
  | "min"
  | "max"
  | "pmin"
  | "pmax"
  | "isLess"
  | "isAtMost"
  | "unless"
  | "powerOfTwo";

const texts: Readonly<Record<Instruction, (x: string, y: string) => string>> = {
  add: (x, y) => `(${x} + ${y})`,
  sub: (x, y) => `(${x} - ${y})`,
  mul: (x, y) => `(${x} * ${y})`,
  div: (x, y) => `(${x} / ${y})`,
  sqrt: (x) => `Math.sqrt(${x})`,
  min: (x, y) => `Math.min(${x}, ${y})`,
  max: (x, y) => `Math.max(${x}, ${y})`,
  pmin: (x, y) => `(${y} < ${x} ? ${y} : ${x})`,
  pmax: (x, y) => `(${x} < ${y} ? ${y} : ${x})`,
  isLess: (x, y) => `(${x} < ${y})`,
  isAtMost: (x, y) => `(${x} <= ${y})`,
  unless: (x, y) => `(${y} ? 0 : ${x})`,
  powerOfTwo: (x) => `2 ** ${x}`,
};

export const element = (array: number): Formula => ({ kind: "element", array });
export const number = (index: number): Formula => ({ kind: "number", index });
export const constant = (value: number): Formula => ({ kind: "constant", value });

const call =
  (name: Instruction) =>
  (...inputs: readonly Formula[]): Formula => ({ kind: "call", name, inputs });

export const add = call("add");
export const sub = call("sub");
export const mul = call("mul");
export const div = call("div");
export const sqrt = call("sqrt");
export const min = call("min");
export const max = call("max");
export const pmin = call("pmin");
export const pmax = call("pmax");
export const isLess = call("isLess");
export const isAtMost = call("isAtMost");
export const unless = call("unless");
export const powerOfTwo = call("powerOfTwo");

/** A loop over arrays of one length; changes those that are assigned to. */
export type ArrayLoop = (arrays: readonly NumberArray[], numbers: readonly number[]) => void;

const textOf = (formula: Formula): string => {
  switch (formula.kind) {
    case "element":
      return `a${formula.array}[i]`;
    case "number":
      return `n${formula.index}`;
    case "constant":
      return `(${formula.value})`;
    default: {
      const [x, y] = formula.inputs.map(textOf);
      return texts[formula.name](x, y);
    }
  }
};

/** The loop in JavaScript, in double precision between one array and the next. */
export function javascriptLoop(
  arrays: number,
  numbers: number,
  assignments: readonly Assignment[],
): ArrayLoop {
  const names = (letter: string, count: number): string =>
    Array.from({ length: count }, (_, i) => `${letter}${i}`).join(", ");
  const body = assignments.map(({ array, value }) => `a${array}[i] = ${textOf(value)};`).join(" ");
  const source = `([${names("a", arrays)}], [${names("n", numbers)}]) => {
    const count = a0.length; for (let i = 0; i < count; i++) { ${body} } }`;
  return new Function(`return ${source};`)() as ArrayLoop;
}
