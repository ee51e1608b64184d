/** `.code`: a function or method as TorchScript code, as PyTorch shows it. */

import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph } from "../ir.ts";
import type { ScriptCode } from "../script/unit.ts";
import { functionText } from "./function-printer.ts";
import { ConstantTable, defaultText } from "./literals.ts";
import { VariableNames } from "./names.ts";

/** Code, and the tensors that it calls `CONSTANTS.c0`, `CONSTANTS.c1`, ... by their names there. */
export type CodeWithConstants = readonly [code: string, constants: Readonly<Record<string, Tensor>>];

/** The code of a graph under a name; the first input of a method is its object. */
export function graphCode(name: string, graph: Graph, isMethod: boolean): CodeWithConstants {
  const constants = new ConstantTable();
  const code = functionText({ name, graph, isMethod }, { constants, names: new VariableNames() });
  return [code, constants.byName()];
}

/** The code of a loaded or compiled function. */
export function codeOf(code: ScriptCode): CodeWithConstants {
  const constants = new ConstantTable();
  const { name, graph, parameters, returns } = code;
  const defaults = parameters.map((parameter) =>
    parameter.hasDefault ? defaultText(parameter.default, parameter.type) : null,
  );
  const isMethod = graph.inputs.length > parameters.length;
  const text = functionText(
    { name, graph, isMethod, returns, defaults },
    { constants, names: new VariableNames() },
  );
  return [text, constants.byName()];
}
