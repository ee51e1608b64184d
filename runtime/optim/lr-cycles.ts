/** Schedulers that follow a half cosine: once, with warm restarts, or up and down in one cycle. Source: torch/optim/lr_scheduler.py. */
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
  readonly #momentum: "betas" | "momentum" | null;

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
    const group = this.optimizer.paramGroups[index];
    if (this.#momentum !== null) {
      const momentum = this.#anneal(...phases[at].momenta, part);
      if (this.#momentum === "betas") group.betas = [momentum, group.betas[1]];
      else group.momentum = momentum;
    }
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

function momentumOption(optimizer: AnyOptimizer): "betas" | "momentum" {
  if ("betas" in optimizer.defaults) return "betas";
  if ("momentum" in optimizer.defaults) return "momentum";
  throw new ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
}
