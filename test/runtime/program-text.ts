/**
 * Small programs as text that is the same in Python and TypeScript: the names that such text may use, and its value.
 */
import { runInThisContext } from "node:vm";
import { jitCompile, jitList, jitTrace, jitTuple, nn, type Tensor, torch } from "../../runtime/index.ts";

const filled = (sizes: readonly number[], element: (k: number) => number): Tensor =>
  torch
    .tensor(Array.from({ length: sizes.reduce((n, size) => n * size, 1) }, (_, k) => element(k)))
    .view(sizes);
/** Some float32 numbers of a tensor's sizes, between -1 and 1.5. */
export const f = (...sizes: number[]): Tensor => filled(sizes, (k) => ((k * 7) % 11) / 4 - 1);
const scope = {
  torch,
  nn,
  F: nn.functional,
  jitTrace,
  jitTuple,
  jitList,
  jitCompile,
  f,
  d: (...sizes: number[]) => f(...sizes).double(),
  i: (...sizes: number[]) => filled(sizes, (k) => k % 4).long(),
  b: (...sizes: number[]) => filled(sizes, (k) => k % 3).eq(0),
  g: (...sizes: number[]) => f(...sizes).requiresGrad_(),
};

/** Evaluates text as a cell is, so that the names of its variables are found. */
export function evaluated<T>(text: string): T {
  const made = runInThisContext(`({ ${Object.keys(scope).join(", ")} }) => { let P; ${text}; return P; }`, {
    filename: "cell-1.ts",
  });
  return (made as (names: typeof scope) => T)(scope);
}
