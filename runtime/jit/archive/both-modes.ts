/**
 * A traced module with both of its modes, as R's torch saves it: `trainforward` and `evalforward` hold the two graphs,
 * flat over the parameters of all submodules. `forward` chooses by `training`, so that Python's train() and eval() work,
 * and `is_training` tells R. Source: mlverse/torch R/trace.R (jit_trace_module, respect_mode).
 */
import type { Module } from "../../nn/module.ts";
import { identifier, isIdentifier } from "../code/names.ts";
import type { Graph, Type } from "../ir.ts";
import { graphText } from "../print.ts";
import { compileFunction } from "../script/compile-function.ts";
import { parseProgram } from "../script/parse.ts";
import type { ScriptClass, ScriptCode, ScriptUnit } from "../script/unit.ts";
import type { ScriptModule } from "../script-function.ts";
import { type ModuleTrace, traceOf } from "../script-module.ts";
import { annotationText, boolType, classOf, withoutShapes } from "../types.ts";
import type { SavedMethod } from "./saved-module.ts";

/** The trace of the mode that the module is not in; null if it is the same one, or the module cannot run in that mode. */
export function otherModeOf(traced: ScriptModule, trace: ModuleTrace): ModuleTrace | null {
  const { source } = traced;
  const modes = new Map<Module, boolean>(source.modules().map((module) => [module, module.training]));
  source.train(!source.training);
  try {
    const other = traceOf(traced) ?? trace;
    return other === trace || isSame(trace, other) ? null : other;
  } catch {
    // What cannot run, such as batch norm over one example, has no graph to keep.
    return null;
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}

/** True if both modes compute the same way. Places in the source do not matter. */
function isSame(a: ModuleTrace, b: ModuleTrace): boolean {
  const text = ({ methods }: ModuleTrace): string =>
    methods
      .map(({ name, inlinedGraph }) => `${name} ${graphText(inlinedGraph).replace(/ # .*$/gm, "")}`)
      .join("\n");
  return text(a) === text(b);
}

/** The methods of the root: two graphs for each traced one, and what chooses between them. */
export function methodsOfBothModes(
  training: ModuleTrace,
  evaluation: ModuleTrace,
  className: string,
): SavedMethod[] {
  const methods = training.methods.flatMap(({ name, inlinedGraph }): SavedMethod[] => {
    const inEvaluation =
      evaluation.methods.find((method) => method.name === name)?.inlinedGraph ?? inlinedGraph;
    return [
      { name: `train${name}`, graph: inlinedGraph, withoutSelf: false },
      { name: `eval${name}`, graph: inEvaluation, withoutSelf: false },
      { name, graph: choosing(name, inlinedGraph, className), withoutSelf: false },
    ];
  });
  const isTraining = compiled(
    "def is_training(self) -> List[bool]:\n  return [self.training]\n",
    className,
    [],
  );
  return [...methods, { name: "is_training", graph: isTraining, withoutSelf: false }];
}

function choosing(name: string, graph: Graph, className: string): Graph {
  const names = graph.inputs.map((input) => identifier(input.name.replace(/\.\d+$/, "")));
  const isFree = (parameter: string, i: number): boolean =>
    isIdentifier(parameter) &&
    parameter !== "self" &&
    parameter !== "result" &&
    names.indexOf(parameter) === i;
  const inputs = graph.inputs
    .map(({ type }, i) => ({ name: isFree(names[i], i) ? names[i] : `x${i}`, type: withoutShapes(type) }))
    .slice(1);
  const returns = withoutShapes(graph.outputs[0].type);
  const declared = inputs.map((input) => `, ${input.name}: ${annotationText(input.type)}`).join("");
  const given = inputs.map((input) => input.name).join(", ");
  const text = `def ${name}(self${declared}) -> ${annotationText(returns)}:
  if self.training:
    result = self.train${name}(${given})
  else:
    result = self.eval${name}(${given})
  return result
`;
  return compiled(
    text,
    className,
    [`train${name}`, `eval${name}`].map((method) => signature(method, inputs, returns)),
  );
}

/** What calls need to know of a method. */
const signature = (
  name: string,
  inputs: readonly { readonly name: string; readonly type: Type }[],
  returns: Type,
) =>
  ({
    name,
    returns,
    parameters: inputs.map((input) => ({ ...input, hasDefault: false, default: null })),
  }) as unknown as ScriptCode;

/** Compiles one method of a class that has `training` and the given methods. */
function compiled(text: string, className: string, methods: readonly ScriptCode[]): Graph {
  const scriptClass = {
    attributes: new Map([["training", boolType]]),
    constants: new Map(),
    methods: new Map(methods.map((method) => [method.name, method])),
  } as unknown as ScriptClass;
  const unit: ScriptUnit = {
    constants: [],
    allowsUnknown: false,
    classNamed: () => scriptClass,
    functionNamed: () => null,
    namedTuple: () => null,
    enumNamed: () => null,
    upgraded: () => null,
  };
  const source = { name: "both modes", text };
  const [definition] = parseProgram(source).functions;
  return compileFunction(definition, source, unit, classOf(className));
}
