/** The live chart: when it draws, and what. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { liveChartOn } from "../../renderers/data/live-chart.ts";
import { type Displayable, displayKey, type MimeBundle } from "../../renderers/display.ts";

/** What was displayed: whether it was new, and the bundle. */
function page() {
  const shown: { readonly is: "new" | "update"; readonly bundle: MimeBundle | Promise<MimeBundle> }[] = [];
  const show = (is: "new" | "update") => (value: unknown) => {
    shown.push({ is, bundle: (value as Displayable)[displayKey]() });
    return handle;
  };
  const handle = { update: show("update") };
  return { shown, display: show("new") };
}

describe("a live chart", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("shows itself at the first point, at once and without waiting for a picture", () => {
    const { shown, display } = page();
    liveChartOn(display).push({ loss: 1 });
    expect(shown[0]).toMatchObject({ is: "new", bundle: { "text/plain": "loss 1 at 0" } });
  });

  test("updates no more often than asked, and draws the last state with its still picture when the thread is free", async () => {
    const { shown, display } = page();
    const chart = liveChartOn(display, { every: 100, x: "epoch", title: "training" });
    for (let epoch = 0; epoch < 50; epoch++) {
      chart.push({ epoch, loss: 1 / (epoch + 1), accuracy: epoch / 50 });
    }
    // The second is the one that a cell waits for.
    expect(shown.map(({ is, bundle }) => [is, bundle instanceof Promise])).toEqual([
      ["new", false],
      ["update", true],
    ]);
    vi.advanceTimersByTime(100);
    const last = await shown[1]!.bundle;
    expect(last["text/plain"]).toBe("training, loss 0.02 at 49, accuracy 0.98 at 49");
    expect(last["image/svg+xml"]).toMatch(/^<svg /);
    const { data } = last["application/vnd.vegalite.v5+json"] as {
      readonly data: { readonly values: readonly object[] };
    };
    expect(data.values).toHaveLength(100);
  });

  test("takes 0-d tensors and thins out old points", async () => {
    const { display } = page();
    const chart = liveChartOn(display, { limit: 10 });
    for (let i = 0; i < 100; i++) chart.push({ loss: { item: () => i } });
    const bundle = await chart[displayKey]();
    const { data } = bundle["application/vnd.vegalite.v5+json"] as {
      readonly data: { readonly values: readonly { readonly x: number; readonly value: number }[] };
    };
    expect(data.values.length).toBeLessThanOrEqual(20);
    expect(data.values.at(0)).toMatchObject({ x: 0, value: 0 });
    expect(data.values.at(-1)).toMatchObject({ x: 99, value: 99 });
  });

  test("says which field is no number", () => {
    const chart = liveChartOn(page().display, { x: "epoch" });
    expect(() => chart.push({ loss: 1 })).toThrow(
      "expected a number or a tensor of one for epoch, but got undefined",
    );
  });
});
