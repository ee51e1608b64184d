/**
 * Recurrent networks' loops: layer by layer, direction by direction, step by step, over sequences of one length or packed
 * ones. Source: aten/src/ATen/native/RNN.cpp.
 */
import type { Tensor } from "../tensor/tensor.ts";
import { dropout } from "./dropout.ts";
import { cat, stack } from "./joining.ts";
import { linear } from "./linear.ts";

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
export type Step = (fromInput: Tensor, state: readonly Tensor[], weights: CellWeights) => readonly Tensor[];

const fromHidden = (hidden: Tensor, { hiddenWeight, hiddenBias }: CellWeights): Tensor =>
  linear(hidden, hiddenWeight, hiddenBias);

export const lstmStep: Step = (fromInput, [hidden, cell], weights) => {
  const [i, f, g, o] = fromHidden(hidden, weights).add(fromInput).chunk(4, -1);
  const next = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
  const output = o.sigmoid().mul(next.tanh());
  return [weights.projection === null ? output : linear(output, weights.projection), next];
};

export const gruStep: Step = (fromInput, [hidden], weights) => {
  const [inputReset, inputUpdate, inputNew] = fromInput.chunk(3, -1);
  const [hiddenReset, hiddenUpdate, hiddenNew] = fromHidden(hidden, weights).chunk(3, -1);
  const reset = hiddenReset.add(inputReset).sigmoid();
  const update = hiddenUpdate.add(inputUpdate).sigmoid();
  const candidate = inputNew.add(hiddenNew.mul(reset)).tanh();
  return [hidden.sub(candidate).mul(update).add(candidate)];
};

export const tanhStep: Step = (fromInput, [hidden], weights) => [
  fromHidden(hidden, weights).add(fromInput).tanh(),
];
export const reluStep: Step = (fromInput, [hidden], weights) => [
  fromHidden(hidden, weights).add(fromInput).relu(),
];

/** What all layers of a network share. */
export interface Network {
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
export function run(
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
    sequence = dropped(sequence, network, layer);
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

/** What the next layer gets: dropped in part while training. */
function dropped(sequence: Tensor, { dropout: p, train, layers }: Network, layer: number): Tensor {
  return p > 0 && train && layer < layers - 1 ? dropout(sequence, p, true) : sequence;
}

/**
 * Runs a network over packed sequences: all first steps, then all second ones, ..., `[sum of lengths, input]`; as many
 * sequences as `batchSizes` says go on at each step, the longest first.
 */
export function runPacked(
  data: Tensor,
  batchSizes: Tensor,
  states: readonly Tensor[],
  params: readonly Tensor[],
  network: Network,
): { output: Tensor; states: Tensor[] } {
  const { step, layers, bidirectional, hasBiases } = network;
  const counts = batchSizes.tolist() as unknown as readonly number[];
  const projected = states.length === 2 && states[0].sizes[2] !== states[1].sizes[2];
  const directions = bidirectional ? 2 : 1;
  let sequence = data;
  const finals: (readonly Tensor[])[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const outputs: Tensor[] = [];
    for (let direction = 0; direction < directions; direction++) {
      const index = layer * directions + direction;
      const weights = weightsOf(params, index, hasBiases, projected);
      const steps = linear(sequence, weights.inputWeight, weights.inputBias).splitWithSizes(counts, 0);
      const first = states.map((all) => all.select(0, index));
      const { hidden, last } = (direction === 0 ? forwards : backwards)(steps, first, (x, state) =>
        step(x, state, weights),
      );
      outputs.push(cat(hidden, 0));
      finals.push(last);
    }
    sequence = dropped(outputs.length === 1 ? outputs[0] : cat(outputs, -1), network, layer);
  }
  const stacked = states.map((_, k) =>
    stack(
      finals.map((state) => state[k]),
      0,
    ),
  );
  return { output: sequence, states: stacked };
}

type Walk = (
  steps: readonly Tensor[],
  first: readonly Tensor[],
  next: (fromInput: Tensor, state: readonly Tensor[]) => readonly Tensor[],
) => { readonly hidden: readonly Tensor[]; readonly last: readonly Tensor[] };

/** Sequences that end leave their states behind. */
const forwards: Walk = (steps, first, next) => {
  const ended: (readonly Tensor[])[] = [];
  let state = first;
  const hidden = steps.map((fromInput) => {
    const [going, was] = [fromInput.sizes[0], state[0].sizes[0]];
    if (going < was) {
      ended.unshift(state.map((all) => all.narrow(0, going, was - going)));
      state = state.map((all) => all.narrow(0, 0, going));
    }
    state = next(fromInput, state);
    return state[0];
  });
  const rest = state;
  return { hidden, last: rest.map((all, k) => cat([all, ...ended.map((part) => part[k])], 0)) };
};

/** From the last step on, sequences join with their first states. */
const backwards: Walk = (steps, first, next) => {
  const hidden = new Array<Tensor>(steps.length);
  let state = first.map((all) => all.narrow(0, 0, 0));
  for (let t = steps.length - 1; t >= 0; t--) {
    const [going, was] = [steps[t].sizes[0], state[0].sizes[0]];
    if (going > was) {
      state = state.map((all, k) => cat([all, first[k].narrow(0, was, going - was)], 0));
    }
    state = [...next(steps[t], state)];
    hidden[t] = state[0];
  }
  return { hidden, last: state };
};
