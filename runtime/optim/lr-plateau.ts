/** A scheduler that watches a metric and lowers the rate when it stops improving. Source: torch/optim/lr_scheduler.py. */
import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type AnyOptimizer, groupsOf, type SchedulerStateDict } from "./lr-scheduler.ts";

/** Options of ReduceLROnPlateau. */
export interface PlateauOptions {
  /** Whether lower or higher is better; default "min". */
  readonly mode?: "min" | "max";
  /** What the rate is multiplied with; default 0.1. */
  readonly factor?: number;
  /** How many epochs without improvement are borne; default 10. */
  readonly patience?: number;
  /** How much better counts as better; default 1e-4. */
  readonly threshold?: number;
  readonly thresholdMode?: "rel" | "abs";
  /** How many epochs to wait after lowering. */
  readonly cooldown?: number;
  readonly minLr?: number | readonly number[];
  /** Smaller changes are not made; default 1e-8. */
  readonly eps?: number;
}

/**
 * Lowers the rate when a metric stops improving.
 * @example
 * const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, { patience: 3 });
 * scheduler.step(0.25);
 */
export class ReduceLROnPlateau {
  readonly optimizer: AnyOptimizer;
  readonly options: Required<PlateauOptions>;
  best: number;
  numBadEpochs = 0;
  cooldownCounter = 0;
  lastEpoch = 0;

  constructor(optimizer: AnyOptimizer, options: PlateauOptions = {}) {
    this.optimizer = optimizer;
    this.options = {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "rel",
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
      ...options,
    };
    const { factor, mode, thresholdMode } = this.options;
    if (factor >= 1) throw new ValueError("Factor should be < 1.0.");
    if (mode !== "min" && mode !== "max") throw new ValueError(`mode ${mode} is unknown!`);
    if (thresholdMode !== "rel" && thresholdMode !== "abs")
      throw new ValueError(`threshold mode ${thresholdMode} is unknown!`);
    this.best = mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** Takes the scheduler to the next epoch, whose metric is `metrics`. */
  step(metrics: number | Tensor): void {
    const current = Number(metrics);
    this.lastEpoch++;
    if (this.#isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs <= this.options.patience) return;
    this.#lower();
    this.cooldownCounter = this.options.cooldown;
    this.numBadEpochs = 0;
  }

  #isBetter(current: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    if (mode === "min")
      return current < (thresholdMode === "rel" ? this.best * (1 - threshold) : this.best - threshold);
    return current > (thresholdMode === "rel" ? this.best * (1 + threshold) : this.best + threshold);
  }

  #lower(): void {
    const { factor, minLr, eps } = this.options;
    groupsOf(this.optimizer).forEach((group, i) => {
      const least = typeof minLr === "number" ? minLr : minLr[i];
      const next = Math.max(group.lr * factor, least);
      if (group.lr - next > eps) group.lr = next;
    });
  }

  getLastLr(): number[] {
    return groupsOf(this.optimizer).map((group) => group.lr);
  }

  stateDict(): SchedulerStateDict {
    const { best, numBadEpochs, cooldownCounter, lastEpoch } = this;
    return { best, numBadEpochs, cooldownCounter, lastEpoch };
  }

  loadStateDict(state: SchedulerStateDict): void {
    Object.assign(this, state);
  }
}
