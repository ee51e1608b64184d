/**
 * Recurrent networks: whole layers over sequences, stacked and in both directions. Single steps are recurrent-cells.ts's.
 * Source: aten/src/ATen/native/RNN.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import type { Lowering } from "../jit/onnx/lowering.ts";
import * as recurrent from "../jit/onnx/recurrent.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { dropout } from "./dropout.ts";
import { cat, stack } from "./joining.ts";
import { linear } from "./linear.ts";

const composite = { composite: true } as const;

/** The weights of one direction of one layer. */
interface CellWeights {
  readonly inputWeight: Tensor;
  readonly hiddenWeight: Tensor;
  readonly inputBias: Tensor | null;
  readonly hiddenBias: Tensor | null;
  /** LSTM only: projects the hidden state to a smaller one. */
  readonly projection: Tensor | null;
}

/** A step: from what the input adds and the state (hidden first) to the next state. */
type Step = (fromInput: Tensor, state: readonly Tensor[], weights: CellWeights) => readonly Tensor[];

const fromHidden = (hidden: Tensor, { hiddenWeight, hiddenBias }: CellWeights): Tensor =>
  linear(hidden, hiddenWeight, hiddenBias);

const lstmStep: Step = (fromInput, [hidden, cell], weights) => {
  const [i, f, g, o] = fromHidden(hidden, weights).add(fromInput).chunk(4, -1);
  const next = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
  const output = o.sigmoid().mul(next.tanh());
  return [weights.projection === null ? output : linear(output, weights.projection), next];
};

const gruStep: Step = (fromInput, [hidden], weights) => {
  const [inputReset, inputUpdate, inputNew] = fromInput.chunk(3, -1);
  const [hiddenReset, hiddenUpdate, hiddenNew] = fromHidden(hidden, weights).chunk(3, -1);
  const reset = hiddenReset.add(inputReset).sigmoid();
  const update = hiddenUpdate.add(inputUpdate).sigmoid();
  const candidate = inputNew.add(hiddenNew.mul(reset)).tanh();
  return [hidden.sub(candidate).mul(update).add(candidate)];
};

const tanhStep: Step = (fromInput, [hidden], weights) => [fromHidden(hidden, weights).add(fromInput).tanh()];
const reluStep: Step = (fromInput, [hidden], weights) => [fromHidden(hidden, weights).add(fromInput).relu()];

/** What all layers of a network share. */
interface Network {
  readonly step: Step;
  readonly hasBiases: boolean;
  readonly layers: number;
  readonly dropout: number;
  readonly train: boolean;
  readonly bidirectional: boolean;
  readonly batchFirst: boolean;
}

function weightsOf(
  params: readonly Tensor[],
  index: number,
  hasBiases: boolean,
  projected: boolean,
): CellWeights {
  const count = (hasBiases ? 4 : 2) + (projected ? 1 : 0);
  const group = params.slice(index * count, (index + 1) * count);
  return {
    inputWeight: group[0],
    hiddenWeight: group[1],
    inputBias: hasBiases ? group[2] : null,
    hiddenBias: hasBiases ? group[3] : null,
    projection: projected ? group[count - 1] : null,
  };
}

