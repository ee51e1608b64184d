/**
 * `npm run bench -- jit [WORD] [--quick]`: traced functions and modules, and training steps, beside PyTorch on this machine in this run
 * (jit.py): eager mode, `torch.jit.trace`, frozen traces and `torch.compile`, with one thread and with two; and beside bare ONNX Runtime on
 * the model that PyTorch's own exporter writes. All draw weights and inputs from the same seed; results are compared first, then rounds
 * alternate. A time is the least of the rounds' medians, since other work on the machine only ever adds to it; read the ratios.
 * WORD keeps the workloads whose names contain it; `--quick` leaves torch.compile out, whose first calls take minutes.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { jitTrace, type nn, type Tensor, torch } from "../runtime/index.ts";
import { type Training, trainings, trainingWays } from "./jit-trainings.ts";
import { type Workload, workloads } from "./jit-workloads.ts";
import { median, Peer, runsAsKernel } from "./peer.ts";

const rounds = 5;

interface Result {
  readonly sum: number;
  readonly first: readonly number[];
  readonly count: number;
}

/** Microseconds by way of running. */
type Times = Readonly<Record<string, number>>;

/** A way of running a workload, warmed up. */
interface Contender {
  /** Runs it once on each input. */
  readonly run: () => void;
  readonly inputs: number;
  readonly executor: string;
  /** Milliseconds that building the compiled form took, passes included; null where none was built. */
  readonly buildTime: number | null;
  readonly result: Result;
}

const resultOf = (values: Tensor): Result => {
  const flat = values.flatten();
  return {
    sum: flat.to(torch.float64).sum().item(),
    first: flat.narrow(0, 0, Math.min(16, flat.numel())).tolist<number[]>(),
    count: flat.numel(),
  };
};

/** Runs until the executor is chosen. */
function warmUp(run: () => void): void {
  const stop = performance.now() + 1500;
  for (let i = 0; i < 30 || (i < 3000 && performance.now() < stop); i++) run();
}

function traceOf({ make, shapes }: Workload): Contender & { readonly drawn: readonly Tensor[] } {
  torch.manualSeed(7);
  const model = make();
  const drawn = shapes.map((shape) => torch.randn([...shape]));
  if (typeof model !== "function") (model as nn.Module).eval();
  const traced = jitTrace(model as (x: Tensor) => Tensor, drawn[0]);
  const run = (): void => {
    for (let i = 0; i < drawn.length; i++) traced(drawn[i]);
  };
  warmUp(run);
  const result = resultOf(traced(drawn[drawn.length - 1]));
  const { executor, buildTime } = traced.explain();
  return { run, inputs: drawn.length, executor, buildTime, result, drawn };
}

/** PyTorch's own export of a workload in onnxruntime-node, whose binding is called directly and synchronously. */
function bareOnnxRuntime(path: string, drawn: readonly Tensor[]): Contender {
  // Of two users of the library in one process, the first one's threads are for both: they are to be ours.
  torch.backend();
  const { binding, initOrt } = createRequire(import.meta.url)("onnxruntime-node/dist/binding");
  initOrt();
  const session = new binding.InferenceSession();
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  session.loadModel(buffer, byteOffset, byteLength, { graphOptimizationLevel: "all", logSeverityLevel: 4 });
  const feeds = drawn.map((x) => ({
    x: { type: x.dtype.name, data: x.storage.data, dims: x.sizes, location: "cpu" },
  }));
  const run = (): void => {
    for (let i = 0; i < feeds.length; i++) session.run(feeds[i], { y: null }, {});
  };
  warmUp(run);
  const { data, dims } = session.run(feeds[feeds.length - 1], { y: null }, {})["y"];
  const values = torch.tensor([...(data as Float32Array)]).reshape([...dims]);
  return { run, inputs: drawn.length, executor: "bare", buildTime: null, result: resultOf(values) };
}

function trainingOf(way: string, training: Training): Contender {
  const { step, traced } = trainingWays[way](training);
  const losses = Array.from({ length: 8 }, () => step().item());
  warmUp(step);
  const sum = losses.reduce((total, loss) => total + loss, 0);
  const result = { sum, first: losses, count: losses.length };
  const { executor, buildTime } = traced.explain();
  return { run: step, inputs: 1, executor, buildTime, result };
}

/** The median time of a call in microseconds. */
function measure({ run, inputs }: Contender): number {
  const samples: number[] = [];
  const stop = performance.now() + 200;
  for (let calls = 1; performance.now() < stop || samples.length < 3; ) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    const spent = performance.now() - start;
    samples.push((spent * 1000) / calls / inputs);
    if (spent < 2) {
      calls *= 2;
      samples.length = 0;
    }
  }
  return median(samples);
}

