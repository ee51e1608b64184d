/**
 * Subshells (JEP 91): further execution queues, so that a second client's cell runs while a cell of the first one waits.
 * All share the one main thread: a cell that computes without a pause is waited for.
 */
import { randomUUID } from "node:crypto";
import { Queue } from "./queue.ts";

export class Subshells {
  readonly #main = new Queue();
  readonly #others = new Map<string, Queue>();

  create(): string {
    const id = randomUUID();
    this.#others.set(id, new Queue());
    return id;
  }

  /** Forgets a subshell; false if there is none of this id. */
  delete(id: string): boolean {
    this.#others.get(id)?.abortWaiting();
    return this.#others.delete(id);
  }

  list(): readonly string[] {
    return [...this.#others.keys()];
  }

  /** The queue of a subshell, or the main one; undefined for an unknown id. */
  queue(id: string | null | undefined): Queue | undefined {
    return id === null || id === undefined ? this.#main : this.#others.get(id);
  }

  abortWaiting(): void {
    for (const queue of [this.#main, ...this.#others.values()]) queue.abortWaiting();
  }
}
