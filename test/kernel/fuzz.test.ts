/** 20,000 malformed, forged and odd messages, the same in each run: none is obeyed, none brings the kernel down. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

const messages = 20_000;
const seed = 20_261_123;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("20,000 malformed messages never run, never crash", async () => {
  const random = randomFrom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)];
  const bytes = (length: number): Buffer =>
    Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  const intrusion = { code: "globalThis.intruded = true", silent: true };
  const odd: readonly unknown[] = [
    null,
    5,
    "text",
    [],
    {},
    true,
    -1,
    1e308,
    "\u0000",
    { code: null },
    { code: [] },
    { a: { b: { c: [] } } },
  ];
  const types = [
    "complete_request",
    "inspect_request",
    "history_request",
    "is_complete_request",
    "comm_info_request",
    "comm_open",
    "comm_msg",
    "comm_close",
    "kernel_info_request",
    "no_such_request",
    "constructor",
    "__proto__",
    "",
  ];
  const signed = (parts: readonly string[]): (string | Buffer)[] => [
    "<IDS|MSG>",
    kernel.sign(parts),
    ...parts,
  ];

  const make: readonly (() => (string | Buffer)[])[] = [
    () => Array.from({ length: 1 + Math.floor(random() * 8) }, () => bytes(Math.floor(random() * 64))),
    () => [
      "<IDS|MSG>",
      ...Array.from({ length: Math.floor(random() * 7) }, () => bytes(Math.floor(random() * 32))),
    ],
    // A whole execute_request with a wrong, empty, cut or random signature.
    () => {
      const [delimiter, signature, ...parts] = kernel.frames(kernel.header("execute_request"), intrusion);
      return [delimiter, pick([bytes(64), "", String(signature).slice(1), "0".repeat(64)]), ...parts];
    },
    // Signed, but not JSON objects.
    () =>
      signed(
        Array.from({ length: 4 }, () =>
          pick(["{", "[]", "null", "7", '"x"', "{}", '{"msg_id":1}', "\u0000", "[".repeat(2000)]),
        ),
      ),
    // Signed JSON that is cut off or changed in one byte.
    () => {
      const [, , ...parts] = kernel.frames(kernel.header("execute_request"), intrusion) as string[];
      const which = Math.floor(random() * 4);
      const at = Math.floor(random() * parts[which].length);
      const broken = parts.map((part, i) => (i === which ? part.slice(0, at) : part));
      return signed(broken);
    },
    // Well-formed requests whose contents are nonsense.
    () => kernel.frames({ ...kernel.header(pick(types)) }, pick(odd) as Record<string, unknown>),
    () =>
      kernel.frames(kernel.header(pick(types)), {
        code: pick([...odd, "let x = {", "%%", "%", "!", "?", "\u2028`${", "x".repeat(1000)]),
        cursor_pos: pick(odd),
        comm_id: pick(odd),
        target_name: pick(odd),
        hist_access_type: pick([...odd, "tail", "range", "search"]),
        n: pick(odd),
        pattern: pick([...odd, "*".repeat(30), "[", "\\"]),
      }),
  ];
  for (let i = 0; i < messages; i += 1) {
    await kernel.sockets[pick(["shell", "shell", "control", "stdin"] as const)].send(pick(make)());
    // The client's memory is not what is tested.
    if (i % 200 === 0) {
      await kernel.request("is_complete_request", { code: "1" });
      kernel.received.length = 0;
    }
  }
  expect(kernel.process.exitCode).toBeNull();
  expect((await kernel.execute("typeof (globalThis as any).intruded")).result).toBe("'undefined'");
  expect(await kernel.heartbeat()).toBeLessThan(1000);
});

test("a huge message and deep JSON are taken or refused, and the kernel answers the next", async () => {
  const huge = `'${"x".repeat(20_000_000)}'.length`;
  expect((await kernel.execute(huge)).result).toBe("20000000");
  const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  const parts = [JSON.stringify(kernel.header("complete_request")), "{}", "{}", deep];
  await kernel.sockets.shell.send(["<IDS|MSG>", kernel.sign(parts), ...parts]);
  expect((await kernel.execute("1 + 1")).result).toBe("2");
});
