/**
 * Names of results as the user's source declares them: `const y = torch.relu(x)` makes `%y`. The source is asked for
 * at `globalThis[Symbol.for("tracebook.sources")]`, a function from a file's name to its text.
 */
import type { SourceLocation } from "./ir.ts";

type SourceProvider = (file: string) => string | undefined;

/** What stands before a call whose result gets a name: `const y =`, `y =`, `const [v, i] =`; types may stand between. */
const declaration =
  /(?:^|[;{}]|\b(?:const|let|var)\s)\s*(?:([A-Za-z_$][\w$]*)|\[([^\]]*)\])\s*(?::[^=;]+)?=(?![=>])([^;{}]*)$/;

/** The variable that the result of the call at this place is declared or assigned to; `index` picks from `[v, i]`. */
export function declaredName(place: SourceLocation, index: number | null): string | null {
  const provider = (globalThis as Record<symbol, unknown>)[Symbol.for("tracebook.sources")] as
    | SourceProvider
    | undefined;
  const text = provider?.(place.file);
  if (text === undefined) return null;
  const start = offsetOf(text, place);
  if (start === null || !endsStatement(text, start)) return null;
  const match = declaration.exec(text.slice(Math.max(0, start - 400), start));
  if (match === null || match[3].includes("=>")) return null;
  const name = index === null ? match[1] : match[2]?.split(",")[index]?.trim();
  return name === undefined || !/^[A-Za-z_$][\w$]*$/.test(name) ? null : name.replaceAll("$", "_");
}

function offsetOf(text: string, { line, column }: SourceLocation): number | null {
  let start = 0;
  for (let n = 1; n < line; n++) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return null;
  }
  return start + column - 1;
}

/** Whether the call that begins here (at the name called) is the last of its statement. */
function endsStatement(text: string, start: number): boolean {
  const open = text.indexOf("(", start);
  if (open < 0) return false;
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if ("([{".includes(text[i])) depth++;
    else if (")]}".includes(text[i])) depth--;
    if (depth === 0) return /^[ \t]*(?:;|\/\/|\r?\n(?!\s*\.)|$)/.test(text.slice(i + 1, i + 80));
  }
  return false;
}
