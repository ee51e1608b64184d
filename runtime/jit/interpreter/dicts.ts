/**
 * Dicts as graphs hold them: plain objects where the keys are text, since that is what users give and get, and maps for
 * other keys.
 */
import { RuntimeError } from "../../errors.ts";

export type Dict = Record<string, unknown> | Map<unknown, unknown>;

/** A new dict of entries. */
export function makeDict(entries: readonly (readonly [unknown, unknown])[], textKeys: boolean): Dict {
  return textKeys ? (Object.fromEntries(entries) as Record<string, unknown>) : new Map(entries);
}

export const dictKeys = (dict: Dict): unknown[] =>
  dict instanceof Map ? [...dict.keys()] : Object.keys(dict);

export const dictValues = (dict: Dict): unknown[] =>
  dict instanceof Map ? [...dict.values()] : Object.values(dict);

export const dictEntries = (dict: Dict): [unknown, unknown][] =>
  dict instanceof Map ? [...dict.entries()] : Object.entries(dict);

export const dictHas = (dict: Dict, key: unknown): boolean =>
  dict instanceof Map ? dict.has(key) : Object.hasOwn(dict, String(key));

/** The value of a key. Throws a RuntimeError in torch's words if there is none. */
export function dictGet(dict: Dict, key: unknown): unknown {
  if (!dictHas(dict, key)) throw new RuntimeError(`KeyError: ${String(key)}`);
  return dict instanceof Map ? dict.get(key) : dict[String(key)];
}

export function dictSet(dict: Dict, key: unknown, value: unknown): void {
  if (dict instanceof Map) dict.set(key, value);
  // A key such as __proto__ is a key like any other.
  else
    Object.defineProperty(dict, String(key), { value, writable: true, enumerable: true, configurable: true });
}

export function dictDelete(dict: Dict, key: unknown): void {
  if (dict instanceof Map) dict.delete(key);
  else delete dict[String(key)];
}
