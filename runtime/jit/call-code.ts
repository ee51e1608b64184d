/** Compiled functions and methods as programs that users call: arguments are checked, missing ones get their defaults. */

import { Tensor } from "../tensor/tensor.ts";
import type { CallableProgram } from "./callable.ts";
import type { Attribute, Graph, Type } from "./ir.ts";
import { withCallsInlined } from "./script/inline-calls.ts";
import type { ScriptCode } from "./script/unit.ts";
import { checkInput } from "./structure.ts";
import { annotationText } from "./types.ts";

/** Code as a program, compiled when it is first called; `source` is the module of a method. */
export function programOf(code: ScriptCode, source: object | null): CallableProgram {
  let inlined: Graph | null = null;
  return {
    get graph() {
      inlined ??= withCallsInlined(code.graph, code.unit);
      return inlined;
    },
    source,
    surroundings: code.unit,
    interpret: (inputs) => code.run(inputs),
    bind: (args) => boundArguments(code, args),
  };
}

/** Throws a TypeError or RuntimeError for arguments that the code does not take. */
function boundArguments({ name, parameters }: ScriptCode, args: readonly unknown[]): readonly unknown[] {
  const required = parameters.filter((parameter) => !parameter.hasDefault).length;
  if (args.length > parameters.length || args.length < required) {
    const declared = parameters
      .map((parameter) => `${annotationText(parameter.type)} ${parameter.name}`)
      .join(", ");
    const expected =
      required === parameters.length ? String(required) : `${required} to ${parameters.length}`;
    throw new TypeError(
      `${name}() expected ${expected} argument(s) but received ${args.length}. Declaration: ${name}(${declared})`,
    );
  }
  return parameters.map((parameter, i) => {
    const given = args[i];
    if (given === undefined) return plainValue(parameter.default);
    checkArgument(parameter.type, given, parameter.name);
    return asGraphValue(parameter.type, given);
  });
}

function checkArgument(type: Type, value: unknown, name: string): void {
  if (type.kind === "Optional") {
    if (value !== null) checkArgument(type.element, value, name);
  } else checkInput(type, value, name);
}

/** Dicts whose keys are no texts are maps inside of graphs; a record of such keys may be given for one. */
function asGraphValue(type: Type, value: unknown): unknown {
  if (type.kind === "Optional") return asGraphValue(type.element, value);
  const numbers = type.kind === "Dict" && (type.key.kind === "int" || type.key.kind === "float");
  if (!numbers || value === null || value instanceof Map) return value;
  return new Map(Object.entries(value as object).map(([key, part]) => [Number(key), part]));
}

function plainValue(attribute: Attribute): unknown {
  if (typeof attribute !== "object" || attribute === null || attribute instanceof Tensor) return attribute;
  if (Array.isArray(attribute)) return attribute.map(plainValue);
  return "float" in attribute ? attribute.float : attribute;
}
