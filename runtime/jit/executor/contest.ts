/**
 * A contest of executors for inputs of one kind: they take turns on the calls of the user, each call is timed, and the
 * fastest is chosen. Nothing is run twice, and no session is built where a loop of JavaScript is faster than any call of one.
 */

/** The ways a trace can run. */
export type ExecutorKind = "javascript" | "compiled" | "interpreter";

/** What takes part; building a session is put off until it is asked for. */
export interface Entrants {
  /** Milliseconds that the compiled loop should take; null if there is no loop. */
  readonly javascript: number | null;
  /** How many operators a session would have to run. */
  readonly operators: number;
  readonly compiled: () => boolean;
}

/** Calls of a loop before it is judged: V8 compiles it only after some. */
const warmUp = { calls: 200, milliseconds: 20 };
/** Milliseconds below which no call into ONNX Runtime can be. */
const sessionFloor = 0.003;
/** What each operator of a session adds to that, however small its tensors are. */
const sessionStep = 0.0002;
/** Timed calls of each of two rivals, and how many they get where neither is clearly the faster one. */
const turns = 4;
const turnsOfCloseOnes = 12;
const close = 1.5;
/** An interpreter this many times slower needs no further turns. */
const clearly = 3;

/** The contest for inputs of certain ranks, dtypes and size. */
export class Contest {
  /** The best time of each executor in milliseconds. */
  readonly times: Record<ExecutorKind, number> = {
    javascript: Number.POSITIVE_INFINITY,
    compiled: Number.POSITIVE_INFINITY,
    interpreter: Number.POSITIVE_INFINITY,
  };
  chosen: ExecutorKind | null = null;
  /** Why it runs as it does. */
  reason = "the executors are being measured";
  readonly #calls: Record<ExecutorKind, number> = { javascript: 0, compiled: 0, interpreter: 0 };
  #spentOnLoop = 0;

  /** Whose turn the next call is. */
  next(entrants: Entrants): ExecutorKind {
    if (this.chosen !== null) return this.chosen;
    const { javascript, compiled, interpreter } = this.#calls;
    if (entrants.javascript !== null) {
      // No use to measure: before V8 compiles it, on a busy machine, the loop would look slower than it is.
      if (entrants.javascript < sessionFloor + entrants.operators * sessionStep) {
        this.chosen = "javascript";
        this.reason = "a loop this short is faster than any call of a session";
        return "javascript";
      }
      if (javascript < warmUp.calls && this.#spentOnLoop < warmUp.milliseconds) return "javascript";
      if (this.times.javascript <= sessionFloor || compiled >= 2 * turns || !entrants.compiled())
        return this.#choose();
      return "compiled";
    }
    if (!entrants.compiled()) return this.#choose("interpreter");
    if (compiled >= 2 && interpreter >= 1 && this.times.interpreter > clearly * this.times.compiled)
      return this.#choose();
    const [faster, slower] = [this.times.compiled, this.times.interpreter].toSorted((a, b) => a - b);
    const enough = slower < close * faster ? turnsOfCloseOnes : turns;
    if (compiled >= enough && interpreter >= enough) return this.#choose();
    // Two calls in a row: the second finds its memory in the caches and its threads awake, as later calls will.
    return Math.floor((compiled + interpreter + 1) / 2) % 2 === 1 ? "compiled" : "interpreter";
  }

  /** Takes note of a timed call. */
  note(kind: ExecutorKind, milliseconds: number): void {
    this.#calls[kind]++;
    if (kind === "javascript") this.#spentOnLoop += milliseconds;
    if (milliseconds < this.times[kind]) this.times[kind] = milliseconds;
  }

  #choose(only?: ExecutorKind): ExecutorKind {
    const { javascript, compiled, interpreter } = this.times;
    const least = Math.min(javascript, compiled, interpreter);
    this.reason = "it measured faster";
    this.chosen =
      only ?? (least === javascript ? "javascript" : least === compiled ? "compiled" : "interpreter");
    return this.chosen;
  }
}
