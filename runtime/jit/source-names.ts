/**
 * Names of results as the user's source declares them: `const y = torch.relu(x)` makes `%y`. The source is the file's
 * text, where `globalThis[Symbol.for("tracebook.sources")]`, a function from a file's name to its text, has it, else the
 * text of the function that runs.
 */
import { depthChange } from "./brackets.ts";
import type { SourceLocation } from "./ir.ts";
import type { UserFrame } from "./source.ts";

type SourceProvider = (file: string) => string | undefined;

/** What stands before a call whose result gets a name: `const y =`, `y =`, `const [v, i] =`, `[a, b] = [`; types may stand between. */
const declaration =
  /(?:^|[;{})]|\b(?:const|let|var)(?=[\s[]))\s*(?:([A-Za-z_$][\w$]*)|\[([^\]]*)\])\s*(?::[^=;]+)?=(?![=>])([^;{}]*)$/;

/**
 * The variable that the result of the call in progress is declared or assigned to; `index` picks from `[v, i]`. The call
 * must be one of `callee`, so that a text that is not the one that runs gives no names; null is a call of any variable.
 */
export function declaredName(
  frame: UserFrame,
  runningText: string | null,
  callee: string | null,
  index: number | null,
): string | null {
  const found = textAt(frame, runningText);
  if (found === null) return null;
  const { text, offset } = found;
  const called = /^[A-Za-z_$][\w$]*/.exec(text.slice(offset, offset + 100))?.[0];
  if (called === undefined || (callee !== null && called !== callee)) return null;
  const end = endOfUse(text, offset + called.length);
  if (end === null || (end.picked !== null && end.picked !== index)) return null;
  const match = declaration.exec(text.slice(Math.max(0, offset - 400), offset));
  if (match === null || match[3].includes("=>")) return null;
  const [, variable, variables, before] = match;
  const element = elementOf(before);
  if (end.closes !== (element !== null)) return null;
  const single = variables === undefined;
  if (single && (element !== null || (index !== null && end.picked === null))) return null;
  const at = element ?? index;
  const name = single ? variable : at === null ? undefined : variables.split(",")[at]?.trim();
  return name === undefined || !/^[A-Za-z_$][\w$]*$/.test(name) ? null : name.replaceAll("$", "_");
}

/** Which element of `[a, b]` behind the `=` is being written; null if there is no such list. */
function elementOf(before: string): number | null {
  const list = /^\s*\[/.exec(before);
  if (list === null) return null;
  let depth = 0;
  let element = 0;
  for (const character of before.slice(list[0].length)) {
    depth += depthChange(character);
    if (character === "," && depth === 0) element++;
  }
  return depth === 0 ? element : null;
}

/** The source around the call and where in it the call stands. */
export function textAt(
  { location, position, functionStart }: UserFrame,
  runningText: string | null,
): { readonly text: string; readonly offset: number } | null {
  const provider = (globalThis as Record<symbol, unknown>)[Symbol.for("tracebook.sources")] as
    | SourceProvider
    | undefined;
  const file = provider?.(location.file);
  if (file !== undefined) {
    const offset = offsetOf(file, position);
    return offset === null ? null : { text: file, offset };
  }
  if (runningText === null || functionStart === null) return null;
  const line = position.line - functionStart.line + 1;
  const column = line === 1 ? position.column - functionStart.column + 1 : position.column;
  const offset = line < 1 || column < 1 ? null : offsetOf(runningText, { line, column });
  return offset === null ? null : { text: runningText, offset };
}

function offsetOf(text: string, { line, column }: Pick<SourceLocation, "line" | "column">): number | null {
  let start = 0;
  for (let n = 1; n < line; n++) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return null;
  }
  return start + column - 1;
}

/**
 * Whether the statement, or the element of a list, ends with what is called or read here: behind the brackets of a call, or
 * behind `x.shape` and `x.shape[1]`, where the index is what is picked.
 */
function endOfUse(
  text: string,
  start: number,
): { readonly picked: number | null; readonly closes: boolean } | null {
  const picked = /^\[(\d+)\]/.exec(text.slice(start, start + 8));
  let end = start + (picked?.[0].length ?? 0);
  if (text[end] === "(") {
    let depth = 0;
    for (; end < text.length; end++) {
      depth += depthChange(text[end]);
      if (depth === 0) break;
    }
    end++;
  }
  const rest = text.slice(end, end + 80);
  const closes = /^\s*[,\]]/.test(rest);
  if (!closes && !/^[ \t]*(?:;|\/\/|\r?\n(?!\s*\.)|$)/.test(rest)) return null;
  return { picked: picked === null ? null : Number(picked[1]), closes };
}
