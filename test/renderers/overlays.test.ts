/** Overlays and notes: numbers and warnings on boxes, on closed modules, and in the running picture. */

import * as vega from "vega";
import { describe, expect, test } from "vitest";
import { type Diagram, diagramOf } from "../../renderers/graph/diagram.ts";
import { timingOverlays, valueOverlays } from "../../renderers/graph/measured.ts";
import { modelOf } from "../../renderers/graph/model.ts";
import type { Note, Overlay } from "../../renderers/graph/overlays.ts";
import { specOf } from "../../renderers/graph/spec.ts";
import { graphNamed } from "./graphs.ts";

const model = modelOf(graphNamed("residual_mlp"));
const time: Overlay = {
  name: "time",
  values: new Map([
    ["input.3", 1],
    ["input.5", 2],
    ["18", 5],
  ]),
  format: (value) => `${value} ms`,
  combine: "sum",
};
const warning: Note = { op: "18", kind: "warning", name: "warning", text: "a number became a constant" };
const remark: Note = { op: "input.3", kind: "remark", name: "histogram", text: "▁▅█" };

const row = ({ ops }: Diagram, id: string) => ops.find((op) => op.id === id)!;

describe("overlays", () => {
  test("give each op its number and its place between the least and the greatest", async () => {
    const diagram = await diagramOf(model, { overlays: [time] });
    expect(row(diagram, "input.5").readings).toEqual({ time: { text: "2 ms", share: 0.25 } });
    expect(row(diagram, "input.5").details).toMatchObject({ title: "aten::relu", time: "2 ms" });
    expect(row(diagram, "19").readings).toEqual({});
    expect(diagram.overlays).toEqual([{ name: "time", least: "1 ms", greatest: "5 ms" }]);
  });

  test("have a scale from what is drawn, whatever else was measured", async () => {
    const values = new Map([...time.values, ["a parameter", 100]]);
    const { overlays } = await diagramOf(model, { overlays: [{ ...time, values }] });
    expect(overlays).toEqual([{ name: "time", least: "1 ms", greatest: "5 ms" }]);
  });

  test("combine the numbers of the ops in a closed module", async () => {
    const overlays = (["sum", "max", "mean"] as const).map((combine) => ({
      ...time,
      name: combine,
      combine,
    }));
    const { readings } = row(await diagramOf(model, { overlays }), "@0…2");
    expect(readings).toEqual({
      sum: { text: "8 ms", share: 1 },
      max: { text: "5 ms", share: 1 },
      mean: { text: `${8 / 3} ms`, share: 0.417 },
    });
  });

  test("do not hide numbers that are not finite", async () => {
    const values = new Map([
      ["18", Number.NaN],
      ["19", 3],
    ]);
    const diagram = await diagramOf(model, { overlays: [{ name: "mean", values, combine: "max" }] });
    expect(row(diagram, "18").readings).toEqual({ mean: { text: "NaN", share: 1 } });
  });

  test("list the boxes with the greatest numbers in the picture", async () => {
    const spec = specOf(await diagramOf(model, { overlays: [time], colour: "time" }));
    const view = new vega.View(vega.parse(spec as unknown as vega.Spec), {
      renderer: "none",
      logLevel: vega.None,
    });
    await view.runAsync();
    const ranking = view.data("ranking").sort((a: { rank: number }, b: { rank: number }) => a.rank - b.rank);
    expect(ranking.map(({ id }: { id: string }) => id)).toEqual(["18", "input.5", "input.3"]);
    expect(view.data("families")).toEqual([]);
    await view.signal("colour", "").runAsync();
    expect(view.data("ranking")).toEqual([]);
    expect(view.data("families").length).toBeGreaterThan(3);
  });
});

describe("notes", () => {
  test("mark the op they belong to and the modules around it", async () => {
    const diagram = await diagramOf(model, { notes: [warning, remark] });
    expect(row(diagram, "18")).toMatchObject({
      label: "⚠ linear",
      alert: "warning",
      details: { warning: "a number became a constant" },
    });
    expect(row(diagram, "@0…2")).toMatchObject({ label: "⚠ 0…2", alert: "warning" });
    expect(row(diagram, "19").alert).toBe("");
  });

  test("remarks stand in the tooltip of their op alone", async () => {
    const diagram = await diagramOf(model, { notes: [remark] });
    expect(row(diagram, "input.3").details["histogram"]).toBe("▁▅█");
    expect(row(diagram, "@0…2").details["histogram"]).toBeUndefined();
  });
});

describe("timings of a run", () => {
  const timings = [
    { value: "input.3", milliseconds: 0.05, calls: 2, bytes: 2048 },
    { value: "18", milliseconds: 0.15, calls: 2, bytes: 1 },
  ];

  test("show time, share, calls and bytes, in units that suit them", async () => {
    const diagram = await diagramOf(model, timingOverlays(timings));
    expect(diagram.colour).toBe("time");
    expect(row(diagram, "input.3").details).toMatchObject({
      time: "50 µs",
      "share of time": "25.0 %",
      calls: "2",
      "output bytes": "2 KiB",
    });
    expect(row(diagram, "@0…2").readings!["share of time"]!.text).toBe("100.0 %");
  });
});

describe("values of a run", () => {
  const made = (values: readonly number[]) => ({
    sizes: [values.length],
    dtype: { name: "float32" },
    tolist: () => values,
  });

  test("show statistics, and a histogram in the tooltip", async () => {
    const diagram = await diagramOf(model, valueOverlays(new Map([["18", made([0, 0, 1, 3])]])));
    expect(diagram.colour).toBe("standard deviation");
    expect(row(diagram, "18").details).toMatchObject({
      mean: "1",
      "standard deviation": "1.225",
      zeros: "50.0 %",
      "NaN or Inf": "0",
      histogram: "0 █ ▅    ▅ 3",
    });
  });

  test("mark the first op that made something not finite", async () => {
    const outputs = new Map([
      ["input.3", made([1, 2])],
      ["18", made([Number.NaN, Infinity, 1])],
      ["19", made([Number.NaN])],
    ]);
    const diagram = await diagramOf(model, valueOverlays(outputs));
    expect(row(diagram, "18")).toMatchObject({
      alert: "error",
      details: { "not finite": "the first: 1 NaN and 1 Inf of 3 elements" },
    });
    expect(row(diagram, "19").alert).toBe("");
    expect(diagram.colour).toBe("NaN or Inf");
  });
});
