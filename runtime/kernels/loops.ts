/**
 * Element loops, one copy for each function and layout. V8 inlines a function into a loop only while that loop has seen
 * no other, so each scalar function gets loops of its own, made from these sources on first use.
 */
import type { DType } from "../tensor/dtype.ts";
import type { NumberArray } from "../tensor/storage.ts";

export type Unary = (x: number) => number;
export type Binary = (x: number, y: number) => number;
export type Ternary = (x: number, y: number, z: number) => number;

export type UnaryLoop = (x: NumberArray, out: NumberArray) => void;
export type BinaryLoop = (x: NumberArray, y: NumberArray, out: NumberArray) => void;
export type StridedLoop = (
  x: NumberArray,
  xStart: number,
  xStep: number,
  y: NumberArray,
  yStart: number,
  yStep: number,
  out: NumberArray,
  start: number,
  count: number,
) => void;
export type TernaryLoop = (
  x: NumberArray,
  xStart: number,
  xStep: number,
  y: NumberArray,
  yStart: number,
  yStep: number,
  z: NumberArray,
  zStart: number,
  zStep: number,
  out: NumberArray,
  start: number,
  count: number,
) => void;

/** `body(i)` for `i` from 0 to `count`, so many at a time: V8 does not unroll loops itself. */
function unrolled(times: number, count: string, body: (i: string) => string): string {
  const several = Array.from({ length: times }, (_, k) => body(`i + ${k}`)).join(" ");
  return `let i = 0; for (const last = ${count} - ${times - 1}; i < last; i += ${times}) { ${several} } for (; i < ${count}; i++) { ${body("i")} }`;
}

/** How many elements at a time pay: of a function of many steps V8 inlines no more than this. */
const unrolling = { light: 8, heavy: 4 } as const;

const sourcesOf = (times: number) => ({
  unary: `(x, out) => { const n = out.length; ${unrolled(times, "n", (i) => `out[${i}] = f(x[${i}]);`)} }`,
  both: `(x, y, out) => { const n = out.length; ${unrolled(times, "n", (i) => `out[${i}] = f(x[${i}], y[${i}]);`)} }`,
  scalarRight: `(x, y, out) => { const b = y[0], n = out.length; ${unrolled(times, "n", (i) => `out[${i}] = f(x[${i}], b);`)} }`,
  scalarLeft: `(x, y, out) => { const a = x[0], n = out.length; ${unrolled(times, "n", (i) => `out[${i}] = f(a, y[${i}]);`)} }`,
  // Rows that lie in memory in one piece, or meet one number, are most of them.
  strided: `(x, xStart, xStep, y, yStart, yStep, out, start, count) => {
    if (xStep === 1 && yStep === 1) { ${unrolled(times, "count", (i) => `out[start + ${i}] = f(x[xStart + ${i}], y[yStart + ${i}]);`)} }
    else if (xStep === 1 && yStep === 0) { const b = y[yStart]; ${unrolled(times, "count", (i) => `out[start + ${i}] = f(x[xStart + ${i}], b);`)} }
    else if (xStep === 0 && yStep === 1) { const a = x[xStart]; ${unrolled(times, "count", (i) => `out[start + ${i}] = f(a, y[yStart + ${i}]);`)} }
    else for (let i = 0; i < count; i++, xStart += xStep, yStart += yStep) out[start + i] = f(x[xStart], y[yStart]); }`,
  ternary: `(x, xStart, xStep, y, yStart, yStep, z, zStart, zStep, out, start, count) => {
    for (let i = 0; i < count; i++, xStart += xStep, yStart += yStep, zStart += zStep)
      out[start + i] = f(x[xStart], y[yStart], z[zStart]); }`,
});

const sources = { light: sourcesOf(unrolling.light), heavy: sourcesOf(unrolling.heavy) };

type Shape = keyof ReturnType<typeof sourcesOf>;

let compiled = 0;

/**
 * A function of this text that shares nothing with others of the same text. V8 has one compilation for equal texts, and with it one
 * memory of what was called there: a loop that is compiled so for several scalar functions inlines none of them, and takes ten times as long.
 */
export function compiledApart(
  text: string,
  ...parameters: readonly string[]
): (...args: unknown[]) => unknown {
  compiled += 1;
  return new Function(...parameters, `${text} // ${compiled}`) as (...args: unknown[]) => unknown;
}

/** The loops of one scalar function: one for each layout and element type, made on first use. */
export class Loops<F extends (...args: never[]) => number> {
  private readonly made: Record<Shape, Map<number, unknown>> = {
    unary: new Map(),
    both: new Map(),
    scalarRight: new Map(),
    scalarLeft: new Map(),
    strided: new Map(),
    ternary: new Map(),
  };
  private readonly f: F;
  private readonly weight: keyof typeof unrolling;

  /** @param weight whether the function is a few instructions, or many as those of exponentials are */
  constructor(f: F, weight: keyof typeof unrolling = "light") {
    this.f = f;
    this.weight = weight;
  }

  /** The loop of a layout; element types are kept apart, as they would make a shared loop slow. */
  get<L>(shape: Shape, ...dtypes: readonly DType[]): L {
    let key = 0;
    for (let i = 0; i < dtypes.length; i++) key = key * 16 + dtypes[i].code;
    let loop = this.made[shape].get(key);
    if (loop === undefined) {
      loop = compiledApart(`return ${sources[this.weight][shape]};`, "f")(this.f);
      this.made[shape].set(key, loop);
    }
    return loop as L;
  }
}
