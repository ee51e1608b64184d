/**
 * Completion of magics: their names behind `%`, their flags, and the words some of them take.
 */
import type { Completions } from "../channel.ts";
import { magics } from "./table.ts";

/** Words an argument may be, by magic. */
const words: Readonly<Record<string, readonly string[]>> = {
  check: ["strict", "warn", "off"],
  npm: ["install", "uninstall", "list", "outdated", "update"],
};

/** Completions if the cursor is in a magic's name, a flag, or words it takes; null anywhere else. */
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
  const flag = completeFlag(line, cursor);
  if (flag !== null) return flag;
  const argument = /^[ \t]*%%?(\w+)[ \t]+(\w*)$/.exec(line);
  const known = argument && words[argument[1]];
  if (!known) return null;
  const matches = known
    .filter((word) => word.startsWith(argument[2]))
    .map((text) => ({ text, type: "param" }));
  return { matches, start: cursor - argument[2].length, end: cursor };
}

/** Flags behind a space and `-`, and the words that a flag's value may be. */
function completeFlag(line: string, cursor: number): Completions | null {
  const name = /^[ \t]*%%?(\w+)[ \t]/.exec(line)?.[1];
  const flags = magics.find((magic) => magic.name === name)?.flags;
  if (flags === undefined) return null;
  const value = /[ \t]--([\w-]+)[ \t=]+(\w*)$/.exec(line);
  const words = value && flags.find((flag) => flag.name === value[1])?.value;
  const [written, choices] = Array.isArray(words)
    ? [value?.[2] ?? "", words as readonly string[]]
    : [/[ \t](--?[\w-]*)$/.exec(line)?.[1] ?? null, flags.map((flag) => `--${flag.name}`)];
  if (written === null) return null;
  const matches = choices
    .filter((choice) => choice.startsWith(written))
    .map((text) => ({ text, type: "param" }));
  return matches.length === 0 ? null : { matches, start: cursor - written.length, end: cursor };
}
