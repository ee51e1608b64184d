/** Turns the objects of a pickle into modules, their fields checked against what the class of each declares. */
import { Parameter } from "../../nn/parameter.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { makeDict } from "../interpreter/dicts.ts";
import type { Type } from "../ir.ts";
import { type LoadedModule, makeLoadedModule } from "../loaded-module.ts";
import type { ScriptClass, ScriptUnit } from "../script/unit.ts";
import { annotationText } from "../types.ts";
import { ArchiveError } from "./limits.ts";
import { PickledFloat, PickledObject, PickledTuple } from "./pickle-reader.ts";

/** Modules nested deeper than this are refused, since walking them recurses. */
const deepest = 200;

export class Instantiator {
  readonly #unit: ScriptUnit;
  readonly #modules = new Map<PickledObject, LoadedModule>();
  /** Tied weights stay one parameter. */
  readonly #parameters = new Map<Tensor, Parameter>();
  #depth = 0;

  constructor(unit: ScriptUnit) {
    this.#unit = unit;
  }

  module(object: unknown): LoadedModule {
    if (!(object instanceof PickledObject))
      throw new ArchiveError("the archive is damaged: its root is no module");
    const known = this.#modules.get(object);
    if (known !== undefined) return known;
    if (++this.#depth > deepest)
      throw new ArchiveError(`the archive nests modules more than ${deepest} deep`);
    const scriptClass = this.#unit.classNamed(object.className);
    if (scriptClass === null)
      throw new ArchiveError(`the archive has no code for the class "${object.className}"`);
    const made = makeLoadedModule(scriptClass);
    this.#modules.set(object, made);
    this.#fill(made, object, scriptClass);
    this.#depth--;
    return made;
  }

  #fill(module: LoadedModule, object: PickledObject, scriptClass: ScriptClass): void {
    if (!(object.state instanceof Map))
      throw new ArchiveError(`the archive is damaged: a "${scriptClass.name}" has no fields`);
    for (const [name, type] of scriptClass.attributes) {
      if (!object.state.has(name))
        throw new ArchiveError(
          `the archive is damaged: a "${scriptClass.name}" lacks its attribute "${name}"`,
        );
      const value = this.#value(object.state.get(name), type, `${scriptClass.name}.${name}`);
      if (scriptClass.buffers.has(name) && (value === null || value instanceof Tensor))
        module.registerBuffer(name, null);
      const isParameter = scriptClass.parameters.has(name) && value instanceof Tensor;
      Object.defineProperty(module, name, {
        value: isParameter ? this.#parameter(value) : value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
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
        return this.module(value);
      default:
        return value instanceof PickledFloat ? value.value : value;
    }
  }
}
