/** The neutral graph model: what is folded, linked and named. */
import { describe, expect, test } from "vitest";
import { listingOf } from "../../renderers/graph/listing.ts";
import { modelOf } from "../../renderers/graph/model.ts";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";
import type { Graph, Value } from "../../runtime/jit/ir.ts";
import { graphNamed } from "./graphs.ts";

describe("the model of a graph", () => {
  test("folds constants, parameters, lists and sizes into the ops that read them", () => {
    expect(listingOf(modelOf(graphNamed("attention"), { title: "attention" }))).toBe(
      [
        "attention: 14 ops",
        "  x : 2×3×8 f32",
        "  %59 : 2×3×24 f32 = linear(%x, qkv.weight, qkv.bias)  # module qkv, linear.py, line 134",
        "  %25 : 2×3×3×2×4 f32 = reshape(%59, [%x.size(0), %x.size(1), 3, 2, (%x.size(2) // 2.0)])  # source.py, line 13",
        "  %32 : 3×2×2×3×4 f32 = permute(%25, [2, 0, 3, 1, 4])  # source.py, line 13",
        "  %34 : 3 × (2×2×3×4 f32) = unbind(%32, 0)  # _tensor.py, line 1215",
        "  %40 : 2×2×4×3 f32 = transpose(%k, -2, -1)  # source.py, line 14",
        "  %41 : 2×2×3×3 f32 = matmul(%q, %40)  # source.py, line 14",
        "  %46 : 2×2×3×3 f32 = div(%41, ((%x.size(2) // 2.0) ** 0.5))  # source.py, line 14",
        "  %a : 2×2×3×3 f32 = softmax(%46, -1, None)  # source.py, line 14",
        "  %50 : 2×2×3×4 f32 = matmul(%a, %v)  # source.py, line 15",
        "  %53 : 2×3×2×4 f32 = transpose(%50, 1, 2)  # source.py, line 15",
        "  %input : 2×3×8 f32 = reshape(%53, [%x.size(0), %x.size(1), %x.size(2)])  # source.py, line 15",
        "  %62 : 2×3×8 f32 = linear(%input, proj.weight, proj.bias)  # module proj, linear.py, line 134",
        "  return %62",
      ].join("\n"),
    );
  });

  test("puts what a called function does into a scope of its name, within the module that calls it", () => {
    const act = jitTrace(function act(a: Tensor) {
      return a.relu().mul(2);
    }, torch.ones(2));
    class Block extends nn.Module {
      fc = new nn.Linear(2, 2);
      override forward(a: Tensor): Tensor {
        return act(this.fc.forward(a)).tanh();
      }
    }
    const traced = jitTrace(new nn.Sequential(new Block()), torch.ones(2));
    const modules = modelOf(traced.inlinedGraph).ops.map(({ label, module }) => `${module} ${label}`);
    expect(modules).toEqual([" input", "0.fc linear", "0.act relu", "0.act mul", "0 tanh", " return"]);
    const twice = jitTrace((a: Tensor) => act(act(a)), torch.ones(2));
    expect(modelOf(twice.inlinedGraph).ops.map(({ module }) => module)).toEqual([
      "",
      "act",
      "act",
      "act#2",
      "act#2",
      "",
    ]);
    const calling = jitTrace((a: Tensor) => act(a).tanh(), torch.ones(2));
    const labels = modelOf(calling.graph).ops.map(({ label }) => label);
    expect(labels).toEqual(["a", "act", "tanh", "return"]);
  });

  test("draws the nodes that compute sizes when asked", () => {
    const labels = modelOf(graphNamed("attention"), { sizes: true }).ops.map(({ label }) => label);
    expect(labels.slice(0, 6)).toEqual(["x", "size", "NumToTensor", "Int", "Int", "size"]);
  });

  test("links an unpacked element to the op that made the whole", () => {
    const { ops } = modelOf(graphNamed("attention"));
    const softmaxed = ops.find(({ id }) => id === "50")!;
    expect(softmaxed.arguments.map(({ links }) => links)).toEqual([
      [{ op: "a", value: "a", type: "2×2×3×3 f32" }],
      [{ op: "34", value: "v", type: "2×2×3×4 f32" }],
    ]);
  });

  test("names the entries of a returned dict and the arguments whose schema is known", () => {
    const argumentNames = (operator: string): string[] | undefined =>
      operator === "aten::mul" ? ["self", "other"] : undefined;
    const text = listingOf(modelOf(graphNamed("dict_output"), { argumentNames }));
    expect(text).toContain("= mul(self=%x, other=2.0)");
    expect(text).toContain("return double=%2, sum=%4, pos=%6");
  });

  test("shows a parameter's type where it is told", () => {
    const parameterType = (path: string): string | undefined =>
      path === "qkv.weight" ? "24×8 f32" : undefined;
    expect(listingOf(modelOf(graphNamed("attention"), { parameterType }))).toContain(
      "linear(%x, qkv.weight 24×8 f32, qkv.bias)",
    );
  });

  test("names the cell and line of a node recorded in a notebook", () => {
    const x: Value = { kind: "value", name: "x", type: { kind: "Tensor" } };
    const y: Value = { kind: "value", name: "y", type: { kind: "Tensor" } };
    const graph: Graph = {
      kind: "graph",
      inputs: [x],
      outputs: [y],
      nodes: [
        {
          kind: "aten::relu",
          inputs: [x],
          outputs: [y],
          attributes: {},
          blocks: [],
          scope: "__module.0/__module.0.act",
          source: { file: "/somewhere/cell-7.ts", line: 4, column: 2 },
        },
      ],
    };
    const [, relu] = modelOf(graph).ops;
    expect([relu!.source, relu!.module, relu!.category]).toEqual(["cell 7, line 4", "0.act", "activation"]);
  });

  test("keeps the nodes of an if's branches, joined by the if", () => {
    const value = (name: string): Value => ({ kind: "value", name, type: { kind: "Tensor" } });
    const [x, a, b, y] = ["x", "a", "b", "y"].map(value) as [Value, Value, Value, Value];
    const node = (kind: string, output: Value) =>
      ({
        kind,
        inputs: [x],
        outputs: [output],
        attributes: {},
        blocks: [],
        scope: "",
        source: null,
      }) as const;
    const graph: Graph = {
      kind: "graph",
      inputs: [x],
      outputs: [y],
      nodes: [
        {
          ...node("prim::If", y),
          blocks: [
            { kind: "block", inputs: [], nodes: [node("aten::relu", a)], outputs: [a] },
            { kind: "block", inputs: [], nodes: [node("aten::neg", b)], outputs: [b] },
          ],
        },
      ],
    };
    const { ops } = modelOf(graph);
    expect(ops.map(({ label, module }) => `${module}/${label}`)).toEqual([
      "/x",
      "if.then/relu",
      "if.else/neg",
      "/If",
      "/return",
    ]);
    expect(ops[3]!.arguments.flatMap(({ links }) => links.map(({ op }) => op))).toEqual(["x", "a", "b"]);
  });

  test("of a trace that failed ends where it failed", () => {
    const graph = { ...graphNamed("relu"), outputs: [] };
    expect(listingOf(modelOf(graph))).toBe(
      "graph: 2 ops\n  x : 3 f32\n  %1 : 3 f32 = relu(%x)  # source.py, line 6",
    );
  });
});
