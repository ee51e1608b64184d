/**
 * Completion and inspection from live values: what a name is now and which members it has. Evaluates nothing that could have
 * a side effect. What the types say is for types/.
 */
import { inspect } from "node:util";
import type { Completions, MimeBundle, Question } from "../channel.ts";
import { lexicalNames, peek } from "./inspector.ts";

/** A chain of names such as `a.b[0].c`, up to the cursor. */
const chain = /[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\[\d+\]|\??\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

export function answer(question: Question): Completions | MimeBundle | null {
  return question.kind === "complete"
    ? complete(question.code, question.cursor)
    : inspectAt(question.code, question.cursor, question.detail);
}

function complete(code: string, cursor: number): Completions {
  const before = code.slice(0, cursor);
  const prefix = /[\p{ID_Continue}$]*$/u.exec(before)?.[0] ?? "";
  const start = cursor - prefix.length;
  const object = /\??\.$/.test(before.slice(0, start))
    ? chain.exec(before.slice(0, start).replace(/\??\.$/, ""))?.[0]
    : undefined;
  const isMember = /\.$/.test(before.slice(0, start));
  if (isMember && object === undefined) return { matches: [], start, end: cursor };
  const names = object === undefined ? globalNames() : membersOf(peek(object));
  const matches = [...names]
    .filter(([name]) => name.startsWith(prefix))
    .map(([text, type]) => ({ text, type }));
  return { matches: matches.sort((a, b) => (a.text < b.text ? -1 : 1)), start, end: cursor };
}

function globalNames(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const { value } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
    if (!/^(\$\$|__)/.test(name)) names.set(name, kindOf(value));
  }
  for (const name of lexicalNames()) names.set(name, kindOf(peek(name)));
  return names;
}

function membersOf(value: unknown): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  if (value === null || value === undefined) return names;
  for (let object: unknown = Object(value); object !== null; object = Object.getPrototypeOf(object)) {
    if (object === Object.prototype && names.size > 0) break;
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && !names.has(name))
        names.set(name, get ? "property" : kindOf(value));
    }
  }
  return names;
}

function kindOf(value: unknown): string {
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  return typeof value === "object" && value !== null ? "instance" : "statement";
}

function inspectAt(code: string, cursor: number, detail: number): MimeBundle | null {
  const rest = /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))?.[0] ?? "";
  const name =
    chain.exec(code.slice(0, cursor) + rest)?.[0] ??
    chain.exec(code.slice(0, cursor).replace(/\($/, ""))?.[0];
  if (name === undefined) return null;
  const value = peek(name);
  if (value === undefined && peek(`typeof ${name}`) !== "undefined") return null;
  if (value === undefined) return null;
  const type =
    typeof value === "object" && value !== null ? (value.constructor?.name ?? "object") : typeof value;
  // At the first level a function's signature says enough, and that is known to the types.
  const text =
    typeof value === "function" && detail > 0
      ? Function.prototype.toString.call(value)
      : inspect(value, { depth: detail > 0 ? 4 : 1 });
  return { "text/plain": `${name}: ${type}\n${text}` };
}
