/**
 * Flags of a magic, such as `--code` and `--save FILE`: read by a table of them, before and behind what the magic works on.
 */
import { parse } from "../cell/syntax-tree.ts";
import { type Magic, type MagicCall, type Span, textOf, usageError } from "./magic.ts";
import { nearestName } from "./nearest-name.ts";

/** One flag. */
export interface Flag {
  readonly name: string;
  /** What follows it: a name for any word, a list of the words it may be, or nothing. */
  readonly value: string | readonly string[] | null;
  /** What it does, for the magic's help. */
  readonly summary: string;
}

/** The flags given, those without a value as `true`. */
export type GivenFlags = Readonly<Record<string, string | true>>;

/** What a call's flags are, and the stretch of its text that is not flags. */
export interface ReadFlags {
  readonly given: GivenFlags;
  readonly rest: Span;
}

/** Reads the flags of a call. Throws a usage error for unknown flags and missing values. */
export function readFlags(call: MagicCall, magic: Pick<Magic, "usage">, flags: readonly Flag[]): ReadFlags {
  const leading = readFrom(call, magic, flags, call.args.start);
  const rest = { start: leading.end, end: call.args.end };
  const behind = trailingStart(textOf(call, rest));
  if (behind === null) return { given: leading.given, rest };
  const trailing = readFrom(call, magic, flags, rest.start + behind);
  if (trailing.end < call.args.end) {
    const got = JSON.stringify(call.source.slice(trailing.end, call.args.end));
    throw usageError(call, magic, `expected a flag, got ${got}`, trailing.end);
  }
  const kept = call.source.slice(rest.start, rest.start + behind).trimEnd();
  return {
    given: { ...leading.given, ...trailing.given },
    rest: { start: rest.start, end: rest.start + kept.length },
  };
}

/** A line of a magic's help for each flag. */
export function flagsHelp(flags: readonly Flag[]): string {
  return flags.map((flag) => `- \`${flagUsage(flag)}\`: ${flag.summary}`).join("\n");
}

/** A flag as its usage line writes it. */
export function flagUsage({ name, value }: Flag): string {
  const word = typeof value === "string" ? value : value?.join("|");
  return word === undefined ? `--${name}` : `--${name} ${word}`;
}

/** What a word may become: a value that the flag before it takes, or a flag once its dash is there. */
export function flagWords(flags: readonly Flag[], before: string, word: string): readonly string[] {
  const last = /(?:^|[ \t])--([\w-]+)[ \t]+$/.exec(before)?.[1];
  const value = flags.find(({ name }) => name === last)?.value;
  if (Array.isArray(value)) return value;
  return word.startsWith("-") ? flags.map(({ name }) => `--${name}`) : [];
}

/** Where flags begin behind an expression; `f(x) --code` as a whole is no TypeScript. */
function trailingStart(text: string): number | null {
  if (/^\s*--/.test(text)) return 0;
  if (parse(text).problems.length === 0) return null;
  const starts = [...text.matchAll(/\s--(?=[\p{L}])/gu)].map(({ index }) => index + 1);
  return starts.find((start) => parse(text.slice(0, start)).problems.length === 0) ?? null;
}

/** The flags one after the other from an offset of the cell on, up to what is none. */
function readFrom(
  call: MagicCall,
  magic: Pick<Magic, "usage">,
  flags: readonly Flag[],
  start: number,
): { readonly given: GivenFlags; readonly end: number } {
  const given: Record<string, string | true> = {};
  let end = start;
  for (;;) {
    const match = /^--([\p{L}][\p{L}\d-]*)(=|[ \t]+|$)/u.exec(call.source.slice(end, call.args.end));
    if (match === null) return { given, end };
    const flag = flags.find(({ name }) => name === match[1]);
    if (flag === undefined) throw usageError(call, magic, unknownFlag(match[1], flags), end);
    end += match[0].length;
    if (flag.value === null) {
      if (match[2] === "=") throw usageError(call, magic, `--${flag.name} takes no value`, end);
      given[flag.name] = true;
      continue;
    }
    const word = /^(?:"([^"]*)"|([^\s"]+))[ \t]*/.exec(call.source.slice(end, call.args.end));
    const value = word?.[1] ?? word?.[2] ?? "";
    if (word === null || value === "" || value.startsWith("--"))
      throw usageError(call, magic, `expected ${flagUsage(flag)}, got no value`, end);
    if (typeof flag.value !== "string" && !flag.value.includes(value))
      throw usageError(call, magic, unknownValue(flag, flag.value, value), end);
    given[flag.name] = value;
    end += word[0].length;
  }
}

function unknownFlag(written: string, flags: readonly Flag[]): string {
  const names = flags.map(({ name }) => name);
  const near = nearestName(written, names) ?? names.find((name) => name.startsWith(written)) ?? null;
  const hint =
    near === null
      ? `; there are ${names.map((name) => `--${name}`).join(", ")}`
      : `; did you mean --${near}?`;
  return `there is no flag --${written}${hint}`;
}

function unknownValue({ name }: Flag, words: readonly string[], value: string): string {
  const near = nearestName(value, words);
  const hint = near === null ? "" : `; did you mean ${near}?`;
  return `--${name} expected ${words.slice(0, -1).join(", ")} or ${words.at(-1)}, got ${JSON.stringify(value)}${hint}`;
}
