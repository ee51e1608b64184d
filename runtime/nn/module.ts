/**
 * Module: the base class of layers and models. Parameters, buffers and submodules are what is assigned to fields;
 * `forward` is called directly and seen by hooks and traces however it is called.
 * Source of behaviour: torch/nn/modules/module.py.
 */

import { withGradMode } from "../autograd/grad-mode.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { checkDevice } from "../tensor/device.ts";
import { type DType, float32, float64 } from "../tensor/dtype.ts";
import { sameSizes } from "../tensor/geometry.ts";
import { Tensor } from "../tensor/tensor.ts";
import { Parameter } from "./parameter.ts";

/** Tensors by dotted name, as `stateDict()` gives and `loadStateDict()` takes them. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** A hook before `forward`; what it returns, if anything, replaces the arguments. */
export type ForwardPreHook = (module: Module, args: readonly unknown[]) => readonly unknown[] | undefined;

/** A hook after `forward`; what it returns, if anything, replaces the result. */
export type ForwardHook = (module: Module, args: readonly unknown[], output: unknown) => unknown;

/** Told when a module's forward begins and ends; a trace in progress uses it. */
export interface ModuleObserver {
  run(module: Module, args: readonly unknown[], forward: () => unknown): unknown;
}

export const moduleObserver: { current: ModuleObserver | null } = { current: null };

/** The module that a `forward` was taken from, as in `jitTrace(net.forward, x)`. */
export const forwardOwners = new WeakMap<object, Module>();

/** The modules behind script modules, which are functions. A field that holds one holds a submodule. */
export const scriptedModules = new WeakMap<object, Module>();

/** A field of a module; of a script module the module behind it. */
export function moduleField(owner: object, name: string): unknown {
  const value = (owner as Readonly<Record<string, unknown>>)[name];
  return typeof value === "function" ? (scriptedModules.get(value) ?? value) : value;
}

/**
 * The base class of layers and models.
 * @example
 * class Net extends nn.Module {
 *   fc = new nn.Linear(4, 2);
 *   forward(x: Tensor): Tensor {
 *     return torch.relu(this.fc.forward(x));
 *   }
 * }
 */
export class Module {
  /** True after `train()`, false after `eval()`; layers such as dropout behave accordingly. */
  training = true;
  // Private fields are no properties, so that what is listed of a module is its state alone.
  readonly #preHooks: ForwardPreHook[] = [];
  readonly #postHooks: ForwardHook[] = [];
  readonly #buffers = new Map<string, { readonly persistent: boolean }>();

  constructor() {
    const own = this.forward;
    const observed = (...args: unknown[]): unknown => {
      const run = (): unknown => this.#runWithHooks(own as (...args: unknown[]) => unknown, args);
      return moduleObserver.current === null ? run() : moduleObserver.current.run(this, args, run);
    };
    Object.defineProperty(this, "forward", { value: observed, configurable: true, writable: true });
    forwardOwners.set(observed, this);
  }

  /** What the module computes; each module defines its own. */
  forward(..._args: never[]): unknown {
    throw new NotImplementedError(
      `Module [${this.constructor.name}] is missing the required "forward" function`,
    );
  }

