/** Specifications run headless: what is shown, found, marked and pinned. */
import * as vega from "vega";
// @ts-expect-error: an alias of an older Vega has no types of its own
import * as vega5 from "vega-5";
import { describe, expect, test } from "vitest";
import { svgOf, type VegaSpec } from "../../renderers/chart/svg.ts";
import { type Diagram, diagramOf } from "../../renderers/graph/diagram.ts";
import { modelOf } from "../../renderers/graph/model.ts";
import { specOf, stillSpecOf } from "../../renderers/graph/spec.ts";
import { summaryOf } from "../../renderers/graph/summary.ts";
import { graphNamed, transformer } from "./graphs.ts";

const diagramNamed = (name: string): Promise<Diagram> =>
  diagramOf(modelOf(graphNamed(name), { title: name }));

/** Runs a specification without a page; drags listen to the window, which a page alone has. */
async function run(spec: VegaSpec): Promise<vega.View> {
  const view = new vega.View(vega.parse(spec as unknown as vega.Spec), {
    renderer: "none",
    logLevel: vega.None,
  });
  return view.runAsync();
}

describe("the specification of a diagram", () => {
  test("is the same as ever for a small graph", async () => {
    expect(specOf(await diagramNamed("relu"))).toMatchSnapshot();
  });

  test("takes no more room than a small graph and its legend need", async () => {
    expect(specOf(await diagramNamed("relu"))["height"]).toBeLessThan(240);
  });

  test("tells screen readers what goes in and out", async () => {
    const summary = summaryOf(modelOf(graphNamed("relu")));
    expect(specOf({ ...(await diagramNamed("relu")), summary })["description"]).toBe(
      "Graph of relu. Inputs: x 3 f32. Outputs: 3 f32. Operators: relu.",
    );
  });

  test("is plain JSON", async () => {
    const spec = specOf(await diagramNamed("residual_mlp"));
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  test("runs headless and shows the boxes of its first view", async () => {
    const view = await run(specOf(await diagramNamed("residual_mlp")));
    expect(view.data("nodes").map(({ op }: { op: { label: string } }) => op.label)).toHaveLength(17);
    expect(view.data("frames")).toHaveLength(3);
  });

  test("marks producers and consumers of the focus", async () => {
    const view = await run(specOf(await diagramNamed("residual_mlp")));
    await view.signal("pointed", "input.7").runAsync();
    const roles = view
      .data("neighbours")
      .map(({ role, other }: { role: string; other: string }) => `${role} ${other}`);
    expect(roles.sort()).toEqual([
      "consumer input.13",
      "consumer input.9",
      "producer 19",
      "producer input.1",
    ]);
  });

  test("finds ops by name, value, module and family", async () => {
    const view = await run(specOf(await diagramNamed("residual_mlp")));
    const found = async (name: string, value: string): Promise<string[]> => {
      await view.signal("query", "").signal("family", "").signal(name, value).runAsync();
      return view.data("hits").map(({ id }: { id: string }) => id);
    };
    expect(await found("query", "RELU")).toEqual(["input.5", "input.11", "input"]);
    expect(await found("query", "%input.11")).toEqual(["input.11"]);
    expect(await found("query", "1.b")).toEqual(["31"]);
    expect(await found("family", "activation")).toEqual(["input.5", "input.11", "input"]);
    expect(await found("query", "Activation")).toEqual(["input.5", "input.11", "input"]);
  });

  test("pins an op's details, wrapped to the side column", async () => {
    const view = await run(specOf(await diagramNamed("attention")));
    const op = view.data("nodes").find(({ id }: { id: string }) => id === "25").op;
    await view.signal("pinned", op).runAsync();
    expect(
      view.data("details").map(({ name, lines }: { name: string; lines: string[] }) => [name, ...lines]),
    ).toEqual([
      ["output", "%25 2×3×3×2×4 f32"],
      ["inputs", "%59 2×3×24 f32"],
      ["attributes", "[%x.size(0), %x.size(1), 3, 2,", "(%x.size(2) // 2.0)]"],
      ["source", "source.py, line 13"],
    ]);
  });

  test("tells a tooltip's lines in their order, whatever the order of their keys", async () => {
    const { ops, ...diagram } = await diagramNamed("attention");
    const sorted = ops.map(({ details, ...row }) => ({
      ...row,
      details: Object.fromEntries(Object.entries(details).sort()),
    }));
    const view = await run(specOf({ ...diagram, ops: sorted }));
    const { op } = view.data("nodes").find(({ id }: { id: string }) => id === "25");
    expect(Object.entries(op.tooltip).flatMap(([name, text]) => (text === undefined ? [] : [name]))).toEqual([
      "title",
      "output",
      "inputs",
      "attributes",
      "source",
    ]);
  });

  test("changes to another depth with the select below the picture", async () => {
    const view = await run(specOf(await diagramNamed("residual_mlp")));
    await view.signal("level", "1").runAsync();
    expect(view.data("nodes").map(({ id }: { id: string }) => id)).toEqual(["input.1", "@0…2", "return"]);
  });

  test("stays below a megabyte for a transformer of 2,600 ops", async () => {
    const spec = specOf(await diagramOf(modelOf(transformer(180))));
    expect(JSON.stringify(spec).length).toBeLessThan(2 ** 20);
    expect((await run(spec)).data("nodes").length).toBeGreaterThan(10);
  });
});

describe.each([
  ["Vega 5.33, which JupyterLab and Notebook carry", vega5 as typeof vega],
  ["Vega 6, which VS Code carries", vega],
])("under %s", (_, library) => {
  test("every part of a large specification parses, and its signals and data sets work without a warning", async () => {
    const heard: string[] = [];
    const logger = vega.logger(vega.Warn);
    for (const level of ["error", "warn", "info"] as const) {
      logger[level] = (...args: unknown[]) => {
        heard.push(args.map(String).join(" "));
        return logger;
      };
    }
    const spec = structuredClone(specOf(await diagramOf(modelOf(transformer(12))))) as unknown as vega.Spec;
    const view = new library.View(library.parse(spec), { renderer: "none" }).logger(logger);
    await view.runAsync();
    await view.signal("level", "all").runAsync();
    await view.signal("query", "softmax").signal("shapes", true).runAsync();
    await view.signal("hit", 1).runAsync();
    expect(view.data("hits")).toHaveLength(12);
    expect(view.signal("found").op.label).toBe("softmax");
    expect(heard).toEqual([]);
  });
});

describe("the still picture", () => {
  test("is the same as ever for a small graph", async () => {
    expect(await svgOf(stillSpecOf(await diagramNamed("relu")))).toMatchSnapshot();
  });

  test("shows every op of the first view with its shape", async () => {
    const svg = await svgOf(stillSpecOf(await diagramNamed("attention")));
    for (const text of ["linear", "qkv", "2×3×24 f32", "weight, bias", "softmax", "return"]) {
      expect(svg).toContain(`>${text}</text>`);
    }
  });
});
