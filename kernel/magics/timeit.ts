/** `%timeit`: how long an expression takes on average, over enough runs to tell. */
import { parse } from "../cell/syntax-tree.ts";
import { formatTime } from "./format-time.ts";
import { type Magic, textOf, ts, usageError } from "./magic.ts";
import { timeChart } from "./time-chart.ts";

/** A run is made at least this long by repeating the expression, in ms. */
const shortestRun = 50;

interface Counts {
  readonly loops?: number;
  readonly runs?: number;
  readonly chart?: boolean;
}

export const timeit: Magic = {
  name: "timeit",
  forms: ["line"],
  usage: "%timeit [-n LOOPS] [-r RUNS] [--chart] EXPRESSION",
  summary: "times an expression over many runs",
  help: [
    "Evaluates the expression in loops, by default as many as take 50 ms, in 7 runs, and prints mean and standard deviation of one evaluation.",
    "",
    "- `-n LOOPS`: evaluations in one run",
    "- `-r RUNS`: number of runs",
    "- `--chart`: draws the runs as well, each a tick, with their mean",
    "",
    "An expression with `await` is awaited each time.",
  ].join("\n"),
  completes: () => ["-n", "-r", "--chart"],
  rewrite(call) {
    const text = textOf(call, call.args);
    const options = /^(?:(?:-[nr]\s*\d+|--chart)\s+)*/.exec(text)?.[0] ?? "";
    const expression = text.slice(options.length);
    const start = call.args.start + options.length;
    if (parse(`(${expression}\n)`).problems.length > 0 || expression.trim() === "") {
      throw usageError(call, timeit, "expected an expression to time", start);
    }
    const number = (flag: string): string =>
      new RegExp(`-${flag}\\s*(\\d+)`).exec(options)?.[1] ?? "undefined";
    const async = /\bawait\b/.test(expression) ? "async " : "";
    return ts`await __magic.timeit({ loops: ${number("n")}, runs: ${number("r")}, chart: ${String(options.includes("--chart"))} }, ${async}() => (${{ start, end: call.args.end }}));`;
  },
  types:
    "timeit(counts: { loops?: number; runs?: number; chart?: boolean }, evaluate: () => unknown): Promise<void>;",
  run: {
    async timeit({ displays, print }, { loops, runs = 7, chart }: Counts, evaluate: () => unknown) {
      const count = loops ?? (await enoughLoops(evaluate));
      const times: number[] = [];
      for (let run = 0; run < Math.max(1, runs); run += 1)
        times.push((await timeOf(evaluate, count)) / count);
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
      const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length);
      print(
        `${formatTime(mean)} ± ${formatTime(deviation)} per loop (mean ± standard deviation of ${times.length} runs, ${count.toLocaleString("en")} loops each)\n`,
      );
      if (chart) displays.display(timeChart(times));
    },
  },
};

async function timeOf(evaluate: () => unknown, loops: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < loops; i += 1) {
    const value = evaluate();
    if (value instanceof Promise) await value;
  }
  return performance.now() - start;
}

async function enoughLoops(evaluate: () => unknown): Promise<number> {
  for (let loops = 1; ; loops *= 10) {
    if ((await timeOf(evaluate, loops)) >= shortestRun || loops >= 1e7) return loops;
  }
}
