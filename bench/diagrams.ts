/**
 * How long the first picture of a traced graph takes, from the graph to the bundle a front end gets, how large it is, and how
 * smoothly it is dragged in a browser: a perceptron, ResNet-18, and transformers as jitTrace records them.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";
import { mimeBundle, prepareDiagrams, showGraph } from "../renderers/index.ts";
import { jitTrace, nn, type Tensor, torch } from "../runtime/index.ts";
import { findChromium } from "../test/notebooks/browser.ts";
import { workloads } from "./jit-workloads.ts";
import { Transformer } from "./transformer.ts";

type Traced = ReturnType<typeof jitTrace>;
type Forward = { forward(x: Tensor): Tensor };

function transformer(depth: number): Traced {
  return jitTrace(new Transformer(depth, 8), torch.zeros([1, 4, 8]), torch.zeros([4, 4]).eq(1)) as Traced;
}

function perceptron(): Traced {
  const layers = Array.from({ length: 10 }, () => [new nn.Linear(8, 8), new nn.ReLU()]).flat();
  return jitTrace(new nn.Sequential(...layers), torch.zeros([1, 8])) as Traced;
}

function resnet(): Traced {
  return jitTrace(
    workloads["ResNet-18, 1x3x224x224"]!.make() as nn.Module & Forward,
    torch.zeros([1, 3, 224, 224]),
  ) as Traced;
}

const graphs: readonly (readonly [name: string, make: () => Traced])[] = [
  ["perceptron", perceptron],
  ["ResNet-18", resnet],
  ["transformer, 12 blocks", () => transformer(12)],
  ["transformer, 22 blocks", () => transformer(22)],
  ["transformer, 180 blocks", () => transformer(180)],
];

export async function bench(): Promise<void> {
  const row = (...cells: readonly (string | number)[]): void => {
    const [name, ...numbers] = cells;
    process.stdout.write(
      `${String(name).padEnd(28)}${numbers.map((cell) => String(cell).padStart(12)).join("")}\n`,
    );
  };
  const path = findChromium();
  const browser =
    path === null ? null : await chromium.launch({ executablePath: path, args: ["--no-sandbox"] });
  try {
    row("graph", "nodes", "first", "again", "JSON", "drag p50", "drag p95");
    row("perceptron, cold", 60, ...coldTimes(false));
    row("perceptron, foreseen", 60, ...coldTimes(true));
    await prepareDiagrams();
    for (const [name, make] of graphs) {
      const traced = make();
      const times: number[] = [];
      let bytes = 0;
      for (let run = 0; run < 2; run++) {
        const start = performance.now();
        const bundle = await mimeBundle(traced);
        times.push(performance.now() - start);
        bytes = JSON.stringify(bundle?.["application/vnd.vega.v5+json"]).length;
      }
      const page = await browser?.newPage({ viewport: { width: 1200, height: 900 } });
      // All of it, every scope open: what there is most to move.
      await page?.setContent(await showGraph(traced, { depth: "all" }).toHTML());
      const frames = page === undefined ? [] : await dragged(page);
      await page?.close();
      row(
        name,
        traced.inlinedGraph.nodes.length,
        ...times.map((time) => `${Math.round(time)} ms`),
        `${Math.round(bytes / 1024)} KiB`,
        ...[0.5, 0.95].map((part) => quantile(frames, part)).map((time) => `${time.toFixed(1)} ms`),
      );
    }
  } finally {
    await browser?.close();
  }
}

/** The first picture and the next in a new process of the built package; `foreseen` as in a kernel whose cells named jitTrace. */
function coldTimes(foreseen: boolean): readonly string[] {
  const built = (file: string): string =>
    JSON.stringify(pathToFileURL(resolve(import.meta.dirname, "../dist", file)));
  const program = `
    import { jitTrace, nn, torch } from ${built("runtime.js")};
    import { mimeBundle, prepareDiagrams } from ${built("renderers.js")};
    import { setTimeout } from "node:timers/promises";
    if (${foreseen}) await prepareDiagrams().then(() => setTimeout(1000));
    const layers = Array.from({ length: 10 }, () => [new nn.Linear(8, 8), new nn.ReLU()]).flat();
    const traced = jitTrace(new nn.Sequential(...layers), torch.zeros([1, 8]));
    for (let run = 0; run < 2; run++) {
      const start = performance.now();
      await mimeBundle(traced);
      console.log(Math.round(performance.now() - start) + " ms");
    }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  return stdout.trim().split("\n");
}

/** The times between frames, in milliseconds, while the diagram of a page is dragged by the mouse in 120 moves. */
async function dragged(page: Page): Promise<readonly number[]> {
  const box = (await page.locator("#picture canvas, #picture svg").first().boundingBox())!;
  const [x, y] = [box.x + box.width / 3, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.evaluate(`{
    window.frames_ = [];
    let last = performance.now();
    const frame = (now) => { window.frames_.push(performance.now() - last); last = performance.now(); window.going = requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }`);
  for (let move = 1; move <= 120; move++)
    await page.mouse.move(x + 60 * Math.sin(move / 9), y + 200 * Math.sin(move / 20));
  await page.mouse.up();
  return page.evaluate("cancelAnimationFrame(window.going), window.frames_.slice(1)");
}

function quantile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(part * values.length)] ?? Number.NaN;
}
