/** `%trace --time`: a traced function and the function it was traced from, timed side by side. */
import type { ScriptFunction } from "../../runtime/index.ts";
import { formatTime } from "./format-time.ts";

export type Call = () => unknown;

/** Rounds of each of the two calls, which take turns so that both meet the same machine. */
const rounds = 7;
/** How long one round lasts, in ms; before the first, as long again lets V8 and the executors warm up. */
const roundTime = 25;

/** A row each for the function as it is and as it was traced. */
export function timeTable(traced: ScriptFunction, untracedCall: Call, tracedCall: Call): string {
  const { torch } = globalThis as unknown as { torch: { noGrad<Result>(fn: () => Result): Result } };
  const [plain, recorded] = torch.noGrad(() => {
    const calls = [untracedCall, tracedCall];
    for (const call of calls) timeOf(call, roundTime * 2);
    const times = Array.from({ length: rounds }, () => calls.map((call) => timeOf(call, roundTime)));
    return calls.map((_, i) => times.map((round) => round[i]).sort((a, b) => a - b));
  });
  const { executor, reason } = traced.explain();
  const row = (what: string, sorted: readonly number[], how: string): string =>
    `${what.padEnd(10)}${formatTime(median(sorted)).padStart(9)}${formatTime(sorted[0]).padStart(10)}  ${how}\n`;
  return [
    `${"".padEnd(10)}${"median".padStart(9)}${"fastest".padStart(10)}  run by\n`,
    row("untraced", plain, "the operators, one by one"),
    row("traced", recorded, `${executor}: ${reason}`),
    `${speedText(median(plain) / median(recorded))}\n`,
  ].join("");
}

function speedText(ratio: number): string {
  const figures = (factor: number): string => String(Number(factor.toPrecision(2)));
  return ratio >= 1
    ? `the trace is ${figures(ratio)} times as fast`
    : `the trace takes ${figures(1 / ratio)} times as long`;
}

/** Milliseconds of one call, over as many as fill the time. */
function timeOf(call: Call, time: number): number {
  const start = performance.now();
  let calls = 0;
  let passed = 0;
  do {
    call();
    calls += 1;
    passed = performance.now() - start;
  } while (passed < time);
  return passed / calls;
}

const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)];
