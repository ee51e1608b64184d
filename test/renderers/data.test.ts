/** Pictures of data: what is computed for them, and that each brings a specification, a still picture and text. */
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { heatmapOf } from "../../renderers/data/heatmap.ts";
import {
  binsOf,
  numbersOf,
  sparkline,
  statisticsOf,
  statisticsText,
  type TensorLike,
} from "../../renderers/data/values.ts";
import { confusionMatrix, mimeBundle, showImages, showTensor, table } from "../../renderers/index.ts";

/** A tensor of the numbers 0, 1, 2, … or of those given. */
function tensor(sizes: readonly number[], values?: readonly number[], dtype = "float32"): TensorLike {
  const flat = values ?? Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, (_, i) => i);
  const nest = (from: number, [size, ...rest]: readonly number[]): unknown => {
    if (size === undefined) return flat[from];
    const step = rest.reduce((a, b) => a * b, 1);
    return Array.from({ length: size }, (_, i) => nest(from + i * step, rest));
  };
  return { sizes, dtype: { name: dtype }, tolist: () => nest(0, sizes), toString: () => "torch_tensor" };
}

const VEGA_LITE = ["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"];

describe("statistics", () => {
  test("leave out what is not finite and count it", () => {
    const values = Float64Array.of(0, 2, 4, Number.NaN, Infinity);
    expect(statisticsText(statisticsOf(values))).toBe(
      "mean 2 · std 1.633 · min 0 · max 4 · 1 zeros · 1 NaN · 1 Inf",
    );
  });

  test("keep their digits far from zero", () => {
    expect(statisticsOf(Float64Array.of(1e9, 1e9 + 1, 1e9 + 2)).deviation).toBeCloseTo(Math.sqrt(2 / 3), 10);
  });

  test("count the greatest in the last bin, and equal numbers in one", () => {
    expect(binsOf(Float64Array.of(0, 1, 2, 4), 2)).toEqual([
      { from: 0, to: 2, count: 2 },
      { from: 2, to: 4, count: 2 },
    ]);
    expect(binsOf(Float64Array.of(3, 3), 5)).toEqual([{ from: 2.5, to: 3.5, count: 2 }]);
    expect(binsOf(Float64Array.of(Number.NaN), 5)).toEqual([]);
  });

  test("are drawn in one word", () => {
    expect(sparkline(Float64Array.of(0, 0, 0, 0, 7, 7, 3.6))).toBe("█   ▃  ▅");
  });
});

describe("showTensor", () => {
  test("brings a heat map over a histogram, with a still picture and the statistics as text", async () => {
    const bundle = (await mimeBundle(showTensor(tensor([2, 3]))))!;
    expect(Object.keys(bundle)).toEqual(VEGA_LITE);
    expect(bundle["text/plain"]).toBe("2×3 float32: mean 2.5 · std 1.708 · min 0 · max 5 · 1 zeros");
    expect(bundle["image/svg+xml"]).toContain(">elements</text>");
  });

  test("draws each matrix of a tensor with more dimensions, up to a limit it tells", () => {
    const spec = heatmapOf(numbersOf(tensor([3, 10, 2, 2])), "t");
    const { values } = spec["data"] as {
      readonly values: readonly { readonly panel: string; readonly value: number }[];
    };
    expect(values).toHaveLength(16 * 4);
    expect(values.at(-1)).toMatchObject({ panel: "[1, 5]", value: 63 });
    expect(JSON.stringify(spec["title"])).toContain("the first 16 of 30 matrices");
  });

  test("draws a large matrix in blocks, each the mean of its cells", () => {
    const spec = heatmapOf(numbersOf(tensor([1, 192])), "t");
    const { values } = spec["data"] as { readonly values: readonly { readonly value: number }[] };
    expect(values.map(({ value }) => value).slice(0, 3)).toEqual([0.5, 2.5, 4.5]);
    expect(JSON.stringify(spec["title"])).toContain("each cell is the mean of a block");
  });

  test("leaves cells that are not finite empty and names them in the tooltip", () => {
    const { data } = heatmapOf(numbersOf(tensor([2], [Number.NaN, 1])), "t") as {
      data: { values: object[] };
    };
    expect(data.values[0]).toMatchObject({ value: null, text: "NaN" });
  });

  test("says what it expected", () => {
    expect(() => showTensor(3 as never)).toThrow("showTensor: expected a tensor, but got number");
    expect(() => showTensor(tensor([]))).toThrow("expected a tensor with elements to draw, but got sizes []");
  });
});

