/** Schedulers that go up and down: along a half cosine, with warm restarts, and in one or many cycles. Source: torch/optim/lr_scheduler.py. */
import { ValueError } from "../errors.ts";
import { type AnyOptimizer, groupsOf, LRScheduler } from "./lr-scheduler.ts";

/**
 * Swings between the first rate and `etaMin`, `tMax` epochs each way.
 * @example const scheduler = new optim.lrScheduler.CosineAnnealingLR(optimizer, 50);
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly tMax: number;
  readonly etaMin: number;

  constructor(optimizer: AnyOptimizer, tMax: number, etaMin = 0) {
    super(optimizer);
    this.tMax = tMax;
    this.etaMin = etaMin;
    this.step();
  }

  protected override rate(lr: number, baseLr: number): number {
    const { tMax, etaMin, lastEpoch } = this;
    if (lastEpoch === 0) return lr;
    // At the lowest point the last rate says nothing of how high to swing.
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0)
      return lr + ((baseLr - etaMin) * (1 - Math.cos(Math.PI / tMax))) / 2;
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / tMax);
    return (height(lastEpoch) / height(lastEpoch - 1)) * (lr - etaMin) + etaMin;
  }
}

/** Falls to `etaMin` in `t0` epochs and starts again, each time `tMult` times as long. */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly tMult: number;
  readonly etaMin: number;
  /** How long the present fall lasts, and how far it is. */
  tI: number;
  tCur = -1;

  constructor(optimizer: AnyOptimizer, t0: number, { tMult = 1, etaMin = 0 } = {}) {
    if (!(t0 > 0 && Number.isInteger(t0)))
      throw new ValueError(`Expected positive integer T_0, but got ${t0}`);
    if (!(tMult >= 1 && Number.isInteger(tMult)))
      throw new ValueError(`Expected integer T_mult >= 1, but got ${tMult}`);
    super(optimizer);
    this.tMult = tMult;
    this.etaMin = etaMin;
    this.tI = t0;
    this.step();
  }

  override step(): void {
    this.tCur++;
    if (this.tCur >= this.tI) {
      this.tCur -= this.tI;
      this.tI *= this.tMult;
    }
    super.step();
  }

  protected override rate(_lr: number, baseLr: number): number {
    return this.etaMin + ((baseLr - this.etaMin) * (1 + Math.cos((Math.PI * this.tCur) / this.tI))) / 2;
  }
}

/** Options of OneCycleLR: `totalSteps`, or `epochs` and `stepsPerEpoch`, are needed. */
export interface OneCycleOptions {
  readonly totalSteps?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  /** Which part of the cycle the rate rises in; default 0.3. */
  readonly pctStart?: number;
  readonly annealStrategy?: "cos" | "linear";
  /** Let momentum (or the first beta) move against the rate; default true. */
  readonly cycleMomentum?: boolean;
  readonly baseMomentum?: number;
  readonly maxMomentum?: number;
  /** The first rate is maxLr / divFactor; default 25. */
  readonly divFactor?: number;
  /** The last rate is the first / finalDivFactor; default 1e4. */
  readonly finalDivFactor?: number;
  readonly threePhase?: boolean;
}

interface Phase {
  readonly end: number;
  readonly rates: readonly [from: number, to: number];
  readonly momenta: readonly [from: number, to: number];
}

/**
 * Rises to `maxLr` and falls far below where it began, in one cycle of steps: call `step()` after each batch.
 * @example
 * const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, 0.1, { epochs: 3, stepsPerEpoch: 30 });
 * optimizer.step();
 * scheduler.step();
 */
export class OneCycleLR extends LRScheduler {
  readonly totalSteps: number;
  readonly #phases: readonly (readonly Phase[])[];
  readonly #anneal: (from: number, to: number, part: number) => number;
  readonly #momentum: MomentumOption | null;

