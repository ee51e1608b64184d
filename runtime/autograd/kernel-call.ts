/** The call of a row's kernel itself, in a file of its own so that recording and dispatch need not import each other. */
import type { Op } from "../dispatch/op.ts";
import { checkRefusal } from "../dispatch/refusal.ts";

/** Calls the kernel on one value for each argument of the schema. */
export function runKernel(op: Op, args: readonly unknown[]): unknown {
  if (op.facts.refuses !== undefined) checkRefusal(op.facts.refuses, args);
  return (op.kernel as (...args: readonly unknown[]) => unknown)(...args);
}
