/**
 * Modules that were read from an archive: their parameters, buffers and submodules are those of any module, their
 * methods are graphs. Reading archives is archive/'s; what calls look like is callable.ts's.
 */
import { RuntimeError } from "../errors.ts";
import { Module, scriptedModules } from "../nn/module.ts";
import { programOf } from "./call-code.ts";
import { makeCallable } from "./callable.ts";
import { codeOf } from "./code/code-text.ts";
import { type HasScriptClass, scriptClass } from "./interpreter/script-objects.ts";
import { mainFacts, moduleFacts, type ScriptMethod } from "./module-facts.ts";
import { printable } from "./printable.ts";
import type { ScriptClass, ScriptCode } from "./script/unit.ts";
import { codeFacts, dress, ScriptFunction, ScriptModule } from "./script-function.ts";

/** A module whose methods are graphs. Its fields are filled by what loads it. */
export class LoadedModule extends Module implements HasScriptClass {
  declare readonly [scriptClass]: ScriptClass;

  constructor(ownClass: ScriptClass) {
    super();
    Object.defineProperty(this, scriptClass, { value: ownClass });
  }

  override forward(...args: unknown[]): unknown {
    return methodOf(this, "forward")(...args);
  }
}

/** An empty module of a class, named as the class is. */
export function makeLoadedModule(ownClass: ScriptClass): LoadedModule {
  const name = ownClass.name.slice(ownClass.name.lastIndexOf(".") + 1);
  const named = { [name]: class extends LoadedModule {} }[name];
  return new named(ownClass);
}

const methodsOf = new WeakMap<LoadedModule, Map<string, ScriptMethod>>();

/** A method of a module as a script function, the same at each call, so that what it learns of its runs is kept. */
function methodOf(module: LoadedModule, name: string): ScriptMethod {
  const known = methodsOf.get(module) ?? new Map<string, ScriptMethod>();
  methodsOf.set(module, known);
  let method = known.get(name);
  if (method === undefined) {
    const code = module[scriptClass].methods.get(name);
    if (code === undefined)
      throw new RuntimeError(`the loaded ${module.constructor.name} has no method ${name}`);
    method = scriptMethod(code, module);
    known.set(name, method);
  }
  return method;
}

function scriptMethod(code: ScriptCode, module: LoadedModule): ScriptMethod {
  const program = programOf(code, module);
  return dress(makeCallable(program), ScriptFunction.prototype, {
    name: { value: code.name },
    graph: { get: () => printable(code.graph) },
    inlinedGraph: { get: () => printable(program.graph) },
    ...codeFacts(() => codeOf(code)),
    warnings: { value: Object.freeze([]) },
  }) as ScriptMethod;
}

/** The callable over a loaded module, with its methods by name. */
export function asScriptModule(module: LoadedModule): ScriptModule {
  const { methods } = module[scriptClass];
  const forward = (...args: unknown[]): unknown => module.forward(...args);
  const main = (): ScriptMethod => {
    const [first] = methods.keys();
    if (first === undefined) throw new RuntimeError(`the loaded ${module.constructor.name} has no methods`);
    return methodOf(module, methods.has("forward") ? "forward" : first);
  };
  const all = (): ScriptMethod[] => [...methods.keys()].map((name) => methodOf(module, name));
  const children = (): [string, ScriptModule][] =>
    module.namedChildren().map(([name, child]) => [name, asScriptModule(child as LoadedModule)]);
  const made = dress(forward, ScriptModule.prototype, {
    ...moduleFacts(module),
    ...mainFacts(forward, main, all),
    warnings: { value: Object.freeze([]) },
    source: { value: module },
    forward: { value: forward },
    children: { value: () => children().map(([, child]) => child) },
    namedChildren: { value: children },
  }) as ScriptModule;
  scriptedModules.set(made, module);
  for (const name of methods.keys())
    if (name !== "forward") defineOnce(made, name, () => methodOf(module, name));
  for (const [name, child] of module.namedChildren())
    defineOnce(made, name, () => asScriptModule(child as LoadedModule));
  for (const name of Object.keys(module))
    defineOnce(made, name, () => (module as unknown as Record<string, unknown>)[name]);
  return made;
}

/** A name of the archive must not hide what every script module has. */
function defineOnce(target: object, name: string, get: () => unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { get, configurable: true, enumerable: true });
}