  #runWithHooks(own: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
    let given = args;
    for (const hook of this.#preHooks) given = hook(this, given) ?? given;
    let output = own.apply(this, [...given]);
    for (const hook of this.#postHooks) output = hook(this, given, output) ?? output;
    return output;
  }

  /** Calls `hook` before each forward. */
  registerForwardPreHook(hook: ForwardPreHook): { remove(): void } {
    return registerIn(this.#preHooks, hook);
  }

  /** Calls `hook` after each forward. */
  registerForwardHook(hook: ForwardHook): { remove(): void } {
    return registerIn(this.#postHooks, hook);
  }

  /** Calls `hook` in each backward pass with the gradient of the module's result, if that is a tensor. */
  registerFullBackwardPreHook(hook: (module: Module, gradOutput: Tensor) => unknown): { remove(): void } {
    return this.registerForwardHook((module, _args, output) => {
      if (output instanceof Tensor && output.requiresGrad) {
        output.registerHook((grad) => {
          const replaced = hook(module, grad);
          return replaced instanceof Tensor ? replaced : null;
        });
      }
      return undefined;
    });
  }

  /** Adds a tensor that is part of the state but not learnt. Not persistent ones stay out of `stateDict()`. */
  registerBuffer(name: string, tensor: Tensor | null, options: { persistent?: boolean } = {}): void {
    this.#buffers.set(name, { persistent: options.persistent ?? true });
    (this as Record<string, unknown>)[name] = tensor;
  }

  /** Adds a parameter under a name. */
  registerParameter(name: string, parameter: Parameter | null): void {
    (this as Record<string, unknown>)[name] = parameter;
  }

  /** Adds a module under a name. */
  registerModule(name: string, module: Module | null): this {
    (this as Record<string, unknown>)[name] = module;
    return this;
  }

  /** The modules in this one's own fields, by name; of a traced or loaded module the one behind it, unless it is this one's own trace. */
  namedChildren(): [string, Module][] {
    return Object.keys(this)
      .map((name) => [name, moduleField(this, name)] as const)
      .filter((entry): entry is [string, Module] => isModule(entry[1]) && entry[1] !== this);
  }

  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This module and all below it, each once, with dotted names; its own name is empty. */
  namedModules(prefix = "", seen: Set<Module> = new Set()): [string, Module][] {
    if (seen.has(this)) return [];
    seen.add(this);
    const below = this.namedChildren().flatMap(([name, child]) =>
      child.namedModules(joined(prefix, name), seen),
    );
    return [[prefix, this], ...below];
  }

  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** The parameters of this module and those below, each once, with dotted names. */
  namedParameters(prefix = ""): [string, Parameter][] {
    return this.#namedTensors(prefix, (value): value is Parameter => value instanceof Parameter);
  }

  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** The buffers of this module and those below, each once, with dotted names. */
  namedBuffers(prefix = ""): [string, Tensor][] {
    return this.#namedTensors(
      prefix,
      (value, module, name): value is Tensor => value instanceof Tensor && module.#buffers.has(name),
    );
  }

  buffers(): Tensor[] {
    return this.namedBuffers().map(([, buffer]) => buffer);
  }

  #namedTensors<T extends Tensor>(
    prefix: string,
    belongs: (value: unknown, module: Module, name: string) => value is T,
  ): [string, T][] {
    const seen = new Set<T>();
    const found: [string, T][] = [];
    for (const [path, module] of this.namedModules(prefix)) {
      for (const [name, value] of Object.entries(module)) {
        if (belongs(value, module, name) && !seen.has(value)) {
          seen.add(value);
          found.push([joined(path, name), value]);
        }
      }
    }
    return found;
  }

  /** Every parameter and persistent buffer by dotted name; shared tensors under each of their names. */
  stateDict(prefix = ""): StateDict {
    const state: Record<string, Tensor> = {};
    const own = (isBuffer: boolean): void => {
      for (const [name, value] of Object.entries(this)) {
        const buffer = this.#buffers.get(name);
        const wanted = isBuffer ? buffer?.persistent && value instanceof Tensor : value instanceof Parameter;
        if (wanted) state[joined(prefix, name)] = value.detach();
      }
    };
    own(false);
    own(true);
    for (const [name, child] of this.namedChildren())
      Object.assign(state, child.stateDict(joined(prefix, name)));
    return state;
  }

  /** Copies tensors into the parameters and buffers of the same names. Throws torch's RuntimeError on a mismatch. */
  loadStateDict(
    state: StateDict,
    options: { strict?: boolean } = {},
  ): { missingKeys: string[]; unexpectedKeys: string[] } {
    const own = this.stateDict();
    const missingKeys = Object.keys(own).filter((key) => !(key in state));
    const unexpectedKeys = Object.keys(state).filter((key) => !(key in own));
    const problems: string[] = [];
    if (options.strict ?? true) {
      const list = (keys: string[]): string => keys.map((key) => `"${key}"`).join(", ");
      if (unexpectedKeys.length > 0)
        problems.push(`Unexpected key(s) in state_dict: ${list(unexpectedKeys)}. `);
      if (missingKeys.length > 0) problems.push(`Missing key(s) in state_dict: ${list(missingKeys)}. `);
    }
    const shape = (tensor: Tensor): string => `torch.Size([${tensor.sizes.join(", ")}])`;
    for (const [key, tensor] of Object.entries(own)) {
      if (key in state && !sameSizes(tensor.sizes, state[key].sizes)) {
        problems.push(
          `size mismatch for ${key}: copying a param with shape ${shape(state[key])} from checkpoint, the shape in current model is ${shape(tensor)}.`,
        );
      }
    }
    if (problems.length > 0) {
      throw new RuntimeError(
        `Error(s) in loading state_dict for ${this.constructor.name}:\n\t${problems.join("\n\t")}`,
      );
    }
    withGradMode(false, () => {
      for (const [key, tensor] of Object.entries(own)) if (key in state) tensor.copy_(state[key]);
    });
    return { missingKeys, unexpectedKeys };
  }

  /** Switches this module and all below to training behaviour, or back with `false`. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches this module and all below to evaluation behaviour. */
  eval(): this {
    return this.train(false);
  }

  /** Calls `fn` with every module below and then this one. */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /**
   * A copy with parameters, buffers and modules of its own; other fields and hooks are shared. Not for classes that
   * keep state in private `#fields`.
   */
  clone(): this {
    const copy = bareModule(this.constructor) as this;
    for (const [name, value] of Object.entries(this)) {
      if (name !== "forward") (copy as Record<string, unknown>)[name] = copyOfField(value);
    }
    for (const [name, facts] of this.#buffers) copy.#buffers.set(name, facts);
    copy.#preHooks.push(...this.#preHooks);
    copy.#postHooks.push(...this.#postHooks);
    return copy;
  }

  /** Sets whether gradients are recorded for all parameters. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(requiresGrad);
    return this;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /**
   * Converts all floating parameters and buffers to another floating dtype. Parameters stay the same objects. A device may be
   * named: `model.to("cpu")`; for others than the CPU torch's error is thrown.
   */
  to(target: DType | string | { readonly dtype?: DType; readonly device?: string }, given?: DType): this {
    const device = typeof target === "string" ? target : "kind" in target ? undefined : target.device;
    if (device !== undefined) checkDevice(device);
    const dtype = typeof target === "string" ? given : "kind" in target ? target : target.dtype;
    if (dtype === undefined) return this;
    if (dtype.category !== "floating") {
      throw new TypeError(
        `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=${dtype}`,
      );
    }
    for (const module of this.modules()) {
      for (const value of Object.values(module)) {
        if (!(value instanceof Tensor) || value.dtype.category !== "floating") continue;
        if (value.dtype === dtype) continue;
        const { grad } = value;
        value.data = value.detach().to(dtype);
        if (grad !== null) value.grad = grad.to(dtype);
      }
    }
    return this;
  }

  /** Converts to float32. */
  float(): this {
    return this.to(float32);
  }

  /** Converts to float64. */
  double(): this {
    return this.to(float64);
  }

  /** What is shown in parentheses after the class name; layers give their sizes. */
  extraRepr(): string {
    return "";
  }

  /** The module and its children, one line each, as torch prints them. */
  toString(): string {
    const extra = this.extraRepr();
    const lines = this.namedChildren().map(([name, child]) => `(${name}): ${indented(child.toString())}`);
    if (lines.length === 0) return `${this.constructor.name}(${extra})`;
    return `${this.constructor.name}(\n${[...(extra === "" ? [] : [extra]), ...lines].map((line) => `  ${line}\n`).join("")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

// A class that mentions itself loses its name in the bundle: esbuild calls it _Module there. So what has to stands here.
const isModule = (value: unknown): value is Module => value instanceof Module;
const bareModule = (type: unknown): Module => Reflect.construct(Module, [], type as new () => Module);

function copyOfField(value: unknown): unknown {
  if (isModule(value)) return value.clone();
  if (!(value instanceof Tensor)) return value;
  const copy = withGradMode(false, () => value.clone());
  return value instanceof Parameter ? new Parameter(copy, value.requiresGrad) : copy;
}

const joined = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);

const indented = (text: string): string => text.split("\n").join("\n  ");

function registerIn<T>(hooks: T[], hook: T): { remove(): void } {
  hooks.push(hook);
  return {
    remove() {
      const at = hooks.indexOf(hook);
      if (at >= 0) hooks.splice(at, 1);
    },
  };
}
