/** Magics that reach out of the session: shell, folder, environment, files, markup, history. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
const folder = mkdtempSync(join(tmpdir(), "tracebook-magics-"));
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const plain = (lines: readonly string[]): string => lines.join("\n").replace(/\u001b\[\d+m/g, "");
const run = async (code: string) => {
  const answered = await kernel.execute(code);
  if (answered.reply.content.status !== "ok") throw new Error(plain(answered.reply.content.traceback));
  return answered;
};
const failure = async (code: string): Promise<string> =>
  plain((await kernel.execute(code)).reply.content.traceback);

test("!command runs in the notebook's folder with its output, and fails the cell if it fails", async () => {
  expect((await run("!echo out && echo err >&2\n1 + 1")).stdout).toBe("out\n");
  expect((await run("!echo out && echo err >&2")).stderr).toBe("err\n");
  expect((await run("!pwd -P")).stdout.trim()).toMatch(/tracebook-magics-/);
  expect(await failure("!exit 3")).toContain("ended with code 3");
});

test("a negation stays a negation", async () => {
  await run("let flag = true");
  expect((await run("!flag")).result).toBe("false");
});

test("%%bash runs a script and an interrupt ends it", async () => {
  expect((await run("%%bash\nfor i in 1 2; do echo $i; done")).stdout).toBe("1\n2\n");
  const id = kernel.begin("%%bash\necho started; sleep 30");
  await kernel.wait((message) => message.type === "stream" && message.parent["msg_id"] === id);
  kernel.send("interrupt_request", {}, "control");
  const { reply } = await kernel.answered(id);
  expect(reply.content.ename).toBe("KeyboardInterrupt");
});

test("%pwd and %cd tell and change the folder, also for imports", async () => {
  mkdirSync(join(folder, "inner"));
  writeFileSync(join(folder, "inner", "here.js"), "export const where = 'inner';\n");
  expect((await run("%cd inner")).stdout).toMatch(/inner\n$/);
  expect((await run("%pwd")).stdout).toMatch(/inner\n$/);
  expect((await run("(await import('./here.js')).where")).result).toBe("'inner'");
  await run("%cd ..");
  expect(await failure("%cd no-such-folder")).toContain("ENOENT");
});

test("%env sets and shows variables and keeps secrets", async () => {
  await run("%env TRACEBOOK_PLAIN=a b");
  await run("%env TRACEBOOK_TOKEN=hidden");
  expect((await run("process.env.TRACEBOOK_PLAIN")).result).toBe("'a b'");
  expect((await run("%env TRACEBOOK_PLAIN")).stdout).toBe("a b\n");
  const { stdout } = await run("%env");
  expect(stdout).toContain("TRACEBOOK_PLAIN=a b\n");
  expect(stdout).toContain("TRACEBOOK_TOKEN=…\n");
});

test("%%writefile, %run and %load work with files", async () => {
  expect((await run("%%writefile made.ts\nexport const made: number = 1\n")).stdout).toBe("wrote made.ts\n");
  expect(readFileSync(join(folder, "made.ts"), "utf8")).toBe("export const made: number = 1\n");
  expect((await run("%run made.ts\nmade")).result).toBe("1");
  await run("%%writefile made.ts\nexport const made: number = 2");
  expect((await run("%run made.ts\nmade")).result).toBe("2");
  const { reply } = await run("%load made.ts");
  expect(reply.content.payload).toEqual([
    { source: "set_next_input", text: "export const made: number = 2\n", replace: false },
  ]);
});

test("%%html and %%markdown show the cell", async () => {
  expect((await run("%%html\n<b>x</b>")).outputs.at(-1)?.content.data).toEqual({ "text/html": "<b>x</b>" });
  expect((await run("%%markdown\n# T")).outputs.at(-1)?.content.data).toEqual({ "text/markdown": "# T" });
});

test("%history prints the cells", async () => {
  await run("'remembered'");
  expect((await run("%history")).stdout).toContain("'remembered'\n");
  expect((await run("%history -n")).stdout).toMatch(/^ +\d+: 'remembered'$/m);
});

test("magics and their words are completed", async () => {
  const complete = async (code: string) =>
    (await kernel.request("complete_request", { code, cursor_pos: code.length })).reply.content;
  expect(await complete("1\n%tim")).toMatchObject({
    matches: ["%time", "%timeit"],
    cursor_start: 2,
    cursor_end: 6,
  });
  expect((await complete("%%w")).matches).toEqual(["%%writefile"]);
  expect((await complete("%check w")).matches).toEqual(["warn"]);
});
