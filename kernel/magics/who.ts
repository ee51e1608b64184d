/** `%who` and `%whos`: the variables of the session. */
import { inspect } from "node:util";
import { type Magic, textOf, ts, usageError } from "./magic.ts";

export const who: Magic = {
  name: "who",
  forms: ["line"],
  usage: "%who",
  summary: "lists the names that cells declared",
  help: "Prints the names declared by the cells run so far. `%whos` also tells their types and values.",
  rewrite(call) {
    if (textOf(call, call.args) !== "") throw usageError(call, who, "takes no arguments");
    return ts`await __magic.who();`;
  },
  types: "who(): Promise<void>;",
  run: {
    who({ print, variables }) {
      const names = [...variables().keys()];
      print(names.length === 0 ? "no variables yet\n" : `${names.join("  ")}\n`);
    },
  },
};

export const whos: Magic = {
  name: "whos",
  forms: ["line"],
  usage: "%whos",
  summary: "lists the variables with their types and values",
  help: "Prints a table of the names declared by the cells run so far, the type of each value and the start of its text.",
  rewrite(call) {
    if (textOf(call, call.args) !== "") throw usageError(call, whos, "takes no arguments");
    return ts`await __magic.whos();`;
  },
  types: "whos(): Promise<void>;",
  run: {
    whos({ print, variables }) {
      const rows = [...variables()].map(([name, value]) => [name, typeName(value), summary(value)]);
      if (rows.length === 0) {
        print("no variables yet\n");
        return;
      }
      const all = [["name", "type", "value"], ...rows];
      const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column].length)));
      for (const [name, type, value] of all)
        print(`${name.padEnd(widths[0])}  ${type.padEnd(widths[1])}  ${value}\n`);
    },
  },
};

function typeName(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return value.constructor?.name ?? "object";
}

function summary(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).split("\n")[0];
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
