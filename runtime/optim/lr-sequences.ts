/** Schedulers made of others: one after the other, or all at once. Source: torch/optim/lr_scheduler.py. */
import { ValueError } from "../errors.ts";
import { ReduceLROnPlateau } from "./lr-plateau.ts";
import { type AnyOptimizer, groupsOf, LRScheduler, type SchedulerStateDict } from "./lr-scheduler.ts";

/** One scheduler after the other; the next takes over at each of the `milestones`. */
export class SequentialLR extends LRScheduler {
  readonly schedulers: readonly LRScheduler[];
  readonly milestones: readonly number[];

  constructor(optimizer: AnyOptimizer, schedulers: readonly LRScheduler[], milestones: readonly number[]) {
    if (schedulers.length === 0)
      throw new ValueError("SequentialLR expects at least one scheduler, but got no scheduler.");
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        `Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${schedulers.length} and the number of milestones to be equal to ${milestones.length}`,
      );
    }
    super(optimizer);
    this.schedulers = schedulers;
    this.milestones = milestones;
    this.lastEpoch = 0;
    // Each scheduler took its first step when it was made; only the first one's counts.
    for (const group of groupsOf(optimizer)) group.lr = group.initialLr as number;
    for (const scheduler of schedulers) scheduler.lastEpoch--;
    schedulers[0].restart();
  }

  override step(): void {
    this.lastEpoch++;
    const turn = this.milestones.filter((epoch) => epoch <= this.lastEpoch).length;
    const scheduler = this.schedulers[turn];
    if (turn > 0 && this.milestones[turn - 1] === this.lastEpoch) scheduler.restart();
    else scheduler.step();
  }

  override stateDict(): SchedulerStateDict {
    return { ...super.stateDict(), schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  override loadStateDict({ schedulers, ...own }: SchedulerStateDict): void {
    super.loadStateDict(own);
    (schedulers as SchedulerStateDict[]).forEach((state, i) => {
      this.schedulers[i].loadStateDict(state);
    });
  }
}

/**
 * Several schedulers at each step, each of which goes on from the rates that the one before it left.
 * @example
 * const { ChainedScheduler, ConstantLR, ExponentialLR } = optim.lrScheduler;
 * const scheduler = new ChainedScheduler([new ConstantLR(optimizer), new ExponentialLR(optimizer, 0.9)]);
 */
export class ChainedScheduler {
  readonly optimizer: AnyOptimizer;
  readonly schedulers: readonly LRScheduler[];

  constructor(schedulers: readonly LRScheduler[], optimizer: AnyOptimizer | null = null) {
    if (schedulers.length === 0) {
      throw new ValueError(
        "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.",
      );
    }
    this.optimizer = optimizer ?? schedulers[0].optimizer;
    for (const [i, scheduler] of schedulers.entries()) {
      if (scheduler instanceof ReduceLROnPlateau) {
        throw new ValueError(
          `ChainedScheduler does not support \`ReduceLROnPlateau\` scheduler as it requires additional kwargs to be specified when calling \`step\`, but got one at index ${i} in the given schedulers sequence.`,
        );
      }
      if (scheduler.optimizer !== this.optimizer) {
        throw new ValueError(
          `ChainedScheduler expects all schedulers to belong to the same optimizer, but got scheduler ${scheduler.constructor.name} at index ${i} has ${scheduler.optimizer}, which is different from ${this.optimizer.constructor.name}.`,
        );
      }
    }
    this.schedulers = schedulers;
  }

  /** Takes all schedulers to the next epoch, in order. */
  step(): void {
    for (const scheduler of this.schedulers) scheduler.step();
  }

  /** The rates of the groups since the last step. */
  getLastLr(): number[] {
    return groupsOf(this.optimizer).map((group) => group.lr);
  }

  stateDict(): SchedulerStateDict {
    return { schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  loadStateDict(state: SchedulerStateDict): void {
    (state["schedulers"] as SchedulerStateDict[]).forEach((own, i) => {
      this.schedulers[i].loadStateDict(own);
    });
  }
}
