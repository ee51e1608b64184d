/**
 * Makes the exports of the runtime and the renderers globals of cells. Runtime and renderers are loaded in the background once the kernel
 * runs, and only a cell that uses a name nobody has defined waits for them; so the first result of a cold kernel comes fast.
 */
import process from "node:process";
import { Shared } from "../channel.ts";
import { describeError } from "./describe-error.ts";
import { loadProvided } from "./load-provided.ts";
import { providedModules } from "./provided-modules.ts";

export interface Prelude {
  /** Loads the runtime and defines its exports; the same promise each time. */
  load(): Promise<void>;
  /** Waits for the prelude if one of these names may come from it, or if it is being loaded. */
  before(names: readonly string[]): Promise<void>;
  /** Loads what draws diagrams if one of these names tells that a graph is soon to be seen: the first picture comes fast. */
  foresee(names: readonly string[]): Promise<void>;
}

const tracing = /^(jitTrace|jitTraceModule|jitCompile|jitLoad|showGraph|showGradGraph|diffGraphs)$/;

export function preludeOf(shared: Int32Array): Prelude {
  let loading: Promise<void> | null = null;
  let foreseen = false;

  const load = (): Promise<void> => {
    loading ??= uninterrupted(shared, defineAll);
    return loading;
  };
  return {
    load,
    async before(names) {
      // A cell must not run while this loads: an interrupt of the cell would cut the loading off.
      if (loading !== null || names.some((name) => !(name in globalThis))) await load();
    },
    async foresee(names) {
      if (foreseen || !names.some((name) => tracing.test(name))) return;
      foreseen = true;
      const { prepareDiagrams } = await import("../../renderers/index.ts");
      await uninterrupted(shared, prepareDiagrams);
    },
  };
}

/** Loads modules: one that an interrupt cut off would stay broken. */
async function uninterrupted(shared: Int32Array, load: () => Promise<void>): Promise<void> {
  Atomics.store(shared, Shared.loading, 1);
  try {
    await load();
  } finally {
    Atomics.store(shared, Shared.loading, 0);
  }
}

async function defineAll(): Promise<void> {
  try {
    const loaded = await Promise.all(providedModules.map(({ specifier }) => loadProvided(specifier)));
    providedModules.forEach(({ hidden }, i) => {
      defineExports(loaded[i] ?? {}, hidden);
    });
  } catch (error) {
    // Cells that need no tensor run all the same.
    process.stderr.write(`tracebook: the runtime could not be loaded: ${describeError(error).stack}\n`);
  }
}

function defineExports(module: object, hidden: readonly string[]): void {
  for (const [name, value] of Object.entries(module)) {
    // A global of the user's, or one of Node's, is not taken away.
    if (name in globalThis || hidden.includes(name)) continue;
    Object.defineProperty(globalThis, name, { configurable: true, enumerable: false, writable: true, value });
  }
}
