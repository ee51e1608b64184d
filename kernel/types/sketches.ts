/**
 * What a sketch is not asked for, in a folder without a tsconfig.json: annotations. `noImplicitAny` is on for the types that it
 * gives `const losses = []`; its errors are dropped here, and so are those about a `let best;` that has its value later.
 */
import type { LspDiagnostic } from "./lsp.ts";

/** "'best' is possibly 'undefined'", cannot be called, or is used before it has a value. */
const notYet = new Set([2454, 2721, 2722, 2723, 18047, 18048, 18049]);

/** Whether an error in a cell's text only asks for an annotation. */
export function asksToAnnotate({ code, range }: LspDiagnostic, text: string): boolean {
  if (code >= 7005 && code <= 7058) return true;
  if (!notYet.has(code)) return false;
  const name = text.split("\n")[range.start.line].slice(range.start.character, range.end.character);
  return (
    /^\w+$/.test(name) && new RegExp(`\\blet\\s+${name}\\s*(;|$|=\\s*(null|undefined)\\b)`, "m").test(text)
  );
}
