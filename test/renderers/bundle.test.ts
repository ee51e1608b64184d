/** MIME bundles: what a front end gets. */
import { describe, expect, test } from "vitest";
import { displayKey, mimeBundle, showGraph } from "../../renderers/index.ts";
import { graphNamed } from "./graphs.ts";

describe("mimeBundle", () => {
  test("of a graph holds the diagram, a picture and text, and no HTML that would hide the diagram", async () => {
    const bundle = (await mimeBundle(graphNamed("relu")))!;
    expect(Object.keys(bundle)).toEqual(["application/vnd.vega.v5+json", "image/svg+xml", "text/plain"]);
    expect(bundle["image/svg+xml"]).toMatch(/^<svg /);
    expect(bundle["text/plain"]).toBe(
      "graph: 3 ops\n  x : 3 f32\n  %1 : 3 f32 = relu(self=%x)  # source.py, line 6\n  return %1",
    );
  });

  test("takes the text of a graph that has one", async () => {
    const text = "graph(%x : Tensor):\n  return (%x)\n";
    const graph = { ...graphNamed("relu"), toString: () => text };
    expect((await mimeBundle(graph))!["text/plain"]).toBe(text);
  });

  test("lets an object bring its own bundle, completed with text", async () => {
    const value = { [displayKey]: () => ({ "text/markdown": "*hi*" }), toString: () => "hi" };
    expect(await mimeBundle(value)).toEqual({ "text/markdown": "*hi*", "text/plain": "hi" });
  });

  test("shows a graph that cannot be drawn as text, and says why", async () => {
    const broken = { kind: "graph", inputs: null, nodes: [], outputs: [], toString: () => "graph()" };
    const { "text/plain": text } = (await mimeBundle(broken))! as { "text/plain": string };
    expect(text).toMatch(/^graph\(\)\n\(this graph could not be drawn: .+\)$/);
  });

  test("knows nothing about other values", async () => {
    expect(await mimeBundle(42)).toBeNull();
    expect(await mimeBundle(undefined)).toBeNull();
    expect(await mimeBundle({ kind: "something" })).toBeNull();
  });
});

describe("showGraph", () => {
  test("starts at the depth asked for", async () => {
    const bundle = (await mimeBundle(showGraph(graphNamed("residual_mlp"), { depth: 1 })))!;
    expect(bundle["image/svg+xml"]).toContain(">0…2</text>");
  });

  test("takes anything that has a graph", async () => {
    expect(await mimeBundle(showGraph({ graph: graphNamed("relu") }))).toEqual(
      await mimeBundle(graphNamed("relu")),
    );
  });

  test("says what it expected when it gets something else", () => {
    expect(() => showGraph(42 as never)).toThrow(
      "showGraph: expected a graph or a traced function, but got number",
    );
  });

  test("makes a picture and a page of its own, which asks the network for nothing", async () => {
    const picture = showGraph(graphNamed("relu"), { title: "a < b" });
    expect(await picture.toSVG()).toMatch(/^<svg .*<\/svg>$/s);
    const png = Buffer.from(await picture.toPNG(1));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const html = await picture.toHTML();
    expect(html).toContain("<title>a &lt; b</title>");
    expect(html).toContain("new vega.View");
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
  });
});