/** Throws if a result differs from PyTorch's beyond rounding. */
function compare(name: string, ours: Result, theirs: Result): void {
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= 2e-4 + 1e-3 * Math.abs(b);
  const scale = Math.sqrt(theirs.count);
  const same =
    ours.count === theirs.count &&
    ours.first.every((value, i) => close(value, theirs.first[i])) &&
    close(ours.sum / scale, theirs.sum / scale);
  if (!same) throw new Error(`${name}: ${JSON.stringify(ours)}, but PyTorch gives ${JSON.stringify(theirs)}`);
}

const least = (taken: readonly Times[]): Times =>
  Object.fromEntries(
    Object.keys(taken[0]).map((kind) => [kind, Math.min(...taken.map((times) => times[kind]))]),
  );

const text = (value: number | undefined): string =>
  value === undefined ? "" : value < 100 ? value.toFixed(2) : value.toFixed(0);
const ratio = (value: number | undefined): string => (value === undefined ? "" : `${value.toFixed(2)}x`);
const meanText = (values: readonly number[]): string =>
  values.length === 0
    ? ""
    : ratio(Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length));

/** What PyTorch is compared in, in the order of the columns. */
const kinds = ["eager", "trace", "frozen", "compile"] as const;

export async function bench(args: readonly string[]): Promise<void> {
  if (!runsAsKernel()) return;
  const quick = args.includes("--quick");
  const [word = ""] = args.filter((arg) => !arg.startsWith("--"));
  const folder = mkdtempSync(join(tmpdir(), "tracebook-bench-"));
  const peers = [1, 2].map((threads) => new Peer("jit.py", threads, quick ? [] : ["compile"]));
  const write = (cells: readonly string[]): void => {
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  };
  const columns = ["1t", "2t"].flatMap((threads) => kinds.map((kind) => `${kind} ${threads}`));
  const header = [
    "µs a call",
    "Tracebook",
    "by",
    "built in",
    "bare ORT",
    ...columns,
    "to trace 1t",
    "to trace 2t",
    "to bare ORT",
  ];
  write(header);
  write(header.map(() => "---"));

  /** Lets all take turns, and writes a row: our ways, PyTorch's, and the ratios to what is given. */
  const row = async (
    name: string,
    asked: string,
    ours: Contender,
    bare: Contender | null,
    to: (typeof kinds)[number],
  ) => {
    const taken: { readonly own: number; readonly bare: number; readonly theirs: readonly Times[] }[] = [];
    for (const peer of peers) compare(name, ours.result, await peer.ask<Result>(`build ${asked}`));
    if (bare !== null) compare(`${name}, bare`, bare.result, ours.result);
    for (let round = 0; round < rounds; round++) {
      const [own, other] = [measure(ours), bare === null ? Number.NaN : measure(bare)];
      const theirs: Times[] = [];
      for (const peer of peers) theirs.push(await peer.ask<Times>(`time ${asked}`));
      taken.push({ own, bare: other, theirs });
    }
    const own = Math.min(...taken.map((round) => round.own));
    const direct = bare === null ? undefined : Math.min(...taken.map((round) => round.bare));
    const theirs = peers.map((_, i) => least(taken.map((round) => round.theirs[i])));
    const gains = [
      ...theirs.map((times) => times[to] / own),
      direct === undefined ? undefined : direct / own,
    ];
    const cells = theirs.flatMap((times) => kinds.map((kind) => text(times[kind])));
    const built = ours.buildTime === null ? "" : `${text(ours.buildTime)} ms`;
    write([name, text(own), ours.executor, built, text(direct), ...cells, ...gains.map(ratio)]);
    return gains;
  };

  const gains: (readonly (number | undefined)[])[] = [];
  try {
    for (const [name, workload] of Object.entries(workloads)) {
      if (!name.includes(word)) continue;
      await torch.noGrad(async () => {
        const ours = traceOf(workload);
        const path = await peers[0].ask<string>(`export ${join(folder, "model.onnx")} ${name}`);
        gains.push(await row(name, name, ours, bareOnnxRuntime(path, ours.drawn), "trace"));
      });
    }
    const means = [0, 1, 2].map((i) => meanText(gains.flatMap((all) => all[i] ?? [])));
    if (gains.length > 1)
      write(["geometric mean", ...new Array<string>(header.length - 4).fill(""), ...means]);
    for (const [name, training] of Object.entries(trainings)) {
      if (!name.includes(word)) continue;
      // No trace of PyTorch's holds a training step: these ratios are to eager mode.
      for (const way of Object.keys(trainingWays))
        await row(`${name}, ${way} (to eager)`, name, trainingOf(way, training), null, "eager");
    }
  } finally {
    for (const peer of peers) peer.close();
    rmSync(folder, { recursive: true });
  }
}
