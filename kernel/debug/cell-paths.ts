/**
 * The file names by which front ends know cells in the debugger: a prefix, the hash of the text, an ending. No such files exist.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { murmur2 } from "./murmur2.ts";

export const hashMethod = "Murmur2";
export const hashSeed = 0x5bd1e995;
export const pathPrefix = join(tmpdir(), `tracebook-${process.pid}`, "");
export const pathSuffix = ".ts";

export function pathOf(source: string): string {
  return `${pathPrefix}${murmur2(source, hashSeed)}${pathSuffix}`;
}
