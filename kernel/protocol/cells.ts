/**
 * The cells run so far: their numbers, their text for code frames, and the slots of the names they declared.
 */
import type { SlotKind } from "../cell/declarations.ts";
import type { Transformed } from "../cell/transform.ts";

/** A cell as error messages need it. */
export interface CellText {
  /** What a user calls it: `Cell In[3]`. */
  readonly title: string;
  readonly source: string;
  /** Leads positions of the code that ran back to the text. */
  readonly original: Transformed["original"] | null;
}

/** So many cells' texts are kept for code frames. */
const mostTexts = 5_000;

export class CellStore {
  readonly #slots = new Map<string, SlotKind>();
  readonly #texts = new Map<string, CellText>();
  #serial = 0;
  #count = 0;

  /** The number of the newest counted cell. */
  get executionCount(): number {
    return this.#count;
  }

  /** Names of earlier cells. */
  get slots(): ReadonlyMap<string, SlotKind> {
    return this.#slots;
  }

  /** Numbers a new cell; only counted ones raise the execution count. */
  begin(counted: boolean): { readonly serial: number; readonly count: number; readonly name: string } {
    this.#serial += 1;
    if (counted) this.#count += 1;
    const name = counted ? `cell-${this.#count}.ts` : `cell-${this.#count}.uncounted-${this.#serial}.ts`;
    return { serial: this.#serial, count: this.#count, name };
  }

  remember(name: string, text: CellText): void {
    this.#texts.set(name, text);
    if (this.#texts.size > mostTexts) this.#texts.delete(this.#texts.keys().next().value as string);
  }

  text(name: string): CellText | undefined {
    return this.#texts.get(name);
  }

  /** The script names of the cells kept, with their texts. */
  texts(): Iterable<readonly [string, CellText]> {
    return this.#texts;
  }

  /** V8 has made these slots: their kinds are fixed now. */
  declare(names: readonly (readonly [string, SlotKind])[]): void {
    for (const [name, kind] of names) if (!this.#slots.has(name)) this.#slots.set(name, kind);
  }
}
