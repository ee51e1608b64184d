/**
 * `jitTrace` and `jitTraceModule`: run a function or module on example inputs and record the operations into a graph that
 * runs on any other input. Source of behaviour: torch/jit/_trace.py, mlverse/torch R/trace.R.
 */
import { RuntimeError } from "../errors.ts";
import { forwardOwners, Module, moduleObserver } from "../nn/module.ts";
import type { DType } from "../tensor/dtype.ts";
import { Tensor } from "../tensor/tensor.ts";
import { CalledFunctions } from "./called-functions.ts";
import { checkTrace } from "./check-trace.ts";
import { keepFailedTrace } from "./failed-trace.ts";
import {
  type FinishedFunction,
  type FinishedTrace,
  finishFunction,
  finishMethod,
  unfinishedMethod,
} from "./finish-trace.ts";
import { ModuleScopes } from "./module-scopes.ts";
import { ModuleTypes } from "./module-types.ts";
import { parameterNames } from "./naming.ts";
import { Recorder } from "./recorder.ts";
import {
  makeScriptFunction,
  type ScriptFunction,
  ScriptModule,
  type TracedFunction,
} from "./script-function.ts";
import { type ModuleTrace, makeScriptModule, type TracedMethod } from "./script-module.ts";
import { packOutput, typeOfInput, unpackInput } from "./structure.ts";
import { type TracerWarning, warningText } from "./warnings.ts";

/** Options of a trace, after the example inputs. */
export interface TraceOptions {
  /** Refuse mutable containers (records) as results, as torch does; default true. With false, arrays are lists. */
  readonly strict?: boolean;
  /** Modules only: also trace the other of training and evaluation mode when the trace first runs in it; default true. */
  readonly respectMode?: boolean;
  /** Example inputs by the names of the function's parameters. */
  readonly exampleKwargInputs?: Readonly<Record<string, unknown>>;
  /** Run function and trace again and compare; default false. What differs is a warning or a TracingCheckError. */
  readonly checkTrace?: boolean;
  /** Further inputs to compare on, each a list of arguments; implies checkTrace. */
  readonly checkInputs?: readonly (readonly unknown[])[];
  /** How far results may be apart, relatively; default 1e-5. */
  readonly checkTolerance?: number;
}

export type ResolvedOptions = Required<Omit<TraceOptions, "exampleKwargInputs" | "checkInputs">> &
  Pick<TraceOptions, "exampleKwargInputs" | "checkInputs">;

const defaults: ResolvedOptions = {
  strict: true,
  respectMode: true,
  exampleKwargInputs: undefined,
  checkTrace: false,
  checkInputs: undefined,
  checkTolerance: 1e-5,
};

/** The submodules, parameters and buffers of a module, which its trace has under the same names. */
export type TracedState<M extends Module> = {
  readonly [K in Exclude<keyof M, keyof Module> as StateKey<K, NonNullable<M[K]>>]: M[K] extends Module
    ? TracedModule<M[K]>
    : M[K];
};
type StateKey<K, Value> = [Value] extends [never] ? never : Value extends Module | Tensor ? K : never;

/** A traced module: a script module whose forward has the source's type, and which can be called as well. */
export type TracedModule<M extends Module> = M["forward"] &
  TracedState<M> &
  Omit<ScriptModule, "forward" | "train" | "eval" | "to"> & {
    readonly forward: M["forward"];
    readonly train: (mode?: boolean) => TracedModule<M>;
    readonly eval: () => TracedModule<M>;
    readonly to: (dtype: DType) => TracedModule<M>;
  };

/** What can be traced, and what becomes of it. */
export type Traceable = Module | ((...args: never[]) => unknown);
export type TracedOf<F> = F extends Module ? TracedModule<F> : TracedFunction<F>;
/** The arguments of a call, and options behind them; one type for each, so that an error tells of the arguments. */
type ExampleInputs<F extends (...args: never[]) => unknown> =
  | Parameters<F>
  | [...Parameters<F>, TraceOptions];
type ForwardOf<F extends Traceable> = F extends Module
  ? F["forward"]
  : Extract<F, (...args: never[]) => unknown>;

/** Example inputs of methods by name: lists of arguments, or a single tensor. */
export type MethodInputs = Readonly<Record<string, Tensor | readonly unknown[]>>;

/** A module traced with several methods: those of the source with the same names. */
export type TracedMethods<M extends Module, I> = Omit<ScriptModule, "forward"> &
  TracedState<M> & {
    readonly [K in keyof I & keyof M]: TracedFunction<M[K]>;
  } & ("forward" extends keyof I ? M["forward"] : unknown);

/**
 * Records what `fn` does with the tensors in `inputs`, example arguments in order; options may come last. The result is
 * called like `fn`, has its type, and always runs the recorded graph, whatever its input: loops and conditions of the
 * host language are not recorded, only the operations that were run.
 *
 * Inputs and results are tensors, or nested arrays and records of them. The function's own errors are passed on.
 * @example
 * const trFn = jitTrace((x: Tensor) => torch.relu(x), torch.tensor([-1, 0, 1]));
 * trFn(torch.tensor([-2, 3])); // [0, 3]
 */
