/**
 * Learning rate schedulers: what they share, and those whose rate follows from the last one, so that several can act
 * on one optimizer. Those that follow a cycle or a metric, or are made of others, are lr-cycles.ts's, lr-plateau.ts's and
 * lr-sequences.ts's.
 * Source: torch/optim/lr_scheduler.py.
 */
import { NotImplementedError, ValueError } from "../errors.ts";
import type { BaseOptions, Optimizer, ParamGroup } from "./optimizer.ts";

/** Any optimizer. */
// biome-ignore lint/suspicious/noExplicitAny: schedulers touch only what all optimizers share
export type AnyOptimizer = Optimizer<any>;

/** A scheduler's own fields, for saving. */
export type SchedulerStateDict = Readonly<Record<string, unknown>>;

/**
 * The base class: sets the rates of all groups when made, and anew at each `step()`, which belongs after the
 * optimizer's own, once an epoch.
 */
export class LRScheduler {
  readonly optimizer: AnyOptimizer;
  /** The rates that the groups had at first. */
  baseLrs: number[];
  /** How many steps were taken. */
  lastEpoch = -1;

  constructor(optimizer: AnyOptimizer) {
    this.optimizer = optimizer;
    for (const group of groupsOf(optimizer)) group.initialLr ??= group.lr;
    this.baseLrs = groupsOf(optimizer).map((group) => group.initialLr as number);
  }

  /** The next rate of a group from its present and its first one. */
  protected rate(_lr: number, _baseLr: number, _group: number): number {
    throw new NotImplementedError(`${this.constructor.name} has no rule for the learning rate`);
  }

  /** Takes the scheduler to the next epoch. */
  step(): void {
    this.lastEpoch++;
    this.applyRates();
  }

  /** Sets the rates that belong to the present epoch. */
  protected applyRates(): void {
    groupsOf(this.optimizer).forEach((group, i) => {
      group.lr = this.rate(group.lr, this.baseLrs[i], i);
    });
  }

  /** Starts over at `epoch`, as a scheduler does that takes turns with others. */
  restart(epoch = 0): void {
    this.lastEpoch = epoch - 1;
    this.step();
  }

  /** The rates of the groups since the last step. */
  getLastLr(): number[] {
    return groupsOf(this.optimizer).map((group) => group.lr);
  }

  /** Everything but the optimizer and functions. */
  stateDict(): SchedulerStateDict {
    return Object.fromEntries(
      Object.entries(this).filter(([name, value]) => name !== "optimizer" && typeof value !== "function"),
    );
  }

  loadStateDict(state: SchedulerStateDict): void {
    Object.assign(this, state);
  }
}

export const groupsOf = (optimizer: AnyOptimizer): ParamGroup<BaseOptions>[] => optimizer.paramGroups;

/** A function of the epoch. */
export type LrLambda = (epoch: number) => number;

function lambdasFor(optimizer: AnyOptimizer, lambda: LrLambda | readonly LrLambda[]): readonly LrLambda[] {
  const count = optimizer.paramGroups.length;
  if (typeof lambda === "function") return new Array<LrLambda>(count).fill(lambda);
  if (lambda.length !== count) throw new ValueError(`Expected ${count} lr_lambdas, but got ${lambda.length}`);
  return lambda;
}

/**
 * The first rate times a function of the epoch.
 * @example const scheduler = new optim.lrScheduler.LambdaLR(optimizer, (epoch) => 0.95 ** epoch);
 */
export class LambdaLR extends LRScheduler {
  readonly lrLambdas: readonly LrLambda[];

  constructor(optimizer: AnyOptimizer, lrLambda: LrLambda | readonly LrLambda[]) {
    super(optimizer);
    this.lrLambdas = lambdasFor(optimizer, lrLambda);
    this.step();
  }

  protected override rate(_lr: number, baseLr: number, group: number): number {
    return baseLr * this.lrLambdas[group](this.lastEpoch);
  }
}

/** The last rate times a function of the epoch. */
export class MultiplicativeLR extends LRScheduler {
  readonly lrLambdas: readonly LrLambda[];

  constructor(optimizer: AnyOptimizer, lrLambda: LrLambda | readonly LrLambda[]) {
    super(optimizer);
    this.lrLambdas = lambdasFor(optimizer, lrLambda);
    this.step();
  }

