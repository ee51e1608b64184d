/**
 * Batch normalisation after a convolution, both with constant weights as frozen graphs have them, becomes part of the
 * convolution. Source of the formula: torch/nn/utils/fusion.py (fuse_conv_bn_weights).
 */
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph, Node, Value } from "../ir.ts";
import { typeOfTensor } from "../types.ts";
import { constantNode, constantsOf, producersOf, rewritten, tensorConstant, usesOf } from "./rewriting.ts";

const names = { input: 0, weight: 1, bias: 2, transposed: 6, groups: 8 } as const;

/** The graph with normalised convolutions as convolutions alone. */
export function withFusedNorms(graph: Graph): Graph {
  const constants = constantsOf(graph);
  const producers = producersOf(graph);
  const uses = usesOf(graph);
  let made = 0;
  return rewritten(graph, (node, replaced) => {
    const convolution = producers.get(node.inputs[0]);
    if (
      node.kind !== "aten::batch_norm" ||
      convolution?.kind !== "aten::_convolution" ||
      uses.get(convolution.outputs[0]) !== 1 ||
      constants.get(node.inputs[5]) !== false ||
      constants.get(convolution.inputs[names.transposed]) !== false
    )
      return [node];
    const tensor = (value: Value): Tensor | null => tensorConstant(constants, value);
    const weight = tensor(convolution.inputs[names.weight]);
    const [mean, variance] = [tensor(node.inputs[3]), tensor(node.inputs[4])];
    const epsilon = constants.get(node.inputs[7]);
    if (weight === null || mean === null || variance === null || epsilon === undefined) return [node];
    const [gain, shift] = [tensor(node.inputs[1]), tensor(node.inputs[2])];
    const known = (value: Value): boolean => constants.has(value);
    if (!known(node.inputs[1]) || !known(node.inputs[2]) || !known(convolution.inputs[names.bias]))
      return [node];
    const bias = tensor(convolution.inputs[names.bias]);
    const root = variance.add(numberOf(epsilon)).rsqrt();
    const scale = gain === null ? root : root.mul(gain);
    const centred = (bias === null ? mean.neg() : bias.sub(mean)).mul(scale);
    const weights = weight.mul(scale.reshape([-1, ...weight.sizes.slice(1).map(() => 1)]));
    const biases = shift === null ? centred : centred.add(shift);
    const constant = (held: Tensor): Node => {
      const value: Value = Object.freeze({
        kind: "value",
        name: `fused.${made++}`,
        type: typeOfTensor(held),
      });
      return constantNode(value, held, node);
    };
    const [newWeight, newBias] = [constant(weights), constant(biases)];
    const inputs = [...convolution.inputs];
    inputs[names.input] = replaced.get(inputs[names.input]) ?? inputs[names.input];
    inputs[names.weight] = newWeight.outputs[0];
    inputs[names.bias] = newBias.outputs[0];
    return [
      newWeight,
      newBias,
      Object.freeze({ ...convolution, inputs: Object.freeze(inputs), outputs: node.outputs }),
    ];
  });
}

const numberOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? (value as { readonly float: number }).float : Number(value);
