/**
 * Graphs as text, in TorchScript's IR form: `graph(%x : Float(3, ...)): %1 : ... = aten::relu(%x) # cell-1.ts:1:27`.
 * Source of the form: torch/csrc/jit/ir/ir.cpp (operator<<).
 */
import { formatGeneral } from "../print/c-format.ts";
import { rawValuesOf } from "../tensor/access.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Attribute, Block, Graph, Node, Value } from "./ir.ts";
import { typeText } from "./types.ts";

/** The whole graph as text, with a final newline. */
export function graphText(graph: Graph): string {
  const inputs = graph.inputs.map(declared).join(",\n      ");
  return `graph(${inputs}):\n${linesOf(graph.nodes, 1)}  return (${names(graph.outputs)})\n`;
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

/** Small tensors stand in full, others are only named. */
function tensorText(tensor: Tensor): string {
  if (tensor.sizes.length > 0) return "<Tensor>";
  const [value] = rawValuesOf(tensor);
  return `{${tensor.dtype.category === "floating" ? formatGeneral(Number(value), 6) : value}}`;
}
