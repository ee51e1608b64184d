/**
 * `jitTrace`: runs a function or module on example inputs and records the operations into a graph that runs on any
 * other input. Source of behaviour: torch/jit/_trace.py, mlverse/torch R/trace.R.
 */
import { RuntimeError } from "../errors.ts";
import { Module, moduleObserver } from "../nn/module.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Place } from "./builder.ts";
import { ModuleScopes } from "./module-scopes.ts";
import { parameterNames } from "./naming.ts";
import { Recorder } from "./recorder.ts";
import {
  makeScriptFunction,
  makeScriptModule,
  type ScriptModule,
  type TracedFunction,
} from "./script-function.ts";
import { packOutput, typeOfInput, unpackInput } from "./structure.ts";

/** Options of a trace, after the example inputs. */
export interface TraceOptions {
  /** Refuse mutable containers (records) as results, as torch does; default true. */
  readonly strict?: boolean;
}

const defaults = { strict: true } satisfies Required<TraceOptions>;

/** A traced module: a script module whose forward has the source's type, and which can be called as well. */
export type TracedModule<M extends Module> = M["forward"] &
  Omit<ScriptModule, "forward"> & { readonly forward: M["forward"] };

/**
 * Records what `fn` does with the tensors in `inputs`, example arguments in order; options may come last. The result is
 * called like `fn`, has its type, and always runs the recorded graph, whatever its input: loops and conditions of the
 * host language are not recorded, only the operations that were run.
 *
 * Inputs and results are tensors, or nested arrays and records of them. The function's own errors are passed on.
 * @example
 * const trFn = jitTrace((x: Tensor) => torch.relu(x), torch.tensor([-1, 0, 1]));
 * trFn(torch.tensor([-2, 3])); // 0, 3
 */
export function jitTrace<M extends Module>(
  module: M,
  ...inputs: [...Parameters<M["forward"]>, TraceOptions?]
): TracedModule<M>;
export function jitTrace<F extends (...args: never[]) => unknown>(
  fn: F,
  ...inputs: [...Parameters<F>, TraceOptions?]
): TracedFunction<F>;
export function jitTrace(source: unknown, ...rest: unknown[]): unknown {
  const { inputs, options } = splitOptions(rest);
  if (source instanceof Module) return traceModule(source, inputs, options);
  if (typeof source !== "function") {
    throw new TypeError(
      `jitTrace() expected a function or an nn.Module to trace, but got ${typeof source === "string" ? `the string "${source}"` : String(source)}`,
    );
  }
  if (source === Module || source.prototype instanceof Module) {
    throw new TypeError(
      `jitTrace() expected a module instance, but got the class ${source.name}: make one first, as in new ${source.name}(...)`,
    );
  }
  const fn = source as (...args: unknown[]) => unknown;
  const recorder = new Recorder(null);
  const graph = recordGraph(recorder, fn, parameterNames(fn), inputs, options);
  return makeScriptFunction({ name: fn.name === "" ? "fn" : fn.name, graph, warnings: recorder.warnings });
}

function traceModule(
  module: Module,
  inputs: readonly unknown[],
  options: Required<TraceOptions>,
): ScriptModule {
  const scopes = new ModuleScopes(module);
  const recorder = new Recorder(scopes);
  scopes.bindSelf(recorder.builder);
  const names = parameterNames(Object.getPrototypeOf(module).forward as (...args: never[]) => unknown);
  const saved = moduleObserver.current;
  moduleObserver.current = scopes;
  try {
    const forward = (...args: unknown[]): unknown =>
      (module.forward as (...args: unknown[]) => unknown)(...args);
    const graph = recordGraph(recorder, forward, names, inputs, options);
    return makeScriptModule({ name: module.constructor.name, graph, warnings: recorder.warnings }, module);
  } finally {
    moduleObserver.current = saved;
  }
}

function recordGraph(
  recorder: Recorder,
  fn: (...args: unknown[]) => unknown,
  names: readonly (string | null)[],
  inputs: readonly unknown[],
  options: Required<TraceOptions>,
) {
  if (inputs.length === 0)
    throw new RuntimeError("jitTrace() needs at least one example input after the function");
  const nowhere: Place = { scope: "", source: null };
  const values = inputs.map((input, i) => recorder.builder.input(typeOfInput(input), names[i] ?? "input"));
  const traced = inputs.map((input, i) => unpackInput(recorder, input, values[i], nowhere));
  const output = recorder.record(() => fn(...traced));
  if (output instanceof Promise) {
    throw new TypeError(
      "jitTrace() cannot trace an async function: its operations run after the trace has ended",
    );
  }
  const result = packOutput(recorder, output, options.strict, nowhere);
  return recorder.builder.finish([result]);
}

/** Options are a plain object whose keys are all option names; a record of tensors is an input. */
function splitOptions(rest: readonly unknown[]): {
  inputs: readonly unknown[];
  options: Required<TraceOptions>;
} {
  const last = rest[rest.length - 1];
  if (!isOptions(last)) return { inputs: rest, options: defaults };
  return { inputs: rest.slice(0, -1), options: { ...defaults, ...last } };
}

function isOptions(value: unknown): value is TraceOptions {
  if (typeof value !== "object" || value === null || value instanceof Tensor || Array.isArray(value))
    return false;
  const keys = Object.keys(value);
  return (
    keys.length > 0 &&
    keys.every((key) => key in defaults) &&
    !Object.values(value).some((part) => part instanceof Tensor)
  );
}
