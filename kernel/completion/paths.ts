/**
 * Completion of paths, as seen from the folder cells run in.
 */
import { type Dirent, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import type { Completions } from "../channel.ts";

/** More entries of a folder than anyone reads. */
const mostEntries = 500;

/** Paths that begin as `written` does, which ends at `cursor`; only folders if `folders` says so. */
export function completePaths(written: string, cursor: number, { folders = false } = {}): Completions {
  const slash = written.lastIndexOf("/") + 1;
  const name = written.slice(slash);
  const folder = resolve(process.cwd(), written.slice(0, slash).replace(/^~(?=\/)/, homedir()));
  const matches = entriesOf(folder)
    .filter((entry) => entry.name.startsWith(name) && (name.startsWith(".") || !entry.name.startsWith(".")))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter((path) => !folders || path.endsWith("/"))
    .sort()
    .slice(0, mostEntries)
    .map((text) => ({ text, type: "path" }));
  return { matches, start: cursor - name.length, end: cursor };
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
