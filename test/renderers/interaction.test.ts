/** The diagram under a real mouse: hover, pin, pan, zoom, open and close, legend, search. On the page toHTML writes. */
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SIZE } from "../../renderers/graph/theme.ts";
import { showGraph } from "../../renderers/index.ts";
import { findChromium } from "../notebooks/browser.ts";
import { graphNamed } from "./graphs.ts";

const path = findChromium();
if (path === null) console.warn("no Chromium found: the diagram's interaction is not tested");

/** A place of the view, in pixels from its top left corner. */
interface Spot {
  readonly x: number;
  readonly y: number;
}

describe.skipIf(path === null)("the diagram in a page", () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  const signal = <T>(name: string): Promise<T> => page.evaluate(`view.signal(${JSON.stringify(name)})`);
  const ids = (data: string): Promise<string[]> =>
    page.evaluate(`view.data(${JSON.stringify(data)}).map((row) => row.id)`);
  /** Where a box of the drawing stands on the page. */
  const spotOf = async (id: string, corner: "middle" | "toggle" = "middle"): Promise<Spot> => {
    const look = `(() => { const box = view.data("nodes").find((row) => row.id === ${JSON.stringify(id)});
      const k = view.signal("k"); const [dx, dy] = ${corner === "toggle"} ? [box.w / 2 - 10, 11 - box.h / 2] : [0, 0];
      return { x: (box.x + dx) * k + view.signal("tx"), y: (box.y + dy) * k + view.signal("ty") }; })()`;
    return onPage((await page.evaluate(look)) as Spot);
  };
  const onPage = async ({ x, y }: Spot): Promise<Spot> => {
    const { left, top } = (await page.evaluate("view.padding()")) as { left: number; top: number };
    const canvas = (await page.locator("#picture canvas").boundingBox())!;
    return { x: canvas.x + left + x, y: canvas.y + top + y };
  };
  const move = async (spot: Spot): Promise<void> => page.mouse.move(spot.x, spot.y);
  const click = async (spot: Spot): Promise<void> => page.mouse.click(spot.x, spot.y);

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: path!, args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(async () => browser?.close());

  const open = async (graph: string): Promise<void> => {
    errors.length = 0;
    page = await browser.newPage({ viewport: { width: 900, height: 800 } });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() !== "log" && errors.push(message.text()));
    await page.setContent(await showGraph(graphNamed(graph), { title: graph }).toHTML());
    await page.waitForFunction("view.data('nodes').length > 0");
  };

  test("shows producers and consumers of the box under the mouse, and a tooltip", async () => {
    await open("residual_mlp");
    await move(await spotOf("input.5"));
    await expect.poll(() => signal("focus")).toBe("input.5");
    const near = await page.evaluate("view.data('neighbours').map(({ role, other }) => role + ' ' + other)");
    expect(near).toEqual(["producer input.3", "consumer 18"]);
    const tooltip = await page.locator("#vg-tooltip").textContent();
    expect(tooltip).toBe(
      "aten::relu\noutput: %input.5 2×4 f32\ninputs: self = %input.3 2×4 f32\nmodule: 0\nsource: functional.py, line 1771",
    );
    expect(errors).toEqual([]);
  });

  test("goes to a box chosen from the list by keys, and shows its details", async () => {
    await open("residual_mlp");
    const list = page.getByRole("combobox", { name: "Box" });
    expect((await list.getByRole("option").allTextContents()).slice(0, 4)).toEqual([
      "",
      "input.1 · 2×4 f32",
      "linear · a · 2×4 f32",
      "relu · 2×4 f32",
    ]);
    await list.focus();
    await page.keyboard.type("relu");
    await expect.poll(() => page.evaluate("view.signal('pinned')?.id")).toBe("input.5");
    const { x, y } = await spotOf("input.5");
    const canvas = (await page.locator("#picture canvas").boundingBox())!;
    expect(x).toBeGreaterThan(canvas.x);
    expect(y).toBeLessThan(canvas.y + canvas.height);
    expect(errors).toEqual([]);
  });

  test("zooms by keys around the middle of the window, and says which texts it shows", async () => {
    await open("residual_mlp");
    const [cx, k] = [await signal("cx"), await signal<number>("k")];
    await page.getByRole("spinbutton", { name: "Zoom" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(Number(await signal("k"))).toBeCloseTo(k - 0.1, 1);
    expect(await signal("cx")).toBe(cx);
    const show = page.getByRole("combobox", { name: "Show" });
    expect(await show.getByRole("option").allTextContents()).toEqual([
      "parameters",
      "nothing more",
      "parameters, shapes on arrows",
      "shapes on arrows",
    ]);
    await show.focus();
    await page.keyboard.press("ArrowDown");
    expect([await signal("parameters"), await signal("shapes")]).toEqual([false, false]);
    await page.keyboard.press("End");
    expect([await signal("parameters"), await signal("shapes")]).toEqual([false, true]);
    expect(errors).toEqual([]);
  });

  test("opens and closes a module chosen from the list by keys", async () => {
    await open("lstm_cell_unrolled");
    const closed = await ids("nodes");
    const list = page.getByRole("combobox", { name: "Box" });
    await list.focus();
    await page.keyboard.press("End");
    await expect.poll(() => ids("frames")).toHaveLength(1);
    await page.keyboard.press("Home");
    await page.keyboard.press("End");
    await expect.poll(() => ids("nodes")).toEqual(closed);
    expect(errors).toEqual([]);
  });

  test("keeps the details of a clicked box, and lets go of them at the next click", async () => {
    await open("residual_mlp");
    await click(await spotOf("18"));
    await expect
      .poll(() => page.evaluate("view.data('details').map((row) => row.text)"))
      .toContain("0.b.weight, 0.b.bias");
    await click(await spotOf("18"));
    await expect.poll(() => signal("pinned")).toBeNull();
  });

  test("moves with the mouse and zooms around it with Ctrl and the wheel", async () => {
    await open("residual_mlp");
    const [tx, ty, k] = [await signal<number>("tx"), await signal<number>("ty"), await signal<number>("k")];
    const start = await onPage({ x: 60, y: 300 });
    await move(start);
    await page.mouse.down();
    await page.mouse.move(start.x + 40, start.y - 70, { steps: 4 });
    await page.mouse.up();
    expect([await signal("tx"), await signal("ty")]).toEqual([tx + 40, ty - 70]);
    const before = await spotOf("input.5");
    await move(before);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await expect.poll(() => signal<number>("k")).toBeGreaterThan(k);
    const after = await spotOf("input.5");
    expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(1);
  });

  test("leaves the plain wheel to the notebook", async () => {
    await open("residual_mlp");
    const k = await signal("k");
    await move(await spotOf("input.5"));
    await page.mouse.wheel(0, -300);
    await page.waitForTimeout(100);
    expect(await signal("k")).toBe(k);
  });

  test("opens a module in its place and closes it again", async () => {
    await open("lstm_cell_unrolled");
    const closed = await ids("nodes");
    const top = (await spotOf("@cell#2")).x;
    await click(await spotOf("@cell#2", "toggle"));
    await expect.poll(() => ids("nodes")).toContain("66");
    expect(await ids("frames")).toEqual(["@cell#2"]);
    const frame = `(() => { const row = view.data("frames")[0]; const k = view.signal("k");
      return { x: row.x * k + view.signal("tx"), y: (row.y - row.h / 2 + 12) * k + view.signal("ty"), left: (row.x - row.w / 2) * k + view.signal("tx") }; })()`;
    const { left, y } = (await page.evaluate(frame)) as { x: number; y: number; left: number };
    expect(Math.abs((await onPage((await page.evaluate(frame)) as Spot)).x - top)).toBeLessThan(1);
    await click(await onPage({ x: left + 16, y }));
    await expect.poll(() => ids("nodes")).toEqual(closed);
    expect(errors).toEqual([]);
  });

  test("filters by a click on the legend, and finds what is typed, one after the other", async () => {
    await open("residual_mlp");
    await page.getByLabel("Search").fill("linear");
    await expect.poll(() => ids("hits")).toHaveLength(6);
    const { width, side, gap, minimap } = SIZE;
    const stage = width - side - minimap - 2 * gap;
    const next = (): Promise<void> => onPage({ x: stage - 116 - 30, y: 13 }).then(click);
    await next();
    await next();
    await expect.poll(() => signal<{ id: string } | null>("found").then((found) => found?.id)).toBe("18");
    await page.getByLabel("Search").fill("");
    await click(await onPage({ x: width - side + 40, y: 28 + 3 * 17 }));
    await expect.poll(() => signal("family")).not.toBe("");
  });
});