export function jitTrace<F extends (...args: Tensor[]) => unknown>(
  fn: F,
  ...inputs: [...Parameters<F>, TraceOptions?]
): TracedFunction<F>;
export function jitTrace<F extends Traceable>(
  fn: F,
  options: TraceOptions & { readonly exampleKwargInputs: Readonly<Record<string, unknown>> },
): TracedOf<F>;
export function jitTrace<F extends Traceable>(fn: F, ...inputs: ExampleInputs<ForwardOf<F>>): TracedOf<F>;
export function jitTrace(given: unknown, ...rest: unknown[]): unknown {
  const traced = traceAny(given, rest);
  if (traced !== given) printWarnings((traced as Partial<ScriptFunction>).warnings ?? []);
  return traced;
}

/** As in Python, what the trace could not record is said at once on stderr, once for each place; all stays in `warnings`. */
function printWarnings(warnings: readonly TracerWarning[]): void {
  for (const text of new Set(warnings.map(warningText))) console.warn(text);
}

function traceAny(given: unknown, rest: readonly unknown[]): unknown {
  const { inputs, options } = splitOptions(rest);
  const method = methodOf(given);
  if (method !== null) return traceMethod(method, inputs, options);
  const source = typeof given === "function" ? (forwardOwners.get(given) ?? given) : given;
  if (source instanceof ScriptModule) return source;
  if (source instanceof Module) {
    const names = parameterNames(Object.getPrototypeOf(source).forward);
    const given = argumentsOf(names, inputs, options);
    const checks = options.checkInputs?.map((check) => ({ forward: check }));
    return traceMethods(source, { forward: given }, options, checks);
  }
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
  return traceFunction(fn, argumentsOf(parameterNames(fn), inputs, options), options);
}

/**
 * Traces several methods of a module: `inputs` gives the example arguments of each. The result has the same methods,
 * parameters, buffers and submodules as the module, and shares its weights.
 * @example
 * class Net extends nn.Module {
 *   fc = new nn.Linear(2, 3);
 *   encode(input: Tensor): Tensor {
 *     return this.fc.forward(input).relu();
 *   }
 *   override forward(input: Tensor): Tensor {
 *     return this.encode(input).sum(-1);
 *   }
 * }
 * const net = jitTraceModule(new Net(), { forward: [x], encode: [x] });
 * net.encode(x).shape // [2, 3]
 */
export function jitTraceModule<M extends Module, const I extends MethodInputs>(
  module: M,
  inputs: I,
  options: TraceOptions = {},
): TracedMethods<M, I> {
  if (!(module instanceof Module))
    throw new TypeError("jitTraceModule() expected an nn.Module as the first argument");
  if (typeof inputs !== "object" || inputs === null || inputs instanceof Tensor)
    throw new TypeError("jitTraceModule() expected a record of example inputs by method name");
  for (const name of Object.keys(inputs)) {
    if (name === "trainforward" || name === "evalforward")
      throw new TypeError(`jitTraceModule(): ${name} is the name of a method that tracing adds; use forward`);
    if (typeof (module as unknown as Record<string, unknown>)[name] !== "function")
      throw new TypeError(`jitTraceModule(): ${module.constructor.name} has no method ${name}`);
  }
  const lists = Object.fromEntries(
    Object.entries(inputs).map(([name, given]) => [name, Array.isArray(given) ? given : [given]]),
  );
  const traced = traceMethods(module, lists, { ...defaults, ...options });
  printWarnings(traced.warnings);
  return traced as unknown as TracedMethods<M, I>;
}

/** A method bound to its object, as the kernel gives it for `%trace net.encode(x)`. */
interface BoundMethod {
  readonly object: Module;
  readonly key: string;
}

const boundMethod = Symbol.for("tracebook.method");

/** The module and name behind a method that the kernel bound; null for other functions. */
function methodOf(value: unknown): BoundMethod | null {
  if (typeof value !== "function") return null;
  const bound = (value as { [boundMethod]?: BoundMethod })[boundMethod];
  return bound !== undefined && bound.object instanceof Module && typeof bound.key === "string"
    ? bound
    : null;
}

/** One method of a module: the whole module for forward, else a function that runs the method's graph. */
function traceMethod(
  { object, key }: BoundMethod,
  inputs: readonly unknown[],
  options: ResolvedOptions,
): unknown {
  const given = argumentsOf(parameterNames(Object.getPrototypeOf(object)[key]), inputs, options);
  const checks = options.checkInputs?.map((check) => ({ [key]: check }));
  const traced = traceMethods(object, { [key]: given }, options, checks);
  return key === "forward" ? traced : (traced as unknown as Record<string, unknown>)[key];
}

