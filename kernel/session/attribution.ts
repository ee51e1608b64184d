/**
 * Whose output is being made: what a cell starts and what goes on later, in timers, microtasks and promises, still belongs
 * to that cell. Without AsyncLocalStorage, since async_hooks and V8's forced termination bring Node 20 down together.
 */
import process from "node:process";
import { promiseHooks } from "node:v8";

export interface Attribution {
  /** The cell whose code runs now; 0 before the first. */
  readonly cell: number;
  /** A cell begins: code that nobody is known to have started is its own. */
  begin(cell: number): void;
  /** Timers that this cell started do nothing any more. */
  cancel(cell: number): void;
  /** The cell a promise was made in, or an error was thrown in. */
  cellOf(promiseOrError: unknown): number;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a user passes to a timer
type Callback = (...args: any[]) => unknown;

/** Follows cells through asynchronous code, from now on. */
export function followCells(): Attribution {
  let foreground = 0;
  let current = 0;
  const cancelled = new Set<number>();
  const thrownIn = new WeakMap<object, number>();

  /** The callback, to be run as a part of the cell that runs now. */
  const carried = (callback: Callback): Callback => {
    const cell = current;
    return function (this: unknown, ...args) {
      if (cancelled.has(cell)) return undefined;
      current = cell;
      try {
        return callback.apply(this, args);
      } catch (error) {
        if (typeof error === "object" && error !== null) thrownIn.set(error, cell);
        throw error;
      } finally {
        current = foreground;
      }
    };
  };
  carryTimers(carried);

  promiseHooks.createHook({
    init: (promise) => void new Stamp(promise, current),
    before: (promise) => {
      current = Stamp.read(promise) ?? foreground;
    },
    after: () => {
      current = foreground;
    },
  });

  return {
    get cell() {
      return current;
    },
    begin(cell) {
      foreground = cell;
      current = cell;
    },
    cancel: (cell) => void cancelled.add(cell),
    cellOf(value) {
      const isObject = typeof value === "object" && value !== null;
      return (isObject ? (thrownIn.get(value) ?? Stamp.read(value)) : undefined) ?? current;
    },
  };
}

/** Makes the ways to run something later carry the cell along. */
function carryTimers(carried: (callback: Callback) => Callback): void {
  const owners: readonly (readonly [object, readonly string[]])[] = [
    [globalThis, ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]],
    [process, ["nextTick"]],
  ];
  for (const [owner, names] of owners) {
    for (const name of names) {
      const original = (owner as Record<string, Callback>)[name];
      const carrying = function (this: unknown, callback: unknown, ...args: unknown[]) {
        return original.call(
          this,
          typeof callback === "function" ? carried(callback as Callback) : callback,
          ...args,
        );
      };
      // Name, length, and the symbol by which util.promisify knows setTimeout.
      Object.defineProperties(carrying, Object.getOwnPropertyDescriptors(original));
      Object.defineProperty(owner, name, { configurable: true, writable: true, value: carrying });
    }
  }
}

class Returned {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: see Stamp
    return object;
  }
}

/** Marks a promise with a private field: invisible to the user, and much cheaper than a WeakMap. */
class Stamp extends Returned {
  readonly #cell: number;

  constructor(object: object, cell: number) {
    super(object);
    this.#cell = cell;
  }

  static read(object: object): number | undefined {
    return #cell in object ? object.#cell : undefined;
  }
}
