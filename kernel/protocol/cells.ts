/**
 * The cells run so far: their numbers, their text for code frames, and the slots of the names they declared.
 */
import type { SlotKind } from "../cell/declarations.ts";
import { type QuotedCell, withReadableStacks } from "../cell/stack-frames.ts";
import type { MimeBundle } from "../channel.ts";

/** So many cells' texts are kept for code frames. */
const mostTexts = 5_000;

export class CellStore {
  readonly #slots = new Map<string, SlotKind>();
  readonly #texts = new Map<string, QuotedCell>();
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

  remember(name: string, text: QuotedCell): void {
    this.#texts.set(name, text);
    if (this.#texts.size > mostTexts) this.#texts.delete(this.#texts.keys().next().value as string);
  }

  text(name: string): QuotedCell | undefined {
    return this.#texts.get(name);
  }

  /** The script names of the cells kept, with their texts. */
  texts(): Iterable<readonly [string, QuotedCell]> {
    return this.#texts;
  }

  /** A text in which the stacks of errors name cells as the user knows them. */
  readable(text: string): string {
    return withReadableStacks(text, (name) => this.text(name));
  }

  readableBundle(bundle: MimeBundle): MimeBundle {
    const plain = bundle["text/plain"];
    return typeof plain === "string" ? { ...bundle, "text/plain": this.readable(plain) } : bundle;
  }

  /** V8 has made these slots: their kinds are fixed now. */
  declare(names: readonly (readonly [string, SlotKind])[]): void {
    for (const [name, kind] of names) if (!this.#slots.has(name)) this.#slots.set(name, kind);
  }
}
