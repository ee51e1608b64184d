/** Names of values: unique in their graph, taken from the source where it gives them, as TorchScript numbers repeats. */

/** `hint`, or `hint.N` with the first N that is free. Names of digits alone are taken to be free numbers. */
export function uniqueName(hint: string, taken: ReadonlySet<string>): string {
  if (!taken.has(hint)) return hint;
  const base = hint.replace(/\.\d+$/, "");
  if (/^\d+$/.test(base)) {
    let number = Number(base);
    while (taken.has(String(number))) number++;
    return String(number);
  }
  let suffix = 1;
  while (taken.has(`${base}.${suffix}`)) suffix++;
  return `${base}.${suffix}`;
}

/** The names of a function's parameters as its source gives them; null for those that are patterns. */
export function parameterNames(fn: (...args: never[]) => unknown): (string | null)[] {
  const list = parameterList(fn.toString());
  return list.map((parameter) => /^\s*(?:\.\.\.)?([A-Za-z_$][\w$]*)\s*(?:=|$)/.exec(parameter)?.[1] ?? null);
}

/** The text between the parameter parentheses, split at top-level commas. */
function parameterList(source: string): string[] {
  const single = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(source);
  if (single !== null) return [single[1]];
  const open = source.indexOf("(");
  const parts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open; i < source.length; i++) {
    const c = source[i];
    if (c === "(" || c === "[" || c === "{") depth++;
    else if (c === ")" || c === "]" || c === "}") depth--;
    if (depth === 0 || (depth === 1 && c === ",")) {
      const part = source.slice(start, i).trim();
      if (part !== "") parts.push(part);
      start = i + 1;
      if (depth === 0) break;
    }
  }
  return parts;
}
