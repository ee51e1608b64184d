/**
 * L-BFGS: steps along an approximation of Newton's direction, built from the last gradients.
 * The line search is line-search.ts's. Source: torch/optim/lbfgs.py.
 */

import { withGradMode } from "../autograd/grad-mode.ts";
import { enableGrad } from "../autograd/modes.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import { cat } from "../ops/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Evaluation, strongWolfe } from "./line-search.ts";
import { type Closure, checkNotNegative, Optimizer, type Params } from "./optimizer.ts";

/** Options of LBFGS. */
export interface LBFGSOptions {
  /** The learning rate; default 1. */
  lr: number;
  /** The most iterations of a step; default 20. */
  maxIter: number;
  /** The most evaluations of a step; default 1.25 * maxIter. */
  maxEval: number;
  toleranceGrad: number;
  toleranceChange: number;
  /** How many past gradients are remembered; default 100. */
  historySize: number;
  /** null takes fixed steps. */
  lineSearchFn: "strong_wolfe" | null;
}

const defaults = {
  lr: 1,
  maxIter: 20,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
};

/** What is remembered from step to step, under torch's names. */
interface Memory {
  func_evals: number;
  n_iter: number;
  d: Tensor | null;
  t: number;
  old_dirs: Tensor[];
  old_stps: Tensor[];
  ro: number[];
  H_diag: number;
  prev_flat_grad: Tensor | null;
  prev_loss: number;
}

const number = (tensor: Tensor): number => tensor.item();
const greatest = (tensor: Tensor): number => number(tensor.abs().max());

/**
 * L-BFGS. Its `step` needs a closure that clears the gradients, computes the loss, calls `backward` and returns it.
 * @example
 * const optimizer = new optim.LBFGS(model.parameters(), { lineSearchFn: "strong_wolfe" });
 * optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const loss = nn.functional.mseLoss(model.forward(x), y);
 *   loss.backward();
 *   return loss;
 * });
 */
export class LBFGS extends Optimizer<LBFGSOptions> {
  constructor(params: Params<LBFGSOptions>, options: Partial<LBFGSOptions> = {}) {
    const all = { ...defaults, ...options };
    checkNotNegative("learning rate", all.lr);
    super(params, { ...all, maxEval: options.maxEval ?? Math.floor((all.maxIter * 5) / 4) });
    if (this.paramGroups.length !== 1)
      throw new ValueError("LBFGS doesn't support per-parameter options (parameter groups)");
  }

  protected override update(): void {
    throw new RuntimeError("LBFGS updates all parameters together: call step with a closure");
  }

