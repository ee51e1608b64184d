/**
 * Recurrent networks' loops: layer by layer, direction by direction, step by step, over sequences of one length or packed
 * ones. Source: aten/src/ATen/native/RNN.cpp.
 */
import { RuntimeError } from "../errors.ts";
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

/** A way over the steps of one direction of one layer: the hidden states in order of time, and the last state. */
type Walk = (
  steps: readonly Tensor[],
  first: readonly Tensor[],
  next: (fromInput: Tensor, state: readonly Tensor[]) => readonly Tensor[],
) => { readonly hidden: readonly Tensor[]; readonly last: readonly Tensor[] };

/** How the steps of all sequences lie in one tensor, and how they are gone through. */
interface Sequences {
  readonly split: (data: Tensor) => readonly Tensor[];
  readonly join: (steps: readonly Tensor[]) => Tensor;
  readonly forwards: Walk;
  readonly backwards: Walk;
}

/** A network's output, laid out as its input, and its last states, `[layers * directions, N, hidden]` as the first ones. */
interface Result {
  readonly output: Tensor;
  readonly states: readonly Tensor[];
}

function runLayers(
  data: Tensor,
  states: readonly Tensor[],
  params: readonly Tensor[],
  network: Network,
  { split, join, forwards, backwards }: Sequences,
): Result {
  const { step, hasBiases, layers, dropout: p, train, bidirectional } = network;
  const projected = states.length === 2 && states[0].sizes[2] !== states[1].sizes[2];
  const finals: (readonly Tensor[])[] = [];
  let output = data;
  for (let layer = 0; layer < layers; layer++) {
    const outputs = (bidirectional ? [forwards, backwards] : [forwards]).map((walk) => {
      const index = finals.length;
      const weights = weightsOf(params, index, hasBiases, projected);
      const steps = split(linear(output, weights.inputWeight, weights.inputBias));
      const first = states.map((all) => all.select(0, index));
      const { hidden, last } = walk(steps, first, (fromInput, state) => step(fromInput, state, weights));
      finals.push(last);
      return join(hidden);
    });
    output = outputs.length === 1 ? outputs[0] : cat(outputs, -1);
    if (p > 0 && train && layer < layers - 1) output = dropout(output, p, true);
  }
  const lasts = states.map((_, k) => finals.map((state) => state[k]));
  return { output, states: lasts.map((all) => stack(all, 0)) };
}

const evenForwards: Walk = (steps, first, next) => {
  let last = first;
  const hidden = steps.map((fromInput) => {
    last = next(fromInput, last);
    return last[0];
  });
  return { hidden, last };
};

/** Sequences of one length: `[T, N, input]`. */
const even: Sequences = {
  split: (data) => data.unbind(0),
  join: (steps) => stack(steps, 0),
  forwards: evenForwards,
  backwards: (steps, first, next) => {
    const { hidden, last } = evenForwards(steps.toReversed(), first, next);
    return { hidden: hidden.toReversed(), last };
  },
};

/** Runs a network over sequences of one length: `[T, N, input]`, or `[N, T, input]` with `batchFirst`. */
export function run(
  input: Tensor,
  states: readonly Tensor[],
  params: readonly Tensor[],
  network: Network,
  batchFirst: boolean,
): Result {
  if (input.ndim > 3) throw new RuntimeError(`input must have 3 dimensions, got ${input.ndim}`);
  if (!batchFirst) return runLayers(input, states, params, network, even);
  const result = runLayers(input.transpose(0, 1), states, params, network, even);
  return { ...result, output: result.output.transpose(0, 1) };
}

/** Sequences that end leave their states behind. */
const packedForwards: Walk = (steps, first, next) => {
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
  return { hidden, last: state.map((all, k) => cat([all, ...ended.map((part) => part[k])], 0)) };
};

/** From the last step on, sequences join with their first states. */
const packedBackwards: Walk = (steps, first, next) => {
  let last: readonly Tensor[] = first.map((all) => all.narrow(0, 0, 0));
  const hidden = steps.toReversed().map((fromInput) => {
    const [going, was] = [fromInput.sizes[0], last[0].sizes[0]];
    if (going > was) last = last.map((all, k) => cat([all, first[k].narrow(0, was, going - was)], 0));
    last = next(fromInput, last);
    return last[0];
  });
  return { hidden: hidden.toReversed(), last };
};

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
): Result {
  const counts = batchSizes.tolist() as unknown as readonly number[];
  return runLayers(data, states, params, network, {
    split: (all) => all.splitWithSizes(counts, 0),
    join: (steps) => cat(steps, 0),
    forwards: packedForwards,
    backwards: packedBackwards,
  });
}
