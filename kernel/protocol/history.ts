/**
 * What was run, in this session and in earlier ones: JSON lines in a file, read when first asked for.
 * Answers history_request (Jupyter messaging, "History"); a history that cannot be kept never disturbs a cell.
 */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

interface Entry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  output: string | null;
}

export type HistoryTuple = [session: number, line: number, input: string | [string, string | null]];

/** Where the history is kept: `TRACEBOOK_HISTORY`, or the user's data directory; an empty name keeps it in memory only. */
export function historyPath(): string {
  const given = process.env["TRACEBOOK_HISTORY"];
  if (given !== undefined) return given;
  const data = process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share");
  return join(data, "tracebook", "history.jsonl");
}

export class History {
  readonly #path: string;
  readonly #mine: Entry[] = [];
  #before: Promise<{ entries: readonly Entry[]; session: number }> | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Keeps a cell; `output` is the text of its result. */
  add(line: number, input: string, output: string | null): void {
    const entry: Entry = { session: 0, line, input, output };
    this.#mine.push(entry);
    this.#writing = this.#writing.then(() => this.#write(entry)).catch(() => undefined);
  }

  /** Numbers and texts of this session's cells. */
  inputs(): readonly (readonly [number, string])[] {
    return this.#mine.map(({ line, input }) => [line, input] as const);
  }

  /** Settles when everything added is in the file. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** The tuples a history_request asks for. Session 0 is this one, -1 the one before. */
  async answer(request: Readonly<Record<string, unknown>>): Promise<HistoryTuple[]> {
    const { entries, session } = await this.#earlier();
    const all = [...entries, ...this.#mine.map((entry) => ({ ...entry, session }))];
    const n = typeof request["n"] === "number" ? request["n"] : 10;
    const chosen = choose(all, request, session, n);
    return chosen.map(({ session, line, input, output }) => [
      session,
      line,
      request["output"] === true ? [input, output] : input,
    ]);
  }

  #earlier(): Promise<{ entries: readonly Entry[]; session: number }> {
    this.#before ??= readEntries(this.#path).then((entries) => ({
      entries,
      session: entries.reduce((last, entry) => Math.max(last, entry.session), 0) + 1,
    }));
    return this.#before;
  }

  async #write(entry: Entry): Promise<void> {
    if (this.#path === "") return;
    const { session } = await this.#earlier();
    await mkdir(dirname(this.#path), { recursive: true });
    await appendFile(this.#path, `${JSON.stringify({ ...entry, session })}\n`);
  }
}

function choose(
  all: readonly Entry[],
  request: Readonly<Record<string, unknown>>,
  session: number,
  n: number,
): readonly Entry[] {
  if (request["hist_access_type"] === "range") {
    const asked = typeof request["session"] === "number" ? request["session"] : 0;
    const wanted = asked > 0 ? asked : session + asked;
    const start = typeof request["start"] === "number" ? request["start"] : 0;
    const stop = typeof request["stop"] === "number" ? request["stop"] : Number.POSITIVE_INFINITY;
    return all.filter((entry) => entry.session === wanted && entry.line >= start && entry.line < stop);
  }
  if (request["hist_access_type"] === "search") {
    const pattern = globPattern(typeof request["pattern"] === "string" ? request["pattern"] : "*");
    let found = all.filter((entry) => pattern.test(entry.input));
    if (request["unique"] === true) {
      found = [...new Map(found.map((entry) => [entry.input, entry])).values()];
    }
    return found.slice(-n);
  }
  return n > 0 ? all.slice(-n) : [];
}

/** `*` and `?` as in a shell; the whole input must match, over all its lines. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^${source}$`);
}

/** Lines another version or a crash has left half-written are passed over. */
async function readEntries(path: string): Promise<readonly Entry[]> {
  if (path === "") return [];
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const entry = JSON.parse(line) as Entry;
      return typeof entry.input === "string" && typeof entry.session === "number" ? [entry] : [];
    } catch {
      return [];
    }
  });
}
