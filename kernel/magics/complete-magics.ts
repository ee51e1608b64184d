/**
 * Completion of magics: their names behind `%`, and the words some of them take.
 */
import type { Completions } from "../channel.ts";
import { magics } from "./table.ts";

/** Words an argument may be, by magic. */
const words: Readonly<Record<string, readonly string[]>> = {
  check: ["strict", "warn", "off"],
  npm: ["install", "uninstall", "list", "outdated", "update"],
};

/** Completions if the cursor is in a magic's name or in words it takes; null anywhere else. */
export function completeMagics(code: string, cursor: number): Completions | null {
  const before = code.slice(0, cursor);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const name = /^[ \t]*(%%?)(\w*)$/.exec(line);
  if (name !== null) {
    const form = name[1] === "%%" ? "cell" : "line";
    const fitting = magics.filter((magic) => magic.forms.includes(form) && magic.name.startsWith(name[2]));
    const matches = fitting.map((magic) => ({ text: `${name[1]}${magic.name}`, type: "magic" }));
    return { matches, start: cursor - name[1].length - name[2].length, end: cursor };
  }
  const argument = /^[ \t]*%%?(\w+)[ \t]+(\w*)$/.exec(line);
  const known = argument && words[argument[1]];
  if (!known) return null;
  const matches = known
    .filter((word) => word.startsWith(argument[2]))
    .map((text) => ({ text, type: "param" }));
  return { matches, start: cursor - argument[2].length, end: cursor };
}
