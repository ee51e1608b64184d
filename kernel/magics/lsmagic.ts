/** `%lsmagic`: the list of magics. */
import { type Magic, textOf, ts, usageError } from "./magic.ts";

export const lsmagic: Magic = {
  name: "lsmagic",
  forms: ["line"],
  usage: "%lsmagic",
  summary: "lists the magics",
  help: "Lists every magic with one line on what it does. `%NAME?` shows the help of one.",
  rewrite(call) {
    if (textOf(call, call.args) !== "") throw usageError(call, lsmagic, "takes no arguments");
    return ts`await __magic.listMagics();`;
  },
  types: "listMagics(): Promise<void>;",
  run: {
    async listMagics({ print }) {
      const { magics } = await import("./table.ts");
      const rows = magics.map(({ usage, summary }) => [usage.split("\n")[0], summary]);
      const width = Math.max(...rows.map(([usage]) => usage.length));
      for (const [usage, summary] of rows) print(`${usage.padEnd(width)}  ${summary}\n`);
      print("\n%NAME? shows the help of a magic, NAME? what is known of a variable.\n");
    },
  },
};
