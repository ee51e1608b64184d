/**
 * ScriptModule's making: the traced methods of a module over the module's own parameters, buffers and submodules. What a
 * script function is stands in script-function.ts.
 */
import { RuntimeError } from "../errors.ts";
import { type Module, moduleObserver, scriptedModules } from "../nn/module.ts";
import { makeCallable, runFacts, tracedProgram } from "./callable.ts";
import { graphCode } from "./code/code-text.ts";
import type { FinishedTrace } from "./finish-trace.ts";
import { mainFacts, moduleFacts, type ScriptMethod } from "./module-facts.ts";
import type { ModuleClass, ModuleTypes } from "./module-types.ts";
import { inlined } from "./passes/inline.ts";
import { printable } from "./printable.ts";
import { codeFacts, dress, ScriptFunction, ScriptModule } from "./script-function.ts";
import type { TracerWarning } from "./warnings.ts";

export interface TracedMethod extends FinishedTrace {
  readonly name: string;
}

/** All that one trace of a module gave. */
export interface ModuleTrace {
  readonly types: ModuleTypes;
  readonly methods: readonly TracedMethod[];
  readonly warnings: TracerWarning[];
}

const traces = new WeakMap<object, () => ModuleTrace>();

/** The classes, methods and graphs behind a script module in its present mode; undefined for other values. */
export const traceOf = (module: object): ModuleTrace | undefined => traces.get(module)?.();

/** `retrace` traces again in the mode that the module is in; null keeps the first trace for both modes. */
export function makeScriptModule(
  source: Module,
  first: ModuleTrace,
  retrace: (() => ModuleTrace) | null,
): ScriptModule {
  const byMode = new Map<boolean, ReadonlyMap<string, ScriptMethod>>();
  const traceByMode = new Map([[source.training, first]]);
  const trace = (): ModuleTrace => {
    let found = traceByMode.get(source.training);
    if (found === undefined) {
      found = retrace === null ? first : retrace();
      traceByMode.set(source.training, found);
    }
    return found;
  };
  const methods = (): ReadonlyMap<string, ScriptMethod> => {
    let found = byMode.get(source.training);
    if (found === undefined) {
      found = new Map(
        trace().methods.map((method) => [method.name, scriptMethod(method, source, first.warnings)]),
      );
      byMode.set(source.training, found);
    }
    return found;
  };
  const main = (): ScriptMethod => {
    const [method] = methods().values();
    return methods().get("forward") ?? method;
  };
  const callable = (...args: unknown[]): unknown => {
    const forward = methods().get("forward");
    if (forward === undefined)
      throw new RuntimeError(
        `${source.constructor.name} was traced without forward; call one of its methods`,
      );
    return observed(source, args, () => forward(...args));
  };
  const made = dress(callable, ScriptModule.prototype, {
    ...moduleFacts(source),
    ...mainFacts(callable, main, () => methods().values()),
    warnings: { value: Object.freeze([...first.warnings]) },
    source: { value: source },
    forward: { value: callable },
    children: { get: () => () => namedChildren(trace()).map(([, child]) => child) },
    namedChildren: { get: () => () => namedChildren(trace()) },
  }) as ScriptModule;
  for (const { name } of first.methods) {
    if (name !== "forward")
      Object.defineProperty(made, name, { get: () => methods().get(name), configurable: true });
  }
  nameChildren(made, source, () => namedChildren(trace()));
  nameTensors(made, source);
  traces.set(made, trace);
  scriptedModules.set(made, source);
  return made;
}

/** In a trace that the module belongs to, its forward becomes a method, as that of any submodule. */
const observed = (module: Module, args: readonly unknown[], forward: () => unknown): unknown =>
  moduleObserver.current === null ? forward() : moduleObserver.current.run(module, args, forward);

/** A method as a script function over the module's weights. */
function scriptMethod(
  method: TracedMethod,
  source: Module,
  warnings: readonly TracerWarning[],
): ScriptMethod {
  const run = makeCallable(tracedProgram(method.name, method.inlinedGraph, source));
  return dress(run, ScriptFunction.prototype, {
    name: { value: method.name },
    graph: { value: printable(method.graph) },
    inlinedGraph: { value: printable(method.inlinedGraph) },
    ...codeFacts(() => graphCode(method.name, method.graph, true)),
    warnings: { value: warnings },
  }) as ScriptMethod;
}

const namedChildren = (trace: ModuleTrace): [string, ScriptModule][] =>
  [...trace.types.root.children].map(([name, child]) => [name, submodule(child, trace)]);

/** A submodule of a traced module: its state, its own submodules, and its forward if the trace ran it. */
function submodule(type: ModuleClass, trace: ModuleTrace): ScriptModule {
  const { module } = type;
  const forward = type.methods.get("forward");
  const closed = forward !== undefined && forward.block.inputs.length > 0;
  const frozen = closed
    ? { graph: forward.freeze(), inlinedGraph: inlined(forward, trace.types).freeze() }
    : null;
  const run = frozen === null ? null : makeCallable(tracedProgram("forward", frozen.inlinedGraph, module));
  const callable = (...args: unknown[]): unknown => {
    if (run === null) {
      throw new RuntimeError(
        `Methods from submodules of traced modules are not traced: forward of ${module.constructor.name} did not run in the trace`,
      );
    }
    return observed(module, args, () => run(...args));
  };
  const below = (): [string, ScriptModule][] =>
    [...type.children].map(([name, child]) => [name, submodule(child, trace)]);
  const facts: PropertyDescriptorMap = {
    ...moduleFacts(module),
    warnings: { value: Object.freeze([]) },
    source: { value: module },
    forward: { value: callable },
    children: { value: () => below().map(([, child]) => child) },
    namedChildren: { value: below },
  };
  if (run !== null) Object.assign(facts, runFacts(run));
  if (frozen !== null) {
    facts.graph = { value: printable(frozen.graph) };
    facts.inlinedGraph = { value: printable(frozen.inlinedGraph) };
    Object.assign(
      facts,
      codeFacts(() => graphCode("forward", frozen.graph, true)),
    );
  }
  const made = dress(callable, ScriptModule.prototype, facts) as ScriptModule;
  nameChildren(made, module, below);
  nameTensors(made, module);
  scriptedModules.set(made, module);
  return made;
}

/** Submodules by their names, where no member of every script module has the name. */
function nameChildren(made: ScriptModule, source: Module, children: () => [string, ScriptModule][]): void {
  for (const [name] of source.namedChildren()) {
    if (name in made) continue;
    const get = (): ScriptModule | undefined => children().find(([other]) => other === name)?.[1];
    Object.defineProperty(made, name, { get, configurable: true });
  }
}

/** The module's own parameters and buffers by their names. */
function nameTensors(made: ScriptModule, source: Module): void {
  for (const [name] of [...source.namedParameters(), ...source.namedBuffers()]) {
    if (name.includes(".") || name in made) continue;
    const get = (): unknown => (source as unknown as Record<string, unknown>)[name];
    Object.defineProperty(made, name, { get, configurable: true });
  }
}