  constructor(optimizer: AnyOptimizer, maxLr: number | readonly number[], options: OneCycleOptions) {
    super(optimizer);
    this.totalSteps = totalSteps(options);
    const { pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true } = options;
    const { baseMomentum = 0.85, maxMomentum = 0.95, divFactor = 25, finalDivFactor = 1e4 } = options;
    if (!(pctStart >= 0 && pctStart <= 1))
      throw new ValueError(`Expected float between 0 and 1 pct_start, but got ${pctStart}`);
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      throw new ValueError(`anneal_strategy must be one of 'cos' or 'linear', instead got ${annealStrategy}`);
    }
    this.#anneal = annealStrategy === "cos" ? alongCosine : alongLine;
    this.#momentum = cycleMomentum ? momentumOption(optimizer) : null;
    const last = this.totalSteps - 1;
    const top = pctStart * this.totalSteps - 1;
    const [low, high] = [baseMomentum, maxMomentum];
    this.#phases = groupsOf(optimizer).map((_, i) => {
      const max = typeof maxLr === "number" ? maxLr : maxLr[i];
      const first = max / divFactor;
      const end = first / finalDivFactor;
      this.baseLrs[i] = first;
      return options.threePhase === true
        ? [
            { end: top, rates: [first, max], momenta: [high, low] },
            { end: 2 * pctStart * this.totalSteps - 2, rates: [max, first], momenta: [low, high] },
            { end: last, rates: [first, end], momenta: [high, high] },
          ]
        : [
            { end: top, rates: [first, max], momenta: [high, low] },
            { end: last, rates: [max, end], momenta: [low, high] },
          ];
    });
    this.step();
  }

  protected override rate(_lr: number, _baseLr: number, index: number): number {
    const step = this.lastEpoch;
    if (step > this.totalSteps) {
      throw new ValueError(
        `Tried to step ${step} times. The specified number of total steps is ${this.totalSteps}`,
      );
    }
    const phases = this.#phases[index];
    const at = Math.max(
      0,
      phases.findIndex((phase, i) => step <= phase.end || i === phases.length - 1),
    );
    const start = at === 0 ? 0 : phases[at - 1].end;
    const part = (step - start) / (phases[at].end - start);
    if (this.#momentum !== null)
      setMomentum(this.optimizer, index, this.#momentum, this.#anneal(...phases[at].momenta, part));
    return this.#anneal(...phases[at].rates, part);
  }
}

const alongCosine = (from: number, to: number, part: number): number =>
  to + ((from - to) / 2) * (Math.cos(Math.PI * part) + 1);

const alongLine = (from: number, to: number, part: number): number => (to - from) * part + from;

function totalSteps({ totalSteps: total, epochs, stepsPerEpoch }: OneCycleOptions): number {
  if (total !== undefined) {
    if (!(total > 0 && Number.isInteger(total)))
      throw new ValueError(`Expected positive integer total_steps, but got ${total}`);
    return total;
  }
  if (epochs === undefined || stepsPerEpoch === undefined)
    throw new ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)");
  return epochs * stepsPerEpoch;
}

/** Where an optimizer has its momentum: Adam's is the first of its betas. */
type MomentumOption = "betas" | "momentum";

function momentumOption(optimizer: AnyOptimizer): MomentumOption {
  if ("betas" in optimizer.defaults) return "betas";
  if ("momentum" in optimizer.defaults) return "momentum";
  throw new ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
}

function setMomentum(optimizer: AnyOptimizer, index: number, option: MomentumOption, momentum: number): void {
  const group = optimizer.paramGroups[index];
  if (option === "betas") group.betas = [momentum, group.betas[1]];
  else group.momentum = momentum;
}

