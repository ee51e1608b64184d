/**
 * The part of ONNX's protobuf messages that a model file needs, and the encoding of a model as bytes.
 * Source: onnx/onnx.proto (field numbers and enum values).
 */
import protobuf from "protobufjs/light.js";
import type { DTypeName } from "../tensor/dtype.ts";
import { elementTypes } from "./element-types.ts";

const field = (type: string, id: number, repeated = false) => ({
  type,
  id,
  ...(repeated ? { rule: "repeated" } : {}),
});

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field("int64", 1),
        opsetImport: field("OperatorSetIdProto", 8, true),
        producerName: field("string", 2),
        producerVersion: field("string", 3),
        graph: field("GraphProto", 7),
      },
    },
    OperatorSetIdProto: { fields: { domain: field("string", 1), version: field("int64", 2) } },
    GraphProto: {
      fields: {
        node: field("NodeProto", 1, true),
        name: field("string", 2),
        initializer: field("TensorProto", 5, true),
        input: field("ValueInfoProto", 11, true),
        output: field("ValueInfoProto", 12, true),
      },
    },
    NodeProto: {
      fields: {
        input: field("string", 1, true),
        output: field("string", 2, true),
        name: field("string", 3),
        opType: field("string", 4),
        attribute: field("AttributeProto", 5, true),
      },
    },
    AttributeProto: {
      fields: {
        name: field("string", 1),
        f: field("float", 2),
        i: field("int64", 3),
        s: field("bytes", 4),
        t: field("TensorProto", 5),
        g: field("GraphProto", 6),
        floats: field("float", 7, true),
        ints: field("int64", 8, true),
        strings: field("bytes", 9, true),
        type: field("int32", 20),
      },
    },
    TensorProto: {
      fields: {
        dims: field("int64", 1, true),
        dataType: field("int32", 2),
        name: field("string", 8),
        rawData: field("bytes", 9),
        externalData: field("StringStringEntryProto", 13, true),
        dataLocation: field("int32", 14),
      },
    },
    StringStringEntryProto: { fields: { key: field("string", 1), value: field("string", 2) } },
    ValueInfoProto: { fields: { name: field("string", 1), type: field("TypeProto", 2) } },
    TypeProto: { fields: { tensorType: field("TensorTypeProto", 1) } },
    TensorTypeProto: { fields: { elemType: field("int32", 1), shape: field("TensorShapeProto", 2) } },
    TensorShapeProto: { fields: { dim: field("DimensionProto", 1, true) } },
    DimensionProto: { fields: { dimValue: field("int64", 1), dimParam: field("string", 2) } },
  },
});

const modelProto = root.lookupType("ModelProto");

/** An attribute's value: integers and floats are told apart by the key. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly graph: OnnxBlock };

/** A branch, or the body of a loop: it sees the values around it. */
export interface OnnxBlock {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** One node of an ONNX graph. */
export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A constant or weight: row-major memory in its dtype's layout. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly sizes: readonly number[];
  readonly data: Uint8Array;
}

/** An input or output; a string among the sizes is a size that may vary. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly sizes: readonly (number | string)[];
}

/** A whole model as plain data. */
export interface OnnxModel {
  readonly opset: number;
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** The bytes of a `.onnx` file. */
export const encodeOnnx = (model: OnnxModel): Uint8Array => encode(model, []);

/** A model whose large constants lie beside it. */
export interface ExternalModel {
  readonly bytes: Uint8Array;
  /** The constants as sessions take them: memory of the model itself, which nothing was copied from. */
  readonly external: readonly OnnxInitializer[];
}

/** Smaller constants are cheaper within the model. */
const leastExternal = 1024;

/** A model to be loaded at once: writing large constants into it would take longer than loading it. */
export function encodeExternally(model: OnnxModel): ExternalModel {
  const large = model.initializers.filter(({ data }) => data.byteLength >= leastExternal);
  return { bytes: encode(model, large), external: large };
}

function encode(model: OnnxModel, external: readonly OnnxInitializer[]): Uint8Array {
  const outside = new Set(external);
  return modelProto
    .encode({
      irVersion: irVersionOf(model.opset),
      opsetImport: [{ domain: "", version: model.opset }],
      producerName: "tracebook",
      graph: {
        name: model.name,
        node: model.nodes.map(encodeNode),
        initializer: model.initializers.map((initializer) => ({
          name: initializer.name,
          dims: initializer.sizes,
          dataType: elementTypes[initializer.dtype],
          ...(outside.has(initializer) ? locationOf(initializer) : { rawData: initializer.data }),
        })),
        input: model.inputs.map(encodeValueInfo),
        output: model.outputs.map(encodeValueInfo),
      },
    })
    .finish();
}

/** The version of the file format that came with an operator set. */
const irVersionOf = (opset: number): number => (opset < 19 ? 8 : opset < 21 ? 9 : opset < 23 ? 10 : 11);

/** TensorProto.DataLocation: EXTERNAL 1. */
const locationOf = ({ name, data }: OnnxInitializer): object => ({
  dataLocation: 1,
  externalData: [
    { key: "location", value: name },
    { key: "offset", value: "0" },
    { key: "length", value: String(data.byteLength) },
  ],
});

const encodeNode = (node: OnnxNode, i: number): object => ({
  name: `${node.opType}_${i}`,
  opType: node.opType,
  input: node.inputs,
  output: node.outputs,
  attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
});

const encodeBlock = ({ name, nodes, inputs, outputs }: OnnxBlock): object => ({
  name,
  node: nodes.map(encodeNode),
  input: inputs.map(encodeValueInfo),
  output: outputs.map(encodeValueInfo),
});

/** AttributeProto.AttributeType: FLOAT 1, INT 2, STRING 3, GRAPH 5, INTS 7, STRINGS 8. */
function encodeAttribute(name: string, value: OnnxAttribute): object {
  if ("int" in value) return { name, i: value.int, type: 2 };
  if ("float" in value) return { name, f: value.float, type: 1 };
  if ("ints" in value) return { name, ints: value.ints, type: 7 };
  if ("strings" in value) return { name, strings: value.strings.map(bytesOfText), type: 8 };
  if ("graph" in value) return { name, g: encodeBlock(value.graph), type: 5 };
  return { name, s: bytesOfText(value.string), type: 3 };
}

const bytesOfText = (text: string): Uint8Array => new TextEncoder().encode(text);

const encodeValueInfo = ({ name, dtype, sizes }: OnnxValueInfo): object => ({
  name,
  type: {
    tensorType: {
      elemType: elementTypes[dtype],
      shape: {
        dim: sizes.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size })),
      },
    },
  },
});
