/** Variables of printed code: taken from the values' names where they have some, else `_0`, `_1`, ... */
import type { Value } from "../ir.ts";
import { isNamed } from "./inlining.ts";

/** Words that code cannot use as variables. Source: reserved_names in torch/csrc/jit/serialization/python_print.cpp. */
const reserved = new Set(
  (
    "_ aten attribute CONSTANTS fork getattr inf nan infj nanj ops __torch__ and as assert async await break class continue " +
    "def del elif else except exec finally for from global if import in is lambda nonlocal not or pass print raise return " +
    "try uninitialized unchecked_cast annotate while with True False None torch int float bool str"
  ).split(" "),
);

/** Names of one class, whose numbers go on from method to method. */
export class VariableNames {
  readonly #next = new Map<string, number>();
  #used = new Set<string>();

  /** Begins a new function, in which all names are free again. */
  begin(): void {
    this.#used = new Set();
  }

  /** A name that is wanted as it is, if it is free. */
  take(name: string): string {
    return this.#unique(name);
  }

  nameOf(value: Value): string {
    return this.#unique(isNamed(value) ? identifier(value.name.replace(/\.\d+$/, "")) : "_");
  }

  #unique(candidate: string): string {
    let name = candidate;
    while (this.#used.has(name) || reserved.has(name)) {
      const number = this.#next.get(name) ?? 0;
      this.#next.set(name, number + 1);
      name = `${candidate}${number}`;
    }
    this.#used.add(name);
    return name;
  }
}

/** A name with everything that no identifier has replaced by `_`. */
export function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_");
  return plain === "" || /^\d/.test(plain) ? `_${plain}` : plain;
}

/** True if code can write an attribute as `object.name`. */
export const isIdentifier = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.has(name);
