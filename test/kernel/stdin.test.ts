/** Questions to the user: asynchronous, synchronous, hidden, and to clients that cannot answer. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

test("input asks and waits, one question after the other", async () => {
  kernel.onInput = (prompt, password) => `${prompt}${password}`;
  expect(
    (await kernel.execute("await Promise.all([input('a?'), input('b?', { password: true })])")).result,
  ).toBe("[ 'a?false', 'b?true' ]");
});

test("prompt and confirm answer in the middle of synchronous code", async () => {
  kernel.onInput = (prompt) => (prompt.includes("sure") ? "y" : "Ada");
  expect((await kernel.execute("[prompt('name? '), confirm('sure?')]")).result).toBe("[ 'Ada', true ]");
  kernel.onInput = () => "";
  expect((await kernel.execute("prompt('name? ', 'nobody')")).result).toBe("'nobody'");
});

test("a client that cannot answer gets an error at once", async () => {
  kernel.onInput = null;
  for (const code of ["await input('x')", "prompt('x')"]) {
    expect((await kernel.execute(code)).reply.content).toMatchObject({
      status: "error",
      ename: "StdinNotAllowedError",
    });
  }
});

test("a question can be interrupted", async () => {
  for (const code of ["await input('x')", "prompt('x')"]) {
    const id = kernel.begin(code, { allow_stdin: true });
    await kernel.wait((message) => message.type === "input_request" && message.parent["msg_id"] === id);
    kernel.send("interrupt_request", {}, "control");
    expect((await kernel.answered(id)).reply.content.ename).toBe("KeyboardInterrupt");
  }
  expect((await kernel.execute("1 + 1")).result).toBe("2");
});
