/**
 * Tells the main thread which conditions of cells are tensors, so that traces can warn of them: from the session's first trace on,
 * and then of the cells before it, too.
 */
import type { CellTypeScript } from "../cell/rewrite.ts";
import type { TypeService } from "../types/type-service.ts";
import type { MainThread } from "./main-thread.ts";

const trace = /\bjitTrace|%trace\b/;

export class TracedConditions {
  readonly #types: TypeService;
  readonly #main: MainThread;
  #traced = false;

  constructor(types: TypeService, main: MainThread) {
    this.#types = types;
    this.#main = main;
  }

  /** A cell is about to run. */
  async beforeCell(cell: string, typescript: CellTypeScript): Promise<void> {
    this.#types.watchConditions(cell, typescript);
    this.#traced ||= trace.test(typescript.text);
    if (!this.#traced) return;
    for (const [name, conditions] of await this.#types.tensorConditions())
      this.#main.send({ kind: "conditions", cell: name, conditions });
  }
}
