/**
 * Names of values: unique in their graph, repeats numbered as TorchScript numbers them, and taken from the source where
 * it gives them. Source of the numbering: torch/csrc/jit/ir/ir.cpp (Value::setDebugName).
 */

/** A value that can be named. */
interface Nameable {
  name: string;
}

/** The names of one graph. A name given again goes to the new value; the old one becomes `name.1`, then `name.3`, ... */
export class NameTable {
  readonly #owners = new Map<string, Nameable>();
  readonly #suffixes = new Map<string, number>();

  give(value: Nameable, name: string): void {
    if (value.name !== "") this.#owners.delete(value.name);
    value.name = "";
    if (name === "") return;
    const owner = this.#owners.get(name);
    if (owner !== undefined) this.give(owner, this.#free(name));
    this.#owners.set(name, value);
    value.name = name;
  }

  #free(name: string): string {
    const numbered = /^(.*)\.(\d+)$/.exec(name);
    const base = numbered === null ? name : numbered[1];
    const last = this.#suffixes.get(base);
    let suffix = Math.max(numbered === null ? 1 : Number(numbered[2]), last === undefined ? 0 : last + 1);
    while (this.#owners.has(`${base}.${suffix}`)) suffix++;
    this.#suffixes.set(base, suffix + 1);
    return `${base}.${suffix}`;
  }
}

/** The names of a function's parameters as its source gives them; null for patterns and for the rest of them. */
export function parameterNames(fn: (...args: never[]) => unknown): (string | null)[] {
  const list = parameterList(fn.toString());
  return list.map((parameter) => /^\s*([A-Za-z_$][\w$]*)\s*(?:=|$)/.exec(parameter)?.[1] ?? null);
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
