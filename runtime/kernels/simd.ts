/** Pointwise operations on long float32 arrays: by the backend where it knows them, else as vector loops. */
import { float32 } from "../tensor/dtype.ts";
import { joinDims } from "../tensor/geometry.ts";
import type { NumberArray } from "../tensor/storage.ts";
import { type FloatArray, heavyKernels, type Shaped } from "./backend.ts";
import { expFormula, sigmoidFormula, siluFormula, tanhFormula } from "./exponential-formulas.ts";
import {
  add,
  div,
  element,
  type Formula,
  isAtMost,
  isLess,
  max,
  min,
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
  larger: max(x, y),
  smaller: min(x, y),
  sqrt: sqrt(x),
  relu: unless(x, isLess(x, zero)),
  passPositive: unless(x, isAtMost(y, zero)),
};

/** In float64, where there is more to compute. */
const doubles = {
  exp: expFormula(x),
  sigmoid: sigmoidFormula(x),
  silu: siluFormula(x),
  tanh: tanhFormula(x),
};

const formulas = { ...singles, ...doubles } satisfies Readonly<Record<string, Formula>>;

/** A tensor's numbers as a loop walks them. */
export interface Strided {
  readonly data: NumberArray;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Below so many elements the copies through a loop's memory cost more than they save. */
const leastOfSingles = blockLength;
const leastOfDoubles = 8;

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
    const [first, second] = operands;
    backend(vectorOf(first), second && vectorOf(second), vectorOf(out));
    return true;
  }
  if (out.length < (operation in doubles ? leastOfDoubles : leastOfSingles)) return false;
  let loop = loops.get(operation);
  if (loop === undefined) {
    const precision = operation in doubles ? "double" : "single";
    const assignments = [{ array: 2, value: formulas[operation] }];
    loop = new VectorLoop(3, 1, [{ assignments, precision }]);
    loops.set(operation, loop);
  }
  const [first, second] = operands;
  loop.run([first, second ?? first, out], [0]);
  return true;
}

const vectorOf = (data: FloatArray): Shaped => ({ data, sizes: [data.length] });

/** A backend walks operands in runs of the last dimension: shorter ones take longer than a strided loop. */
const leastRun = 64;

/**
 * The same for operands that are broadcast to `sizes`, if the backend knows the operation and each operand lies in memory in one piece.
 * @returns whether it was computed
 */
export function broadcastInBackend(
  operation: SimdOperation,
  sizes: readonly number[],
  x: Strided,
  y: Strided,
  out: NumberArray,
): boolean {
  if (!(out instanceof Float32Array)) return false;
  const backend = heavyKernels(float32, out.length)?.pointwise?.[operation];
  if (backend === undefined) return false;
  const joined = joinDims(sizes, [x.strides, y.strides]);
  const [xSteps, ySteps] = joined.strides;
  // What both repeat, the backend would leave out of its result.
  const bothRepeat = joined.sizes.some((_, dim) => xSteps[dim] === 0 && ySteps[dim] === 0);
  if (bothRepeat || (joined.sizes.at(-1) ?? 0) < leastRun) return false;
  const first = inOnePiece(x, joined.sizes, xSteps);
  const second = inOnePiece(y, joined.sizes, ySteps);
  if (first === null || second === null) return false;
  backend(first, second, { data: out, sizes: joined.sizes });
  return true;
}

/** An operand as a row-major array with ones for the dimensions that it repeats itself in; null if it is none. */
function inOnePiece(
  { data, offset }: Strided,
  sizes: readonly number[],
  strides: readonly number[],
): Shaped | null {
  const own = sizes.map((size, dim) => (strides[dim] === 0 ? 1 : size));
  let elements = 1;
  for (let dim = own.length - 1; dim >= 0; dim--) {
    if (strides[dim] !== 0 && strides[dim] !== elements) return null;
    elements *= own[dim];
  }
  return { data: (data as FloatArray).subarray(offset, offset + elements), sizes: own };
}
