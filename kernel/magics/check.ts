/** `%check`: what a type error does to a cell. */
import { type Magic, textOf, ts, usageError } from "./magic.ts";

/** `strict`: the cell does not run. `warn`: it runs, with the errors on stderr. `off`: nobody looks. */
export type CheckMode = "strict" | "warn" | "off";

const modes: readonly string[] = ["strict", "warn", "off"] satisfies CheckMode[];

export const check: Magic = {
  name: "check",
  forms: ["line"],
  usage: "%check [strict|warn|off]",
  summary: "chooses what a type error does: stop the cell, warn, or nothing",
  help: [
    "From the next cell on:",
    "",
    "- `strict` (at the start): a cell with a type error does not run, as with a compiler;",
    "- `warn`: it runs, and the errors are shown on stderr;",
    "- `off`: cells are not checked.",
    "",
    "Without an argument it tells which is on. A `tsconfig.json` beside the notebook sets the compiler options.",
  ].join("\n"),
  completes: (before) => (before === "" ? modes : []),
  rewrite(call) {
    const mode = textOf(call, call.args);
    if (mode !== "" && !modes.includes(mode)) {
      throw usageError(
        call,
        check,
        `expected strict, warn or off, got ${JSON.stringify(mode)}`,
        call.args.start,
      );
    }
    return ts`await __magic.check(${mode === "" ? "" : JSON.stringify(mode)});`;
  },
  types: 'check(mode?: "strict" | "warn" | "off"): Promise<void>;',
  run: {
    check({ print, settings }, mode?: CheckMode) {
      if (mode === undefined) print(`%check ${settings.check}\n`);
      else settings.check = mode;
    },
  },
};
