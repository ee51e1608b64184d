/**
 * Names of arguments as the user's source writes them where they are used: in `a.sub(b)` the values are `a` and `b`. That
 * names what no declaration of a call's result names, such as `const [a, b] = helper(x)`.
 */

import { depthChange } from "./brackets.ts";
import type { UserFrame } from "./source.ts";
import { textAt } from "./source-names.ts";

/** Objects whose functions take all their arguments in brackets. */
const namespaces = /(?<![\w$.])(?:torch|nn|F)(?:\.[\w$]+)*\.$/;

/** Methods that are several operators in a row, of which only the first takes what the text says. */
const severalOperators = new Set(["index", "indexPut_"]);

/** The arguments of the call in progress as texts, that of the object first; null if the call is not one of `callee`. */
export function argumentTexts(
  frame: UserFrame,
  runningText: string | null,
  callee: string,
): readonly string[] | null {
  if (severalOperators.has(callee)) return null;
  const found = textAt(frame, runningText);
  if (found === null) return null;
  const { text, offset } = found;
  if (!text.startsWith(`${callee}(`, offset)) return null;
  const inside = elementsOf(text.slice(offset + callee.length, offset + 400));
  if (inside === null) return null;
  const before = text.slice(Math.max(0, offset - 100), offset);
  if (namespaces.test(before)) return inside;
  return [/(?<![\w$.)\]])([A-Za-z_$][\w$]*)\.$/.exec(before)?.[1] ?? "", ...inside];
}

/** The parts of a text that begins with a bracket, up to the bracket that closes it; null if none does. */
export function elementsOf(text: string): readonly string[] | null {
  const parts: string[] = [];
  let depth = 0;
  let start = 1;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    depth += depthChange(character);
    if (depth === 0 || (depth === 1 && character === ",")) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
    if (depth === 0) return parts;
  }
  return null;
}
