/**
 * Recurrent networks: whole layers over sequences, stacked and in both directions. Single steps are recurrent-cells.ts's,
 * the loops over time recurrent-networks.ts's.
 * Source: aten/src/ATen/native/RNN.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import type { Lowering } from "../jit/onnx/lowering.ts";
import * as recurrent from "../jit/onnx/recurrent.ts";
import { cppName } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  gruStep,
  lstmStep,
  type Network,
  reluStep,
  run,
  runPacked,
  type Step,
  tanhStep,
} from "./recurrent-networks.ts";

const composite = { composite: true } as const;

function checkSequence(
  input: Tensor,
  states: readonly Tensor[],
  params: readonly Tensor[],
  { layers, bidirectional, hasBiases }: Network,
  gated: boolean,
): void {
  const needed = layers * (bidirectional ? 2 : 1);
  const perLayer = hasBiases ? 4 : 2;
  for (const tensor of [input, ...states]) {
    if (params.length === 0 || tensor.dtype === params[0].dtype) continue;
    throw new RuntimeError(
      gated
        ? `expected scalar type ${tensor.dtype.scalarName} but found ${params[0].dtype.scalarName}`
        : `expected m1 and m2 to have the same dtype, but got: ${cppName(tensor.dtype)} != ${cppName(params[0].dtype)}`,
    );
  }
  if (params.length === 0) throw new RuntimeError("expected the weights of at least one layer");
  if (states.length === 1 && params.length % perLayer !== 0)
    throw new RuntimeError("got an incorrect number of RNN parameters");
  if (gated && [input, ...states].some(({ ndim }) => ndim === 2))
    throw new IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)");
  if (states.some((state) => state.sizes[0] !== needed))
    throw new RuntimeError("Expected more hidden states in stacked_rnn");
  if (states.length === 1 && params.length / perLayer !== needed)
    throw new RuntimeError("Expected more weights in stacked_rnn");
}

/** A network over a whole sequence, or a packed one: inputs, first states, all weights and how they are arranged. */
export interface Recurrent {
  (
    data: Tensor,
    batchSizes: Tensor,
    hx: Tensor,
    params: readonly Tensor[],
    hasBiases: boolean,
    numLayers: number,
    dropout: number,
    train: boolean,
    bidirectional: boolean,
  ): readonly [output: Tensor, hidden: Tensor];
  (
    input: Tensor,
    hx: Tensor,
    params: readonly Tensor[],
    hasBiases: boolean,
    numLayers: number,
    dropout: number,
    train: boolean,
    bidirectional: boolean,
    batchFirst: boolean,
  ): readonly [output: Tensor, hidden: Tensor];
}

function networkRow(name: string, step: Step, onnxExport: Lowering): Recurrent {
  return aten(
    op(
      `aten::${name}.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)` as "aten::f(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)",
      (input, hx, params, hasBiases, layers, p, train, bidirectional, batchFirst) => {
        const network = { step, hasBiases, layers, dropout: p, train, bidirectional };
        checkSequence(input, [hx], params, network, name === "gru");
        const { output, states } = run(input, [hx], params, network, batchFirst);
        return [output, states[0]];
      },
      { ...composite, onnxExport },
    ),
    op(
      `aten::${name}.data(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)` as "aten::f(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)",
      (data, batchSizes, hx, params, hasBiases, layers, p, train, bidirectional) => {
        const network = { step, hasBiases, layers, dropout: p, train, bidirectional };
        checkSequence(data, [hx], params, network, false);
        const { output, states } = runPacked(data, batchSizes, [hx], params, network);
        return [output, states[0]];
      },
      composite,
    ),
  );
}

/** A GRU over a whole sequence: output and last state. `nn.GRU` holds its weights. */
export const gru = networkRow("gru", gruStep, recurrent.gru);
/** A plain recurrent network with tanh over a whole sequence. */
export const rnnTanh = networkRow("rnn_tanh", tanhStep, recurrent.rnnTanh);
/** A plain recurrent network with ReLU over a whole sequence. */
export const rnnRelu = networkRow("rnn_relu", reluStep, recurrent.rnnRelu);

/** The same with a cell state beside the hidden one. */
export const lstm: Lstm = aten(
  op(
    "aten::lstm.input(Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor, Tensor)",
    (input, hx, params, hasBiases, layers, p, train, bidirectional, batchFirst) => {
      if (hx.length !== 2) throw new RuntimeError("lstm expects two hidden states");
      const network = { step: lstmStep, hasBiases, layers, dropout: p, train, bidirectional };
      checkSequence(input, hx, params, network, true);
      const { output, states } = run(input, hx, params, network, batchFirst);
      return [output, states[0], states[1]];
    },
    { ...composite, onnxExport: recurrent.lstm },
  ),
  op(
    "aten::lstm.data(Tensor data, Tensor batch_sizes, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor, Tensor)",
    (data, batchSizes, hx, params, hasBiases, layers, p, train, bidirectional) => {
      if (hx.length !== 2) throw new RuntimeError("lstm expects two hidden states");
      const network = { step: lstmStep, hasBiases, layers, dropout: p, train, bidirectional };
      checkSequence(data, hx, params, network, false);
      const { output, states } = runPacked(data, batchSizes, hx, params, network);
      return [output, states[0], states[1]];
    },
    composite,
  ),
);

/** As `Recurrent`, with a cell state beside the hidden one. */
export interface Lstm {
  (
    data: Tensor,
    batchSizes: Tensor,
    hx: readonly Tensor[],
    params: readonly Tensor[],
    hasBiases: boolean,
    numLayers: number,
    dropout: number,
    train: boolean,
    bidirectional: boolean,
  ): readonly [output: Tensor, hidden: Tensor, cell: Tensor];
  (
    input: Tensor,
    hx: readonly Tensor[],
    params: readonly Tensor[],
    hasBiases: boolean,
    numLayers: number,
    dropout: number,
    train: boolean,
    bidirectional: boolean,
    batchFirst: boolean,
  ): readonly [output: Tensor, hidden: Tensor, cell: Tensor];
}
