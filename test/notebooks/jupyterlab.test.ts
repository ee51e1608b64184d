/** The first notebook as a person sees it: run by the menu of a real JupyterLab in Chromium, diagrams drawn, nothing red. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { notebookFolder, readNotebook } from "../../scripts/execute-notebook.ts";
import { errorsIn, findChromium, openNotebook } from "./browser.ts";

const name = "01-first-trace.ipynb";
const chromium = findChromium();
if (chromium === null)
  console.warn("Skipped: no Chromium on PATH, so notebooks are not tested in a browser.");

/** How many of the page's canvases show more than one colour. */
const drawnCanvases = `[...document.querySelectorAll(".vega-embed canvas")].filter((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 10;
}).length`;

test.skipIf(chromium === null).each(["light", "dark"] as const)(
  "JupyterLab (%s) runs the first notebook without an error and draws its diagrams",
  { timeout: 240_000 },
  async (theme) => {
    const notebook = await openNotebook(
      chromium as string,
      name,
      readNotebook(join(notebookFolder, name)),
      theme,
    );
    try {
      await notebook.runAll();
      const outputs = await notebook.outputs();
      await notebook.picture(`01-first-trace-${theme}`);

      expect(errorsIn(outputs)).toEqual([]);
      const diagrams = outputs.flat().filter((output) => output.data?.["application/vnd.vega.v5+json"]);
      expect(diagrams.length).toBeGreaterThan(0);
      expect(await notebook.page.evaluate(drawnCanvases)).toBe(diagrams.length);
      expect(notebook.browserErrors).toEqual([]);
    } finally {
      await notebook.close();
    }
  },
);
