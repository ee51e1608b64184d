/** The project's own files, as the architecture tests read them: what git would keep, without recorded data. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const notOurs = new Set([
  ".git",
  ".venv",
  "node_modules",
  "dist",
  "coverage",
  "shots",
  "__pycache__",
  ".ipynb_checkpoints",
]);

/** One file, named by its path from the project's root with forward slashes. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** All files whose path matches, in order of their path. */
export function projectFiles(pattern: RegExp): readonly ProjectFile[] {
  return pathsBelow("")
    .filter((path) => pattern.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** One file by its path; an error if it is not there. */
export function projectFile(path: string): ProjectFile {
  return { path, text: readFileSync(join(root, path), "utf8") };
}

function pathsBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    return entry.isDirectory() ? pathsBelow(path) : [path];
  });
}
