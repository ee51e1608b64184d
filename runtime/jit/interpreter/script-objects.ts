/**
 * Objects whose methods graphs can call, and members of Enums. An object gives its class under a symbol; loaded modules
 * do, and the objects that graphs make of classes that are no modules.
 */
import type { EnumMember } from "../ir.ts";
import type { ScriptClass } from "../script/unit.ts";

export const scriptClass = Symbol("tracebook.scriptClass");

/** An object of a class of an archive. The first input of its methods is the object itself. */
export interface HasScriptClass {
  readonly [scriptClass]: ScriptClass;
}

export const hasScriptClass = (value: unknown): value is HasScriptClass =>
  typeof value === "object" && value !== null && scriptClass in value;

/** An object of a plain class; its fields are its attributes. */
export class ScriptObject implements HasScriptClass {
  declare readonly [scriptClass]: ScriptClass;

  constructor(ownClass: ScriptClass) {
    Object.defineProperty(this, scriptClass, { value: ownClass });
  }
}

export const isEnumMember = (value: unknown): value is EnumMember =>
  typeof value === "object" && value !== null && "enumName" in value;