function traceFunction(
  fn: (...args: unknown[]) => unknown,
  inputs: readonly unknown[],
  options: ResolvedOptions,
): ScriptFunction {
  const record = (example: readonly unknown[]): { trace: FinishedFunction; warnings: TracerWarning[] } => {
    const recorder = new Recorder(new CalledFunctions());
    const result = recordCall(recorder, fn, fn, example, options);
    return { trace: finishFunction(recorder, result), warnings: recorder.warnings };
  };
  const { trace, warnings } = record(inputs);
  if (options.checkTrace || options.checkInputs !== undefined)
    checkTrace(
      fn,
      trace,
      (example) => record(example).trace,
      [],
      options.checkInputs ?? [inputs],
      options,
      warnings,
    );
  return makeScriptFunction({ name: fn.name === "" ? "_lambda" : fn.name, ...trace, warnings });
}

function traceMethods(
  module: Module,
  inputs: Readonly<Record<string, readonly unknown[]>>,
  options: ResolvedOptions,
  checks?: readonly Readonly<Record<string, readonly unknown[]>>[],
): ScriptModule {
  const record = (examples: Readonly<Record<string, readonly unknown[]>>): ModuleTrace => {
    const types = new ModuleTypes(module);
    const warnings: TracerWarning[] = [];
    const methods: TracedMethod[] = Object.entries(examples).map(([name, example]) => {
      const recorder = new Recorder(types.functions);
      const own = (module as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
      const source = Object.getPrototypeOf(module)[name] ?? own;
      const result = recordCall(recorder, own.bind(module), source, example, options, types);
      warnings.push(...recorder.warnings);
      return { name, ...finishMethod(recorder.builder, result, name, types) };
    });
    return { types, methods, warnings };
  };
  const trace = record(inputs);
  if (options.checkTrace || options.checkInputs !== undefined) {
    for (const method of trace.methods) {
      const own = (module as unknown as Record<string, (...args: unknown[]) => unknown>)[method.name];
      const again = (example: readonly unknown[]): FinishedTrace =>
        record({ [method.name]: example }).methods[0];
      const examples = checks?.map((check) => check[method.name]) ?? [inputs[method.name]];
      checkTrace(own.bind(module), method, again, [module], examples, options, trace.warnings);
    }
  }
  const retrace = options.respectMode ? () => keepingBuffers(module, () => record(inputs)) : null;
  return makeScriptModule(module, trace, retrace);
}

/** Runs `fn` and gives the module's buffers their values back. */
function keepingBuffers<T>(module: Module, fn: () => T): T {
  const saved = module.buffers().map((buffer) => [buffer, buffer.clone()] as const);
  try {
    return fn();
  } finally {
    for (const [buffer, values] of saved) buffer.copy_(values);
  }
}

function recordCall(
  recorder: Recorder,
  fn: (...args: unknown[]) => unknown,
  source: (...args: never[]) => unknown,
  inputs: readonly unknown[],
  options: ResolvedOptions,
  types: ModuleTypes | null = null,
) {
  if (inputs.length === 0)
    throw new RuntimeError("jitTrace() needs at least one example input after the function");
  const { builder } = recorder;
  const scopes = types === null ? null : new ModuleScopes(recorder, types);
  const names = parameterNames(source);
  const traced = inputs.map((input, i) =>
    unpackInput(recorder, input, builder.input(typeOfInput(input), names[i]?.replaceAll("$", "_") ?? null)),
  );
  const saved = moduleObserver.current;
  moduleObserver.current = scopes;
  try {
    const run = (): unknown => recorder.names.within(source, traced, true, () => fn(...traced));
    const output = recorder.record(run);
    if (output instanceof Promise) {
      // Its rejection, if any, is nobody's: the error below is what the caller gets.
      output.catch(() => undefined);
      throw new TypeError(
        "jitTrace() cannot trace an async function: its operations run after the trace has ended",
      );
    }
    return packOutput(recorder, output, options.strict);
  } catch (error) {
    keepFailedTrace(error, () => (types === null ? builder.freeze() : unfinishedMethod(builder, types)));
    throw error;
  } finally {
    moduleObserver.current = saved;
  }
}

/** The example arguments in order, from the positional ones or those given by name. */
function argumentsOf(
  names: readonly (string | null)[],
  inputs: readonly unknown[],
  { exampleKwargInputs }: ResolvedOptions,
): readonly unknown[] {
  if (exampleKwargInputs === undefined) return inputs;
  for (const key of Object.keys(exampleKwargInputs)) {
    if (!names.includes(key)) {
      throw new RuntimeError(
        `'${key}' is not in forward() method's arguments, valid arguments name are [${names.join(",")}]`,
      );
    }
  }
  const given = names.map((name, i) =>
    name !== null && name in exampleKwargInputs ? exampleKwargInputs[name] : inputs[i],
  );
  while (given.length > 0 && given[given.length - 1] === undefined) given.pop();
  return given;
}

/** Options are a plain object whose keys are all option names; a record of tensors is an input. */
function splitOptions(rest: readonly unknown[]): { inputs: readonly unknown[]; options: ResolvedOptions } {
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
