/**
 * Modules that were read from an archive: their parameters, buffers and submodules are those of any module, their
 * methods are graphs. Reading archives is archive/'s; what calls look like is script-function.ts's.
 */
import { RuntimeError } from "../errors.ts";
import { Module } from "../nn/module.ts";
import { callCode } from "./call-code.ts";
import { codeOf } from "./code/code-text.ts";
import { type HasScriptClass, scriptClass } from "./interpreter/script-objects.ts";
import { withCallsInlined } from "./script/inline-calls.ts";
import type { ScriptClass, ScriptCode } from "./script/unit.ts";
import { codeFacts, dress, printable, ScriptModule } from "./script-function.ts";

/** A module whose methods are graphs. Its fields are filled by what loads it. */
export class LoadedModule extends Module implements HasScriptClass {
  declare readonly [scriptClass]: ScriptClass;

  constructor(ownClass: ScriptClass) {
    super();
    Object.defineProperty(this, scriptClass, { value: ownClass });
  }

  override forward(...args: unknown[]): unknown {
    const method = this[scriptClass].methods.get("forward");
    if (method === undefined)
      throw new RuntimeError(`the loaded ${this.constructor.name} has no method forward`);
    return callCode(method, [this], args);
  }
}

/** An empty module of a class, named as the class is. */
export function makeLoadedModule(ownClass: ScriptClass): LoadedModule {
  const name = ownClass.name.slice(ownClass.name.lastIndexOf(".") + 1);
  const named = { [name]: class extends LoadedModule {} }[name];
  return new named(ownClass);
}

/** The callable over a loaded module, with its methods by name. */
export function asScriptModule(module: LoadedModule): ScriptModule {
  const { methods, unit } = module[scriptClass];
  const forward = (...args: unknown[]): unknown => module.forward(...args);
  const main = (): ScriptCode => {
    const method = methods.get("forward") ?? [...methods.values()][0];
    if (method === undefined) throw new RuntimeError(`the loaded ${module.constructor.name} has no methods`);
    return method;
  };
  const children = (): [string, ScriptModule][] =>
    module.namedChildren().map(([name, child]) => [name, asScriptModule(child as LoadedModule)]);
  const made = dress(forward, ScriptModule.prototype, {
    name: { value: module.constructor.name },
    graph: { get: () => printable(main().graph) },
    inlinedGraph: { get: () => printable(withCallsInlined(main().graph, unit)) },
    ...codeFacts(() => codeOf(main())),
    warnings: { value: Object.freeze([]) },
    source: { value: module },
    forward: { value: forward },
    children: { value: () => children().map(([, child]) => child) },
    namedChildren: { value: children },
    training: { get: () => module.training },
    train: {
      value: (mode?: boolean) => {
        module.train(mode);
        return made;
      },
    },
    eval: {
      value: () => {
        module.eval();
        return made;
      },
    },
    parameters: { value: () => module.parameters() },
    namedParameters: { value: () => module.namedParameters() },
    buffers: { value: () => module.buffers() },
    namedBuffers: { value: () => module.namedBuffers() },
    stateDict: { value: () => module.stateDict() },
    loadStateDict: { value: (...args: Parameters<Module["loadStateDict"]>) => module.loadStateDict(...args) },
    to: {
      value: (...args: Parameters<Module["to"]>) => {
        module.to(...args);
        return made;
      },
    },
    zeroGrad: { value: () => module.zeroGrad() },
  }) as ScriptModule;
  for (const [name, method] of methods) {
    if (name !== "forward") defineOnce(made, name, () => callableMethod(module, method));
  }
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

function callableMethod(module: LoadedModule, method: ScriptCode): unknown {
  const call = (...args: unknown[]): unknown => callCode(method, [module], args);
  Object.defineProperty(call, "name", { value: method.name });
  Object.defineProperty(call, "graph", { value: printable(method.graph) });
  Object.defineProperties(
    call,
    codeFacts(() => codeOf(method)),
  );
  return call;
}
