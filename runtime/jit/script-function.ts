/**
 * ScriptFunction and ScriptModule: what tracing gives. Both are called like the source they were traced from and carry
 * its graph. Recording is trace.ts's, running interpret.ts's.
 */
import type { Module, StateDict } from "../nn/module.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { SaveOptions } from "./archive/save.ts";
import { type Callable, makeCallable, tracedProgram } from "./callable.ts";
import type { CalledFunctions } from "./called-functions.ts";
import { type CodeWithConstants, graphCode } from "./code/code-text.ts";
import type { Explanation } from "./executor/explanation.ts";
import type { ExecutorName } from "./executor/runner.ts";
import type { Graph } from "./ir.ts";
import { graphText } from "./print.ts";
import { type PrintableGraph, printable } from "./printable.ts";
import type { Inspection, Profile } from "./profile.ts";
import type { ScriptCode } from "./script/unit.ts";
import { TracedCode } from "./traced-code.ts";
import type { TracerWarning } from "./warnings.ts";

/** What a traced function offers besides being called. */
export interface Traced {
  /** The name of the traced function or module class. */
  readonly name: string;
  /** The recorded graph; `String(graph)` is TorchScript's text. */
  readonly graph: PrintableGraph;
  /** The graph with submodule calls inlined. */
  readonly inlinedGraph: PrintableGraph;
  /** The graph as TorchScript code. */
  readonly code: string;
  /** The code and the tensors behind its `CONSTANTS`: `[code, { c0, c1, ... }]`. */
  readonly codeWithConstants: CodeWithConstants;
  /** What the tracer could not record. */
  readonly warnings: readonly TracerWarning[];
}

/** The call of a traced function, typed as its source, with the trace's facts. */
export type TracedFunction<F> = F & ScriptFunction;

/** A function that runs a recorded graph. Made by `jitTrace`. */
export abstract class ScriptFunction implements Traced {
  declare readonly name: string;
  declare readonly graph: PrintableGraph;
  declare readonly inlinedGraph: PrintableGraph;
  /** The graph as TorchScript code. */
  declare readonly code: string;
  declare readonly codeWithConstants: CodeWithConstants;
  declare readonly warnings: readonly TracerWarning[];
  /** Which executor runs the graph: `auto` measures and chooses, the others are always that one. */
  declare executor: ExecutorName;
  /** Runs the graph on inputs and gives it as the executors have it, optimized: arguments and weights in, tensors out. */
  declare readonly graphFor: (...inputs: unknown[]) => PrintableGraph;
  /** Which executor ran the last call, and why. */
  declare readonly explain: () => Explanation;
  /** Runs the graph in a later turn of the event loop, so that output and other work come between several calls. */
  declare readonly runAsync: (...inputs: unknown[]) => Promise<unknown>;
  /** Measures the time of each node; shown as the graph, coloured by it. */
  declare readonly profile: (...inputs: unknown[]) => Profile;
  /** Each tensor that a run makes, by the name of its value; shown as the graph with their statistics and the first NaN. */
  declare readonly inspect: (...inputs: unknown[]) => Inspection;
  /** Writes a TorchScript archive; see `jitSave`. */
  declare readonly save: (path: string, options?: SaveOptions) => void;
  /** Gives back what compiled forms of the graph hold; a later call builds them anew. The collector does it as well. */
  declare readonly dispose: () => void;
}

/** A module that runs recorded graphs and shares its weights with the module it was traced from. */
export abstract class ScriptModule extends ScriptFunction {
  /** The module the trace was made from; its parameters and buffers are the trace's own. */
  declare readonly source: Module;
  declare readonly forward: (...args: never[]) => unknown;
  declare readonly parameters: () => Parameter[];
  declare readonly namedParameters: () => [string, Parameter][];
  declare readonly buffers: () => Tensor[];
  declare readonly namedBuffers: () => [string, Tensor][];
  /** The submodules, traced as well: those that ran in the trace can be called. */
  declare readonly children: () => ScriptModule[];
  declare readonly namedChildren: () => [string, ScriptModule][];
  declare readonly stateDict: () => StateDict;
  declare readonly loadStateDict: Module["loadStateDict"];
  /** The mode of the source module, which decides which graph runs. */
  declare readonly training: boolean;
  declare readonly train: (mode?: boolean) => this;
  declare readonly eval: () => this;
  declare readonly to: (dtype: DType) => this;
  declare readonly zeroGrad: () => void;
  /** This module and all below it. */
  declare readonly modules: () => ScriptModule[];
  /** Adds a parameter to the source module, and so to the state. */
  declare readonly registerParameter: Module["registerParameter"];
  declare readonly registerBuffer: Module["registerBuffer"];
}

/** What the trace of a function consists of. */
export interface TraceParts {
  readonly name: string;
  readonly graph: Graph;
  readonly inlinedGraph: Graph;
  /** The functions that the graph calls. */
  readonly functions: CalledFunctions;
  readonly warnings: readonly TracerWarning[];
}

const codes = new WeakMap<ScriptFunction, ScriptCode>();

/** The code of a traced or compiled function; undefined for modules and their methods. */
export const codeOfFunction = (fn: ScriptFunction): ScriptCode | undefined => codes.get(fn);

/** Makes the code of a function known: calls within a trace record it, files hold it. */
export function withCode(fn: ScriptFunction, code: ScriptCode): ScriptFunction {
  codes.set(fn, code);
  return fn;
}

/** The callable of a traced function. */
export function makeScriptFunction(parts: TraceParts): ScriptFunction {
  const graph = printable(parts.graph);
  const code = new TracedCode(parts.name, parts.graph, parts.inlinedGraph, parts.functions);
  const callable = makeCallable(tracedProgram(parts.name, parts.inlinedGraph, null), code);
  const made = dress(callable, ScriptFunction.prototype, {
    name: { value: parts.name },
    graph: { value: graph },
    inlinedGraph: { value: parts.inlinedGraph === parts.graph ? graph : printable(parts.inlinedGraph) },
    ...codeFacts(() => graphCode(parts.name, parts.graph, false)),
    warnings: { value: Object.freeze([...parts.warnings]) },
  });
  return withCode(made, code);
}

/** The code of a trace, written when it is asked for. */
export const codeFacts = (write: () => CodeWithConstants): PropertyDescriptorMap => ({
  code: { get: () => write()[0] },
  codeWithConstants: { get: write },
});

/** Makes a callable a script function or module: its facts as properties, its text that of its graph. */
export function dress(
  callable: Callable,
  prototype: ScriptFunction,
  facts: PropertyDescriptorMap,
): ScriptFunction {
  const text = (): string => {
    const { graph } = callable as unknown as Traced;
    return graph === undefined ? `ScriptModule ${callable.name}` : graphText(graph);
  };
  for (const [key, fact] of Object.entries(facts))
    Object.defineProperty(callable, key, { configurable: true, ...fact });
  Object.defineProperty(callable, "toString", { value: text });
  Object.defineProperty(callable, Symbol.for("nodejs.util.inspect.custom"), { value: text });
  return Object.setPrototypeOf(callable, prototype);
}