describe("showImages", () => {
  /** The RGBA pixels of a PNG whose rows have no filter. */
  const pixelsOf = (base64: unknown): { width: number; rows: number[][] } => {
    const png = Buffer.from(String(base64), "base64");
    const width = png.readUInt32BE(16);
    const start = png.indexOf("IDAT") + 4;
    const lines = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
    const row = width * 4 + 1;
    return {
      width,
      rows: Array.from({ length: lines.length / row }, (_, y) => [
        ...lines.subarray(y * row + 1, (y + 1) * row),
      ]),
    };
  };

  test("draws a colour image, channels first", async () => {
    const bundle = (await mimeBundle(
      showImages(tensor([3, 1, 2], [0, 255, 10, 20, 30, 40], "uint8"), { scale: 1 }),
    ))!;
    expect(pixelsOf(bundle["image/png"])).toEqual({ width: 2, rows: [[0, 10, 30, 255, 255, 20, 40, 255]] });
    expect(bundle["text/plain"]).toBe("image 1×2×3, 0 is black, 255 is white");
  });

  test("draws channels last the same when told so", async () => {
    const last = await mimeBundle(
      showImages(tensor([1, 2, 3], [0, 10, 30, 255, 20, 40], "uint8"), { scale: 1, layout: "HWC" }),
    );
    const first = await mimeBundle(
      showImages(tensor([3, 1, 2], [0, 255, 10, 20, 30, 40], "uint8"), { scale: 1 }),
    );
    expect(last).toEqual(first);
  });

  test("draws a batch as a grid with transparent gaps", async () => {
    const bundle = (await mimeBundle(showImages(tensor([2, 1, 1, 1], [0, 1]), { scale: 1, columns: 2 })))!;
    const none = [0, 0, 0, 0];
    expect(pixelsOf(bundle["image/png"]).rows).toEqual([
      [0, 0, 0, 255, ...none, ...none, 255, 255, 255, 255],
    ]);
  });

  test("stretches other numbers between black and white", async () => {
    const bundle = (await mimeBundle(showImages(tensor([1, 3], [-2, 0, 2]), { scale: 1 })))!;
    expect(pixelsOf(bundle["image/png"]).rows).toEqual([
      [0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255],
    ]);
  });

  test("says which sizes it draws", () => {
    expect(() => showImages(tensor([2, 5, 4, 4]))).toThrow(
      "image: expected a tensor of [H, W], [C, H, W] or [N, C, H, W] with 1, 3 or 4 channels, but got [2, 5, 4, 4]",
    );
  });
});

describe("confusionMatrix", () => {
  test("counts targets by rows and predictions by columns", async () => {
    const bundle = (await mimeBundle(
      confusionMatrix([0, 1, 1, 1], tensor([4], [0, 1, 0, 1]), { labels: ["cat", "dog"] }),
    ))!;
    expect(Object.keys(bundle)).toEqual(VEGA_LITE);
    expect(bundle["text/plain"]).toBe(
      ["target  cat  dog", "──────  ───  ───", "cat       1    0", "dog       1    2"].join("\n"),
    );
    expect(bundle["image/svg+xml"]).toContain("3 of 4 right (75.0 %)");
  });

  test("refuses what is no class", () => {
    expect(() => confusionMatrix([0, 1], [0, 2], { labels: ["a", "b"] })).toThrow(
      "confusionMatrix: expected class indices from 0 to 1, but prediction 1 is 2",
    );
    expect(() => confusionMatrix([0], [0, 1])).toThrow(
      "expected as many predictions as targets, but got 2 and 1",
    );
  });
});

describe("table", () => {
  test("aligns numbers and escapes markup", async () => {
    const bundle = (await mimeBundle(
      table([
        { layer: "<fc>", size: 12 },
        { layer: "b", size: 2.71849, note: "x" },
      ]),
    ))!;
    expect(bundle["text/plain"]).toBe(
      ["layer  size   note", "─────  ─────  ────", "<fc>      12", "b      2.718  x"].join("\n"),
    );
    expect(bundle["text/html"]).toContain("&lt;fc>");
  });

  test("shows the first rows of a long one and says how many there are", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ i }));
    expect((await mimeBundle(table(rows)))!["text/plain"]).toMatch(/49\n… 10 more rows$/);
  });
});

describe("specifications and figures of others", () => {
  test("are drawn as they stand, with a still picture", async () => {
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v5.json",
      description: "a bar",
      data: { values: [{ a: 1 }] },
      mark: "bar",
      encoding: { x: { field: "a", type: "quantitative" } },
    };
    const bundle = (await mimeBundle(spec))!;
    expect(bundle["application/vnd.vegalite.v5+json"]).toBe(spec);
    expect(bundle["image/svg+xml"]).toMatch(/^<svg /);
    expect(bundle["text/plain"]).toBe("vega-lite chart: a bar");
  });

  test("an SVG element is shown as a picture", async () => {
    const figure = { outerHTML: "<svg></svg>" };
    expect(await mimeBundle(figure)).toEqual({ "image/svg+xml": "<svg></svg>", "text/plain": "SVG picture" });
  });

  test("a tensor is its printout", async () => {
    expect(await mimeBundle(tensor([1]))).toEqual({ "text/plain": "torch_tensor" });
  });
});
