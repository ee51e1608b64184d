/**
 * Completion of magics: their names behind `%`, the words and files some of them take, and files behind `!`.
 */
import type { Completions } from "../channel.ts";
import { completePaths } from "../completion/paths.ts";
import { findMagic, magics } from "./table.ts";

/** Completions if the cursor is in a magic's name or in arguments it knows; null anywhere else. */
export function completeMagics(code: string, cursor: number): Completions | null {
  const before = code.slice(0, cursor);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const name = /^[ \t]*(%%?)(\w*)$/.exec(line);
  if (name !== null) return completeNames(name[1], name[2], cursor);
  const shell = /^[ \t]*!.*?(\S*)$/.exec(line);
  if (shell !== null) return completePaths(shell[1], cursor);
  const call = /^[ \t]*%%?(\w+)[ \t]+(.*?)(\S*)$/.exec(line);
  const { completes } = (call && findMagic(call[1])) ?? {};
  if (call === null || completes === undefined) return null;
  const [, , others, word] = call;
  if (typeof completes === "string") return completePaths(word, cursor, { folders: completes === "folder" });
  const matches = completes(others, word)
    .filter((one) => one.startsWith(word))
    .map((text) => ({ text, type: "param" }));
  // A magic that takes words and an expression: the types know the expression.
  return matches.length === 0 ? null : { matches, start: cursor - word.length, end: cursor };
}

function completeNames(sign: string, name: string, cursor: number): Completions {
  const form = sign === "%%" ? "cell" : "line";
  const matches = magics
    .filter((magic) => magic.forms.includes(form) && magic.name.startsWith(name))
    .map((magic) => ({ text: `${sign}${magic.name}`, type: "magic" }));
  return { matches, start: cursor - sign.length - name.length, end: cursor };
}
