/** Calls of compiled functions and methods by users: arguments are checked, missing ones get their defaults. */

import { Tensor } from "../tensor/tensor.ts";
import type { Attribute, Type } from "./ir.ts";
import { recordFunctionCall } from "./record-function-call.ts";
import { recordGraph } from "./record-graph.ts";
import { activeRecorder } from "./recorder.ts";
import type { ScriptCode } from "./script/unit.ts";
import { checkInput } from "./structure.ts";
import { annotationText } from "./types.ts";

/** Runs code on what a user gives. `leading` are values of the first inputs, such as the module. */
export function callCode(code: ScriptCode, leading: readonly unknown[], args: readonly unknown[]): unknown {
  const { name, parameters } = code;
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
  const values = parameters.map((parameter, i) => {
    const given = args[i];
    if (given === undefined) return plainValue(parameter.default);
    checkArgument(parameter.type, given, parameter.name);
    return asGraphValue(parameter.type, given);
  });
  const inputs = [...leading, ...values];
  const recorder = activeRecorder.current;
  if (recorder === null) return code.run(inputs)[0];
  return leading.length === 0
    ? recordFunctionCall(recorder, code, values)
    : recordGraph(recorder, code.graph, inputs, code.run);
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
