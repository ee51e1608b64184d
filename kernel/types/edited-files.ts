/**
 * Local files that cells import: the language server has no eyes of its own for files, so it is told which of them changed.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { changeTimes } from "../session/change-times.ts";
import { fileFor } from "../session/local-files.ts";

/** What became of a file, in the language server's numbers. */
export interface FileChange {
  readonly path: string;
  readonly type: 1 | 2 | 3;
}

const specifier = /["'](\.{1,2}\/[^"'\n]+)["']/g;

export class EditedFiles {
  readonly #folder: string;
  readonly #entries = new Set<string>();
  #known: ReadonlyMap<string, number> = new Map();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What changed since the last time among the files which the cells so far and this one import. */
  changes(cell: string): readonly FileChange[] {
    const before = this.#entries.size;
    for (const [, path] of cell.matchAll(specifier)) this.#entries.add(resolve(this.#folder, path));
    if (this.#entries.size === 0) return [];
    const isStill = ([path, time]: readonly [string, number]): boolean => timeOf(path) === time;
    const isMissing = (entry: string): boolean =>
      fileFor(entry) !== null && !this.#known.has(fileFor(entry) ?? "");
    if (
      this.#entries.size === before &&
      [...this.#known].every(isStill) &&
      ![...this.#entries].some(isMissing)
    )
      return [];
    const now = new Map([...this.#entries].flatMap((entry) => [...changeTimes(fileFor(entry) ?? entry)]));
    const changes = [...now].flatMap(([path, time]): FileChange[] => {
      const known = this.#known.get(path);
      return known === time ? [] : [{ path, type: known === undefined ? 1 : 2 }];
    });
    const gone = [...this.#known.keys()].filter((path) => !now.has(path));
    this.#known = now;
    return [...changes, ...gone.map((path): FileChange => ({ path, type: 3 }))];
  }
}

function timeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
