/**
 * Recurrent networks over sequences: RNN, LSTM, GRU, stacked and in both directions. Single steps are
 * recurrent-cells.ts's. Source: torch/nn/modules/rnn.py.
 */
import { called } from "../dispatch/value-name.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import * as ops from "../ops/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { uniform_ } from "./init.ts";
import { emptyParameter } from "./linear.ts";
import { Module } from "./module.ts";
import { PackedSequence } from "./packed-sequences.ts";
import type { Parameter } from "./parameter.ts";
import { python, pythonFloat } from "./repr.ts";

/** Options of the recurrent networks. */
export interface RecurrentOptions {
  /** How many networks are stacked; default 1. */
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Inputs are [N, L, inputSize] in place of [L, N, inputSize]. */
  readonly batchFirst?: boolean;
  /** How probable it is that what one layer gives the next is dropped while training. */
  readonly dropout?: number;
  readonly bidirectional?: boolean;
}

/** Options of LSTM. */
export interface LSTMOptions extends RecurrentOptions {
  /** Project the hidden state to this size; 0 (the default) leaves it. */
  readonly projSize?: number;
}

interface Settings extends LSTMOptions {
  /** How many gates of `hiddenSize` the weights hold. */
  readonly gates: number;
}

abstract class RecurrentBase extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;
  readonly [weight: `weight_${string}` | `bias_${string}`]: Parameter;

  constructor(inputSize: number, hiddenSize: number, settings: Settings) {
    super();
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = settings.numLayers ?? 1;
    this.bias = settings.bias ?? true;
    this.batchFirst = settings.batchFirst ?? false;
    this.dropout = settings.dropout ?? 0;
    this.bidirectional = settings.bidirectional ?? false;
    this.projSize = settings.projSize ?? 0;
    this.check();
    const rows = settings.gates * hiddenSize;
    const stateSize = this.projSize > 0 ? this.projSize : hiddenSize;
    for (let layer = 0; layer < this.numLayers; layer++) {
      for (const suffix of this.suffixes(layer)) {
        const from = layer === 0 ? inputSize : stateSize * this.directions;
        this.registerParameter(`weight_ih_${suffix}`, emptyParameter([rows, from]));
        this.registerParameter(`weight_hh_${suffix}`, emptyParameter([rows, stateSize]));
        if (this.bias) {
          this.registerParameter(`bias_ih_${suffix}`, emptyParameter([rows]));
          this.registerParameter(`bias_hh_${suffix}`, emptyParameter([rows]));
        }
        if (this.projSize > 0)
          this.registerParameter(`weight_hr_${suffix}`, emptyParameter([this.projSize, hiddenSize]));
      }
    }
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  private check(): void {
    if (this.hiddenSize <= 0) throw new ValueError("hidden_size must be greater than zero");
    if (this.numLayers <= 0) throw new ValueError("num_layers must be greater than zero");
    if (!(this.dropout >= 0 && this.dropout <= 1)) {
      throw new ValueError(
        "dropout should be a number in range [0, 1] representing the probability of an element being zeroed",
      );
    }
    if (this.projSize < 0)
      throw new ValueError("proj_size should be a positive integer or zero to disable projections");
    if (this.projSize >= this.hiddenSize)
      throw new ValueError("proj_size has to be smaller than hidden_size");
  }

  private suffixes(layer: number): readonly string[] {
    return this.bidirectional ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`];
  }

  protected get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  /** [numLayers * directions, N, size]. */
  protected stateSizes(input: Tensor, size: number): number[] {
    return [this.numLayers * this.directions, input.sizes[this.batchFirst ? 0 : 1], size];
  }

  protected checkInput(input: Tensor): void {
    const size = input.sizes[input.ndim - 1];
    if (size !== this.inputSize) {
      throw new RuntimeError(
        `input.size(-1) must be equal to input_size. Expected ${this.inputSize}, got ${size}`,
      );
    }
  }

  protected checkState(state: Tensor, expected: readonly number[], name: string): void {
    called("hx", state);
    if (state.sizes.join() === expected.join()) return;
    throw new RuntimeError(`Expected ${name} size (${expected.join(", ")}), got [${state.sizes.join(", ")}]`);
  }

  /** A batch of one where the input has none, and how to take it off again. */
  protected batched(input: Tensor): { readonly input: Tensor; readonly batchDim: number | null } {
    if (input.ndim !== 2 && input.ndim !== 3) {
      throw new ValueError(
        `${this.constructor.name}: Expected input to be 2D or 3D, got ${input.ndim}D instead`,
      );
    }
    const dim = this.batchFirst ? 0 : 1;
    return input.ndim === 3 ? { input, batchDim: null } : { input: input.unsqueeze(dim), batchDim: dim };
  }

  /** Asked for with size(), so that a trace makes the state anew for batches of other sizes. */
  protected batchOf(input: Tensor): number {
    return input.size(this.batchFirst ? 0 : 1);
  }

  /** Zeros, or the given state with a batch. */
  protected startingState(
    input: Tensor,
    given: Tensor | null,
    size: number,
    isBatched: boolean,
    batch: number,
  ): Tensor {
    if (given === null) {
      return ops.zeros(this.stateSizes(input, size).with(1, batch), { dtype: input.dtype });
    }
    const rank = isBatched ? 3 : 2;
    if (given.ndim !== rank) {
      throw new RuntimeError(
        `For ${isBatched ? "batched 3-D" : "unbatched 2-D"} input, hx should also be ${rank}-D but got ${given.ndim}-D tensor`,
      );
    }
    return isBatched ? given : given.unsqueeze(1);
  }

  /** The state before packed sequences, in their order: zeros, or the given one checked. */
  protected packedState(input: PackedSequence, given: Tensor | null, size: number, name: string): Tensor {
    const batch = Number(input.batchSizes.tolist()[0]);
    const sizes = [this.numLayers * this.directions, batch, size];
    if (given === null) return ops.zeros(sizes, { dtype: input.data.dtype });
    this.checkState(given, sizes, name);
    return input.sortedIndices === null ? given : given.indexSelect(1, input.sortedIndices);
  }

  /** What the kernels take besides input and state; those of packed sequences know no `batchFirst`. */
  protected settings(): readonly [Parameter[], boolean, number, number, boolean, boolean] {
    return [this.parameters(), this.bias, this.numLayers, this.dropout, this.training, this.bidirectional];
  }

  override extraRepr(): string {
    const parts = [`${this.inputSize}, ${this.hiddenSize}`];
    if (this.projSize !== 0) parts.push(`proj_size=${this.projSize}`);
    if (this.numLayers !== 1) parts.push(`num_layers=${this.numLayers}`);
    if (!this.bias) parts.push(`bias=${python(false)}`);
    if (this.batchFirst) parts.push(`batch_first=${python(true)}`);
    if (this.dropout !== 0) parts.push(`dropout=${pythonFloat(this.dropout)}`);
    if (this.bidirectional) parts.push(`bidirectional=${python(true)}`);
    return parts.join(", ");
  }
}

/** Networks whose state is one tensor. */
abstract class HiddenOnly extends RecurrentBase {
  /**
   * `[L, N, inputSize]` (or without N) and a state `[numLayers * directions, N, hiddenSize]`, zeros if left out, give
   * all hidden states `[L, N, directions * hiddenSize]` and the last ones. Packed sequences give packed ones.
   */
  override forward(input: PackedSequence, hx?: Tensor | null): [output: PackedSequence, hidden: Tensor];
  override forward(input: Tensor, hx?: Tensor | null): [output: Tensor, hidden: Tensor];
  override forward(input: Tensor | PackedSequence, hx: Tensor | null = null): [unknown, Tensor] {
    if (input instanceof PackedSequence) {
      this.checkInput(input.data);
      const state = this.packedState(input, hx, this.hiddenSize, "hidden");
      const [output, hidden] = this.network()(input.data, input.batchSizes, state, ...this.settings());
      return [input.with(output), unsorted(hidden, input)];
    }
    const { input: rows, batchDim } = this.batched(input);
    const state = this.startingState(rows, hx, this.hiddenSize, batchDim === null, this.batchOf(rows));
    this.checkInput(rows);
    this.checkState(state, this.stateSizes(rows, this.hiddenSize), "hidden");
    const [output, hidden] = this.network()(rows, state, ...this.settings(), this.batchFirst);
    return batchDim === null ? [output, hidden] : [output.squeeze(batchDim), hidden.squeeze(1)];
  }

  protected abstract network(): typeof ops.gru;
}

/** A last state in the order the sequences were packed in. */
const unsorted = (state: Tensor, { unsortedIndices }: PackedSequence): Tensor =>
  unsortedIndices === null ? state : state.indexSelect(1, unsortedIndices);

/** Options of RNN. */
export interface RNNOptions extends RecurrentOptions {
  readonly nonlinearity?: "tanh" | "relu";
}

/**
 * h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or ReLU in place of tanh.
 * @example new nn.RNN(4, 8).forward(torch.ones([5, 1, 4]))[0].shape // [5, 1, 8]
 */
export class RNN extends HiddenOnly {
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const nonlinearity = options.nonlinearity ?? "tanh";
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      throw new ValueError(`Unknown nonlinearity '${nonlinearity}'. Select from 'tanh' or 'relu'.`);
    }
    super(inputSize, hiddenSize, { ...options, projSize: 0, gates: 1 });
    this.nonlinearity = nonlinearity;
  }

  protected override network(): typeof ops.gru {
    return this.nonlinearity === "tanh" ? ops.rnnTanh : ops.rnnRelu;
  }
}

/**
 * A gated recurrent unit.
 * @example new nn.GRU(4, 8).forward(torch.ones([5, 1, 4]))[1].shape // [1, 1, 8]
 */
export class GRU extends HiddenOnly {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(inputSize, hiddenSize, { ...options, projSize: 0, gates: 3 });
  }

  protected override network(): typeof ops.gru {
    return ops.gru;
  }
}

/** What an LSTM carries from step to step. */
export type LSTMState = [hidden: Tensor, cell: Tensor];

/**
 * Long short-term memory.
 * @example new nn.LSTM(4, 8, { batchFirst: true }).forward(torch.ones([1, 5, 4]))[0].shape // [1, 5, 8]
 */
export class LSTM extends RecurrentBase {
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super(inputSize, hiddenSize, { ...options, gates: 4 });
  }

  /**
   * `[L, N, inputSize]` (or without N) and the states `[h, c]`, zeros if left out, give all hidden states
   * `[L, N, directions * hiddenSize]` and the last `[h, c]`. Packed sequences give packed ones.
   */
  override forward(
    input: PackedSequence,
    hx?: Readonly<LSTMState> | null,
  ): [output: PackedSequence, state: LSTMState];
  override forward(input: Tensor, hx?: Readonly<LSTMState> | null): [output: Tensor, state: LSTMState];
  override forward(
    input: Tensor | PackedSequence,
    hx: Readonly<LSTMState> | null = null,
  ): [unknown, LSTMState] {
    const hiddenSize = this.projSize > 0 ? this.projSize : this.hiddenSize;
    if (input instanceof PackedSequence) {
      this.checkInput(input.data);
      const first = [
        this.packedState(input, hx?.[0] ?? null, hiddenSize, "hidden[0]"),
        this.packedState(input, hx?.[1] ?? null, this.hiddenSize, "hidden[1]"),
      ];
      const [output, h, c] = ops.lstm(input.data, input.batchSizes, first, ...this.settings());
      return [input.with(output), [unsorted(h, input), unsorted(c, input)]];
    }
    const { input: rows, batchDim } = this.batched(input);
    const isBatched = batchDim === null;
    const batch = this.batchOf(rows);
    const hidden = this.startingState(rows, hx?.[0] ?? null, hiddenSize, isBatched, batch);
    const cell = this.startingState(rows, hx?.[1] ?? null, this.hiddenSize, isBatched, batch);
    this.checkInput(rows);
    this.checkState(hidden, this.stateSizes(rows, hiddenSize), "hidden[0]");
    this.checkState(cell, this.stateSizes(rows, this.hiddenSize), "hidden[1]");
    const [output, h, c] = ops.lstm(rows, [hidden, cell], ...this.settings(), this.batchFirst);
    return isBatched ? [output, [h, c]] : [output.squeeze(batchDim), [h.squeeze(1), c.squeeze(1)]];
  }
}
