/** Interrupts stop whatever a cell does, fast, and the session's variables stay. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Interrupts a cell, which must end in a KeyboardInterrupt. */
async function interrupt(code: string): Promise<void> {
  const id = kernel.begin(code);
  await pause(40);
  kernel.send("interrupt_request", {}, "control");
  const { reply } = await kernel.answered(id);
  expect(reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
}

test.each([
  ["a loop", "while (true) {}"],
  ["a promise that never settles", "await new Promise(() => {})"],
  ["a loop after an await", "await null; while (true) {}"],
  ["a loop after a timer", "await new Promise((r) => setTimeout(r, 5)); while (true) {}"],
  ["a loop in a timer", "setTimeout(() => { while (true) {} }, 5); await new Promise(() => {})"],
  [
    "an endless chain of microtasks",
    "const again = () => Promise.resolve().then(again); again(); await new Promise(() => {})",
  ],
  [
    "an endless chain of timers",
    "const tick = () => setTimeout(tick, 0); tick(); await new Promise(() => {})",
  ],
  ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ["native calls", "while (true) require('node:crypto').pbkdf2Sync('a', 'b', 20_000, 64, 'sha512')"],
  ["a loop of tensor operators", "let x = torch.ones([4]); while (true) x = torch.relu(x)"],
  ["code that swallows errors", "while (true) { try { while (true) {} } catch {} finally {} }"],
  ["a loop that prints", "while (true) console.log('x')"],
])("%s is interrupted each time, and the session's variables stay", async (_, code) => {
  await kernel.execute("let counter = 0");
  for (let i = 1; i <= 8; i += 1) {
    await interrupt(code);
    expect((await kernel.execute("counter += 1")).result).toBe(String(i));
    kernel.received.length = 0;
  }
});

test("a loop of tensor operators ends in an error with its place, and finally runs", async () => {
  await kernel.execute("let cleaned = 0; let t = torch.ones([4])");
  const stopped = async (): Promise<string> => {
    const id = kernel.begin("try {\n  while (true) t = torch.relu(t)\n} finally { cleaned += 1 }");
    await pause(300);
    kernel.send("interrupt_request", {}, "control");
    const { reply } = await kernel.answered(id);
    expect(reply.content.ename).toBe("KeyboardInterrupt");
    return reply.content.traceback.join("\n");
  };
  // On a busy machine the loop may not get its turn in time, and is cut off from outside.
  let text = await stopped();
  for (let i = 0; i < 10 && !text.includes("line 2"); i += 1) text = await stopped();
  expect(text).toContain("line 2");
  expect((await kernel.execute("cleaned > 0")).result).toBe("true");
});

test("cells that follow an interrupted one at once are interrupted in their turn", async () => {
  for (let i = 0; i < 12; i += 1) await interrupt("while (true) {}");
  expect((await kernel.execute("1 + 1")).result).toBe("2");
});

test("an interrupt of an idle kernel harms nothing", async () => {
  for (let i = 0; i < 5; i += 1) {
    expect((await kernel.request("interrupt_request", {}, "control")).reply.content.status).toBe("ok");
    expect((await kernel.execute("1 + 1")).result).toBe("2");
  }
});

test("an interrupt aborts the cells that wait", async () => {
  const first = kernel.begin("while (true) {}");
  const second = kernel.begin("let ran = true");
  await pause(60);
  kernel.send("interrupt_request", {}, "control");
  expect((await kernel.answered(first)).reply.content.ename).toBe("KeyboardInterrupt");
  expect((await kernel.answered(second)).reply.content.status).toBe("aborted");
});

test("a cell that waited for what never comes may be collected as garbage afterwards", async () => {
  await kernel.execute(
    "require('node:v8').setFlagsFromString('--expose-gc'); const collect = require('node:vm').runInNewContext('gc')",
  );
  await interrupt("await new Promise(() => {})");
  expect((await kernel.execute("collect(); 1 + 1")).result).toBe("2");
});

test("heartbeat and control answer while a cell is busy", async () => {
  const id = kernel.begin("while (true) {}");
  await pause(60);
  for (let i = 0; i < 5; i += 1) expect(await kernel.heartbeat()).toBeLessThan(200);
  expect((await kernel.request("kernel_info_request", {}, "control")).reply.content.implementation).toBe(
    "tracebook",
  );
  kernel.send("interrupt_request", {}, "control");
  await kernel.answered(id);
});

test("a cell stopped inside noGrad, or while it records a trace, leaves no mode behind", async () => {
  await kernel.execute("torch.ones([1])");
  await interrupt("torch.noGrad(() => { while (true) {} })");
  expect((await kernel.execute("torch.isGradEnabled()")).result).toBe("true");
  await interrupt("jitTrace((x: Tensor) => { while (true) {} }, torch.ones([1]))");
  expect((await kernel.execute("torch.ones([2]).shape")).result).toBe("[ 2 ]");
});

test("a tracing cell that is stopped while what draws is loaded leaves it whole", async () => {
  const fresh = await KernelClient.start({ argv: tracebookArgv });
  try {
    const id = fresh.begin("jitTrace; while (true) {}");
    await pause(60);
    fresh.send("interrupt_request", {}, "control");
    expect((await fresh.answered(id)).reply.content).toMatchObject({ ename: "KeyboardInterrupt" });
    const { outputs } = await fresh.execute("jitTrace((x: Tensor) => torch.relu(x), torch.ones([2]))");
    const results = outputs.filter(({ type }) => type === "execute_result");
    expect(results.map(({ content }) => Object.keys(content.data))).toEqual([
      ["application/vnd.vega.v5+json", "image/svg+xml", "text/plain"],
    ]);
  } finally {
    await fresh.stop();
  }
});

test("a cell that is stopped while a module is loaded does not run once it is there", async () => {
  // Not by a timer: a stopped cell's timers are cancelled.
  const slow = `data:text/javascript,import { stat } from "node:fs/promises";
    for (const began = Date.now(); Date.now() < began + 400; ) await stat(".");
    globalThis.loaded = true`;
  const id = kernel.begin(`import ${JSON.stringify(slow)}\nglobalThis.ran = true; while (true) {}`);
  await pause(150);
  kernel.send("interrupt_request", {}, "control");
  expect((await kernel.answered(id)).reply.content.ename).toBe("KeyboardInterrupt");
  const { result } = await kernel.execute(
    `await new Promise((r) => setTimeout(r, 600)); [globalThis["loaded"], globalThis["ran"]]`,
  );
  expect(result).toBe("[ true, undefined ]");
});