/** Runs a network over `[T, N, input]` (or batch first); states are `[layers * directions, N, hidden]`. */
function run(
  input: Tensor,
  states: readonly Tensor[],
  params: readonly Tensor[],
  network: Network,
): { output: Tensor; states: Tensor[] } {
  const { step, layers, bidirectional, batchFirst, hasBiases } = network;
  const directions = bidirectional ? 2 : 1;
  const projected = states.length === 2 && states[0].sizes[2] !== states[1].sizes[2];
  let sequence = batchFirst ? input.transpose(0, 1) : input;
  const finals: (readonly Tensor[])[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const outputs: Tensor[] = [];
    for (let direction = 0; direction < directions; direction++) {
      const index = layer * directions + direction;
      const weights = weightsOf(params, index, hasBiases, projected);
      const fromInput = linear(sequence, weights.inputWeight, weights.inputBias).unbind(0);
      let state: readonly Tensor[] = states.map((all) => all.select(0, index));
      const hidden = new Array<Tensor>(fromInput.length);
      for (let i = 0; i < hidden.length; i++) {
        const t = direction === 0 ? i : hidden.length - 1 - i;
        state = step(fromInput[t], state, weights);
        hidden[t] = state[0];
      }
      outputs.push(stack(hidden, 0));
      finals.push(state);
    }
    sequence = outputs.length === 1 ? outputs[0] : cat(outputs, -1);
    if (network.dropout > 0 && network.train && layer < layers - 1) {
      sequence = dropout(sequence, network.dropout, true);
    }
  }
  return {
    output: batchFirst ? sequence.transpose(0, 1) : sequence,
    states: states.map((_, k) =>
      stack(
        finals.map((state) => state[k]),
        0,
      ),
    ),
  };
}

const cppNames: Readonly<Record<string, string>> = {
  Float: "float",
  Double: "double",
  Long: "long int",
  Int: "int",
};
const cppName = (tensor: Tensor): string => cppNames[tensor.dtype.scalarName] ?? tensor.dtype.scalarName;

function checkSequence(
  input: Tensor,
  states: readonly Tensor[],
  params: readonly Tensor[],
  needed: number,
  perLayer: number,
  gated: boolean,
): void {
  for (const tensor of [input, ...states]) {
    if (params.length === 0 || tensor.dtype === params[0].dtype) continue;
    throw new RuntimeError(
      gated
        ? `expected scalar type ${tensor.dtype.scalarName} but found ${params[0].dtype.scalarName}`
        : `expected m1 and m2 to have the same dtype, but got: ${cppName(tensor)} != ${cppName(params[0])}`,
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

/** A network over a whole sequence: inputs, first states, all weights and how they are arranged. */
export type Recurrent = (
  input: Tensor,
  hx: Tensor,
  params: readonly Tensor[],
  hasBiases: boolean,
  numLayers: number,
  dropout: number,
  train: boolean,
  bidirectional: boolean,
  batchFirst: boolean,
) => readonly [output: Tensor, hidden: Tensor];

function networkRow(name: string, step: Step, onnxExport: Lowering): Recurrent {
  return aten(
    op(
      `aten::${name}.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)` as "aten::f(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)",
      (input, hx, params, hasBiases, layers, p, train, bidirectional, batchFirst) => {
        checkSequence(
          input,
          [hx],
          params,
          layers * (bidirectional ? 2 : 1),
          hasBiases ? 4 : 2,
          name === "gru",
        );
        const network = { step, hasBiases, layers, dropout: p, train, bidirectional, batchFirst };
        const { output, states } = run(input, [hx], params, network);
        return [output, states[0]];
      },
      { ...composite, onnxExport },
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
export const lstm: (
  input: Tensor,
  hx: readonly Tensor[],
  params: readonly Tensor[],
  hasBiases: boolean,
  numLayers: number,
  dropout: number,
  train: boolean,
  bidirectional: boolean,
  batchFirst: boolean,
) => readonly [output: Tensor, hidden: Tensor, cell: Tensor] = aten(
  op(
    "aten::lstm.input(Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor, Tensor)",
    (input, hx, params, hasBiases, layers, p, train, bidirectional, batchFirst) => {
      if (hx.length !== 2) throw new RuntimeError("lstm expects two hidden states");
      checkSequence(input, hx, params, layers * (bidirectional ? 2 : 1), hasBiases ? 4 : 2, true);
      const network = { step: lstmStep, hasBiases, layers, dropout: p, train, bidirectional, batchFirst };
      const { output, states } = run(input, hx, params, network);
      return [output, states[0], states[1]];
    },
    { ...composite, onnxExport: recurrent.lstm },
  ),
);
