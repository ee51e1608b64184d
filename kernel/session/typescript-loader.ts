/**
 * Node's loader hooks for local modules: finds `./a` and `./a.js` as `a.ts`, turns TypeScript into JavaScript with a source map, and
 * gives a module that was edited a new address once %autoreload is on, so that Node loads it again.
 * Runs in Node's loader thread (node:module, "Customization Hooks").
 */
import { readFile } from "node:fs/promises";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { changeTimes } from "./change-times.ts";
import { fileFor, isLocal } from "./local-files.ts";

export interface LoaderData {
  /** Address of the runtime that cells have. */
  readonly tracebook: string;
  /** Whether %autoreload is on: 1, in memory shared with the main thread. */
  readonly reloading: Int32Array;
}

let data: LoaderData;

/** The address under which a file was loaded, and when it or what it imports was last changed. */
const loaded = new Map<string, { readonly address: string; readonly changed: number }>();

export const initialize: InitializeHook<LoaderData> = (given) => {
  data = given;
};

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  // A local module gets the very instance of the runtime that cells have.
  if (specifier === "tracebook") return { url: data.tracebook, shortCircuit: true };
  const url = isLocal(specifier) ? new URL(specifier, context.parentURL ?? "file:///") : null;
  const file = url?.protocol === "file:" ? fileFor(fileURLToPath(url)) : null;
  if (url === null || file === null) return nextResolve(specifier, context);
  // %run asks for a new instance by an address of its own.
  const address = url.search === "" ? addressOf(file) : `${pathToFileURL(file).href}${url.search}`;
  return nextResolve(address, context);
};

function addressOf(file: string): string {
  const before = loaded.get(file);
  if (before !== undefined && Atomics.load(data.reloading, 0) === 0) return before.address;
  const changed = Math.max(...changeTimes(file).values());
  if (before?.changed === changed) return before.address;
  const plain = pathToFileURL(file).href;
  const address = before === undefined ? plain : `${plain}?changed=${changed}`;
  loaded.set(file, { address, changed });
  return address;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const { pathname, protocol } = new URL(url);
  if (protocol !== "file:" || !/\.[mc]?tsx?$/.test(pathname)) return nextLoad(url, context);
  const { transform } = await import("esbuild");
  const path = fileURLToPath(url);
  const { code } = await transform(await readFile(path, "utf8"), {
    loader: pathname.endsWith("x") ? "tsx" : "ts",
    target: `node${process.versions.node}`,
    sourcefile: path,
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
};
