/** How graphs call methods of objects: an object that has methods gives them under this symbol. */
import type { Runnable } from "../interpret.ts";

export const scriptMethod = Symbol("tracebook.scriptMethod");

/** An object whose methods graphs can call. The first input of a method is the object itself. */
export interface HasScriptMethods {
  [scriptMethod](name: string): Runnable | undefined;
}

export const hasScriptMethods = (value: unknown): value is HasScriptMethods =>
  (typeof value === "object" || typeof value === "function") && value !== null && scriptMethod in value;