  protected override rate(lr: number, _baseLr: number, group: number): number {
    return this.lastEpoch > 0 ? lr * this.lrLambdas[group](this.lastEpoch) : lr;
  }
}

/**
 * Times `gamma` every `stepSize` epochs.
 * @example
 * const scheduler = new optim.lrScheduler.StepLR(optimizer, 10, 0.5);
 * scheduler.getLastLr() // [0.1]
 */
export class StepLR extends LRScheduler {
  readonly stepSize: number;
  readonly gamma: number;

  constructor(optimizer: AnyOptimizer, stepSize: number, gamma = 0.1) {
    super(optimizer);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.step();
  }

  protected override rate(lr: number): number {
    return this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0 ? lr : lr * this.gamma;
  }
}

/** Times `gamma` at each of the named epochs. */
export class MultiStepLR extends LRScheduler {
  readonly milestones: readonly number[];
  readonly gamma: number;

  constructor(optimizer: AnyOptimizer, milestones: readonly number[], gamma = 0.1) {
    super(optimizer);
    this.milestones = milestones;
    this.gamma = gamma;
    this.step();
  }

  protected override rate(lr: number): number {
    return lr * this.gamma ** this.milestones.filter((epoch) => epoch === this.lastEpoch).length;
  }
}

/**
 * Times `gamma` every epoch.
 * @example const scheduler = new optim.lrScheduler.ExponentialLR(optimizer, 0.9);
 */
export class ExponentialLR extends LRScheduler {
  readonly gamma: number;

  constructor(optimizer: AnyOptimizer, gamma: number) {
    super(optimizer);
    this.gamma = gamma;
    this.step();
  }

  protected override rate(lr: number): number {
    return this.lastEpoch === 0 ? lr : lr * this.gamma;
  }
}

/** Times `factor` during the first `totalIters` epochs. */
export class ConstantLR extends LRScheduler {
  readonly factor: number;
  readonly totalIters: number;

  constructor(optimizer: AnyOptimizer, { factor = 1 / 3, totalIters = 5 } = {}) {
    if (factor > 1 || factor < 0)
      throw new ValueError("Constant multiplicative factor expected to be between 0 and 1.");
    super(optimizer);
    this.factor = factor;
    this.totalIters = totalIters;
    this.step();
  }

  protected override rate(lr: number): number {
    if (this.lastEpoch === 0) return lr * this.factor;
    return this.lastEpoch === this.totalIters ? lr * (1 / this.factor) : lr;
  }
}

/** Goes in a straight line from `startFactor` to `endFactor` of the first rate, in `totalIters` epochs. */
export class LinearLR extends LRScheduler {
  readonly startFactor: number;
  readonly endFactor: number;
  readonly totalIters: number;

  constructor(optimizer: AnyOptimizer, { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = {}) {
    if (startFactor > 1 || startFactor <= 0) {
      throw new ValueError(
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.",
      );
    }
    if (endFactor > 1 || endFactor < 0)
      throw new ValueError("Ending multiplicative factor expected to be between 0 and 1.");
    super(optimizer);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    this.step();
  }

  protected override rate(lr: number): number {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    if (lastEpoch === 0) return lr * startFactor;
    if (lastEpoch > totalIters) return lr;
    const rise = endFactor - startFactor;
    return lr * (1 + rise / (totalIters * startFactor + (lastEpoch - 1) * rise));
  }
}

/** Falls to 0 in `totalIters` epochs, as a power of what is left of them. */
export class PolynomialLR extends LRScheduler {
  readonly totalIters: number;
  readonly power: number;

  constructor(optimizer: AnyOptimizer, { totalIters = 5, power = 1 } = {}) {
    super(optimizer);
    this.totalIters = totalIters;
    this.power = power;
    this.step();
  }

  protected override rate(lr: number): number {
    if (this.lastEpoch === 0 || this.lastEpoch > this.totalIters) return lr;
    const left = 1 - this.lastEpoch / this.totalIters;
    const leftBefore = 1 - (this.lastEpoch - 1) / this.totalIters;
    return lr * (left / leftBefore) ** this.power;
  }
}
