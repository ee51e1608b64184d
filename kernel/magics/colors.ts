/** `%colors`: whether inspected values are coloured. */
import { inspect } from "node:util";
import { type Magic, textOf, ts, usageError } from "./magic.ts";

const modes: readonly string[] = ["on", "off"];

export const colors: Magic = {
  name: "colors",
  forms: ["line"],
  usage: "%colors [on|off]",
  summary: "colours inspected values, in results and in what the console prints",
  help: "From then on objects, numbers, strings, dates … are shown in Node's colours (terminal codes, which notebooks render). They begin without, so that saved outputs are plain text. Without an argument it tells which is on.",
  completes: () => modes,
  rewrite(call) {
    const mode = textOf(call, call.args);
    if (mode !== "" && !modes.includes(mode))
      throw usageError(call, colors, `expected on or off, got ${JSON.stringify(mode)}`, call.args.start);
    return ts`await __magic.colors(${mode === "" ? "" : JSON.stringify(mode)});`;
  },
  types: 'colors(mode?: "on" | "off"): Promise<void>;',
  run: {
    colors({ print }, mode?: "on" | "off") {
      if (mode === undefined) print(`%colors ${inspect.defaultOptions.colors ? "on" : "off"}\n`);
      else inspect.defaultOptions.colors = mode === "on";
    },
  },
};
