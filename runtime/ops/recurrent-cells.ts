/**
 * The cells of recurrent networks: one step of a batch. They are compositions that traces look into, so each does its
 * operations in PyTorch's order, in place where PyTorch does. Source: aten/src/ATen/native/RNN.cpp.
 */
import { wrapDim } from "../tensor/geometry.ts";
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { linear } from "./linear.ts";
import { unsafeChunk } from "./unsafe-splitting.ts";

const composition = { composite: true, untraced: true } as const;

/** One step for a batch: `[N, input]` and a hidden state `[N, hidden]`. */
export type Cell<State> = (
  input: Tensor,
  hx: State,
  wIh: Tensor,
  wHh: Tensor,
  bIh?: Tensor | null,
  bHh?: Tensor | null,
) => State extends readonly Tensor[] ? readonly [hidden: Tensor, cell: Tensor] : Tensor;

/** Throws in torch's words unless the weights are those of `gates` gates for the state, and state and input fit them. */
function checkCell(input: Tensor, hidden: Tensor, wIh: Tensor, wHh: Tensor, gates: number): void {
  if (input.ndim === 1) wrapDim(1, 1);
  const hiddenSize = wHh.sizes[1];
  for (const [name, weight] of Object.entries({ weight_ih: wIh, weight_hh: wHh })) {
    if (weight.sizes[0] !== gates * hiddenSize) {
      throw new RuntimeError(
        `${name} first dim must be ${gates} * hidden_size = ${gates * hiddenSize}, but got ${weight.sizes[0]}`,
      );
    }
  }
  const features = wIh.sizes[1];
  const inputSize = input.sizes[input.ndim - 1];
  if (inputSize !== features) {
    throw new RuntimeError(`input has inconsistent input_size: got ${inputSize} expected ${features}`);
  }
  checkState(input, hidden, hiddenSize, "hidden0");
}

function checkState(input: Tensor, state: Tensor, size: number, name: string): void {
  if (input.ndim === 2 && state.ndim >= 2 && input.sizes[0] !== state.sizes[0]) {
    throw new RuntimeError(
      `Input batch size ${input.sizes[0]} doesn't match ${name} batch size ${state.sizes[0]}`,
    );
  }
  const got = state.sizes[state.ndim - 1];
  if (got !== size) {
    throw new RuntimeError(`${name} has inconsistent hidden_size: got ${got}, expected ${size}`);
  }
}

/** One step of a GRU. */
export const gruCell: Cell<Tensor> = aten(
  op(
    "aten::gru_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor",
    (input, hx, wIh, wHh, bIh, bHh) => {
      checkCell(input, hx, wIh, wHh, 3);
      const [inputReset, inputUpdate, inputNew] = unsafeChunk(linear(input, wIh, bIh), 3, 1);
      const [hiddenReset, hiddenUpdate, hiddenNew] = unsafeChunk(linear(hx, wHh, bHh), 3, 1);
      const reset = hiddenReset.add_(inputReset).sigmoid_();
      const update = hiddenUpdate.add_(inputUpdate).sigmoid_();
      const candidate = inputNew.add(hiddenNew.mul_(reset)).tanh_();
      return hx.sub(candidate).mul_(update).add_(candidate);
    },
    composition,
  ),
);

/** What a simple cell adds up before its activation. */
function sum(
  input: Tensor,
  hx: Tensor,
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null,
  bHh: Tensor | null,
  gates = 1,
): Tensor {
  checkCell(input, hx, wIh, wHh, gates);
  return linear(hx, wHh, bHh).add_(linear(input, wIh, bIh));
}

/** One step of a plain recurrent network with tanh. */
export const rnnTanhCell: Cell<Tensor> = aten(
  op(
    "aten::rnn_tanh_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor",
    (...args) => sum(...args).tanh(),
    composition,
  ),
);

/** One step of a plain recurrent network with ReLU. */
export const rnnReluCell: Cell<Tensor> = aten(
  op(
    "aten::rnn_relu_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor",
    (...args) => sum(...args).relu(),
    composition,
  ),
);

/** One step of an LSTM: the new hidden state and cell. */
export const lstmCell: Cell<readonly Tensor[]> = aten(
  op(
    "aten::lstm_cell(Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> (Tensor, Tensor)",
    (input, hx, wIh, wHh, bIh, bHh) => {
      if (hx.length !== 2) throw new RuntimeError("lstm_cell expects two hidden states");
      const [hidden, cell] = hx;
      checkCell(input, hidden, wIh, wHh, 4);
      checkState(input, cell, wHh.sizes[1], "hidden1");
      const gates = unsafeChunk(sum(input, hidden, wIh, wHh, bIh, bHh, 4), 4, 1);
      const [into, forget] = [gates[0].sigmoid_(), gates[1].sigmoid_()];
      const [candidate, out] = [gates[2].tanh_(), gates[3].sigmoid_()];
      const next = forget.mul(cell).add_(into.mul(candidate));
      return [out.mul(next.tanh()), next];
    },
    composition,
  ),
);
