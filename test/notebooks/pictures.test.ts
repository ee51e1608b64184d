/**
 * Every feature of the diagrams and every picture of data in JupyterLab, light and dark, and in Notebook 7: drawn, used with a real mouse,
 * and kept as shots/FRONT-THEME-FEATURE.png for people to look at.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type JSHandle, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SIDE } from "../../renderers/graph/spec/measure.ts";
import { SIZE } from "../../renderers/graph/theme.ts";
import { executeNotebook } from "../../scripts/execute-notebook.ts";
import { findChromium, shots } from "./browser.ts";
import { type FrontEnd, type JupyterServer, startJupyter } from "./jupyter-server.ts";
import { type Feature, features, picturesNotebook } from "./pictures.ts";

const path = findChromium();
if (path === null) console.warn("Skipped: no Chromium on PATH, so pictures are not looked at in a browser.");

/** The running Vega view of a cell's diagram, as the front end's widgets hold it. */
const viewOf = `(cell) => {
  const find = (widget) => widget._result?.view ?? [...widget.children()].map(find).find(Boolean);
  return find(window.jupyterapp.shell.currentWidget.content.widgets[cell].outputArea);
}`;

const places: readonly (readonly [FrontEnd, "light" | "dark"])[] = [
  ["lab", "light"],
  ["lab", "dark"],
  ["notebook", "light"],
];

