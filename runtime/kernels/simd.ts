/** Pointwise operations on long float32 arrays as vector loops. */
import { float32 } from "../tensor/dtype.ts";
import type { NumberArray } from "../tensor/storage.ts";
import { type FloatArray, heavyKernels } from "./backend.ts";
import { expFormula, sigmoidFormula, siluFormula } from "./exponential-formulas.ts";
import {
  add,
  div,
  element,
  type Formula,
  isAtMost,
  isLess,
  mul,
  number,
  sqrt,
  sub,
  unless,
} from "./formula.ts";
import { blockLength, VectorLoop } from "./vector-loop.ts";

/** An operation with vector instructions. */
export type SimdOperation = keyof typeof formulas;

const [x, y, zero] = [element(0), element(1), number(0)];

/** In float32, where one instruction gives what a kernel gives. */
const singles = {
  add: add(x, y),
  sub: sub(x, y),
  mul: mul(x, y),
  div: div(x, y),
  sqrt: sqrt(x),
  relu: unless(x, isLess(x, zero)),
  passPositive: unless(x, isAtMost(y, zero)),
};

/** In float64, where there is more to compute. */
const doubles = { exp: expFormula(x), sigmoid: sigmoidFormula(x), silu: siluFormula(x) };

const formulas = { ...singles, ...doubles } satisfies Readonly<Record<string, Formula>>;

/** Below so many elements the copies through a loop's memory cost more than they save. */
const leastOfSingles = blockLength;
const leastOfDoubles = 512;

const loops = new Map<SimdOperation, VectorLoop>();

/**
 * `out[i] = x[i] ∘ y[i]`, or `out[i] = ∘ x[i]`, if the arrays are float32 and long enough; an operand of one element stands for as many
 * as there are. The backend computes it if it knows the operation, which spares the copies.
 * @returns whether it was computed
 */
export function computedInVectors(
  operation: SimdOperation,
  x: NumberArray,
  y: NumberArray | null,
  out: NumberArray,
): boolean {
  if (!(out instanceof Float32Array)) return false;
  const operands = [x, y] as [FloatArray, FloatArray | null];
  const backend = heavyKernels(float32, out.length)?.pointwise?.[operation];
  if (backend !== undefined) {
    backend(...operands, out);
    return true;
  }
  if (out.length < (operation in doubles ? leastOfDoubles : leastOfSingles)) return false;
  let loop = loops.get(operation);
  if (loop === undefined) {
    const precision = operation in doubles ? "double" : "single";
    loop = new VectorLoop(3, 1, [{ array: 2, value: formulas[operation] }], precision);
    loops.set(operation, loop);
  }
  const [first, second] = operands;
  loop.run([first, second ?? first, out], [0]);
  return true;
}
