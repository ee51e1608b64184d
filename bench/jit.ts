/**
 * `npm run bench -- jit [WORD]`: traced functions and modules beside PyTorch's eager mode, `torch.jit.trace` and frozen
 * traces on this machine in this run (jit.py), with one thread and with two. Both sides draw weights and inputs from the same
 * seed; results are compared first, then rounds of both alternate. A time is the least of the rounds' medians, since other work on
 * the machine only ever adds to it; read the ratios.
 * WORD keeps the workloads whose names contain it.
 */
import process from "node:process";
import { jitTrace, type nn, type Tensor, torch } from "../runtime/index.ts";
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

/** A trace warmed up until its executor is chosen. */
interface Own {
  readonly run: (x: Tensor) => Tensor;
  readonly explain: () => { readonly executor: string; readonly buildTime: number | null };
  readonly inputs: readonly Tensor[];
  readonly result: Result;
}

function build({ make, shapes }: Workload): Own {
  torch.manualSeed(7);
  const model = make();
  const inputs = shapes.map((shape) => torch.randn([...shape]));
  const isModule = typeof model !== "function";
  if (isModule) (model as nn.Module).eval();
  const traced = jitTrace(model as (x: Tensor) => Tensor, inputs[0]);
  const stop = performance.now() + 1500;
  for (let i = 0; i < 30 || (i < 3000 && performance.now() < stop); i++) traced(inputs[i % inputs.length]);
  const flat = traced(inputs[inputs.length - 1]).flatten();
  return {
    run: traced,
    explain: traced.explain,
    inputs,
    result: {
      sum: flat.to(torch.float64).sum().item(),
      first: flat.narrow(0, 0, Math.min(16, flat.numel())).tolist<number[]>(),
      count: flat.numel(),
    },
  };
}

/** The median time of a call in microseconds. */
function measure({ run, inputs }: Own): number {
  const samples: number[] = [];
  const stop = performance.now() + 200;
  for (let calls = 1; performance.now() < stop || samples.length < 3; ) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) for (let k = 0; k < inputs.length; k++) run(inputs[k]);
    const spent = performance.now() - start;
    samples.push((spent * 1000) / calls / inputs.length);
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
  if (!same) {
    throw new Error(`${name}: Tracebook gives ${JSON.stringify(ours)}, PyTorch ${JSON.stringify(theirs)}`);
  }
}

const leastTimes = (taken: readonly Times[]): Times =>
  Object.fromEntries(
    Object.keys(taken[0]).map((kind) => [kind, Math.min(...taken.map((times) => times[kind]))]),
  );

export async function bench([word = ""]: readonly string[]): Promise<void> {
  if (!runsAsKernel()) return;
  const peers = [new Peer("jit.py", 1), new Peer("jit.py", 2)];
  const write = (cells: readonly string[]): void => {
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  };
  write([
    "µs a call",
    "Tracebook",
    "by",
    "eager 1t",
    "trace 1t",
    "frozen 1t",
    "eager 2t",
    "trace 2t",
    "frozen 2t",
    "against trace 1t",
    "against trace 2t",
  ]);
  write(new Array<string>(11).fill("---"));
  const gains: number[][] = [[], []];
  await torch.noGrad(async () => {
    for (const [name, workload] of Object.entries(workloads)) {
      if (!name.includes(word)) continue;
      const own = build(workload);
      for (const peer of peers) compare(name, own.result, await peer.ask<Result>(`build ${name}`));
      const ours: number[] = [];
      const theirs: Times[][] = [[], []];
      for (let round = 0; round < rounds; round++) {
        ours.push(measure(own));
        for (const [i, peer] of peers.entries()) theirs[i].push(await peer.ask<Times>(`time ${name}`));
      }
      const time = Math.min(...ours);
      const least = theirs.map(leastTimes);
      for (const [i, { traced }] of least.entries()) gains[i].push(traced / time);
      const text = (value: number | undefined): string =>
        value === undefined ? "" : value < 100 ? value.toFixed(2) : value.toFixed(0);
      write([
        name,
        text(time),
        own.explain().executor,
        ...least.flatMap(({ eager, traced, frozen }) => [text(eager), text(traced), text(frozen)]),
        ...least.map(({ traced }) => `${(traced / time).toFixed(2)}x`),
      ]);
    }
  });
  const mean = (values: readonly number[]): string =>
    `${Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length).toFixed(2)}x`;
  write(["geometric mean", ...new Array<string>(8).fill(""), ...gains.map(mean)]);
  for (const peer of peers) peer.close();
}
