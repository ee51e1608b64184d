/** Output beyond what a notebook server passes on waits its turn: nothing is lost, and the server's limits are kept. */
import { expect, test } from "vitest";
import { Pace } from "../../kernel/protocol/pace.ts";
import { KernelClient, type Received, tracebookArgv } from "./client.ts";

/** jupyter_server's own limits, over its own window in ms. */
const server = { window: 3000, bytes: 3_000_000, messages: 3000 };

const frames = (topic: string, bytes = 0, content = "{}"): Buffer[] => [
  Buffer.from(topic),
  Buffer.alloc(bytes),
  Buffer.from(content),
];

test("printed bytes and messages of any kind have their limits, which end with the cell", () => {
  let now = 0;
  const pace = new Pace(() => now);
  const send = (...message: Parameters<typeof frames>): number => pace.delay(frames(...message));
  expect([send("stream.stdout", 1_300_000), send("stream.stdout", 1_300_000)]).toEqual([0, 0]);
  expect(send("stream.stderr", 1_300_000)).toBe(3200);
  expect(send("display_data", 5_000_000)).toBe(0);
  now = 3000;
  expect(send("stream.stdout", 1_300_000)).toBe(200);
  now = 3201;
  expect(send("stream.stdout", 1_300_000)).toBe(0);
  for (let i = 0; i < 2699; i += 1) expect(send("update_display_data")).toBe(0);
  expect(send("update_display_data")).toBe(3200);
  expect(send("status", 0, '{"execution_state":"busy"}')).toBe(0);
  expect(send("update_display_data")).toBe(3200);
  expect(send("status", 0, '{"execution_state":"idle"}')).toBe(0);
  expect(send("update_display_data")).toBe(0);
});

test("a kernel of a notebook server prints 5 MB without exceeding the server's limit, and loses nothing", async () => {
  const kernel = await KernelClient.start({
    argv: tracebookArgv,
    env: { JPY_SESSION_NAME: "notebook.ipynb" },
  });
  try {
    const line = "x".repeat(99);
    const { outputs, stdout } = await kernel.execute(
      `for (let i = 0; i < 50_000; i += 1) console.log("${line}")`,
    );
    expect(stdout).toBe(`${line}\n`.repeat(50_000));
    const streams = outputs.filter(({ type }) => type === "stream");
    const bytesIn = (from: Received): number =>
      streams
        .filter(({ at }) => at >= from.at && at < from.at + server.window)
        .reduce((sum, { content }) => sum + content.text.length, 0);
    expect(Math.max(...streams.map(bytesIn))).toBeLessThan(server.bytes);
    expect(streams.length).toBeLessThan(server.messages);
  } finally {
    await kernel.stop();
  }
});
