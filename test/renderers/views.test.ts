/** Views of a model: open and closed scopes, folded runs, pills, and the states a picture offers. */
import { describe, expect, test } from "vitest";
import { modelOf } from "../../renderers/graph/model.ts";
import { scopesOf } from "../../renderers/graph/scopes.ts";
import { statesOf } from "../../renderers/graph/states.ts";
import { type View, viewOf } from "../../renderers/graph/views.ts";
import { graphNamed, transformer } from "./graphs.ts";

const boxes = (view: View): string[] => view.boxes.map(({ id }) => id);
const edges = (view: View): string[] => view.edges.map(({ from, to }) => `${from} -> ${to}`);

describe("a view of a model", () => {
  const model = modelOf(graphNamed("lstm_cell_unrolled"));

  test("draws a closed call as one box with the edges of all its ops", () => {
    const view = viewOf(model, scopesOf(model, true), new Set());
    expect(boxes(view)).toEqual([
      "x",
      "value.1",
      "input.1",
      "@cell",
      "input.3",
      "@cell#2",
      "input",
      "@cell#3",
      "34",
      "return",
    ]);
    expect(edges(view)).toContain("@cell -> @cell#2");
    expect(edges(view)).not.toContain("@cell -> @cell");
  });

  test("draws an open call as a cluster of its ops", () => {
    const view = viewOf(model, scopesOf(model, true), new Set(["cell#2"]));
    expect(view.clusters).toMatchObject([{ id: "cell#2", parent: null }]);
    expect(view.boxes.filter(({ cluster }) => cluster === "cell#2")).toHaveLength(13);
    expect(edges(view)).toContain("@cell -> 66");
  });

  test("lifts the op of a call that has only one", () => {
    const attention = modelOf(graphNamed("attention"));
    expect(scopesOf(attention, true).root.items.every(({ kind }) => kind !== "scope")).toBe(true);
  });

  test("folds alike neighbours into one box and draws the first of them", () => {
    const residual = modelOf(graphNamed("residual_mlp"));
    const tree = scopesOf(residual, true);
    const closed = viewOf(residual, tree, new Set());
    expect(edges(closed)).toEqual(["input.1 -> @0…2", "@0…2 -> return"]);
    const open = viewOf(residual, tree, new Set(["0…2"]));
    expect(boxes(open)).toEqual(["input.1", "input.3", "input.5", "18", "19", "input.7", "return"]);
    expect(edges(open)).toContain("input.7 -> return");
    expect(open.clusters[0]!.scope).toMatchObject({ repeat: 3, label: "0…2" });
  });

  test("shows a value with many far readers as a pill at each of them", () => {
    const deep = modelOf(transformer(6));
    const tree = scopesOf(deep, false);
    const all = new Set(["h", ...[0, 1, 2, 3, 4, 5].flatMap((i) => [`h.${i}`, `h.${i}.attn`, `h.${i}.mlp`])]);
    const view = viewOf(deep, tree, all);
    const pills = view.boxes.filter(({ kind }) => kind === "pill");
    expect(pills).toHaveLength(5);
    expect(pills[0]).toMatchObject({ label: "mask", producer: "mask", cluster: "h.1.attn" });
    expect(view.edges.filter(({ producer }) => producer === "mask")).toHaveLength(6);
  });

  test("never draws an edge upwards: every producer stands before its readers", () => {
    const deep = modelOf(transformer(4));
    for (const { view } of statesOf(deep).states) {
      const place = new Map(boxes(view).map((id, i) => [id, i]));
      const drawn = view.edges.filter(({ from, producer }) => from === producer);
      expect(drawn.filter(({ from, to }) => place.get(from)! >= place.get(to)!)).toEqual([]);
    }
  });
});

describe("the states of a picture", () => {
  test("are the levels of depth, everything, and mixtures; each scope leads to a state where it is open", () => {
    const { states, initial } = statesOf(modelOf(transformer(12)));
    expect(states.map(({ level }) => level).filter((level) => level !== "")).toEqual(["1", "2", "3", "all"]);
    expect(states[initial]!.level).toBe("3");
    for (const { view, toggles } of states) {
      for (const box of view.boxes) {
        if (box.kind !== "scope") continue;
        const target = states[toggles.get(box.scope.id)!]!;
        expect(target.view.clusters.map(({ id }) => id)).toContain(box.scope.id);
      }
      for (const { id } of view.clusters) {
        if (toggles.get(id) === undefined) continue;
        expect(states[toggles.get(id)!]!.view.clusters.map((cluster) => cluster.id)).not.toContain(id);
      }
    }
  });

  test("start at the depth asked for", () => {
    const model = modelOf(transformer(12));
    expect([1, 2, "all"].map((depth) => statesOf(model, depth as number).initial)).toEqual([0, 1, 3]);
  });

  test("stay within a budget of boxes for a graph of thousands of ops", () => {
    const { states } = statesOf(modelOf(transformer(200)));
    expect(states.reduce((sum, { view }) => sum + view.boxes.length, 0)).toBeLessThan(3000);
    expect(states.map(({ level }) => level)).toContain("3");
  });
});