  override step(): null;
  override step<T>(closure: Closure<T>): T;
  override step<T>(closure?: Closure<T>): T | null {
    if (closure === undefined) {
      throw new TypeError("LBFGS.step() missing 1 required positional argument: 'closure'");
    }
    return withGradMode(false, () => this.#iterate(closure));
  }

  #iterate<T>(closure: Closure<T>): T {
    const group = this.paramGroups[0];
    const { lr, maxIter, maxEval, toleranceGrad, toleranceChange, lineSearchFn } = group;
    if (lineSearchFn !== null && lineSearchFn !== "strong_wolfe")
      throw new RuntimeError("only 'strong_wolfe' is supported");
    const memory = this.#memory();
    let evaluations = 0;
    const evaluate = (): T => {
      evaluations++;
      memory.func_evals++;
      return enableGrad(closure);
    };
    const original = evaluate();
    let loss = lossOf(original);
    let gradient = this.#flatGradient();
    if (greatest(gradient) <= toleranceGrad) return original;

    for (let iteration = 1; iteration <= maxIter; iteration++) {
      memory.n_iter++;
      const direction = this.#direction(memory, gradient, group.historySize);
      memory.d = direction;
      memory.prev_flat_grad = gradient.clone();
      const before = loss;
      memory.prev_loss = loss;
      memory.t = memory.n_iter === 1 ? Math.min(1, 1 / number(gradient.abs().sum())) * lr : lr;
      const slope = number(gradient.dot(direction));
      if (slope > -toleranceChange) break;

      if (lineSearchFn === "strong_wolfe") {
        const start = group.params.map((param) => param.clone());
        const at = (t: number): Evaluation => {
          this.#move(t, direction);
          const value = lossOf(evaluate());
          const there = this.#flatGradient();
          group.params.forEach((param, i) => {
            param.copy_(start[i]);
          });
          return { t, loss: value, gradient: there, slope: number(there.dot(direction)) };
        };
        const here = { t: 0, loss, gradient, slope };
        const found = strongWolfe(at, here, memory.t, greatest(direction), maxEval - evaluations);
        ({ loss, gradient } = found);
        memory.t = found.t;
        this.#move(found.t, direction);
      } else {
        this.#move(memory.t, direction);
        // The loss after the last step is not needed: the next call computes it.
        if (iteration !== maxIter) {
          loss = lossOf(evaluate());
          gradient = this.#flatGradient();
        }
      }
      const done =
        evaluations >= maxEval ||
        greatest(gradient) <= toleranceGrad ||
        greatest(direction.mul(memory.t)) <= toleranceChange ||
        Math.abs(loss - before) < toleranceChange;
      if (done) break;
    }
    return original;
  }

  #memory(): Memory {
    const state = this.stateOf(this.paramGroups[0].params[0]);
    const fresh: Memory = {
      func_evals: 0,
      n_iter: 0,
      d: null,
      t: 0,
      old_dirs: [],
      old_stps: [],
      ro: [],
      H_diag: 1,
      prev_flat_grad: null,
      prev_loss: 0,
    };
    for (const [name, value] of Object.entries(fresh)) state[name] ??= value;
    return state as unknown as Memory;
  }

  /** The descent direction: the negative gradient times the approximate inverse Hessian (two-loop recursion). */
  #direction(memory: Memory, gradient: Tensor, historySize: number): Tensor {
    if (memory.n_iter === 1 || memory.d === null || memory.prev_flat_grad === null) return gradient.neg();
    const change = gradient.sub(memory.prev_flat_grad);
    const step = memory.d.mul(memory.t);
    const curvature = number(change.dot(step));
    if (curvature > 1e-10) {
      if (memory.old_dirs.length === historySize) {
        memory.old_dirs.shift();
        memory.old_stps.shift();
        memory.ro.shift();
      }
      memory.old_dirs.push(change);
      memory.old_stps.push(step);
      memory.ro.push(1 / curvature);
      memory.H_diag = curvature / number(change.dot(change));
    }
    const count = memory.old_dirs.length;
    const factors = new Array<number>(count);
    const q = gradient.neg();
    for (let i = count - 1; i >= 0; i--) {
      factors[i] = number(memory.old_stps[i].dot(q)) * memory.ro[i];
      q.add_(memory.old_dirs[i], { alpha: -factors[i] });
    }
    const result = q.mul(memory.H_diag);
    for (let i = 0; i < count; i++) {
      const back = number(memory.old_dirs[i].dot(result)) * memory.ro[i];
      result.add_(memory.old_stps[i], { alpha: factors[i] - back });
    }
    return result;
  }

  #flatGradient(): Tensor {
    return cat(
      this.paramGroups[0].params.map((param) => (param.grad ?? param.zerosLike()).reshape(-1)),
      0,
    );
  }

  /** Moves all parameters by `t` times their part of the direction. */
  #move(t: number, direction: Tensor): void {
    let start = 0;
    for (const param of this.paramGroups[0].params) {
      const part = direction.narrow(0, start, param.elements).view(param.sizes);
      param.add_(part, { alpha: t });
      start += param.elements;
    }
  }
}

const lossOf = (loss: unknown): number => Number(loss as Tensor | number);