describe.skipIf(path === null)("the pictures", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-pictures-"));
  let browser: Browser;
  let notebook: Awaited<ReturnType<typeof executeNotebook>>;
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    const file = join(folder, "pictures.ipynb");
    writeFileSync(file, JSON.stringify(picturesNotebook));
    notebook = await executeNotebook(file, join(folder, "run.ipynb"));
    browser = await chromium.launch({ executablePath: path!, args: ["--no-sandbox", "--disable-gpu"] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(places)("in %s, %s", (frontEnd, theme) => {
    let server: JupyterServer;
    let page: Page;
    const errors: string[] = [];
    const cell = (feature: Feature) => page.locator(".jp-CodeCell").nth(features.indexOf(feature));
    const shoot = (feature: Feature, step = "") =>
      cell(feature).screenshot({ path: join(shots, `${frontEnd}-${theme}-${feature}${step}.png`) });

    beforeAll(async () => {
      server = await startJupyter("pictures.ipynb", notebook, theme, frontEnd);
      page = await browser.newPage({ viewport: { width: 1300, height: 1000 } });
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(server.notebookUrl);
      const drawn = notebook.cells.filter(({ outputs = [] }) =>
        outputs.some(({ data = {} }) => Object.keys(data).some((type) => type.includes("vnd.vega"))),
      ).length;
      await page.waitForFunction(
        `document.querySelectorAll(".vega-embed canvas").length === ${drawn}`,
        undefined,
        {
          timeout: 90_000,
        },
      );
      // What a front end complains of while it starts is its own.
      errors.length = 0;
    }, 120_000);
    afterAll(async () => {
      await page?.close();
      await server?.stop();
    });

    test("are all drawn, in canvases that are not empty", async () => {
      const blank = `[...document.querySelectorAll(".vega-embed canvas")].filter((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size < 10;
      }).length`;
      expect(await page.evaluate(blank)).toBe(0);
      for (const feature of features) {
        await cell(feature).scrollIntoViewIfNeeded();
        await shoot(feature);
      }
      expect(errors).toEqual([]);
    });

    /** A diagram in use: its running view, its canvas and its controls. */
    const diagram = async (feature: Feature) => {
      const area = cell(feature);
      await area.scrollIntoViewIfNeeded();
      const view: JSHandle = await page.evaluateHandle(`(${viewOf})(${features.indexOf(feature)})`);
      const signal = (name: string): Promise<unknown> =>
        view.evaluate(
          (running: never, key) => (running as { signal(key: string): unknown }).signal(key),
          name,
        );
      const rows = <Row>(name: string): Promise<Row[]> =>
        view.evaluate((running: never, key) => (running as { data(key: string): never }).data(key), name);
      /** A point of the picture on the page. */
      const at = async (x: number, y: number): Promise<[number, number]> => {
        const { x: left, y: top } = (await area.locator("canvas").boundingBox())!;
        return [left + 5 + x, top + 5 + y];
      };
      /** The middle of a box, or its toggle, on the page. */
      const spot = async (label: string, corner = false): Promise<[number, number]> => {
        type Box = { op: { label: string }; x: number; y: number; w: number; h: number };
        const { x, y, w, h } = (await rows<Box>("nodes")).find(({ op }) => op.label === label)!;
        const [k, tx, ty] = (await Promise.all(["k", "tx", "ty"].map(signal))) as [number, number, number];
        return at(tx + k * (corner ? x + w / 2 - 10 : x), ty + k * (corner ? y - h / 2 + 11 : y));
      };
      return { area, signal, rows, at, spot };
    };
    const tooltip = () => page.locator("#vg-tooltip-element");
    /** The side column's left edge, and the middle of a row of its legend or of the switches `below` it. */
    const column = SIZE.width - SIZE.side;
    const legendRow = (row: number, below = 0): number => 28 + row * SIDE.row + below;

    test("react to the mouse and to the keys", async () => {
      const { area, signal, rows, spot } = await diagram("modules");
      await page.mouse.move(...(await spot("layer_norm")));
      await expect
        .poll(() => tooltip().textContent())
        .toMatch(
          /^aten::layer_norm.*output.*inputs.*attributes.*parameters.*weight.*module.*source.*cell 1, line 7/s,
        );
      expect((await rows<{ role: string }>("neighbours")).map(({ role }) => role)).toContain("producer");
      await page.screenshot({ path: join(shots, `${frontEnd}-${theme}-modules-hover.png`) });

      await page.mouse.click(...(await spot("layer_norm")));
      await expect.poll(() => signal("pinned")).toMatchObject({ label: "layer_norm" });
      await page.mouse.move(5, 5);
      await shoot("modules", "-pinned");

      await area.getByLabel("Search").fill("linear");
      await expect.poll(async () => (await rows("hits")).length).toBe(7);
      await shoot("modules", "-search");
      await area.getByLabel("Search").fill("");

      await area.getByLabel("Depth").selectOption("1");
      await expect
        .poll(
          async () =>
            (await rows<{ op: { kind: string } }>("nodes")).filter(({ op }) => op.kind === "scope").length,
        )
        .toBeGreaterThan(0);
      await shoot("modules", "-closed");
      const before = await signal("view");
      const [scope] = (await rows<{ op: { kind: string; label: string } }>("nodes")).filter(
        ({ op }) => op.kind === "scope",
      );
      await page.mouse.click(...(await spot(scope!.op.label, true)));
      await expect.poll(() => signal("view")).not.toBe(before);
      await shoot("modules", "-opened");

      // A closed list would leave its arrow keys to the notebook.
      await area.getByLabel("Box").focus();
      for (const key of ["Space", "ArrowDown", "Enter"]) await page.keyboard.press(key);
      await expect.poll(() => signal("pinned")).toMatchObject({ label: "input.1" });
      expect(errors).toEqual([]);
    });

    test("filter by the legend, switch texts, and go where the minimap is clicked", async () => {
      const { area, signal, rows, at } = await diagram("tall");
      await page.mouse.click(...(await at(column + 40, legendRow(3))));
      await expect
        .poll(async () => (await rows<{ op: { label: string } }>("hits")).map(({ op }) => op.label))
        .toEqual(["gelu", "gelu", "gelu"]);
      await page.mouse.click(...(await at(column + 40, legendRow(3))));
      await expect.poll(() => signal("family")).toBe("");

      await page.mouse.click(...(await at(column + 40, legendRow(6, 8))));
      await expect.poll(() => signal("shapes")).toBe(true);
      await page.mouse.click(...(await at(column + 40, legendRow(7, 8))));
      await expect.poll(() => signal("parameters")).toBe(false);
      expect(await area.getByLabel("Show").inputValue()).toBe("shapes on arrows");
      await shoot("tall", "-shapes");

      const from = await signal("cy");
      await page.mouse.click(...(await at(column - SIZE.gap - SIZE.minimap / 2, SIZE.header + 250)));
      await expect.poll(() => signal("cy")).toBeGreaterThan(Number(from) + 100);
      await area.getByLabel("Zoom").focus();
      await page.keyboard.press("ArrowDown");
      await expect.poll(async () => Number(await signal("k"))).toBeLessThan(1);
      await shoot("tall", "-elsewhere");
      expect(errors).toEqual([]);
    });

    test("change their colours from families to measurements, and say what a warning or an error is", async () => {
      const profile = await diagram("profile");
      await profile.area.getByLabel("Colour").selectOption("output bytes");
      await expect.poll(() => profile.signal("colour")).toBe("output bytes");
      await shoot("profile", "-bytes");
      await profile.area.getByLabel("Colour").selectOption({ label: "operators" });
      await expect.poll(async () => (await profile.rows("families")).length).toBe(6);

      const alerts: [Feature, string, RegExp][] = [
        ["warning", "⚠ mul", /might cause the trace to be incorrect.*Instead: keep the value a tensor/s],
        ["failure", "⚠ layer_norm", /RuntimeError: Given normalized_shape=\[16\], expected input/],
        ["notANumber", "⚠ log", /NaN or Inf/],
      ];
      for (const [feature, label, text] of alerts) {
        const { spot } = await diagram(feature);
        await page.mouse.move(...(await spot(label)));
        await expect.poll(() => tooltip().textContent()).toMatch(text);
        await page.screenshot({ path: join(shots, `${frontEnd}-${theme}-${feature}-hover.png`) });
      }
      expect(errors).toEqual([]);
    });
  });
});
