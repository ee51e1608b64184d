/** Which executor gets the next call, and which one is chosen from what the calls took. */
import { expect, test } from "vitest";
import { Contest, type ExecutorKind } from "../../runtime/jit/executor/contest.ts";

/** Has executors take these times, one for each of their calls and the last one from then on; gives who was called. */
function held(times: { readonly compiled: readonly number[]; readonly interpreter: readonly number[] }): {
  readonly calls: readonly ExecutorKind[];
  readonly chosen: ExecutorKind | null;
} {
  const contest = new Contest();
  const calls: ExecutorKind[] = [];
  while (contest.chosen === null) {
    const kind = contest.next({ javascript: null, operators: 10, compiled: () => true });
    if (contest.chosen !== null) break;
    const list = times[kind as "compiled" | "interpreter"];
    contest.note(kind, list[Math.min(calls.filter((call) => call === kind).length, list.length - 1)]);
    calls.push(kind);
  }
  return { calls, chosen: contest.chosen };
}

test("the first call is interpreted, and a session that is clearly faster is chosen after two", () => {
  expect(held({ compiled: [9, 1], interpreter: [10] })).toEqual({
    calls: ["interpreter", "compiled", "compiled"],
    chosen: "compiled",
  });
});

test("executors take turns of two calls, four in all", () => {
  expect(held({ compiled: [5], interpreter: [10] }).calls.join()).toBe(
    "interpreter,compiled,compiled,interpreter,interpreter,compiled,compiled,interpreter",
  );
});

test("close ones get twelve calls each, so that what is slow at first may win", () => {
  const { calls, chosen } = held({ compiled: [12, 12, 12, 12, 11, 6], interpreter: [10] });
  expect(chosen).toBe("compiled");
  expect(calls.filter((kind) => kind === "compiled")).toHaveLength(6);
  expect(held({ compiled: [10], interpreter: [11] }).calls).toHaveLength(24);
});
