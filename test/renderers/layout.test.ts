/** Layout engines: one shared suite, and the time limit. */
import { describe, expect, test } from "vitest";
import { dotLayout } from "../../renderers/graph/dot.ts";
import { layeredLayout } from "../../renderers/graph/layered.ts";
import { type Layout, type LayoutInput, layout, type Rectangle } from "../../renderers/graph/layout.ts";

const node = (id: string, cluster: string | null = null) => ({ id, width: 80, height: 40, cluster });

/** A diamond of which one side lies in two frames. */
const diamond: LayoutInput = {
  nodes: [node("a"), node("b", "inner"), node("c"), node("d"), node("e", "outer")],
  edges: [
    { from: "a", to: "b" },
    { from: "a", to: "c" },
    { from: "b", to: "e" },
    { from: "e", to: "d" },
    { from: "c", to: "d" },
  ],
  clusters: [
    { id: "outer", parent: null, labelWidth: 60 },
    { id: "inner", parent: "outer", labelWidth: 200 },
  ],
};

const inside = (inner: Rectangle, outer: Rectangle): boolean =>
  Math.abs(inner.x - outer.x) <= (outer.width - inner.width) / 2 + 0.01 &&
  Math.abs(inner.y - outer.y) <= (outer.height - inner.height) / 2 + 0.01;
const apart = (a: Rectangle, b: Rectangle): boolean =>
  Math.abs(a.x - b.x) >= (a.width + b.width) / 2 - 0.01 ||
  Math.abs(a.y - b.y) >= (a.height + b.height) / 2 - 0.01;

const engines: readonly (readonly [string, (input: LayoutInput) => Promise<Layout>])[] = [
  ["dot", async (input) => (await dotLayout([input], 20_000))[0]!],
  ["layered", async (input) => layeredLayout(input)],
];

describe.each(engines)("the %s layout", (_, run) => {
  test("places producers above readers, boxes apart, and everything within the drawing", async () => {
    const { boxes, width, height } = await run(diamond);
    const at = (id: string): Rectangle => boxes.get(id)!;
    for (const { from, to } of diamond.edges) expect(at(from).y).toBeLessThan(at(to).y);
    const all = [...boxes.values()];
    for (const [i, one] of all.entries())
      for (const other of all.slice(i + 1)) expect(apart(one, other)).toBe(true);
    const page: Rectangle = { x: width / 2, y: height / 2, width, height };
    expect(all.every((box) => inside(box, page))).toBe(true);
  });

  test("frames hold their boxes and inner frames, and have room for their labels", async () => {
    const { boxes, frames } = await run(diamond);
    expect(inside(boxes.get("b")!, frames.get("inner")!)).toBe(true);
    expect(inside(frames.get("inner")!, frames.get("outer")!)).toBe(true);
    expect(inside(boxes.get("e")!, frames.get("outer")!)).toBe(true);
    expect(frames.get("inner")!.width).toBeGreaterThanOrEqual(200);
  });

  test("draws each edge from the foot of a box to the head of the next", async () => {
    const { curves, boxes } = await run(diamond);
    expect(curves).toHaveLength(diamond.edges.length);
    diamond.edges.forEach(({ from, to }, i) => {
      const points = curves[i]!;
      expect((points.length - 1) % 3).toBe(0);
      expect(points[0]![1]).toBeCloseTo(boxes.get(from)!.y + 20, 0);
      expect(points.at(-1)![1]).toBeCloseTo(boxes.get(to)!.y - 20, 0);
    });
  });
});

describe("layout", () => {
  test("takes the simple layout when dot does not end in time", async () => {
    expect(await layout([diamond], 0)).toEqual([layeredLayout(diamond)]);
  });

  test("works again after a time limit was passed", async () => {
    await layout([diamond], 0);
    expect((await layout([diamond], 20_000))[0]).toEqual((await dotLayout([diamond], 20_000))[0]);
  });

  test("survives a cycle", () => {
    const cycle = {
      nodes: [node("a"), node("b")],
      edges: [
        { from: "a", to: "b" },
        { from: "b", to: "a" },
      ],
      clusters: [],
    };
    expect(layeredLayout(cycle).boxes.size).toBe(2);
  });
});
