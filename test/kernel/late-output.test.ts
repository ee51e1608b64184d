/** Output of code that goes on after its cell belongs to that cell, whatever runs meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, type Received, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
  await kernel.execute("%check off");
});
afterAll(() => kernel.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs a cell that prints "late" after it has ended, another cell meanwhile, and tells who got the text. */
async function lateOutput(code: string, meanwhile = "1 + 1"): Promise<{ own: boolean; text: string }> {
  const id = kernel.begin(code);
  await kernel.answered(id);
  const other = kernel.begin(meanwhile);
  await kernel.answered(other);
  const isLate = (message: Received): boolean =>
    JSON.stringify(message.content).includes("late") &&
    message.type !== "execute_input" &&
    message.channel === "iopub";
  const seen = await kernel.wait(isLate);
  kernel.received.length = 0;
  return { own: seen.parent["msg_id"] === id, text: seen.type };
}

test.each([
  ["a timer", "setTimeout(() => console.log('late'), 60)", "stream"],
  ["an interval", "{ const i = setInterval(() => { console.log('late'); clearInterval(i) }, 60) }", "stream"],
  [
    "an async function",
    "(async () => { await new Promise((r) => setTimeout(r, 30)); await null; console.log('late') })(); 0",
    "stream",
  ],
  [
    "a promise chain",
    "new Promise((r) => setTimeout(r, 60)).then(() => 1).then(() => console.log('late')); 0",
    "stream",
  ],
  [
    "timers/promises",
    "import { setTimeout as sleep } from 'node:timers/promises'; sleep(60).then(() => console.log('late')); 0",
    "stream",
  ],
  [
    "a file read",
    "import { readFile } from 'node:fs/promises'; setTimeout(() => readFile('/nonexistent').catch(() => console.log('late')), 40); 0",
    "stream",
  ],
  ["a display", "setTimeout(() => display({ 'text/plain': 'late' }), 60)", "display_data"],
  ["a throw", "setTimeout(() => { throw new Error('late') }, 60)", "stream"],
  ["an unhandled rejection", "setTimeout(() => { Promise.reject(new Error('late')) }, 60)", "stream"],
])("late output of %s stays in its cell", async (_, code, type) => {
  expect(await lateOutput(code)).toEqual({ own: true, text: type });
});

test("late output stays in its cell while another cell waits and prints", async () => {
  const first = kernel.begin("for (let i = 0; i < 5; i++) setTimeout(() => console.log('first'), 20 * i)");
  await kernel.answered(first);
  const second = kernel.begin(
    "for (let i = 0; i < 10; i++) { console.log('second'); await new Promise((r) => setTimeout(r, 10)) }",
  );
  const { stdout } = await kernel.answered(second);
  await pause(50);
  const text = kernel.received.flatMap((m) =>
    m.type === "stream" && m.parent["msg_id"] === first ? [m.content.text] : [],
  );
  expect(stdout).toBe("second\n".repeat(10));
  expect(text.join("")).toBe("first\n".repeat(5));
});

test("an interrupted cell's timers print nothing any more", async () => {
  const id = kernel.begin("setTimeout(() => console.log('never'), 1000); await new Promise(() => {})");
  await pause(60);
  kernel.send("interrupt_request", {}, "control");
  await kernel.answered(id);
  await pause(1200);
  expect(kernel.received.filter((m) => m.type === "stream" && m.parent["msg_id"] === id)).toEqual([]);
});
