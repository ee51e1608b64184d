/**
 * Layout by Graphviz's `dot`, compiled to WebAssembly, in a worker thread: a call into WebAssembly cannot be stopped,
 * a thread can.
 */
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Layout, LayoutInput, Point, Rectangle } from "./layout.ts";

/** Runs in the thread as it stands here, so that a bundle needs no file of its own for it. */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const ready = import(workerData).then(({ Graphviz }) => Graphviz.load());
parentPort.on("message", ({ job, index, source }) => {
  ready.then((graphviz) => graphviz.layout(source, "json0", "dot"))
    .then((json) => ({ job, index, json }), (error) => ({ job, index, error: String(error) }))
    .then((answer) => parentPort.postMessage(answer));
});`;

let worker: Worker | null = null;
let jobs = 0;

function startWorker(): Worker {
  if (worker !== null) return worker;
  const file = createRequire(import.meta.url).resolve("@hpcc-js/wasm-graphviz");
  const started = new Worker(WORKER, { eval: true, workerData: pathToFileURL(file).href, execArgv: [] });
  started.unref();
  started.setMaxListeners(0);
  started.on("error", () => forget(started));
  started.on("exit", () => forget(started));
  worker = started;
  return started;
}

function forget(ended: Worker): void {
  if (worker === ended) worker = null;
}

/** A machine so busy that this many times the limit passes on the clock gets no more of it. */
const PATIENCE = 5;

/**
 * The layouts dot finished within `timeLimit` milliseconds; null for the others. They are milliseconds of the processor, so
 * that a graph is drawn alike whatever else the machine does.
 */
export async function dotLayout(
  inputs: readonly LayoutInput[],
  timeLimit: number,
): Promise<(Layout | null)[]> {
  const layouts = inputs.map((): Layout | null => null);
  if (timeLimit <= 0 || inputs.length === 0) return layouts;
  let thread: Worker;
  try {
    thread = startWorker();
  } catch {
    return layouts; // not installed
  }
  const job = jobs++;
  thread.ref();
  await new Promise<void>((resolve) => {
    let open = inputs.length;
    const done = (): void => {
      clearTimeout(timer);
      thread.off("message", receive);
      thread.off("error", done);
      thread.off("exit", done);
      thread.unref();
      resolve();
    };
    const receive = (answer: { job: number; index: number; json?: string }): void => {
      if (answer.job !== job) return;
      if (answer.json !== undefined)
        layouts[answer.index] = read(JSON.parse(answer.json) as DotGraph, inputs[answer.index]!);
      open -= 1;
      if (open === 0) done();
    };
    const began = performance.now();
    const cpu = process.cpuUsage();
    const check = (): void => {
      const { user, system } = process.cpuUsage(cpu);
      const left = Math.min(
        timeLimit - (user + system) / 1000,
        PATIENCE * timeLimit - (performance.now() - began),
      );
      if (left > 1) {
        timer = setTimeout(check, left);
        return;
      }
      forget(thread);
      void thread.terminate();
      done();
    };
    let timer = setTimeout(check, timeLimit);
    thread.on("message", receive);
    thread.on("error", done);
    thread.on("exit", done);
    // Small ones first: they are done before the time is up for a large one.
    const order = [...inputs.entries()].sort(([, a], [, b]) => a.nodes.length - b.nodes.length);
    for (const [index, input] of order) thread.postMessage({ job, index, source: write(input) });
  });
  return layouts;
}

const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const inches = (pixels: number): string => (pixels / 72).toFixed(4);

/** The input in the DOT language. Nodes are named by their position, so that no id has to be escaped. */
function write({ nodes, edges, clusters }: LayoutInput): string {
  const name = new Map(nodes.map(({ id }, i) => [id, `n${i}`]));
  const inside = (cluster: string | null): string[] => [
    ...nodes
      .filter((node) => node.cluster === cluster)
      .map(({ id, width, height }) => `${name.get(id)} [width=${inches(width)}, height=${inches(height)}];`),
    ...clusters
      .filter(({ parent }) => parent === cluster)
      .map(
        ({ id, labelWidth }) =>
          `subgraph ${quoted(`cluster${clusters.findIndex((other) => other.id === id)}`)} { ` +
          `margin=12; label=<<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="0"><TR><TD FIXEDSIZE="TRUE" WIDTH="${Math.ceil(labelWidth)}" HEIGHT="14"></TD></TR></TABLE>>; ` +
          `${inside(id).join(" ")} }`,
      ),
  ];
  return [
    "digraph {",
    "graph [rankdir=TB, nodesep=0.3, ranksep=0.34, labeljust=l, margin=0, pad=0.05];",
    'node [shape=box, fixedsize=true, label=""];',
    "edge [arrowhead=normal, arrowsize=0.1];",
    ...inside(null),
    ...edges.map(({ from, to }) => `${name.get(from)} -> ${name.get(to)};`),
    "}",
  ].join("\n");
}

interface DotGraph {
  readonly bb: string;
  readonly objects?: readonly DotObject[];
  readonly edges?: readonly { readonly pos?: string }[];
}

interface DotObject {
  readonly name: string;
  readonly bb?: string;
  readonly pos?: string;
}

function read(graph: DotGraph, { nodes, edges, clusters }: LayoutInput): Layout {
  const [left, bottom, right, top] = numbers(graph.bb) as [number, number, number, number];
  const flip = (x: number, y: number): Point => [x - left, top - y];
  const boxes = new Map<string, Rectangle>();
  const frames = new Map<string, Rectangle>();
  for (const { name, pos, bb } of graph.objects ?? []) {
    if (pos !== undefined && name.startsWith("n")) {
      const { id, width, height } = nodes[Number(name.slice(1))]!;
      const [x, y] = flip(...(numbers(pos) as [number, number]));
      boxes.set(id, { x, y, width, height });
    } else if (bb !== undefined && name.startsWith("cluster")) {
      const [x0, y0, x1, y1] = numbers(bb) as [number, number, number, number];
      const [x, y] = flip((x0 + x1) / 2, (y0 + y1) / 2);
      frames.set(clusters[Number(name.slice("cluster".length))]!.id, {
        x,
        y,
        width: x1 - x0,
        height: y1 - y0,
      });
    }
  }
  const curves = edges.map((_, i) => curve(graph.edges?.[i]?.pos ?? "", flip));
  return { width: right - left, height: top - bottom, boxes, frames, curves };
}

const numbers = (text: string): number[] => text.split(",").map(Number);

/** `e,x,y` is the arrow's tip; the other points are the spline's. */
function curve(position: string, flip: (x: number, y: number) => Point): Point[] {
  const parts = position.split(" ").filter((part) => part !== "");
  const tip = parts.find((part) => part.startsWith("e,"));
  const points = parts
    .filter((part) => /^[-\d]/.test(part))
    .map((part) => flip(...(numbers(part) as [number, number])));
  if (tip !== undefined && points.length > 0)
    points[points.length - 1] = flip(...(numbers(tip.slice(2)) as [number, number]));
  return points;
}
