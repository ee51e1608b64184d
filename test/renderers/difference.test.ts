/** The difference of two graphs: what it calls added, removed, changed and unchanged. */
import { describe, expect, test } from "vitest";
import { differenceOf, differenceSummary } from "../../renderers/graph/difference.ts";
import { modelOf } from "../../renderers/graph/model.ts";
import { diffGraphs, mimeBundle } from "../../renderers/index.ts";
import type { Graph } from "../../runtime/jit/ir.ts";
import { graphNamed } from "./graphs.ts";
import { parseGraph } from "./parse-graph.ts";

const type = "Float(3, strides=[1], requires_grad=0, device=cpu)";
const before = parseGraph(`graph(%x : ${type}):
  %p : float = prim::Constant[value=0.5]()
  %1 : ${type} = aten::mul(%x, %x)
  %2 : ${type} = aten::dropout(%1, %p)
  %3 : ${type} = aten::relu(%2)
  return (%3)
`);
const after = parseGraph(`graph(%x : ${type}):
  %a : ${type} = aten::mul(%x, %x)
  %b : ${type} = aten::relu(%a)
  %c : ${type} = aten::neg(%b)
  return (%c)
`);

const told = (from: Graph, to: Graph): string[] =>
  differenceOf(modelOf(from), modelOf(to)).ops.map(
    ({ label, category, remarks }) =>
      `${label}: ${category}${remarks === undefined ? "" : ` (${remarks["before"]})`}`,
  );

describe("the difference of two graphs", () => {
  test("names what was added, removed and fed by something else", () => {
    expect(told(before, after)).toEqual([
      "x: unchanged",
      "mul: unchanged",
      "− dropout: removed",
      "~ relu: changed (inputs %2)",
      "+ neg: added",
      "~ return: changed (inputs %3)",
    ]);
  });

  test("does not care how values are called", () => {
    expect(new Set(told(before, before).map((line) => line.split(": ")[1]))).toEqual(new Set(["unchanged"]));
  });

  test("shows what a changed attribute and a changed type were", () => {
    const half = parseGraph(
      `graph(%x : ${type}):\n  %p : float = prim::Constant[value=0.5]()\n  %1 : ${type} = aten::pow(%x, %p)\n  return (%1)\n`,
    );
    const double = parseGraph(
      `graph(%x : ${type}):\n  %p : float = prim::Constant[value=2]()\n  %1 : Double(3) = aten::pow(%x, %p)\n  return (%1)\n`,
    );
    expect(told(half, double)[1]).toBe("~ pow: changed (output 3 f32; 0.5)");
  });

  test("links removed ops to what they read", () => {
    const { ops } = differenceOf(modelOf(before), modelOf(after));
    expect(ops[2]!.arguments[0]!.links).toEqual([{ op: "a", value: "1", type: "3 f32" }]);
  });

  test("counts below the picture what changed", () => {
    expect(differenceSummary(differenceOf(modelOf(before), modelOf(after)))).toMatchObject({
      inputs: "x 3 f32",
      outputs: "c 3 f32",
      operators: "1 added, 1 removed, 2 changed, 2 unchanged",
    });
  });

  test("is drawn as one picture", async () => {
    const bundle = (await mimeBundle(diffGraphs(graphNamed("attention"), graphNamed("residual_mlp"))))!;
    expect(bundle["image/svg+xml"]).toContain("− softmax");
    expect(bundle["text/plain"]).toMatch(/^before → after: \d+ ops\n/);
  });
});
