/**
 * The scripts V8 has parsed: which are cells, which are files the user's code loaded, and what each holds. What belongs to Node
 * and to this package is none of the user's business.
 */
import { readFile } from "node:fs/promises";
import type { Debugger as V8 } from "node:inspector";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { QuotedCell } from "../cell/stack-frames.ts";
import type { CellStore } from "../protocol/cells.ts";
import { pathOf } from "./cell-paths.ts";
import type { Post } from "./protocol.ts";

/** A file as the Debug Adapter Protocol's `modules` lists it. */
export interface DapModule {
  readonly id: number;
  readonly name: string;
  readonly path: string;
}

/** The end of a file that a %run or an %autoreload loaded once more. */
const version = /[?#].*$/;
const ownFile = /[/\\]dist[/\\](kernel|protocol|runtime|renderers|chunk-[\w-]+|typescript-loader)\.c?js$/;

export class Scripts {
  readonly #cells: CellStore;
  /** Script names of cells, and paths of files, by V8's ids: call frames name their script by its id alone. */
  readonly #names = new Map<string, string>();
  readonly #files = new Map<string, string>();
  /** Texts of cells that were announced before they run, by path. */
  readonly #sources = new Map<string, string>();

  constructor(cells: CellStore) {
    this.#cells = cells;
  }

  parsed({ scriptId, url }: V8.ScriptParsedEventDataType): void {
    if (this.#cells.text(url) !== undefined) this.#names.set(scriptId, url);
    else if (url.startsWith("file:")) {
      const path = fileURLToPath(url.replace(version, ""));
      if (!ownFile.test(path)) this.#files.set(path, scriptId);
    }
  }

  /** A cell's text under its path. */
  announce(source: string): string {
    const path = pathOf(source);
    this.#sources.set(path, source);
    return path;
  }

  isCell(scriptId: string): boolean {
    return this.#names.has(scriptId);
  }

  /** The cell a script is. */
  cell(scriptId: string): QuotedCell | undefined {
    return this.#cells.text(this.#names.get(scriptId) ?? "");
  }

  /** Names of the scripts that are the cell of this path. */
  scriptsOf(path: string): readonly string[] {
    return [...this.#cells.texts()].filter(([, { source }]) => pathOf(source) === path).map(([name]) => name);
  }

  modules(): readonly DapModule[] {
    return [...this.#files.keys()].map((path, id) => ({ id, name: basename(path), path }));
  }

  /** What a path holds: a cell's text, a loaded file as it runs, or a file. */
  async content(path: string, post: Post): Promise<string> {
    const announced = this.#sources.get(path);
    if (announced !== undefined) return announced;
    const scriptId = this.#files.get(path);
    if (scriptId === undefined) return readFile(path, "utf8");
    const { scriptSource } = await post<V8.GetScriptSourceReturnType>("Debugger.getScriptSource", {
      scriptId,
    });
    return scriptSource;
  }
}
