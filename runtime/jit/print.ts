/**
 * Graphs as text, in TorchScript's IR form: `graph(%x : Float(3, ...)): %1 : ... = aten::relu(%x) # cell-1.ts:1:27`.
 * Source of the form: torch/csrc/jit/ir/ir.cpp (operator<<).
 */
import { formatGeneral } from "../print/c-format.ts";
import { formatLibtorch } from "../print/libtorch.ts";
import { rawValuesOf, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Attribute, Block, Graph, Node, Value } from "./ir.ts";
import { typeText, withoutShapes } from "./types.ts";

/** The whole graph as text, with a final newline. */
export function graphText(graph: Graph): string {
  const inputs = graph.inputs.map(declared).join(",\n      ");
  return `graph(${inputs}):\n${linesOf(graph.nodes, 1)}  return (${names(graph.outputs)})\n`;
}

/** One node as its line of a graph's text. */
export const nodeText = (node: Node): string => nodeLine(node, 0).trimEnd();

/** A graph's text with values numbered in order and without sizes, places and mangled class names: equal for equal structure. */
export function canonicalText(graph: Graph): string {
  const renamed = new Map<Value, Value>();
  const rename = (value: Value): Value => {
    let found = renamed.get(value);
    if (found === undefined) {
      found = { kind: "value", name: String(renamed.size), type: withoutShapes(value.type) };
      renamed.set(value, found);
    }
    return found;
  };
  const plain = (node: Node): Node => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    blocks: node.blocks.map((block) => ({
      ...block,
      inputs: block.inputs.map(rename),
      nodes: block.nodes.map(plain),
      outputs: block.outputs.map(rename),
    })),
    scope: "",
    source: null,
  });
  const text = graphText({
    kind: "graph",
    inputs: graph.inputs.map(rename),
    nodes: graph.nodes.map(plain),
    outputs: graph.outputs.map(rename),
  });
  return text.replace(/___torch_mangle_\d+\./g, "");
}

const names = (values: readonly Value[]): string => values.map((value) => `%${value.name}`).join(", ");
const declared = (value: Value): string => `%${value.name} : ${typeText(value.type)}`;

function linesOf(nodes: readonly Node[], depth: number): string {
  return nodes.map((node) => nodeLine(node, depth)).join("");
}

function nodeLine(node: Node, depth: number): string {
  const results = node.outputs.length === 0 ? "" : `${node.outputs.map(declared).join(", ")} = `;
  const entries = Object.entries(node.attributes);
  const attributes =
    entries.length === 0
      ? ""
      : `[${entries.map(([name, value]) => `${name}=${attributeText(value)}`).join(", ")}]`;
  const scope = node.scope === "" ? "" : `, scope: ${node.scope}`;
  const source =
    node.source === null ? "" : ` # ${node.source.file}:${node.source.line}:${node.source.column}`;
  const indent = "  ".repeat(depth);
  const blocks = node.blocks.map((block, i) => blockText(block, i, depth + 1)).join("");
  return `${indent}${results}${node.kind}${attributes}(${names(node.inputs)})${scope}${source}\n${blocks}`;
}

function blockText(block: Block, index: number, depth: number): string {
  const indent = "  ".repeat(depth);
  return `${indent}block${index}(${block.inputs.map(declared).join(", ")}):\n${linesOf(block.nodes, depth + 1)}${indent}  -> (${names(block.outputs)})\n`;
}

/** A float as C++ prints it with 17 digits, always with a point or an exponent. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = formatGeneral(value, 17);
  return /^-?\d+$/.test(text) ? `${text}.` : text;
}

/** An attribute's value as it stands in brackets. */
export function attributeText(value: Attribute): string {
  if (value === null) return "None";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Tensor) return tensorText(value);
  if (Array.isArray(value)) return `[${value.map(attributeText).join(", ")}]`;
  return floatText((value as { readonly float: number }).float);
}

/** Small tensors stand in full, as C++ prints them but on one line; others are only named. */
function tensorText(tensor: Tensor): string {
  const { dtype, sizes } = tensor;
  if (tensor.elements > 10) return "<Tensor>";
  const values = rawValuesOf(tensor);
  if (tensor.elements === 1) {
    const number = valuesOf(tensor)[0];
    return `{${dtype.category === "floating" ? formatGeneral(number, 6) : values[0]}}`;
  }
  const view = {
    dtype,
    sizes,
    values: dtype === int64 ? (values as BigInt64Array) : valuesOf(tensor),
    requiresGrad: false,
    gradFn: null,
  };
  return formatLibtorch(view).replaceAll("\n", " ");
}
