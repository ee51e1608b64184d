/**
 * A set of golden files: a folder, or the same folder packed into one compressed file (test/golden/data/*.json.br), so
 * that the tests need nothing outside the repository. What the files mean is the runners' affair.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/** A read-only set of files, by path relative to its root, with `/` between folders. */
export interface GoldenFiles {
  readonly names: readonly string[];
  text(name: string): string;
  json(name: string): unknown;
  bytes(name: string): Uint8Array;
}

/** Opens a folder of goldens or a packed copy of one. */
export function openGoldens(path: string): GoldenFiles {
  return statSync(path).isDirectory() ? openFolder(path) : openPacked(readFileSync(path));
}

/** Opens the copy of a set that belongs to the repository. */
export function openPackedSet(set: string): GoldenFiles {
  return openGoldens(packedPath(set));
}

/** Where the repository keeps its copy of a set. */
export const packedPath = (set: string): string =>
  fileURLToPath(new URL(`data/${set}.json.br`, import.meta.url));

/** Packs a set: an object from path to content, text as it is and other files as base64. */
export function packGoldens(files: GoldenFiles): Uint8Array {
  const content = Object.fromEntries(
    files.names.map((name) => [
      name,
      isText(name) ? files.text(name) : Buffer.from(files.bytes(name)).toString("base64"),
    ]),
  );
  const plain = Buffer.from(JSON.stringify(content));
  return brotliCompressSync(plain, {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
  });
}

function openFolder(root: string): GoldenFiles {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "README.md")
    .map((entry) =>
      join(entry.parentPath, entry.name).slice(root.length).split(sep).filter(Boolean).join("/"),
    )
    .sort();
  return fromBytes(names, (name) => readFileSync(join(root, name)));
}

function openPacked(packed: Uint8Array): GoldenFiles {
  const content: Readonly<Record<string, string>> = JSON.parse(brotliDecompressSync(packed).toString());
  return fromBytes(Object.keys(content), (name) => {
    if (!(name in content)) throw new Error(`no golden file ${name}`);
    return Buffer.from(content[name], isText(name) ? "utf8" : "base64");
  });
}

function fromBytes(names: readonly string[], read: (name: string) => Buffer): GoldenFiles {
  return {
    names,
    bytes: read,
    text: (name) => read(name).toString("utf8"),
    json: (name) => JSON.parse(read(name).toString("utf8")),
  };
}

const isText = (name: string): boolean => /\.(json|txt|py)$/.test(name);
