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

test("!command runs in the notebook's folder with its output, and fails the cell if it fails", async () => {
  expect((await kernel.run("!echo out && echo err >&2\n1 + 1")).stdout).toBe("out\n");
  expect((await kernel.run("!echo out && echo err >&2")).stderr).toBe("err\n");
  expect((await kernel.run("!pwd -P")).stdout.trim()).toMatch(/tracebook-magics-/);
  expect(await kernel.failure("!exit 3")).toContain("ended with code 3");
});

test("a negation stays a negation", async () => {
  await kernel.run("let flag = true");
  expect((await kernel.run("!flag")).result).toBe("false");
});

test("%%bash runs a script and an interrupt ends it", async () => {
  expect((await kernel.run("%%bash\nfor i in 1 2; do echo $i; done")).stdout).toBe("1\n2\n");
  const id = kernel.begin("%%bash\necho started; sleep 30");
  await kernel.wait((message) => message.type === "stream" && message.parent["msg_id"] === id);
  kernel.send("interrupt_request", {}, "control");
  const { reply } = await kernel.answered(id);
  expect(reply.content.ename).toBe("KeyboardInterrupt");
});

test("%pwd and %cd tell and change the folder, also for imports", async () => {
  mkdirSync(join(folder, "inner"));
  writeFileSync(join(folder, "inner", "here.js"), "export const where = 'inner';\n");
  expect((await kernel.run("%cd inner")).stdout).toMatch(/inner\n$/);
  expect((await kernel.run("%pwd")).stdout).toMatch(/inner\n$/);
  expect((await kernel.run("(await import('./here.js')).where")).result).toBe("'inner'");
  await kernel.run("%cd ..");
  expect(await kernel.failure("%cd no-such-folder")).toContain("ENOENT");
});

test("%env sets and shows variables and keeps secrets", async () => {
  await kernel.run("%env TRACEBOOK_PLAIN=a b");
  await kernel.run("%env TRACEBOOK_TOKEN=hidden");
  expect((await kernel.run("process.env.TRACEBOOK_PLAIN")).result).toBe("'a b'");
  expect((await kernel.run("%env TRACEBOOK_PLAIN")).stdout).toBe("a b\n");
  const { stdout } = await kernel.run("%env");
  expect(stdout).toContain("TRACEBOOK_PLAIN=a b\n");
  expect(stdout).toContain("TRACEBOOK_TOKEN=…\n");
});

test("%%writefile, %run and %load work with files", async () => {
  expect((await kernel.run("%%writefile made.ts\nexport const made: number = 1\n")).stdout).toBe(
    "wrote made.ts\n",
  );
  expect(readFileSync(join(folder, "made.ts"), "utf8")).toBe("export const made: number = 1\n");
  expect((await kernel.run("%run made.ts\nmade")).result).toBe("1");
  await kernel.run("%%writefile made.ts\nexport const made: number = 2");
  expect((await kernel.run("%run made.ts\nmade")).result).toBe("2");
  const { reply } = await kernel.run("%load made.ts");
  expect(reply.content.payload).toEqual([
    { source: "set_next_input", text: "export const made: number = 2\n", replace: false },
  ]);
});

test("%%html and %%markdown show the cell", async () => {
  expect((await kernel.run("%%html\n<b>x</b>")).outputs.at(-1)?.content.data).toEqual({
    "text/html": "<b>x</b>",
  });
  expect((await kernel.run("%%markdown\n# T")).outputs.at(-1)?.content.data).toEqual({
    "text/markdown": "# T",
  });
});

test("%history prints the cells", async () => {
  await kernel.run("'remembered'");
  expect((await kernel.run("%history")).stdout).toContain("'remembered'\n");
  expect((await kernel.run("%history -n")).stdout).toMatch(/^ +\d+: 'remembered'$/m);
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
