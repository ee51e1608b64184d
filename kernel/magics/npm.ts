/** `%npm`: packages for the notebook's folder, usable with their types in the next cell. */
import { type Magic, textOf, ts, usageError } from "./magic.ts";
import { runCommand } from "./shell.ts";

export const npm: Magic = {
  name: "npm",
  forms: ["line"],
  usage: "%npm install PACKAGE …",
  summary: "runs npm beside the notebook, to install packages for the next cells",
  help: "Runs npm in the notebook's folder, where imports of cells are looked for. `%npm install lodash @types/lodash` installs a package and its types; the next cell can import it.",
  completes: (before) => (before !== "" ? [] : ["install", "uninstall", "update", "list", "outdated"]),
  rewrite(call) {
    const args = textOf(call, call.args);
    if (args === "") throw usageError(call, npm, "expected what npm is to do", call.args.start);
    return ts`await __magic.npm(${JSON.stringify(args)});`;
  },
  types: "npm(args: string): Promise<void>;",
  run: {
    npm: (host, args: string) => runCommand(host, `npm ${args} --no-fund --no-audit`, [], { shell: true }),
  },
};
