/**
 * The answer to complete_request: magics, then what the types know, then live values, then files, each where the one before it
 * knows nothing (Jupyter messaging, "Completion").
 */
import type { CompletionMatch, Completions } from "../channel.ts";
import { completeMagics } from "../magics/complete-magics.ts";
import { codePointsBefore, utf16Offset } from "../protocol/cursor.ts";
import { text } from "../protocol/fields.ts";
import type { Kernel } from "../protocol/kernel.ts";
import type { Content, Message } from "../protocol/wire.ts";
import { completePaths } from "./paths.ts";
import { openString } from "./strings.ts";

/** How long live values wait for a main thread that may be busy, in ms: longer while the kernel starts and nothing else knows them. */
const patience = { starting: 4000, running: 1000 };

export async function complete({ content }: Message, kernel: Kernel): Promise<Content> {
  const code = text(content, "code");
  const cursor = utf16Offset(code, content["cursor_pos"]);
  const { matches, start, end } = await completions(code, cursor, kernel);
  const [cursorStart, cursorEnd] = [codePointsBefore(code, start), codePointsBefore(code, end)];
  const described = (match: CompletionMatch): object => ({ ...match, start: cursorStart, end: cursorEnd });
  return {
    status: "ok",
    matches: matches.map((match) => match.text),
    cursor_start: cursorStart,
    cursor_end: cursorEnd,
    metadata: { _jupyter_types_experimental: matches.map(described) },
  };
}

async function completions(code: string, cursor: number, { main, types }: Kernel): Promise<Completions> {
  const nothing: Completions = { matches: [], start: cursor, end: cursor };
  const inString = openString(code.slice(0, cursor));
  const fromTypes = () => types.complete(code, cursor);
  const wait = types.running ? patience.running : patience.starting;
  const fromValues = async () =>
    inString === null ? main.ask({ kind: "complete", code, cursor }, nothing, wait) : nothing;
  const fromFiles = async () => (inString === null ? nothing : completePaths(inString, cursor));
  const magic = completeMagics(code, cursor);
  if (magic !== null) return magic;
  const isPath = inString !== null && /^(\.{1,2}|~)?\//.test(inString);
  const sources = isPath
    ? [fromFiles]
    : types.running
      ? [fromTypes, fromValues, fromFiles]
      : [fromValues, fromTypes, fromFiles];
  for (const source of sources) {
    const found = await source();
    if (found.matches.length > 0) return found;
  }
  return nothing;
}
