/** Turns the objects of a pickle into modules, their fields checked against what the class of each declares. */
import { type Budget, withBudget } from "../../budget.ts";
import { KeyboardInterrupt } from "../../interrupt.ts";
import { Parameter } from "../../nn/parameter.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { makeDict } from "../interpreter/dicts.ts";
import { type HasScriptClass, ScriptObject } from "../interpreter/script-objects.ts";
import type { Type } from "../ir.ts";
import { LoadedModule, makeLoadedModule } from "../loaded-module.ts";
import { isSubtype } from "../script/pattern.ts";
import { isInterface, type ScriptClass, type ScriptCode, type ScriptUnit } from "../script/unit.ts";
import { annotationText, noneType } from "../types.ts";
import { ArchiveError } from "./limits.ts";
import { PickledEnum, PickledFloat, PickledObject, PickledTuple } from "./pickle-reader.ts";

/** Modules nested deeper than this are refused, since walking them recurses. */
const deepest = 200;

export class Instantiator {
  readonly #unit: ScriptUnit;
  readonly #budget: Budget;
  readonly #objects = new Map<PickledObject, HasScriptClass>();
  /** Tied weights stay one parameter. */
  readonly #parameters = new Map<Tensor, Parameter>();
  #depth = 0;

  /** @param budget what the code of the archive may take while objects restore themselves */
  constructor(unit: ScriptUnit, budget: Budget) {
    this.#unit = unit;
    this.#budget = budget;
  }

  /** The root of an archive. */
  module(object: unknown): LoadedModule {
    const made = object instanceof PickledObject ? this.#object(object) : null;
    if (!(made instanceof LoadedModule))
      throw new ArchiveError("the archive is damaged: its root is no module");
    return made;
  }

  #object(object: PickledObject): HasScriptClass {
    const known = this.#objects.get(object);
    if (known !== undefined) return known;
    if (++this.#depth > deepest)
      throw new ArchiveError(`the archive nests modules more than ${deepest} deep`);
    const ownClass = this.#unit.classNamed(object.className);
    if (ownClass === null || isInterface(ownClass.kind))
      throw new ArchiveError(`the archive has no code for the class "${object.className}"`);
    const made = ownClass.kind === "module" ? makeLoadedModule(ownClass) : new ScriptObject(ownClass);
    this.#objects.set(object, made);
    const setState = ownClass.methods.get("__setstate__");
    if (setState === undefined) this.#fill(made, object, ownClass);
    else this.#restore(made, object, ownClass, setState);
    this.#depth--;
    return made;
  }

