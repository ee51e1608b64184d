/** `%env`: environment variables. */
import process from "node:process";
import { type Magic, textOf, ts, usageError } from "./magic.ts";

/** Values of variables so named are not printed with the others. */
const secret = /key|token|secret|passw|credential/i;

export const env: Magic = {
  name: "env",
  forms: ["line"],
  usage: "%env\n%env NAME\n%env NAME=VALUE",
  summary: "shows or sets environment variables",
  help: "`%env` lists all, without the values of those whose names sound secret; `%env NAME` prints one; `%env NAME=VALUE` sets one for the cells and commands to come.",
  completes: (before) => (before !== "" ? [] : Object.keys(process.env)),
  rewrite(call) {
    const text = textOf(call, call.args);
    const match = /^(?:([A-Za-z_]\w*)(?:=([\s\S]*))?)?$/.exec(text);
    if (match === null)
      throw usageError(
        call,
        env,
        `expected NAME or NAME=VALUE, got ${JSON.stringify(text)}`,
        call.args.start,
      );
    const [, name, value] = match;
    return ts`await __magic.env(${[name, value]
      .filter((part) => part !== undefined)
      .map((part) => JSON.stringify(part))
      .join(", ")});`;
  },
  types: "env(name?: string, value?: string): Promise<void>;",
  run: {
    env({ print }, name?: string, value?: string) {
      if (name === undefined) {
        for (const [key, text] of Object.entries(process.env).sort())
          print(`${key}=${secret.test(key) ? "…" : text}\n`);
      } else if (value === undefined) print(`${process.env[name] ?? `${name} is not set`}\n`);
      else process.env[name] = value;
    },
  },
};
