/**
 * Lowerings of recurrent layers to ONNX's RNN, GRU and LSTM, a node for each layer, both directions in one.
 * Source: aten/src/ATen/native/RNN.cpp; ONNX orders gates otherwise, and keeps weights of both directions in one tensor.
 */
import type { OnnxAttribute } from "../../onnx/proto.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** What tells the kinds apart. */
interface Kind {
  readonly opType: "RNN" | "GRU" | "LSTM";
  /** For each gate in ONNX's order, which of torch's it is. */
  readonly gates: readonly number[];
  readonly attributes: (directions: number) => Readonly<Record<string, OnnxAttribute>>;
}

const plainRnn = (activation: string): Kind => ({
  opType: "RNN",
  gates: [0],
  attributes: (directions) => ({ activations: { strings: new Array<string>(directions).fill(activation) } }),
});
const gruKind: Kind = {
  opType: "GRU",
  gates: [1, 0, 2],
  attributes: () => ({ linear_before_reset: { int: 1 } }),
};
const lstmKind: Kind = { opType: "LSTM", gates: [0, 3, 1, 2], attributes: () => ({}) };

/** Where the parameters of a layer in one direction stand in the list of all. */
interface Parameters {
  readonly weights: readonly [string, string];
  readonly biases: readonly [string, string] | null;
}

/** `lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)`; others take one tensor for hx. */
const recurrent =
  (kind: Kind): LoweringFunction =>
  (c) => {
    if (c.known(6) === true && c.float(5) > 0)
      throw c.unsupported("dropout of training mode; trace the module after eval()");
    if (c.inputs[1].kind === "list" && kind.opType !== "LSTM") throw c.unsupported("packed sequences");
    const hasBiases = c.known(3) === true;
    const layers = c.int(4);
    const directions = c.known(7) === true ? 2 : 1;
    const batchFirst = c.known(8) === true;
    const parameters = c.tensors(2);
    const each = parameters.length / (layers * directions);
    if (each > (hasBiases ? 4 : 2))
      throw c.unsupported("ONNX has no projections of hidden states; leave proj_size out");
    const states = kind.opType === "LSTM" ? c.tensors(1) : [c.tensor(1)];
    const at = (i: number): Parameters => {
      const [ih, hh, bih, bhh] = parameters.slice(i * each, (i + 1) * each);
      return { weights: [ih, hh], biases: hasBiases ? [bih, bhh] : null };
    };
    const steps = { perm: { ints: [1, 0, 2] } };
    let x = batchFirst ? c.emit("Transpose", [c.tensor(0)], steps) : c.tensor(0);
    const last: string[][] = states.map(() => []);
    for (let layer = 0; layer < layers; layer++) {
      const both = Array.from({ length: directions }, (_, i) => at(layer * directions + i));
      const [start, end] = [layer, layer + 1].map((i) => c.vector([i * directions]));
      const initial = states.map((state) =>
        layers === 1 ? state : c.op("Slice", state, start, end, c.vector([0])),
      );
      const stacked = (which: 0 | 1): string =>
        joined(
          c,
          both.map(({ weights }) => gated(c, kind, weights[which])),
        );
      const bias = hasBiases
        ? joined(
            c,
            both.map(({ biases }) => besides(c, kind, biases as readonly [string, string])),
          )
        : "";
      const results = c.sink.emit(
        kind.opType,
        [x, stacked(0), stacked(1), bias, "", ...initial],
        {
          hidden_size: { int: hiddenSize(c) },
          direction: { string: directions === 2 ? "bidirectional" : "forward" },
          ...kind.attributes(directions),
        },
        1 + states.length,
      );
      // [steps, directions, batch, hidden] becomes [steps, batch, directions * hidden].
      const turned = c.emit("Transpose", [results[0]], { perm: { ints: [0, 2, 1, 3] } });
      x = c.op("Reshape", turned, c.vector([0, 0, -1]));
      for (const [i, state] of results.slice(1).entries()) last[i].push(state);
    }
    const output = batchFirst ? c.emit("Transpose", [x], steps) : x;
    return [output, ...last.map((parts) => joined(c, parts))];
  };

const joined = (c: LoweringContext, parts: readonly string[]): string =>
  parts.length === 1 ? parts[0] : c.emit("Concat", parts, { axis: { int: 0 } });

const hiddenSize = (c: LoweringContext): number => {
  const { sizes } = c.result(1);
  return sizes[sizes.length - 1];
};

/** The rows of a parameter, gate by gate in ONNX's order. */
function reordered(c: LoweringContext, { gates }: Kind, parameter: string): string {
  if (gates.length === 1) return parameter;
  const parts = c.sink.emit("Split", [parameter], { axis: { int: 0 } }, gates.length);
  return joined(
    c,
    gates.map((gate) => parts[gate]),
  );
}

/** A weight for one direction, with a dimension for it. */
const gated = (c: LoweringContext, kind: Kind, weight: string): string =>
  c.op("Unsqueeze", reordered(c, kind, weight), c.vector([0]));

/** Both biases one behind the other. */
const besides = (c: LoweringContext, kind: Kind, biases: readonly [string, string]): string =>
  c.op(
    "Unsqueeze",
    joined(
      c,
      biases.map((bias) => reordered(c, kind, bias)),
    ),
    c.vector([0]),
  );

export const lstm = recurrent(lstmKind);
export const gru = recurrent(gruKind);
export const rnnTanh = recurrent(plainRnn("Tanh"));
export const rnnRelu = recurrent(plainRnn("Relu"));
