/**
 * Conditions that no trace can see: `if (t)` asks JavaScript, for which every object is true, and no operator runs. Whoever runs the
 * program may know from its types where such conditions stand, and tells by `globalThis[Symbol.for("tracebook.conditions")]`, a
 * function from a file's name to its conditions. A trace warns of those in the functions that it ran.
 */
import type { SourceLocation } from "./ir.ts";
import { conditionWarning, type TracerWarning } from "./warnings.ts";

type Position = Pick<SourceLocation, "line" | "column">;

/** A condition that is a tensor, as its file has it; positions are one-based. */
export interface TensorCondition extends Position {
  /** The condition's own text. */
  readonly text: string;
  /** Where the function around it begins and ends. */
  readonly from: Position;
  readonly to: Position;
}

type ConditionProvider = (file: string) => readonly TensorCondition[] | undefined;

const isBefore = (a: Position, b: Position): boolean =>
  a.line === b.line ? a.column < b.column : a.line < b.line;

/** Follows which functions a trace runs. */
export class ConditionWatch {
  readonly #conditionsOf = (globalThis as Record<symbol, unknown>)[Symbol.for("tracebook.conditions")] as
    | ConditionProvider
    | undefined;
  readonly #met = new Map<TensorCondition, string>();

  /** Notes that a call at this place is in progress; null where nobody knows of conditions. */
  readonly frame: ((place: SourceLocation) => void) | null =
    this.#conditionsOf === undefined ? null : (place) => this.#note(place);

  /** A warning for each condition met, in the order in which their functions ran. */
  warnings(): TracerWarning[] {
    return [...this.#met].map(([{ line, column, text }, file]) =>
      conditionWarning(text, Object.freeze({ file, line, column })),
    );
  }

  #note(place: SourceLocation): void {
    for (const condition of this.#conditionsOf?.(place.file) ?? []) {
      if (!isBefore(place, condition.from) && isBefore(place, condition.to))
        this.#met.set(condition, place.file);
    }
  }
}
