/** What every script module has, traced or loaded: its source's very own state, and what its main method tells of its runs. */
import type { Module, StateDict } from "../nn/module.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Callable } from "./callable.ts";
import type { ExecutorName } from "./executor/runner.ts";
import { Inspection, profileOf } from "./profile.ts";
import { codeFacts, type ScriptFunction, type ScriptModule } from "./script-function.ts";

/** A method of a script module: callable, with its graphs and what tells of its runs. */
export type ScriptMethod = ScriptFunction & Callable;

/** The facts of a module whose own are those of its main method; `methods` are all it has. */
export const mainFacts = (
  callable: Callable,
  main: () => ScriptMethod,
  methods: () => Iterable<ScriptMethod>,
): PropertyDescriptorMap => ({
  graph: { get: () => main().graph },
  inlinedGraph: { get: () => main().inlinedGraph },
  ...codeFacts(() => main().codeWithConstants),
  executor: {
    get: () => main().executor,
    set: (name: ExecutorName) => {
      for (const method of methods()) method.executor = name;
    },
  },
  graphFor: { value: (...args: unknown[]) => main().graphFor(...args) },
  explain: { value: () => main().explain() },
  profile: { value: (...args: unknown[]) => profileOf(callable, main().profile(...args).nodes) },
  inspect: { value: (...args: unknown[]) => new Inspection(callable, main().inspect(...args)) },
  runAsync: { value: (...args: unknown[]) => main().runAsync(...args) },
  dispose: {
    value: () => {
      for (const method of methods()) method.dispose();
    },
  },
});

/** What a script module has of its source: the very same parameters, buffers and mode. */
export function moduleFacts(source: Module): PropertyDescriptorMap {
  return {
    name: { value: source.constructor.name },
    parameters: { value: () => source.parameters() },
    namedParameters: { value: () => source.namedParameters() },
    buffers: { value: () => source.buffers() },
    namedBuffers: { value: () => source.namedBuffers() },
    stateDict: { value: () => source.stateDict() },
    loadStateDict: {
      value: (state: StateDict, options?: { strict?: boolean }) => source.loadStateDict(state, options),
    },
    training: { get: () => source.training },
    train: {
      value(this: ScriptModule, mode = true) {
        source.train(mode);
        return this;
      },
    },
    eval: {
      value(this: ScriptModule) {
        source.eval();
        return this;
      },
    },
    to: {
      value(this: ScriptModule, dtype: DType) {
        source.to(dtype);
        return this;
      },
    },
    zeroGrad: { value: () => source.zeroGrad() },
    modules: {
      value(this: ScriptModule): ScriptModule[] {
        return [this, ...this.children().flatMap((child) => child.modules())];
      },
    },
    registerParameter: {
      value: (name: string, parameter: Parameter | null) => source.registerParameter(name, parameter),
    },
    registerBuffer: {
      value: (name: string, tensor: Tensor | null, options?: { persistent?: boolean }) =>
        source.registerBuffer(name, tensor, options),
    },
  };
}
