/** `%reset`: empties the session's variables without restarting the kernel. */
import { type Magic, textOf, ts, usageError } from "./magic.ts";

export const reset: Magic = {
  name: "reset",
  forms: ["line"],
  usage: "%reset [NAME …]",
  summary: "sets the session's variables, or some of them, to undefined",
  help: [
    "Sets every variable that cells declared to `undefined`, so that what they held can be freed. With names, only those.",
    "",
    "Modules stay loaded, the execution count goes on, and a global of the kernel that a cell had covered stays covered; for a fresh start restart the kernel.",
  ].join("\n"),
  rewrite(call) {
    const names = textOf(call, call.args)
      .split(/[\s,]+/)
      .filter((name) => name !== "" && name !== "-f");
    const unknown = names.find((name) => !call.slots.has(name));
    if (unknown !== undefined)
      throw usageError(call, reset, `no cell has declared ${JSON.stringify(unknown)}`, call.args.start);
    return ts`await __magic.reset(${JSON.stringify(names)});`;
  },
  types: "reset(names: readonly string[]): Promise<void>;",
  run: {
    reset({ variables, assign, print }, names: readonly string[]) {
      const wanted = names.length > 0 ? names : [...variables().keys()];
      for (const name of wanted) assign(name, undefined);
      print(`${wanted.length} ${wanted.length === 1 ? "variable" : "variables"} reset\n`);
    },
  },
};
