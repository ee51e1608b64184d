/**
 * When a local module, or one that it imports, was last changed.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseSync } from "oxc-parser";
import { fileFor } from "./local-files.ts";

/** A file and the local files it imports, directly or through others, each with the time of its last change in ms. */
export function changeTimes(entry: string): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const visit = (file: string): void => {
    if (times.has(file)) return;
    try {
      times.set(file, statSync(file).mtimeMs);
      for (const specifier of /\.[mc]?[jt]sx?$/.test(file) ? importsOf(file) : []) {
        const imported = fileFor(resolve(dirname(file), specifier));
        if (imported !== null) visit(imported);
      }
    } catch {
      // A file that went away, or cannot be read: importing it says so.
      times.delete(file);
    }
  };
  visit(entry);
  return times;
}

function importsOf(file: string): readonly string[] {
  const { staticImports, staticExports } = parseSync(file, readFileSync(file, "utf8")).module;
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ].filter((specifier) => /^\.{1,2}\//.test(specifier));
}
