/** The tests' graphs: what PyTorch 2.13 traced, read from its own text, and a transformer of any depth built by hand. */
import { readFileSync } from "node:fs";
import type { Graph, Node, Type, Value } from "../../runtime/jit/ir.ts";
import { dtypes } from "../../runtime/tensor/dtype.ts";
import { parseGraph } from "./parse-graph.ts";

/** The graph in graphs/NAME.txt. */
export function graphNamed(name: string): Graph {
  return parseGraph(readFileSync(new URL(`graphs/${name}.txt`, import.meta.url), "utf8"));
}

const tensor = (...sizes: number[]): Type => ({ kind: "Tensor", dtype: dtypes.float32, sizes });

/** A transformer: `blocks` alike blocks of 14 ops which all read one mask. */
export function transformer(blocks: number): Graph {
  const nodes: Node[] = [];
  let count = 0;
  const value = (type: Type): Value => ({ kind: "value", name: String(++count), type });
  const node = (
    kind: string,
    scope: string,
    inputs: Value[],
    type: Type,
    attributes: Node["attributes"] = {},
  ): Value => {
    const output = value(type);
    const source = kind.startsWith("prim::") ? null : { file: "cell-1.ts", line: 3, column: 1 };
    nodes.push({
      kind,
      inputs,
      outputs: [output],
      attributes,
      blocks: [],
      scope: scope && `__module.${scope}`,
      source,
    });
    return output;
  };
  const self: Value = { kind: "value", name: "self", type: { kind: "Class", name: "Transformer" } };
  const ids: Value = {
    kind: "value",
    name: "ids",
    type: { kind: "Tensor", dtype: dtypes.int64, sizes: [1, 8] },
  };
  const mask: Value = {
    kind: "value",
    name: "mask",
    type: { kind: "Tensor", dtype: dtypes.bool, sizes: [8, 8] },
  };
  const parameter = (path: string): Value => {
    const names = path.split(".");
    const owner = names
      .slice(0, -1)
      .reduce((from, name) => node("prim::GetAttr", "", [from], { kind: "Class", name }, { name }), self);
    return node("prim::GetAttr", "", [owner], { kind: "Tensor" }, { name: names.at(-1)! });
  };
  const int = (n: number): Value => node("prim::Constant", "", [], { kind: "int" }, { value: n });
  const linear = (scope: string, x: Value, width: number): Value =>
    node(
      "aten::linear",
      scope,
      [x, parameter(`${scope}.weight`), parameter(`${scope}.bias`)],
      tensor(1, 8, width),
    );

  let x = node("aten::embedding", "wte", [parameter("wte.weight"), ids], tensor(1, 8, 16));
  for (let block = 0; block < blocks; block++) {
    const h = `h.${block}`;
    const normed = node(
      "aten::layer_norm",
      `${h}.ln_1`,
      [x, parameter(`${h}.ln_1.weight`)],
      tensor(1, 8, 16),
    );
    const q = linear(`${h}.attn.q`, normed, 16);
    const k = linear(`${h}.attn.k`, normed, 16);
    const v = linear(`${h}.attn.v`, normed, 16);
    const turned = node("aten::transpose", `${h}.attn`, [k, int(-2), int(-1)], tensor(1, 16, 8));
    const scores = node("aten::matmul", `${h}.attn`, [q, turned], tensor(1, 8, 8));
    const masked = node("aten::masked_fill", `${h}.attn`, [scores, mask, int(-100)], tensor(1, 8, 8));
    const weights = node("aten::softmax", `${h}.attn`, [masked, int(-1)], tensor(1, 8, 8));
    const mixed = node("aten::matmul", `${h}.attn`, [weights, v], tensor(1, 8, 16));
    const after = node("aten::add", h, [x, linear(`${h}.attn.out`, mixed, 16), int(1)], tensor(1, 8, 16));
    const wide = linear(`${h}.mlp.fc`, after, 64);
    const bent = node("aten::gelu", `${h}.mlp`, [wide], tensor(1, 8, 64));
    x = node("aten::add", h, [after, linear(`${h}.mlp.proj`, bent, 16), int(1)], tensor(1, 8, 16));
  }
  const logits = linear("head", x, 100);
  return { kind: "graph", inputs: [self, ids, mask], nodes, outputs: [logits] };
}
