/**
 * Dispatch: the only way to a kernel. A call goes to the interpreter in force (tracing, ...) or is executed: recorded
 * for autograd where an argument requires a gradient, else run at once.
 */

import { requiresGradient } from "../autograd/edges.ts";
import { gradMode } from "../autograd/grad-mode.ts";
import { checkUnrecordedWrite, linkViews } from "../autograd/in-place.ts";
import { runKernel } from "../autograd/kernel-call.ts";
import { recordCall } from "../autograd/record.ts";
import { checkInterrupt } from "../interrupt.ts";
import { interpreter } from "./interpreter.ts";
import type { Op } from "./op.ts";

/** Runs `op` on one value for each argument of its schema. */
export function dispatch(op: Op, args: readonly unknown[]): unknown {
  checkInterrupt();
  return interpreter.current === null ? execute(op, args) : interpreter.current(op, args);
}

/** Runs a call eagerly. */
export function execute(op: Op, args: readonly unknown[]): unknown {
  if (op.facts.composite !== true && gradMode.enabled && requiresGradient(args)) return recordCall(op, args);
  if (op.mutates >= 0) checkUnrecordedWrite(args[op.mutates]);
  const result = runKernel(op, args);
  return op.isView ? linkViews(op, args, result) : result;
}
