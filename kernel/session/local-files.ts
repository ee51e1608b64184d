/**
 * Local modules as files: which specifiers mean one, and which file it is.
 */
import { existsSync } from "node:fs";

/** Whether a specifier names a file of the user's, not a package. */
export function isLocal(specifier: string): boolean {
  return /^(\.{1,2}\/|\/|file:)/.test(specifier);
}

/** The file a path means: itself, the source of the JavaScript it names, or with the ending left out; null if there is none. */
export function fileFor(path: string): string | null {
  const source = path.replace(/\.([mc]?)js(x?)$/, ".$1ts$2");
  const endings = [".ts", ".tsx", ".js", ".mjs", "/index.ts", "/index.js"].map(
    (ending) => `${path}${ending}`,
  );
  // A folder is no module, nor is the `.ts` that an ending would make of its path.
  const candidates = [path, source, ...endings].filter((one) => /[^/]\.\w+$/.test(one));
  return candidates.find((one) => existsSync(one)) ?? null;
}
