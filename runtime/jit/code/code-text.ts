/** `.code`: a function or method as TorchScript code, as PyTorch shows it. */

import type { Graph } from "../ir.ts";
import type { ScriptCode } from "../script/unit.ts";
import { functionText } from "./function-printer.ts";
import { ConstantTable, defaultText } from "./literals.ts";
import { VariableNames } from "./names.ts";

/** The code of a graph under a name; the first input of a method is its object. */
export function graphCode(name: string, graph: Graph, isMethod: boolean): string {
  return functionText(
    { name, graph, isMethod },
    { constants: new ConstantTable(), names: new VariableNames() },
  );
}

/** The code of a loaded or compiled function. */
export function codeText(code: ScriptCode): string {
  const constants = new ConstantTable();
  const { name, graph, parameters, returns } = code;
  const defaults = parameters.map((parameter) =>
    parameter.hasDefault ? defaultText(parameter.default, parameter.type) : null,
  );
  const isMethod = graph.inputs.length > parameters.length;
  return functionText(
    { name, graph, isMethod, returns, defaults },
    { constants, names: new VariableNames() },
  );
}
