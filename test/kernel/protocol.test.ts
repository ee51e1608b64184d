/** The messaging protocol: what each request is answered with, and that nothing malformed is obeyed or does harm. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

test("kernel_info tells language and protocol", async () => {
  const { reply } = await kernel.request("kernel_info_request", {});
  expect(reply.content).toMatchObject({
    status: "ok",
    protocol_version: "5.5",
    implementation: "tracebook",
    language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/typescript" },
  });
});

test("busy, execute_input, result and idle come in order, with the request as their parent", async () => {
  const id = kernel.begin("6 * 7");
  await kernel.answered(id);
  const types = kernel.received
    .filter((message) => message.channel === "iopub" && message.parent["msg_id"] === id)
    .map(({ type, content }) => content.execution_state ?? type);
  expect(types).toEqual(["busy", "execute_input", "execute_result", "idle"]);
});

test("a silent cell leaves no trace, an uncounted one no number", async () => {
  const { reply: before } = await kernel.execute("1");
  const silent = await kernel.execute("let quiet = 1; quiet", { silent: true });
  expect(silent.outputs).toEqual([]);
  const uncounted = await kernel.execute("quiet", { store_history: false });
  expect(uncounted.result).toBe("1");
  const { reply: after } = await kernel.execute("1");
  expect(after.content.execution_count).toBe(before.content.execution_count + 1);
});

test("user_expressions are TypeScript, each with its own result or error", async () => {
  const { reply } = await kernel.execute("let u = 20", {
    user_expressions: { sum: "u + 1 as number", bad: "nope.x" },
  });
  expect(reply.content.user_expressions).toMatchObject({
    sum: { status: "ok", data: { "text/plain": "21" } },
    bad: { status: "error", ename: "ReferenceError", evalue: "nope is not defined" },
  });
});

test("an error aborts the cells sent behind it, unless the client asks otherwise", async () => {
  const ids = ["throw new Error('x')", "1", "2"].map((code) => kernel.begin(code));
  const replies = await Promise.all(ids.map((id) => kernel.answered(id)));
  expect(replies.map(({ reply }) => reply.content.status)).toEqual(["error", "aborted", "aborted"]);
  const more = ["throw new Error('x')", "1"].map((code) => kernel.begin(code, { stop_on_error: false }));
  const answered = await Promise.all(more.map((id) => kernel.answered(id)));
  expect(answered.map(({ reply }) => reply.content.status)).toEqual(["error", "ok"]);
});

test.each([
  ["1 + 1", "complete"],
  ["let x: number = 1", "complete"],
  ["", "complete"],
  ["const f = (", "incomplete"],
  ["if (true) {", "incomplete"],
  ["`open", "incomplete"],
  ["/* open", "incomplete"],
  ["1 +", "incomplete"],
  ["%%trace g", "incomplete"],
  ["let x = ;", "invalid"],
  ["}", "invalid"],
  ["foo bar", "invalid"],
  ["'open", "invalid"],
])("is_complete: %s is %s", async (code, status) => {
  expect((await kernel.request("is_complete_request", { code })).reply.content.status).toBe(status);
});

test("an incomplete block is continued with its indent", async () => {
  const { reply } = await kernel.request("is_complete_request", { code: "  if (x) {" });
  expect(reply.content).toEqual({ status: "incomplete", indent: "    " });
});

test("history gives tail, range and search back, with outputs if asked for", async () => {
  const { reply } = await kernel.execute("'findable ' + 1");
  const count = reply.content.execution_count;
  await kernel.execute("2 + 2");
  const ask = async (content: object) =>
    (await kernel.request("history_request", { raw: true, output: false, ...content })).reply.content.history;
  expect((await ask({ hist_access_type: "tail", n: 2 })).map((entry: unknown[]) => entry[2])).toEqual([
    "'findable ' + 1",
    "2 + 2",
  ]);
  expect(
    await ask({ hist_access_type: "range", session: 0, start: count, stop: count + 1, output: true }),
  ).toEqual([[1, count, ["'findable ' + 1", "'findable 1'"]]]);
  expect(
    (await ask({ hist_access_type: "search", pattern: "*findable*", n: 5 })).map(
      (entry: unknown[]) => entry[1],
    ),
  ).toEqual([count]);
});

test("completion knows members and the session's names, by code point positions", async () => {
  await kernel.execute("const favourite = { colour: 'blue', count: 3 }");
  const { reply } = await kernel.request("complete_request", { code: "'😀'; favourite.co", cursor_pos: 17 });
  expect(reply.content).toMatchObject({
    status: "ok",
    matches: ["colour", "count"],
    cursor_start: 15,
    cursor_end: 17,
  });
  const names = await kernel.request("complete_request", { code: "favou", cursor_pos: 5 });
  expect(names.reply.content.matches).toEqual(["favourite"]);
});

test("inspection tells a value's type and text", async () => {
  await kernel.execute("const inspected = { answer: 42 }");
  const { reply } = await kernel.request("inspect_request", {
    code: "inspected",
    cursor_pos: 4,
    detail_level: 0,
  });
  expect(reply.content.found).toBe(true);
  expect(reply.content.data["text/plain"]).toContain("answer");
  const nothing = await kernel.request("inspect_request", {
    code: "nothingAtAll",
    cursor_pos: 3,
    detail_level: 0,
  });
  expect(nothing.reply.content).toMatchObject({ status: "ok", found: false, data: {} });
});

test("a subshell's cells run while the main shell waits, and keep their own output", async () => {
  const { reply } = await kernel.request("create_subshell_request", {}, "control");
  const { subshell_id: id } = reply.content;
  expect((await kernel.request("list_subshell_request", {}, "control")).reply.content.subshell_id).toEqual([
    id,
  ]);
  const waiting = kernel.begin(
    "console.log('main 1'); await new Promise((r) => setTimeout(r, 400)); console.log('main 2')",
  );
  const content = {
    code: "console.log('sub'); 6 * 7",
    silent: false,
    store_history: true,
    user_expressions: {},
  };
  const beside = kernel.send("execute_request", content, "shell", { header: { subshell_id: id } });
  const sub = await kernel.answered(beside);
  expect(sub).toMatchObject({ stdout: "sub\n", result: "42" });
  const main = await kernel.answered(waiting);
  expect(main.stdout).toBe("main 1\nmain 2\n");
  expect(main.reply.at).toBeGreaterThan(sub.reply.at);
  expect(
    (await kernel.request("delete_subshell_request", { subshell_id: id }, "control")).reply.content.status,
  ).toBe("ok");
  expect((await kernel.request("list_subshell_request", {}, "control")).reply.content.subshell_id).toEqual(
    [],
  );
});

test("comm_info lists the open comms", async () => {
  expect((await kernel.request("comm_info_request", {})).reply.content).toEqual({ status: "ok", comms: {} });
});

test("a message with a wrong signature, a used signature or no sense is not obeyed, and the kernel lives on", async () => {
  const header = kernel.header("execute_request");
  const content = { code: "globalThis.intruded = true", silent: false };
  const [delimiter, , ...parts] = kernel.frames(header, content);
  await kernel.sockets.shell.send([delimiter, "0".repeat(64), ...parts]);
  await kernel.sockets.shell.send(["garbage"]);
  await kernel.sockets.shell.send([delimiter, "short"]);
  const broken = ["{", "[]", "null", "7"];
  await kernel.sockets.shell.send([delimiter, kernel.sign(broken), ...broken]);
  await kernel.sockets.shell.send(kernel.frames({ msg_id: 5 }, {}));
  await kernel.sockets.shell.send(kernel.frames(kernel.header("no_such_request"), {}));
  await kernel.sockets.shell.send(kernel.frames(kernel.header("__proto__"), {}));
  expect((await kernel.execute("typeof (globalThis as any).intruded")).result).toBe("'undefined'");

  const frames = kernel.frames(kernel.header("execute_request"), {
    code: "var times: number = (globalThis as any).times ?? 0; times += 1",
  });
  await kernel.sockets.shell.send(frames);
  await kernel.sockets.shell.send(frames);
  expect((await kernel.execute("(globalThis as any).times")).result).toBe("1");
});

test("a request without its fields is answered with an error that says what was expected", async () => {
  const { reply } = await kernel.request("complete_request", { code: 5 });
  expect(reply.content).toMatchObject({ status: "error", evalue: "code: expected a string, got number" });
});

test("shutdown is answered, then the process ends, busy or not", async () => {
  for (const code of ["1", "while (true) {}"]) {
    const other = await KernelClient.start({ argv: tracebookArgv });
    other.begin(code);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const id = other.send("shutdown_request", { restart: true }, "control");
    const reply = await other.wait(
      (message) => message.type === "shutdown_reply" && message.parent["msg_id"] === id,
    );
    expect(reply.content).toEqual({ status: "ok", restart: true });
    await other.exited;
    await other.stop();
  }
});
