/** Reads TorchScript graph text (as in the trace goldens) into the IR, for tests only: tensor constants keep no data. */
import type { Attribute, Graph, Node, SourceLocation, Type, Value } from "../../runtime/jit/ir.ts";
import { dtypes } from "../../runtime/tensor/dtype.ts";

const simpleTypes: Readonly<Record<string, Type>> = {
  int: { kind: "int" },
  float: { kind: "float" },
  bool: { kind: "bool" },
  str: { kind: "str" },
  Scalar: { kind: "Scalar" },
  Device: { kind: "Device" },
  NoneType: { kind: "None" },
  Tensor: { kind: "Tensor" },
};

/** Splits at commas outside of brackets. */
function split(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if ("([{".includes(text[i]!)) depth++;
    if (")]}".includes(text[i]!)) depth--;
    if (text[i] === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function parseType(text: string): Type {
  if (text.endsWith("[]")) return { kind: "List", element: parseType(text.slice(0, -2)) };
  if (text.endsWith("?")) return { kind: "Optional", element: parseType(text.slice(0, -1)) };
  if (text in simpleTypes) return simpleTypes[text]!;
  if (text.startsWith("__torch__")) return { kind: "Class", name: text };
  if (text.startsWith("(")) return { kind: "Tuple", elements: split(text.slice(1, -1)).map(parseType) };
  if (text.startsWith("Dict(")) {
    const [key, value] = split(text.slice(5, -1)).map(parseType);
    return { kind: "Dict", key: key!, value: value! };
  }
  const tensor = /^(\w+)\((.*)\)$/.exec(text);
  const dtype = Object.values(dtypes).find(({ scalarName }) => scalarName === tensor?.[1]);
  if (tensor === null || dtype === undefined) throw new Error(`no type: ${text}`);
  const parts = split(tensor[2]!);
  const known = !parts.includes("device=cpu") || parts.some((part) => part.startsWith("requires_grad"));
  return known
    ? { kind: "Tensor", dtype, sizes: parts.filter((part) => /^\d+$/.test(part)).map(Number) }
    : { kind: "Tensor", dtype };
}

function parseAttribute(text: string, type: Type): Attribute {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  if (text.startsWith("{")) return { float: Number(text.slice(1, -1)) };
  if (type.kind === "bool") return text === "1";
  if (type.kind === "float") return { float: Number(text) };
  return type.kind === "int" ? Number(text) : null;
}

/** The graph of `text`, whose form is that of `torch.jit`'s `str(traced.graph)`. */
export function parseGraph(text: string): Graph {
  const values = new Map<string, Value>();
  const declare = (declaration: string): Value => {
    const [, name, type] = /^%(\S+) : (.*)$/s.exec(declaration)!;
    const value: Value = { kind: "value", name: name!, type: parseType(type!) };
    values.set(name!, value);
    return value;
  };
  const find = (use: string): Value => values.get(use.slice(1)) ?? fail(`no value ${use}`);

  const [head, body] = /^graph\((.*?)\):\n(.*)$/s.exec(text)!.slice(1) as [string, string];
  const inputs = split(head).map(declare);
  const nodes: Node[] = [];
  let outputs: Value[] = [];
  for (const line of statements(body)) {
    const returned = /^return \((.*)\)$/.exec(line);
    if (returned !== null) {
      outputs = split(returned[1]!).map(find);
      continue;
    }
    const match =
      /^(.*) = (\w+::\w+)(?:\[(.*)\])?\(([^()]*)\)(?:, scope: (\S+))?(?: # (.*):(\d+):(\d+))?$/s.exec(line);
    if (match === null) throw new Error(`no node: ${line}`);
    const [, left, kind, attributes, args, scope, file, row, column] = match;
    const inputValues = split(args!).map(find);
    const made = split(left!).map(declare);
    const attribute = attributes === undefined ? null : /^(\w+)=(.*)$/s.exec(attributes)!;
    const source: SourceLocation | null =
      file === undefined ? null : { file, line: Number(row), column: Number(column) + 1 };
    nodes.push({
      kind: kind!,
      inputs: inputValues,
      outputs: made,
      attributes: attribute === null ? {} : { [attribute[1]!]: parseAttribute(attribute[2]!, made[0]!.type) },
      blocks: [],
      scope: scope ?? "",
      source,
    });
  }
  return { kind: "graph", inputs, nodes, outputs };
}

/** A printed tensor constant spans several lines; a statement starts with `%` or `return` at two spaces. */
function statements(body: string): string[] {
  return body
    .split(/\n(?= {2}(?:%|return ))/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function fail(message: string): never {
  throw new Error(message);
}
