/**
 * The interpreter in force: what `dispatch` hands every call to, and what is told when host code reads a tensor's data
 * or shape. Tracing sets both; with none in force calls run eagerly.
 */
import type { Tensor } from "../tensor/tensor.ts";
import type { Op } from "./op.ts";

/** Runs one call in place of the eager way; `execute(op, args)` is how it runs it eagerly. */
export type Interpreter = (op: Op, args: readonly unknown[]) => unknown;

/** The ways host code looks at a tensor past the operators. */
export type HostReadKind = "item" | "tolist" | "data" | "primitive" | "iterate" | "length";

/** True while calls are recorded: then what a kernel computes has to be operators. */
export const isWatched = (): boolean => interpreter.current !== null;

/** Told when host code reads a tensor; answers shape queries so that they can be recorded. */
export interface HostReads {
  note(tensor: Tensor, kind: HostReadKind): void;
  shape(tensor: Tensor): readonly number[];
  size(tensor: Tensor, dim: number): number;
  /** Told of a tensor made of host data; gives the one to use. */
  made(tensor: Tensor): Tensor;
  /** Told what torch's own source calls a value where it is used next; left out by interpreters that name nothing. */
  called?(tensor: Tensor, name: string): void;
  /** Told what a function of torch's that is no operator gives back, so that the user's variable for it is known. */
  returned?(result: unknown, callee: string): void;
  /** Runs a function of torch's that is written in Python there, so that its parameters name values. */
  within?(fn: (...args: never[]) => unknown, args: readonly unknown[]): unknown;
}

export const interpreter: { current: Interpreter | null } = { current: null };
export const hostReads: { current: HostReads | null } = { current: null };

/** Runs `fn` with no interpreter in force. */
export function withoutInterpreter<T>(fn: () => T): T {
  const saved = interpreter.current;
  const savedReads = hostReads.current;
  interpreter.current = null;
  hostReads.current = null;
  try {
    return fn();
  } finally {
    interpreter.current = saved;
    hostReads.current = savedReads;
  }
}
