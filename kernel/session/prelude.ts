/**
 * Makes every export of the runtime a global of cells. The runtime is loaded in the background once the kernel runs, and
 * only a cell that uses a name nobody has defined waits for it; so the first result of a cold kernel comes fast.
 */
import process from "node:process";
import { describeError } from "./describeError.ts";

let loading: Promise<void> | null = null;

/** Loads the runtime and defines its exports; the same promise each time. */
export function loadPrelude(): Promise<void> {
  loading ??= import("../../runtime/index.ts").then(defineExports, (error: unknown) => {
    // Cells that need no tensor run all the same.
    process.stderr.write(`tracebook: the runtime could not be loaded: ${describeError(error).stack}\n`);
  });
  return loading;
}

/** Waits for the prelude if one of these names may come from it. */
export async function preludeFor(names: readonly string[]): Promise<void> {
  if (names.some((name) => !(name in globalThis))) await loadPrelude();
}

function defineExports(runtime: object): void {
  for (const [name, value] of Object.entries(runtime)) {
    // A global of the user's, or one of Node's, is not taken away.
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { configurable: true, enumerable: false, writable: true, value });
  }
}
