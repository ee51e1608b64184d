/**
 * Optimizer: what all optimizers share — groups of parameters with their options, the state kept for each parameter,
 * and saving both. Each subclass gives the defaults and the update of one parameter.
 * Source: torch/optim/optimizer.py.
 */

import { withGradMode } from "../autograd/grad-mode.ts";
import { enableGrad } from "../autograd/modes.ts";
import { camelCase, snakeCase } from "../dispatch/op.ts";
import { ValueError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What an optimizer keeps for one parameter, under torch's names: `momentum_buffer`, `exp_avg`, ... */
export type ParamState = Record<string, unknown>;

/** Options every optimizer has. */
export interface BaseOptions {
  lr: number;
}

/** Parameters that share options. `initialLr` is set by learning rate schedulers. */
export type ParamGroup<O extends BaseOptions> = O & { params: Tensor[]; initialLr?: number };

/** Parameters to optimize: tensors, or groups of them with options of their own. */
export type Params<O extends BaseOptions> =
  | Iterable<Tensor>
  | Iterable<{ readonly params: Tensor | Iterable<Tensor> } & Partial<O>>;

/** An optimizer's state as torch saves it: parameters by number, names in snake_case. */
export interface OptimizerStateDict {
  readonly state: Readonly<Record<number, ParamState>>;
  readonly param_groups: readonly Readonly<Record<string, unknown>>[];
}

/** Computes the loss anew; `step` calls it with recording switched on. */
export type Closure<T = Tensor | number> = () => T;

/** The base class of optimizers. */
export abstract class Optimizer<O extends BaseOptions = BaseOptions> {
  readonly paramGroups: ParamGroup<O>[] = [];
  readonly state = new Map<Tensor, ParamState>();
  /** The options of groups that do not name their own. */
  readonly defaults: Readonly<O>;

  constructor(params: Params<O>, defaults: O) {
    this.defaults = defaults;
    if (params instanceof Tensor) {
      throw new TypeError(
        "params argument given to the optimizer should be an iterable of Tensors or dicts, but got torch.FloatTensor",
      );
    }
    const given = [...params];
    if (given.length === 0) throw new ValueError("optimizer got an empty parameter list");
    if (given[0] instanceof Tensor) this.addParamGroup({ params: given as Tensor[] } as never);
    else for (const group of given) this.addParamGroup(group as never);
  }

  /** Adds parameters to those optimized, as when layers are unfrozen during training. */
  addParamGroup(group: { readonly params: Tensor | Iterable<Tensor> } & Partial<O>): void {
    const params = group.params instanceof Tensor ? [group.params] : [...group.params];
    for (const param of params) {
      if (!(param instanceof Tensor))
        throw new TypeError(`optimizer can only optimize Tensors, but one of the params is ${typeof param}`);
      if (!param.isLeaf) throw new ValueError("can't optimize a non-leaf Tensor");
    }
    const known = new Set(this.paramGroups.flatMap((other) => other.params));
    if (params.some((param) => known.has(param)))
      throw new ValueError("some parameters appear in more than one parameter group");
    this.paramGroups.push({ ...this.defaults, ...group, params });
  }

  /** Forgets the gradients of all parameters, or with `setToNone: false` sets them to zero. */
  zeroGrad(options: { readonly setToNone?: boolean } = {}): void {
    for (const { params } of this.paramGroups) {
      for (const param of params) {
        if (options.setToNone ?? true) param.grad = null;
        else param.grad?.detach().zero_();
      }
    }
  }

  /** Updates every parameter that has a gradient. With a closure: computes the loss first, and returns it. */
  step(): null;
  step<T>(closure: Closure<T>): T;
  step<T>(closure?: Closure<T>): T | null {
    const loss = closure === undefined ? null : enableGrad(closure);
    withGradMode(false, () => {
      for (const group of this.paramGroups) {
        for (const param of group.params) {
          if (param.grad !== null) this.update(param, param.grad, this.stateOf(param), group);
        }
      }
    });
    return loss;
  }

  /** Updates one parameter; recording is off. */
  protected abstract update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<O>): void;

  protected stateOf(param: Tensor): ParamState {
    let state = this.state.get(param);
    if (state === undefined) {
      state = {};
      this.state.set(param, state);
    }
    return state;
  }

  /** The options and state, for `torch.save`; tensors are shared, not copied. */
  stateDict(): OptimizerStateDict {
    const numbers = new Map<Tensor, number>();
    const groups = this.paramGroups.map(({ params, ...options }) => {
      const named = Object.entries(options).map(([name, value]) => [snakeCase(name), value]);
      const own = params.map((param) => {
        const number = numbers.get(param) ?? numbers.size;
        numbers.set(param, number);
        return number;
      });
      return { ...Object.fromEntries(named), params: own };
    });
    const state: Record<number, ParamState> = {};
    for (const [param, number] of numbers) {
      const own = this.state.get(param);
      if (own !== undefined && Object.keys(own).length > 0) state[number] = { ...own };
    }
    return { state, param_groups: groups };
  }

  /** Takes over options and state that `stateDict` gave; tensors are copied. Throws torch's ValueError on a mismatch. */
  loadStateDict(saved: OptimizerStateDict): void {
    const groups = saved.param_groups;
    if (groups.length !== this.paramGroups.length)
      throw new ValueError("loaded state dict has a different number of parameter groups");
    const numbers = groups.map((group) => group["params"] as readonly number[]);
    if (numbers.some((own, i) => own.length !== this.paramGroups[i].params.length)) {
      throw new ValueError(
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
      );
    }
    this.state.clear();
    for (const [i, group] of this.paramGroups.entries()) {
      for (const [name, value] of Object.entries(groups[i])) {
        if (name !== "params") (group as unknown as Record<string, unknown>)[camelCase(name)] = value;
      }
      group.params.forEach((param, k) => {
        const own = saved.state[numbers[i][k]];
        if (own !== undefined) this.state.set(param, copied(own));
      });
    }
  }

  /** The groups and their options as torch prints them. */
  toString(): string {
    const groups = this.paramGroups.map(({ params: _, ...options }, i) => {
      const lines = Object.entries(options)
        .map(([name, value]) => [snakeCase(name), value] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `    ${name}: ${pythonText(value)}\n`);
      return `\nParameter Group ${i}\n${lines.join("")}`;
    });
    return `${this.constructor.name} (${groups.join("")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function copied(state: ParamState): ParamState {
  const copy = (value: unknown): unknown => {
    if (value instanceof Tensor) return withGradMode(false, () => value.clone());
    return Array.isArray(value) ? value.map(copy) : value;
  };
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, copy(value)]));
}

const pythonText = (value: unknown): string => {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `(${value.map(pythonText).join(", ")})`;
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-4)
    return value.toExponential().replace(/e-(\d)$/, "e-0$1");
  return String(value);
};

/** Throws torch's ValueError for a number that is not at least 0. */
export function checkNotNegative(what: string, value: number): void {
  if (!(value >= 0)) throw new ValueError(`Invalid ${what}: ${value}`);
}

/** Throws torch's ValueError for options that Adam and its kin do not take, in the order in which torch looks at them. */
export function checkAdamOptions(options: {
  readonly lr: number;
  readonly eps: number;
  readonly betas: readonly number[];
  readonly weightDecay: number;
}): void {
  checkNotNegative("learning rate", options.lr);
  checkNotNegative("epsilon value", options.eps);
  options.betas.forEach((beta, i) => {
    if (!(beta >= 0 && beta < 1)) throw new ValueError(`Invalid beta parameter at index ${i}: ${beta}`);
  });
  checkNotNegative("weight_decay value", options.weightDecay);
}

/** A tensor of the state, zeros when first asked for. */
export function buffer(state: ParamState, name: string, like: Tensor): Tensor {
  state[name] ??= like.detach().zerosLike();
  return state[name] as Tensor;
}
