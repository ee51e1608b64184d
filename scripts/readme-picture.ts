/** `npm run picture`: runs README.md's first example in JupyterLab and keeps a picture of the cell in docs/images/. */
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findChromium, openNotebook } from "../test/notebooks/browser.ts";

const root = resolve(import.meta.dirname, "..");
const source = /^```ts\n([\s\S]*?)\n```$/m.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1];
const chromium = findChromium();
if (source === undefined) throw new Error("README.md has no example in TypeScript");
if (chromium === null) throw new Error("the picture needs Chromium on PATH");

const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    kernelspec: { name: "tracebook", display_name: "TypeScript (Tracebook)", language: "typescript" },
  },
  cells: [
    { cell_type: "code", id: "example", metadata: {}, source, outputs: [], execution_count: null } as const,
    { cell_type: "raw", id: "below", metadata: {}, source: "" } as const, // is the selected cell, which is framed
  ],
};
const opened = await openNotebook(chromium, "first-trace.ipynb", notebook);
try {
  await opened.runAll();
  mkdirSync(join(root, "docs/images"), { recursive: true });
  const path = join(root, "docs/images/first-trace.png");
  await opened.page.addStyleTag({ content: ".jp-Cell + .jp-Cell { visibility: hidden }" });
  await opened.page.locator(".jp-Cell").first().screenshot({ path });
  console.log(path);
} finally {
  await opened.close();
}
