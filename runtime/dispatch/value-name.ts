/**
 * Names of values inside of layers: in PyTorch a traced value is called what the variable is called that holds it where it
 * is first used, also in torch's own Python sources, and the printed code has a line of its own for each named value.
 */

import type { Tensor } from "../tensor/tensor.ts";
import { hostReads } from "./interpreter.ts";
import { overloadsOf } from "./op.ts";

/** Returns `value`, which a trace in progress calls `name` from here on, unless it has a name. */
export function called<T extends Tensor>(name: string, value: T): T {
  hostReads.current?.called?.(value, name);
  return value;
}

type AnyFunction = (...args: never[]) => unknown;

/** The same functions; in a trace the parameters of each name the values that they are given. Operators have none. */
export function namingParameters<F extends object>(functions: F): Readonly<F> {
  const named = Object.entries(functions).map(([name, fn]: [string, AnyFunction]) => {
    if (overloadsOf(fn).length > 0) return [name, fn] as const;
    const run = (...args: never[]): unknown =>
      hostReads.current?.within === undefined ? fn(...args) : hostReads.current.within(fn, args);
    return [name, Object.defineProperty(run, "name", { value: name })] as const;
  });
  return Object.freeze(Object.fromEntries(named) as F);
}
