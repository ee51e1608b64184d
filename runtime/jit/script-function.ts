/**
 * ScriptFunction and ScriptModule: what tracing gives. Both are called like the source they were traced from and carry
 * its graph. Recording is trace.ts's, running interpret.ts's.
 */
import type { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { prepare, type Runnable } from "./interpret.ts";
import type { Graph } from "./ir.ts";
import { graphText } from "./print.ts";
import { checkInput } from "./structure.ts";
import type { TracerWarning } from "./warnings.ts";

/** A graph whose string form is TorchScript's text. */
export type PrintableGraph = Graph & { toString(): string };

/** What a traced function offers besides being called. */
export interface Traced {
  /** The name of the traced function or module class. */
  readonly name: string;
  /** The recorded graph; `String(graph)` is TorchScript's text. */
  readonly graph: PrintableGraph;
  /** The graph with submodule calls inlined. */
  readonly inlinedGraph: PrintableGraph;
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
  declare readonly warnings: readonly TracerWarning[];
}

/** A module that runs recorded graphs and shares its weights with the module it was traced from. */
export abstract class ScriptModule extends ScriptFunction {
  /** The module the trace was made from; its parameters are the trace's own. */
  declare readonly source: Module;
  declare readonly forward: (...args: never[]) => unknown;
  declare readonly parameters: () => Tensor[];
  declare readonly namedParameters: () => [string, Tensor][];
  declare readonly buffers: () => Tensor[];
}

/** Gives a frozen graph its text. */
export function printable(graph: Graph): PrintableGraph {
  const copy = { ...graph };
  Object.defineProperty(copy, "toString", { value: () => graphText(graph) });
  Object.defineProperty(copy, Symbol.for("nodejs.util.inspect.custom"), { value: () => graphText(graph) });
  return Object.freeze(copy) as PrintableGraph;
}

/** What a trace consists of. */
export interface TraceParts {
  readonly name: string;
  readonly graph: Graph;
  readonly warnings: readonly TracerWarning[];
}

/** The callable of a traced function. */
export function makeScriptFunction(parts: TraceParts): ScriptFunction {
  const callable = makeCallable(parts, prepare(parts.graph), []);
  return dressed(callable, parts, ScriptFunction.prototype, {});
}

/** The callable of a traced module. */
export function makeScriptModule(parts: TraceParts, source: Module): ScriptModule {
  const callable = makeCallable(parts, prepare(parts.graph), [source]);
  return dressed(callable, parts, ScriptModule.prototype, {
    source,
    forward: callable,
    parameters: () => source.parameters(),
    namedParameters: () => source.namedParameters(),
    buffers: () => source.buffers(),
  }) as ScriptModule;
}

type Callable = (...args: unknown[]) => unknown;

function makeCallable({ name, graph }: TraceParts, run: Runnable, leading: readonly unknown[]): Callable {
  const inputs = graph.inputs.slice(leading.length);
  return (...args) => {
    if (args.length !== inputs.length) {
      throw new TypeError(
        `${name}() expected ${inputs.length} argument(s) but received ${args.length}. Declaration: ${name}(${inputs.map((input) => input.name).join(", ")})`,
      );
    }
    for (const [i, input] of inputs.entries()) checkInput(input.type, args[i], input.name);
    return run([...leading, ...args])[0];
  };
}

function dressed(
  callable: Callable,
  parts: TraceParts,
  prototype: ScriptFunction,
  more: Readonly<Record<string, unknown>>,
): ScriptFunction {
  const graph = printable(parts.graph);
  const facts = {
    name: parts.name,
    graph,
    inlinedGraph: graph,
    warnings: Object.freeze([...parts.warnings]),
    ...more,
  };
  for (const [key, value] of Object.entries(facts))
    Object.defineProperty(callable, key, { value, configurable: true });
  Object.defineProperty(callable, "toString", { value: () => graphText(parts.graph) });
  Object.defineProperty(callable, Symbol.for("nodejs.util.inspect.custom"), {
    value: () => graphText(parts.graph),
  });
  return Object.setPrototypeOf(callable, prototype);
}