  #fill(made: HasScriptClass, object: PickledObject, ownClass: ScriptClass): void {
    if (!(object.state instanceof Map))
      throw new ArchiveError(`the archive is damaged: a "${ownClass.name}" has no fields`);
    for (const [name, type] of ownClass.attributes) {
      if (!object.state.has(name))
        throw new ArchiveError(`the archive is damaged: a "${ownClass.name}" lacks its attribute "${name}"`);
      const value = this.#value(object.state.get(name), type, `${ownClass.name}.${name}`);
      this.#define(made, name, value, ownClass);
    }
  }

  /** An object that restores itself: its `__setstate__` is called with what its `__getstate__` gave. */
  #restore(made: HasScriptClass, object: PickledObject, ownClass: ScriptClass, setState: ScriptCode): void {
    const where = `the state of a "${ownClass.name}"`;
    const [parameter] = setState.parameters;
    if (parameter === undefined)
      throw new ArchiveError(`the archive is damaged: ${where} is not taken by its __setstate__`);
    const state = this.#value(object.state, parameter.type, where);
    const fields = new ScriptObject(ownClass) as HasScriptClass & Record<string, unknown>;
    try {
      withBudget(this.#budget, () => setState.run([fields, state]));
    } catch (error) {
      if (error instanceof KeyboardInterrupt || error instanceof ArchiveError) throw error;
      throw new ArchiveError(
        `the archive cannot be restored: __setstate__ of a "${ownClass.name}" failed: ${(error as Error).message}`,
      );
    }
    for (const [name, type] of ownClass.attributes) {
      const isSet = Object.hasOwn(fields, name);
      if (!isSet && !isSubtype(noneType, type))
        throw new ArchiveError(
          `the archive is damaged: __setstate__ of a "${ownClass.name}" leaves out "${name}"`,
        );
      this.#define(made, name, isSet ? fields[name] : null, ownClass);
    }
  }

  #define(made: HasScriptClass, name: string, value: unknown, ownClass: ScriptClass): void {
    const isTensor = value instanceof Tensor;
    if (made instanceof LoadedModule && ownClass.buffers.has(name) && (value === null || isTensor))
      made.registerBuffer(name, null);
    Object.defineProperty(made, name, {
      value: ownClass.parameters.has(name) && isTensor ? this.#parameter(value) : value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }

  #parameter(tensor: Tensor): Parameter {
    let made = this.#parameters.get(tensor);
    if (made === undefined) {
      made = new Parameter(tensor, tensor.requiresGrad);
      this.#parameters.set(tensor, made);
    }
    return made;
  }

  /** A pickled value as graphs hold it. Throws an ArchiveError if it is not of the declared type. */
  #value(value: unknown, type: Type, where: string): unknown {
    const wrong = (): ArchiveError =>
      new ArchiveError(
        `the archive is damaged: ${where} should be of type '${annotationText(type)}' but is something else`,
      );
    switch (type.kind) {
      case "Optional":
        return value === null ? null : this.#value(value, type.element, where);
      case "None":
        if (value !== null) throw wrong();
        return null;
      case "Tensor":
        // An undefined tensor, as of a buffer that was set to None.
        if (value !== null && !(value instanceof Tensor)) throw wrong();
        return value;
      case "float":
        if (value instanceof PickledFloat) return value.value;
        if (typeof value !== "number") throw wrong();
        return value;
      case "int":
        if (typeof value !== "number" && typeof value !== "bigint") throw wrong();
        return value;
      case "bool":
        if (typeof value !== "boolean") throw wrong();
        return value;
      case "str":
      case "Device":
        if (typeof value !== "string") throw wrong();
        return value;
      case "List":
        if (!Array.isArray(value)) throw wrong();
        return value.map((part) => this.#value(part, type.element, where));
      case "Tuple":
        if (!(value instanceof PickledTuple) || value.elements.length !== type.elements.length) throw wrong();
        return value.elements.map((part, i) => this.#value(part, type.elements[i], where));
      case "Dict":
        if (!(value instanceof Map)) throw wrong();
        return makeDict(
          [...value].map(([key, part]) => [
            this.#value(key, type.key, where),
            this.#value(part, type.value, where),
          ]),
          type.key.kind === "str",
        );
      case "Class":
        if (!(value instanceof PickledObject)) throw wrong();
        return this.#object(value);
      case "Enum": {
        const member = value instanceof PickledEnum && value.className === type.name ? value : null;
        const members = [...(this.#unit.enumNamed(type.name)?.values() ?? [])];
        const found = members.find((one) => plainNumber(one.value) === plainNumber(member?.value));
        if (member === null || found === undefined) throw wrong();
        return found;
      }
      case "Union": {
        const fits = type.members.flatMap((one) => {
          try {
            return [this.#value(value, one, where)];
          } catch {
            // It is one of the other members.
            return [];
          }
        });
        if (fits.length === 0) throw wrong();
        return fits[0];
      }
      default:
        return value instanceof PickledFloat ? value.value : value;
    }
  }
}

/** Floats are marked in pickles and in code, each in its way. */
function plainNumber(value: unknown): unknown {
  if (value instanceof PickledFloat) return value.value;
  return typeof value === "object" && value !== null && "float" in value ? value.float : value;
}
