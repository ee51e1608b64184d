/** A notebook open in JupyterLab in a real browser, used as a person would: run all, look, take pictures. */
import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Page } from "playwright-core";
import type { Notebook, Output } from "../../scripts/execute-notebook.ts";
import { startJupyter } from "./jupyter-server.ts";

/** Pictures for people to look at; git does not keep them. */
export const shots = resolve(import.meta.dirname, "../../shots");

/** The path of a Chromium on this machine, or null. */
export function findChromium(): string | null {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const candidates = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** One notebook in one page. */
export interface OpenNotebook {
  readonly page: Page;
  /** What the browser reported as errors since the page was opened. */
  readonly browserErrors: readonly string[];
  runAll(): Promise<void>;
  /** The outputs of every code cell, in order. */
  outputs(): Promise<readonly (readonly Output[])[]>;
  /** Saves the whole notebook, however long, as shots/NAME.png. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the notebook, without the outputs it was saved with, in a JupyterLab of its own. */
export async function openNotebook(
  chromiumPath: string,
  name: string,
  notebook: Notebook,
  theme: "light" | "dark" = "light",
): Promise<OpenNotebook> {
  const server = await startJupyter(name, withoutOutputs(notebook), theme);
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const close = async (): Promise<void> => {
    await browser.close();
    await server.stop();
  };
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 2 });
    const browserErrors: string[] = [];
    page.on("pageerror", (error) => browserErrors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && browserErrors.push(message.text()));
    await page.goto(server.notebookUrl);
    await page.waitForFunction("window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length > 0");
    await calm(page);
    return {
      page,
      browserErrors,
      runAll: async () => {
        await page.locator(".lm-MenuBar-item", { hasText: /^Run$/ }).click();
        await page
          .locator(".lm-Menu-item", { hasText: /^Run All Cells/ })
          .first()
          .click();
        await sleep(300);
        await calm(page);
      },
      outputs: () =>
        page.evaluate(`window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
          .filter((cell) => cell.cell_type === "code").map((cell) => cell.outputs)`),
      picture: (pictureName) => picture(page, pictureName),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The errors that cells ended with. */
export function errorsIn(outputs: readonly (readonly Output[])[]): readonly string[] {
  return outputs
    .flat()
    .filter((output) => output.output_type === "error")
    .map((output) => `${output.ename}: ${output.evalue}`);
}

/** Waits until the kernel is idle and no cell is marked [*], in three looks one after the other. */
async function calm(page: Page): Promise<void> {
  const isCalm = `window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === "idle" &&
    ![...document.querySelectorAll(".jp-InputArea-prompt")].some((prompt) => prompt.textContent.includes("*"))`;
  for (let looks = 0; looks < 3; looks++) {
    await page.waitForFunction(isCalm, undefined, { timeout: 120_000 });
    await sleep(150);
    if (!(await page.evaluate(isCalm))) looks = 0;
  }
}

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  const { width, height } = page.viewportSize() ?? { width: 1440, height: 900 };
  const scrolled = `[...document.querySelectorAll(".jp-Notebook, .jp-WindowedPanel-outer")]`;
  const hidden: number = await page.evaluate(
    `Math.max(...${scrolled}.map((box) => box.scrollHeight - box.clientHeight))`,
  );
  await page.setViewportSize({ width, height: Math.min(16_000, height + hidden + 20) });
  await sleep(500);
  await page
    .locator(".jp-NotebookPanel")
    .first()
    .screenshot({ path: join(shots, `${name}.png`) });
  await page.setViewportSize({ width, height });
}

function withoutOutputs(notebook: Notebook): Notebook {
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.outputs ? { ...cell, outputs: [], execution_count: null } : cell,
    ),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
