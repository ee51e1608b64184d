/** Pointwise operations on long float32 arrays as vector loops. */
import { add, div, element, type Formula, isAtMost, isLess, mul, number, sub, unless } from "./formula.ts";
import { blockLength, VectorLoop } from "./vector-loop.ts";

/** Below this many elements the copies through a loop's memory cost more than they save. */
export const simdLeast = blockLength;

/** An operation with vector instructions. `relu` takes one operand. */
export type SimdOperation = "add" | "sub" | "mul" | "div" | "relu" | "passPositive";

const [x, y, zero] = [element(0), element(1), number(0)];

const formulas: Readonly<Record<SimdOperation, Formula>> = {
  add: add(x, y),
  sub: sub(x, y),
  mul: mul(x, y),
  div: div(x, y),
  relu: unless(x, isLess(x, zero)),
  passPositive: unless(x, isAtMost(y, zero)),
};

const loops = new Map<SimdOperation, VectorLoop>();

/** `out[i] = x[i] ∘ y[i]`, or `out[i] = ∘ x[i]`; an operand of one element stands for as many as there are. */
export function simdLoop(
  operation: SimdOperation,
  x: Float32Array,
  y: Float32Array | null,
  out: Float32Array,
): void {
  let loop = loops.get(operation);
  if (loop === undefined) {
    loop = new VectorLoop(3, 1, [{ array: 2, value: formulas[operation] }]);
    loops.set(operation, loop);
  }
  loop.run([x, y ?? x, out], [0]);
}
