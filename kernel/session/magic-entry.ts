/**
 * `__magic`, what rewritten magics call: loads the table of magics at the first call and runs the one that is meant.
 */
import type { MagicHost, Settings } from "../magics/magic.ts";
import type { SessionParts } from "./globals.ts";
import { evaluateText } from "./inspector.ts";
import { answer } from "./lookup.ts";

type Run = (host: MagicHost, ...args: unknown[]) => unknown;

/** Functions called as `await __magic.NAME(…)`; `method` alone answers at once. */
export function magicEntry(parts: SessionParts): object {
  const host = hostOf(parts);
  const call = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const [{ magics }, { help }] = await Promise.all([
      import("../magics/table.ts"),
      import("../magics/help.ts"),
    ]);
    const run = name === "help" ? help : magics.find((magic) => magic.run && name in magic.run)?.run?.[name];
    if (run === undefined) throw new TypeError(`__magic.${name}: no magic runs this`);
    return (run as Run)(host, ...args);
  };
  return new Proxy(
    { method },
    {
      get(target, name) {
        if (name === "method") return target.method;
        return typeof name === "string" && name !== "then"
          ? (...args: unknown[]) => call(name, args)
          : undefined;
      },
    },
  );
}

/** A method that keeps its object; a module or a traced function, which is called as a member, stays what it is. */
function method(object: Record<PropertyKey, unknown>, key: PropertyKey): unknown {
  const value = object[key];
  const isPlain = typeof value === "function" && Object.getPrototypeOf(value) === Function.prototype;
  // jitTrace traces a method of a module with the module's weights.
  return isPlain
    ? Object.assign(value.bind(object), { [Symbol.for("tracebook.method")]: { object, key } })
    : value;
}

function hostOf({ line, displays, evaluator, autoreload, names }: SessionParts): MagicHost {
  const current: Settings = { check: "strict" };
  const settings: Settings = {
    get check() {
      return current.check;
    },
    set check(mode) {
      current.check = mode;
      line.send({ kind: "settings", ...current });
    },
  };
  return {
    displays,
    settings,
    autoreload,
    print: (text, stream = "stdout") => line.send({ kind: "stream", cell: line.cell, name: stream, text }),
    variables() {
      const values = [...names].sort().flatMap((name) => readVariable(name));
      return new Map(values);
    },
    async assign(name, value) {
      // A script's `let` is no property: only a script can set it.
      Object.defineProperty(globalThis, "$$module", { configurable: true, value });
      await evaluateText(`${name} = $$module`);
    },
    afterCell: (action) => evaluator.current().afterCell.push(action),
    interrupted: () => evaluator.current().interruption.signal,
    setNextInput: (text) =>
      void evaluator.current().payload.push({ source: "set_next_input", text, replace: false }),
    page(text, markdown) {
      const data = { "text/plain": text, ...(markdown === undefined ? {} : { "text/markdown": markdown }) };
      evaluator.current().payload.push({ source: "page", data, start: 0 });
    },
    inspect(name) {
      const data = answer({ kind: "inspect", code: name, cursor: name.length, detail: 0 });
      if (data === null || !("text/plain" in data)) return false;
      evaluator.current().payload.push({ source: "page", data, start: 0 });
      return true;
    },
  };
}

/** A variable's name and value; nothing if the cell that was to declare it failed before. */
function readVariable(name: string): readonly (readonly [string, unknown])[] {
  try {
    // biome-ignore lint/security/noGlobalEval: indirect eval alone sees the let, const and class of all scripts
    return [[name, globalThis.eval(name)]];
  } catch {
    return [];
  }
}
