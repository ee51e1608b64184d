/**
 * `optim.swaUtils`: weights averaged over steps of training, evenly (SWA) or as a moving average (EMA), with the
 * schedule that goes with it. Source: torch/optim/swa_utils.py.
 */
import { withGradMode } from "../autograd/grad-mode.ts";
import { ValueError } from "../errors.ts";
import { BatchNorm } from "../nn/batch-norm.ts";
import { Module } from "../nn/module.ts";
import { int64 } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type AnyOptimizer, groupsOf, LRScheduler } from "./lr-scheduler.ts";

/** The next average of a parameter, from the last one and the present value; `numAveraged` counts those before. */
export type AverageFunction = (averaged: Tensor, current: Tensor, numAveraged: number) => Tensor;

/** The plain average of all steps: what AveragedModel does by itself. */
export const getSwaAvgFn = (): AverageFunction => (averaged, current, numAveraged) =>
  averaged.add(current.sub(averaged).div(numAveraged + 1));

/** A moving average that keeps `decay` of itself at each step. Throws a ValueError for a decay outside of [0, 1]. */
export function getEmaAvgFn(decay = 0.999): AverageFunction {
  if (decay < 0 || decay > 1) {
    throw new ValueError(`Invalid decay value ${decay} provided. Please provide a value in [0,1] range.`);
  }
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/** Options of AveragedModel. */
export interface AveragedModelOptions {
  /** How parameters are averaged; default evenly. */
  readonly avgFn?: AverageFunction;
  /** Average buffers too, instead of copying them; default false. */
  readonly useBuffers?: boolean;
}

/**
 * A copy of a model whose parameters are averages of the model's own; `forward` is the copy's.
 * @example
 * const averaged = new optim.swaUtils.AveragedModel(model);
 * averaged.updateParameters(model);
 */
export class AveragedModel<M extends Module = Module> extends Module {
  readonly module: M;
  declare n_averaged: Tensor;
  readonly #average: AverageFunction;
  readonly #useBuffers: boolean;

  constructor(model: M, { avgFn = getSwaAvgFn(), useBuffers = false }: AveragedModelOptions = {}) {
    super();
    this.module = model.clone();
    this.registerBuffer("n_averaged", makeZeros([], int64));
    this.#average = avgFn;
    this.#useBuffers = useBuffers;
  }

  override forward(...args: Parameters<M["forward"]>): ReturnType<M["forward"]> {
    return (this.module.forward as (...given: unknown[]) => ReturnType<M["forward"]>)(...args);
  }

  /** Takes the model's present parameters into the averages, and its buffers as they are. */
  updateParameters(model: M): void {
    const count = this.n_averaged.item();
    const averagedOf = (module: Module): Tensor[] =>
      this.#useBuffers ? [...module.parameters(), ...module.buffers()] : module.parameters();
    withGradMode(false, () => {
      const own = averagedOf(this.module);
      averagedOf(model).forEach((current, i) => {
        const value = current.detach();
        own[i].copy_(count === 0 ? value : this.#average(own[i].detach(), value, count));
      });
      if (!this.#useBuffers) {
        const buffers = this.module.buffers();
        model.buffers().forEach((buffer, i) => {
          buffers[i].copy_(buffer);
        });
      }
      this.n_averaged.add_(1);
    });
  }
}

/**
 * Computes the running statistics of a model's batch norms anew from all batches (or the first part of each), as they
 * are needed for averaged weights.
 */
export async function updateBn<T>(loader: Iterable<T> | AsyncIterable<T>, model: Module): Promise<void> {
  const norms = model.modules().filter((module) => module instanceof BatchNorm);
  if (norms.length === 0) return;
  const momenta = norms.map((norm) => norm.momentum);
  const wasTraining = model.training;
  model.train();
  for (const norm of norms) {
    norm.resetRunningStats();
    // Without a momentum they are plain averages over all batches.
    norm.momentum = null;
  }
  for await (const batch of loader) {
    const input: unknown = Array.isArray(batch) ? batch[0] : batch;
    withGradMode(false, () => (model.forward as (...args: unknown[]) => unknown)(input));
  }
  norms.forEach((norm, i) => {
    norm.momentum = momenta[i];
  });
  model.train(wasTraining);
}

/** Options of SWALR. */
export interface SwaLrOptions {
  /** In how many epochs the rate goes over; default 10. */
  readonly annealEpochs?: number;
  readonly annealStrategy?: "cos" | "linear";
}

/** Takes the rates over to `swaLr` and keeps them there, while weights are averaged. */
export class SWALR extends LRScheduler {
  readonly swaLrs: readonly number[];
  readonly annealEpochs: number;
  readonly annealStrategy: "cos" | "linear";

  constructor(
    optimizer: AnyOptimizer,
    swaLr: number | readonly number[],
    { annealEpochs = 10, annealStrategy = "cos" }: SwaLrOptions = {},
  ) {
    if (annealStrategy !== "cos" && annealStrategy !== "linear")
      throw new ValueError(`anneal_strategy must be one of 'cos' or 'linear', instead got ${annealStrategy}`);
    if (!(Number.isInteger(annealEpochs) && annealEpochs >= 0))
      throw new ValueError(`anneal_epochs must be equal or greater than 0, got ${annealEpochs}`);
    super(optimizer);
    this.swaLrs = groupsOf(optimizer).map((_, i) => (typeof swaLr === "number" ? swaLr : swaLr[i]));
    this.annealEpochs = annealEpochs;
    this.annealStrategy = annealStrategy;
    this.step();
  }

  protected override rate(lr: number, _baseLr: number, index: number): number {
    const swaLr = this.swaLrs[index];
    const step = this.annealEpochs === 0 ? Math.max(1, this.lastEpoch) : this.lastEpoch;
    const [before, now] = [this.#share(step - 1), this.#share(step)];
    const start = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
    return swaLr * now + start * (1 - now);
  }

  /** Which share of the way is gone after so many steps. */
  #share(step: number): number {
    const part = Math.max(0, Math.min(1, step / Math.max(1, this.annealEpochs)));
    return this.annealStrategy === "linear" ? part : (1 - Math.cos(Math.PI * part)) / 2;
  }
}
