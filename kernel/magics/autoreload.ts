/** `%autoreload`: edited local modules are loaded again before each cell. */
import { type Magic, textOf, ts, usageError } from "./magic.ts";

/** Words for on and off, IPython's numbers among them. */
const modes: Readonly<Record<string, boolean>> = {
  "": true,
  on: true,
  off: false,
  "2": true,
  "1": true,
  "0": false,
};

export const autoreload: Magic = {
  name: "autoreload",
  forms: ["line"],
  usage: "%autoreload [on|off]",
  summary: "loads local modules again once they are edited, before each cell",
  help: [
    'From the next cell on, files that cells imported (`import { f } from "./lib.ts"`) are loaded again when they, or local files which they import, have changed on disk; names that cells imported from them get the new values, unless a cell gave them others.',
    "",
    "A module that is loaded again starts afresh: its own state is lost, and objects made before keep their old classes. Packages are not looked at.",
  ].join("\n"),
  completes: () => ["on", "off"],
  rewrite(call) {
    const mode = textOf(call, call.args);
    if (!Object.hasOwn(modes, mode))
      throw usageError(call, autoreload, `expected on or off, got ${JSON.stringify(mode)}`, call.args.start);
    return ts`await __magic.autoreload(${String(modes[mode])});`;
  },
  types: "autoreload(on: boolean): Promise<void>;",
  run: {
    autoreload(host, on: boolean) {
      host.autoreload.on = on;
      host.print(`%autoreload ${on ? "on" : "off"}\n`);
    },
  },
};
