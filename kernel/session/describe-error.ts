/**
 * Errors as plain data for the worker, which formats them with the cell's text: name, message, V8's stack, causes.
 */
import { inspect, types } from "node:util";
import type { ErrorDescription } from "../channel.ts";

/** Stops a cell from the outside; the cell's variables stay. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
  // No frame of the kernel tells where the cell was.
  override stack = "KeyboardInterrupt: the cell was interrupted";

  constructor() {
    super("the cell was interrupted");
  }
}

/** Describes anything that was thrown; `depth` keeps a circle of causes finite. */
export function describeError(thrown: unknown, depth = 8): ErrorDescription {
  if (!isError(thrown)) {
    return {
      name: "Thrown",
      message: safely(() => inspect(thrown, { depth: 2 }), "a value that cannot be shown"),
      stack: "",
    };
  }
  const message = safely(() => String(thrown.message), "");
  return {
    name: safely(() => String(thrown.name), "Error"),
    message,
    stack: safely(() => String(thrown.stack ?? ""), ""),
    ...detailsOf(thrown),
    ...(thrown.cause !== undefined && depth > 0 ? { cause: describeError(thrown.cause, depth - 1) } : {}),
    ...(thrown instanceof AggregateError && depth > 0
      ? { errors: thrown.errors.slice(0, 20).map((error) => describeError(error, depth - 1)) }
      : {}),
  };
}

/** Gives an error another stack; on some versions of Node it can only be defined anew. */
export function setStack(error: Error, stack: string): void {
  Object.defineProperty(error, "stack", { configurable: true, writable: true, value: stack });
}

export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** What an error carries besides name and message, such as Node's `code`. */
function detailsOf(error: Error): { details?: string } {
  const own = Object.entries(error).filter(
    ([key]) => !["name", "message", "stack", "cause", "errors"].includes(key),
  );
  if (own.length === 0) return {};
  return { details: safely(() => inspect(Object.fromEntries(own), { depth: 1, breakLength: 100 }), "") };
}

/** Getters of foreign errors may throw. */
function safely(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
