/**
 * %autoreload: before each cell, local modules that were edited since they were imported are loaded again, and what cells imported
 * from them gets its new value, unless the cell has given the name another one since.
 */
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { ImportStep } from "../channel.ts";
import { evaluateText } from "./inspector.ts";
import { isLocal } from "./local-files.ts";
import { loadModule, reloading } from "./modules.ts";

type Exports = Record<string, unknown>;

export interface Autoreload {
  on: boolean;
  /** A cell has imported this module. */
  note(step: ImportStep, module: Exports): void;
  /** Loads again what was edited; settles with what could not be loaded, and why. */
  refresh(): Promise<readonly string[]>;
}

interface Imported {
  readonly step: ImportStep;
  readonly address: string;
  module: Exports;
  /** What went wrong last time, so that it is said once. */
  problem: string | null;
}

export function autoreloadOf(): Autoreload {
  const imported = new Map<string, Imported>();

  const reload = async (one: Imported): Promise<string | null> => {
    try {
      const module = await loadModule(one.address, attributesOf(one.step));
      if (module !== one.module) await rebind(one.step, one.module, module);
      one.module = module;
      one.problem = null;
      return null;
    } catch (error) {
      const problem = `%autoreload: ${one.step.specifier}: ${(error as Error).message}`;
      const isNew = problem !== one.problem;
      one.problem = problem;
      return isNew ? problem : null;
    }
  };

  return {
    get on() {
      return Atomics.load(reloading, 0) === 1;
    },
    set on(on) {
      Atomics.store(reloading, 0, on ? 1 : 0);
    },
    note(step, module) {
      if (!isLocal(step.specifier)) return;
      const address = new URL(step.specifier, pathToFileURL(join(process.cwd(), "notebook.js"))).href;
      imported.set(`${address} ${step.binding}`, { step, address, module, problem: null });
    },
    async refresh() {
      const problems: string[] = [];
      for (const one of imported.values()) {
        const problem = await reload(one);
        if (problem !== null) problems.push(problem);
      }
      return problems;
    },
  };
}

export function attributesOf({ attributes }: ImportStep): ImportCallOptions | undefined {
  return attributes && { with: { ...attributes } };
}

/** Names that still have what was imported get what is there now. */
async function rebind({ names }: ImportStep, before: Exports, now: Exports): Promise<void> {
  for (const [local, exported] of names) {
    const old = exported === null ? before : before[exported];
    // biome-ignore lint/security/noGlobalEval: indirect eval alone sees the let, const and class of all scripts
    if (globalThis.eval(local) !== old) continue;
    Object.defineProperty(globalThis, "$$module", { configurable: true, value: now });
    await evaluateText(`${local}=$$module${exported === null ? "" : `[${JSON.stringify(exported)}]`}`);
  }
}
