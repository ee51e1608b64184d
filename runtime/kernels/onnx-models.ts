/**
 * The heavy float32 kernels as ONNX models of one operator, or of the few that make it up. Sizes stay open where the model
 * does not depend on them, so that one serves tensors of all sizes. Running them is onnxruntime.ts's.
 */
import type { OnnxAttribute, OnnxInitializer, OnnxModel, OnnxNode, OnnxValueInfo } from "../onnx/proto.ts";
import { type NodeTaker, weightGradientNodes } from "./weight-gradient.ts";
import type { DTypeName } from "../tensor/dtype.ts";
import type { ConvOptions } from "./convolution.ts";
import type { PoolWindow } from "./pooling.ts";

const value = (name: string, rank: number, dtype: DTypeName = "float32"): OnnxValueInfo => ({
  name,
  dtype,
  sizes: Array.from({ length: rank }, (_, dim) => `${name}_${dim}`),
});

const node = (
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): OnnxNode => ({ opType, inputs, outputs: [output], attributes });

const integers = (name: string, numbers: readonly number[]): OnnxInitializer => ({
  name,
  dtype: "int64",
  sizes: [numbers.length],
  data: new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer),
});

const model = (
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValueInfo[],
  outputRank: number,
  initializers: readonly OnnxInitializer[] = [],
  furtherOutputs: readonly OnnxValueInfo[] = [],
): OnnxModel => ({
  opset: 17,
  name: "kernel",
  nodes,
  initializers,
  inputs,
  outputs: [value("y", outputRank), ...furtherOutputs],
});

/** `y = a ∘ b`, or `y = ∘ a`, broadcast. */
export const pointwiseModel = (opType: string, operands: 1 | 2, rank: number): OnnxModel =>
  model(
    [node(opType, ["a", "b"].slice(0, operands), "y")],
    [value("a", rank), value("b", rank)].slice(0, operands),
    rank,
  );

/** The sum of each row of a matrix. */
export const sumRowsModel = (): OnnxModel =>
  model([node("ReduceSum", ["x", "last"], "y", { keepdims: { int: 0 } })], [value("x", 2)], 1, [
    integers("last", [1]),
  ]);

/**
 * The greatest element under each window on [batch, planes, ...], its place in the whole tensor, and the sum of all: this operator does
 * not see NaN, which the sum tells of.
 */
export function maxPoolModel({ size, stride, padding, dilation }: PoolWindow): OnnxModel {
  const rank = size.length + 2;
  const pool: OnnxNode = {
    opType: "MaxPool",
    inputs: ["x"],
    outputs: ["y", "places"],
    attributes: {
      kernel_shape: { ints: size },
      strides: { ints: stride },
      pads: { ints: [...padding, ...padding] },
      dilations: { ints: dilation },
    },
  };
  return model(
    [pool, node("ReduceSum", ["x"], "sum", { keepdims: { int: 0 } })],
    [value("x", rank)],
    rank,
    [],
    [value("places", rank, "int64"), value("sum", 0)],
  );
}

/** `y = a @ b` for batches of matrices; ONNX Runtime makes one operator of it and the transpositions before it. */
export function matmulModel(aTransposed: boolean, bTransposed: boolean): OnnxModel {
  const turned = (name: string): OnnxNode =>
    node("Transpose", [name], `${name}_turned`, { perm: { ints: [0, 2, 1] } });
  const nodes = [...(aTransposed ? [turned("a")] : []), ...(bTransposed ? [turned("b")] : [])];
  const operands = [aTransposed ? "a_turned" : "a", bTransposed ? "b_turned" : "b"];
  return model([...nodes, node("MatMul", operands, "y")], [value("a", 3), value("b", 3)], 3);
}

const convAttributes = ({ stride, padding, dilation, groups }: ConvOptions) => ({
  strides: { ints: stride },
  pads: { ints: [...padding, ...padding] },
  dilations: { ints: dilation },
  group: { int: groups },
});

/** `y = conv(x, w)`, plus a bias `b` for each channel if there is one. */
export function convolutionModel(options: ConvOptions, hasBias: boolean): OnnxModel {
  const rank = options.stride.length + 2;
  const inputs = [value("x", rank), value("w", rank), ...(hasBias ? [value("b", 1)] : [])];
  const names = inputs.map(({ name }) => name);
  return model([node("Conv", names, "y", convAttributes(options))], inputs, rank);
}

/** The gradient of a convolution by its input, `x` being that by its result: a transposed convolution. */
export function inputGradientModel(options: ConvOptions, outputPadding: readonly number[]): OnnxModel {
  const rank = options.stride.length + 2;
  const attributes = { ...convAttributes(options), output_padding: { ints: outputPadding } };
  return model(
    [node("ConvTranspose", ["x", "w"], "y", attributes)],
    [value("x", rank), value("w", rank)],
    rank,
  );
}

/**
 * The gradient of a convolution by its weight, from its input `x` and the gradient `g` by its result. Both have the sizes that the
 * convolution gives and takes.
 */
export function weightGradientModel(weightSizes: readonly number[], options: ConvOptions): OnnxModel {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const to: NodeTaker = {
    emit(opType, inputs, attributes) {
      const output = `value_${nodes.length}`;
      nodes.push(node(opType, inputs, output, attributes));
      return output;
    },
    constant(dtype, sizes, values) {
      const name = `constant_${initializers.length}`;
      initializers.push(
        dtype === "int64" ? integers(name, values) : { name, dtype, sizes, data: bytesOf(values) },
      );
      return name;
    },
  };
  const result = weightGradientNodes(to, "g", "x", weightSizes, options);
  const rank = weightSizes.length;
  nodes.push(node("Identity", [result], "y"));
  return model(nodes, [value("x", rank), value("g", rank)], rank, initializers);
}

const bytesOf = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