/** Options of CyclicLR. */
export interface CyclicOptions {
  /** How many steps the rate rises; default 2000. */
  readonly stepSizeUp?: number;
  /** How many steps it falls; default as many as it rises. */
  readonly stepSizeDown?: number | null;
  /** Whether later cycles are as high, half as high each, or `gamma` times as high with each step. */
  readonly mode?: "triangular" | "triangular2" | "exp_range";
  readonly gamma?: number;
  /** How high a cycle is, in place of `mode`: a function of the cycle's number, or of the step's. */
  readonly scaleFn?: ((at: number) => number) | null;
  readonly scaleMode?: "cycle" | "iterations";
  /** Let momentum (or the first beta) move against the rate; default true. */
  readonly cycleMomentum?: boolean;
  readonly baseMomentum?: number | readonly number[];
  readonly maxMomentum?: number | readonly number[];
}

/** One value for each group. */
function forGroups(
  name: string,
  optimizer: AnyOptimizer,
  given: number | readonly number[],
): readonly number[] {
  const count = optimizer.paramGroups.length;
  if (typeof given === "number") return new Array<number>(count).fill(given);
  if (given.length !== count)
    throw new ValueError(
      `${name} must have the same length as optimizer.param_groups. ${name} has ${given.length} values, param_groups has ${count}.`,
    );
  return given;
}

/**
 * Rises from `baseLr` to `maxLr` and falls back, again and again: call `step()` after each batch.
 * @example const scheduler = new optim.lrScheduler.CyclicLR(optimizer, 0.01, 0.1, { stepSizeUp: 5 });
 */
export class CyclicLR extends LRScheduler {
  readonly maxLrs: readonly number[];
  readonly #totalSize: number;
  readonly #turn: number;
  readonly #scale: (cycle: number) => number;
  readonly #momentum: MomentumOption | null;
  readonly #momenta: readonly (readonly [base: number, max: number])[];

  constructor(
    optimizer: AnyOptimizer,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options: CyclicOptions = {},
  ) {
    const {
      stepSizeUp = 2000,
      mode = "triangular",
      gamma = 1,
      scaleFn = null,
      scaleMode = "cycle",
    } = options;
    const { cycleMomentum = true, baseMomentum = 0.8, maxMomentum = 0.9 } = options;
    const lowest = forGroups("base_lr", optimizer, baseLr);
    groupsOf(optimizer).forEach((group, i) => {
      group.lr = lowest[i];
    });
    super(optimizer);
    this.maxLrs = forGroups("max_lr", optimizer, maxLr);
    this.#totalSize = stepSizeUp + (options.stepSizeDown ?? stepSizeUp);
    this.#turn = stepSizeUp / this.#totalSize;
    const scales = {
      triangular: () => 1,
      triangular2: (cycle: number) => 1 / 2 ** (cycle - 1),
      exp_range: () => gamma ** this.lastEpoch,
    };
    if (scaleFn === null && !(mode in scales)) throw new ValueError("mode is invalid and scale_fn is None");
    this.#scale =
      scaleFn === null ? scales[mode] : (cycle) => scaleFn(scaleMode === "cycle" ? cycle : this.lastEpoch);
    this.#momentum = cycleMomentum ? momentumOption(optimizer) : null;
    const highest = forGroups("max_momentum", optimizer, maxMomentum);
    this.#momenta = forGroups("base_momentum", optimizer, baseMomentum).map((base, i) => [base, highest[i]]);
    this.step();
    this.baseLrs = [...lowest];
  }

  protected override rate(_lr: number, baseLr: number, index: number): number {
    const cycle = Math.floor(1 + this.lastEpoch / this.#totalSize);
    const at = 1 + this.lastEpoch / this.#totalSize - cycle;
    const height = at <= this.#turn ? at / this.#turn : (at - 1) / (this.#turn - 1);
    if (this.#momentum !== null) {
      const [base, max] = this.#momenta[index];
      setMomentum(this.optimizer, index, this.#momentum, max - (max - base) * height * this.#scale(cycle));
    }
    return baseLr + (this.maxLrs[index] - baseLr) * height * this.#scale(cycle);
  }
}
