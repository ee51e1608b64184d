/** Recurrent cells: one step for a batch. Source: torch/nn/modules/rnn.py. */
import { called } from "../dispatch/value-name.ts";
import { ValueError } from "../errors.ts";
import * as ops from "../ops/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { uniform_ } from "./init.ts";
import { type BiasOption, emptyParameter } from "./linear.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";
import { python } from "./repr.ts";

class CellBase extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  weight_ih: Parameter;
  weight_hh: Parameter;
  bias_ih: Parameter | null;
  bias_hh: Parameter | null;

  constructor(inputSize: number, hiddenSize: number, gates: number, bias: boolean) {
    super();
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.weight_ih = emptyParameter([gates * hiddenSize, inputSize]);
    this.weight_hh = emptyParameter([gates * hiddenSize, hiddenSize]);
    this.bias_ih = bias ? emptyParameter([gates * hiddenSize]) : null;
    this.bias_hh = bias ? emptyParameter([gates * hiddenSize]) : null;
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** A batch of one where the input has none. */
  protected batched(input: Tensor): Tensor {
    if (input.ndim !== 1 && input.ndim !== 2) {
      throw new ValueError(
        `${this.constructor.name}: Expected input to be 1D or 2D, got ${input.ndim}D instead`,
      );
    }
    return input.ndim === 2 ? input : called("input", input.unsqueeze(0));
  }

  protected startingState(input: Tensor, given: Tensor | null, isBatched: boolean): Tensor {
    if (given === null) return ops.zeros([input.size(0), this.hiddenSize], { dtype: input.dtype });
    if (given.ndim !== 1 && given.ndim !== 2) {
      throw new ValueError(
        `${this.constructor.name}: Expected hidden to be 1D or 2D, got ${given.ndim}D instead`,
      );
    }
    return isBatched ? given : called("hx", given.unsqueeze(0));
  }

  protected weights(): readonly [Tensor, Tensor, Tensor | null, Tensor | null] {
    return [this.weight_ih, this.weight_hh, this.bias_ih, this.bias_hh];
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias_ih === null ? `, bias=${python(false)}` : ""}`;
  }
}

/** One step of RNN: [N, inputSize] and [N, hiddenSize] give [N, hiddenSize]; both also without N. */
export class RNNCell extends CellBase {
  readonly nonlinearity: "tanh" | "relu";

  constructor(
    inputSize: number,
    hiddenSize: number,
    options: BiasOption & { readonly nonlinearity?: "tanh" | "relu" } = {},
  ) {
    super(inputSize, hiddenSize, 1, options.bias ?? true);
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }

  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    const rows = this.batched(input);
    const state = this.startingState(rows, hx, input.ndim === 2);
    const step = this.nonlinearity === "tanh" ? ops.rnnTanhCell : ops.rnnReluCell;
    const next = step(rows, state, ...this.weights());
    return input.ndim === 2 ? next : called("ret", next).squeeze(0);
  }

  override extraRepr(): string {
    const text = super.extraRepr();
    return this.nonlinearity === "tanh" ? text : `${text}, nonlinearity=${this.nonlinearity}`;
  }
}

/** One step of GRU. */
export class GRUCell extends CellBase {
  constructor(inputSize: number, hiddenSize: number, options: BiasOption = {}) {
    super(inputSize, hiddenSize, 3, options.bias ?? true);
  }

  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    const rows = this.batched(input);
    const state = this.startingState(rows, hx, input.ndim === 2);
    const next = ops.gruCell(rows, state, ...this.weights());
    return input.ndim === 2 ? next : called("ret", next).squeeze(0);
  }
}

/** One step of LSTM: the state is `[h, c]`. */
export class LSTMCell extends CellBase {
  constructor(inputSize: number, hiddenSize: number, options: BiasOption = {}) {
    super(inputSize, hiddenSize, 4, options.bias ?? true);
  }

  override forward(
    input: Tensor,
    hx: readonly [hidden: Tensor, cell: Tensor] | null = null,
  ): [hidden: Tensor, cell: Tensor] {
    const rows = this.batched(input);
    const isBatched = input.ndim === 2;
    // Both states start as one tensor of zeros, as in torch.
    const zeros = hx === null ? this.startingState(rows, null, isBatched) : null;
    const state = [0, 1].map((i) => zeros ?? this.startingState(rows, hx?.[i] ?? null, isBatched));
    const [hidden, cell] = ops.lstmCell(rows, state, ...this.weights());
    return isBatched ? [hidden, cell] : [hidden.squeeze(0), cell.squeeze(0)];
  }
}
