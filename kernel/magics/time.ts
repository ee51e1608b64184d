/** `%time` and `%%time`: how long an expression, a line or a cell takes. */
import { parse } from "../cell/syntax-tree.ts";
import { formatTime } from "./format-time.ts";
import { type Magic, textOf, ts, usageError } from "./magic.ts";

export const time: Magic = {
  name: "time",
  forms: ["line", "cell"],
  usage: "%time EXPRESSION\n%%time",
  summary: "times one run of an expression, a statement or a whole cell",
  help: [
    "Runs it once and prints the time on the wall clock and the processor time.",
    "",
    "- `%time f(x)` also gives the value back, as the cell's result if it stands last.",
    "- `%time let y = f(x)` declares `y` as ever.",
    "- `%%time` on a cell's first line times the cell.",
  ].join("\n"),
  rewrite(call) {
    const { args, body } = call;
    if (body) {
      if (textOf(call, args) !== "")
        throw usageError(call, time, "%%time takes no arguments; what it times stands below it");
      return ts`await __magic.timeCell();${{ start: call.line.end, end: body.end }}`;
    }
    const text = textOf(call, args);
    const parsed = parse(text);
    if (text === "" || parsed.problems.length > 0) {
      throw usageError(call, time, "expected an expression or a statement to time", args.start);
    }
    const [statement] = parsed.body;
    if (parsed.body.length === 1 && statement.type === "ExpressionStatement") {
      const { start, end } = statement.expression;
      return ts`await __magic.time(async () => (${{ start: args.start + start, end: args.start + end }}));`;
    }
    return ts`await __magic.startTimer(); ${args}; await __magic.stopTimer();`;
  },
  types:
    "time<Value>(run: () => Promise<Value>): Promise<Value>; startTimer(): Promise<void>; stopTimer(): Promise<void>; timeCell(): Promise<void>;",
  run: {
    async time({ print }, run: () => Promise<unknown>) {
      const stop = timer();
      const value = await run();
      print(stop());
      return value;
    },
    startTimer: () => {
      running = timer();
    },
    stopTimer: ({ print }) => print(running?.() ?? ""),
    timeCell({ print, afterCell }) {
      const stop = timer();
      afterCell(() => print(stop()));
    },
  },
};

let running: (() => string) | null = null;

/** Starts now; the result tells what has passed. */
function timer(): () => string {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return `wall ${formatTime(wall)}, processor ${formatTime((user + system) / 1000)}\n`;
  };
}
