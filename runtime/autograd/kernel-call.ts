/** The call of a row's kernel itself, in a file of its own so that recording and dispatch need not import each other. */
import type { Op } from "../dispatch/op.ts";
import { type Refusal, refusalFor } from "../dispatch/refusal.ts";
import { byRanks } from "../kernels/ranks.ts";
import { IndexError, RuntimeError, ValueError } from "../errors.ts";
import { float32, int64 } from "../tensor/dtype.ts";
import { checkOverlap } from "../tensor/memory-overlap.ts";
import { isInt64RangeError } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";

type Kernel = (...args: readonly unknown[]) => unknown;

/** Calls the kernel on one value for each argument of the schema. */
export function runKernel(op: Op, args: readonly unknown[]): unknown {
  if (writesItself(op, args)) checkOverlap(args[op.mutates] as Tensor, args);
  if (op.facts.refuses !== undefined) {
    const refusal = refusalFor(op.facts.refuses, args);
    if (refusal !== null) throw otherFault(op, op.facts.refuses, args) ?? refusal;
  }
  const { picks } = op.facts;
  if (picks === undefined || op.mutates >= 0) return (op.kernel as Kernel)(...args);
  try {
    return (op.kernel as Kernel)(...args);
  } catch (error) {
    const isTooWide = error instanceof Error && isInt64RangeError(error);
    const result = isTooWide ? byRanks(op.kernel as Kernel, args, scalarsOf(op), picks) : null;
    if (result === null) throw error;
    return result;
  }
}

/** Which arguments are numbers that elements are compared with. */
const scalarsOf = ({ schema }: Op): readonly number[] =>
  schema.arguments.flatMap(({ type }, i) => (type.base === "Scalar" ? [i] : []));

/** Compositions leave their writing, and the check of it, to the operators they are made of. */
function writesItself({ mutates, facts, functional }: Op, args: readonly unknown[]): boolean {
  if (mutates < 0 || (facts.composite === true && functional === null)) return false;
  const { overlapping = false } = facts;
  return !(typeof overlapping === "function" ? overlapping(args[mutates] as Tensor) : overlapping);
}

/** What else is wrong with a call of a refused dtype: torch comes to a kernel's dtypes last, after all shapes. */
function otherFault(op: Op, { dtypes }: Refusal, args: readonly unknown[]): Error | null {
  if (faultOf(op, args) === null) return null;
  const refused = args.find((value) => value instanceof Tensor)?.dtype;
  const accepted = dtypes.has("float32") ? int64 : float32;
  // A fault that is gone in a dtype the kernel accepts was the dtype's.
  const trial = args.map((value) =>
    value instanceof Tensor && value.dtype === refused && dtypes.has(refused.name)
      ? value.to(accepted)
      : value,
  );
  return faultOf(op, trial);
}

/** The error a kernel gives in torch's words; null where it computes, or trips over a dtype it was not made for. */
function faultOf(op: Op, args: readonly unknown[]): Error | null {
  try {
    (op.kernel as Kernel)(...args.map((value, i) => (i === op.mutates ? (value as Tensor).clone() : value)));
    return null;
  } catch (error) {
    const isTorchs =
      error instanceof RuntimeError || error instanceof IndexError || error instanceof ValueError;
    return isTorchs && !isInt64RangeError(error) ? error : null;
  }
}
