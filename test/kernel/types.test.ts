/** The type service: errors before a cell runs, completion and documentation, also while cells run, and after a crash. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebackOf, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
const folder = mkdtempSync(join(tmpdir(), "tracebook-types-"));

const complete = async (code: string) =>
  (await kernel.request("complete_request", { code, cursor_pos: [...code].length })).reply.content;
const inspect = async (code: string, cursor = code.length): Promise<string> =>
  (await kernel.request("inspect_request", { code, cursor_pos: cursor, detail_level: 0 })).reply.content.data[
    "text/markdown"
  ];

/** The server has started once it knows a type. */
async function untilTyped(): Promise<void> {
  while (!(await inspect("parseInt"))?.includes("function parseInt(string: string")) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

beforeAll(async () => {
  const typed = join(folder, "node_modules", "typed-package");
  mkdirSync(typed, { recursive: true });
  writeFileSync(
    join(typed, "package.json"),
    '{"name":"typed-package","version":"1.0.0","type":"module","exports":{"types":"./index.d.ts","default":"./index.js"}}',
  );
  writeFileSync(join(typed, "index.js"), "export const twice = (x) => 2 * x;\n");
  writeFileSync(
    join(typed, "index.d.ts"),
    "/** Doubles a number. */\nexport declare function twice(x: number): number;\n",
  );
  writeFileSync(join(folder, "local.ts"), "export const half = (x: number): number => x / 2;\n");
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
  await untilTyped();
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a type error stops the cell before it runs and is shown at its place", async () => {
  const { reply, stdout } = await kernel.execute("console.log('ran')\nlet wrong: number =\n  'text'");
  expect(stdout).toBe("");
  expect(reply.content).toMatchObject({
    status: "error",
    ename: "TypeCheckError",
    evalue: "Type 'string' is not assignable to type 'number'. (TS2322)",
  });
  expect(tracebackOf({ reply })).toBe(
    [
      "TypeCheckError: Type 'string' is not assignable to type 'number'. (TS2322)",
      `Cell In[${reply.content.execution_count}], line 2, column 5`,
      "  1 | console.log('ran')",
      "> 2 | let wrong: number =",
      "    |     ^^^^^",
      "  3 |   'text'",
    ].join("\n"),
  );
});

test("types go from cell to cell, and a name may be given another type", async () => {
  await kernel.run(
    "interface Point { x: number }\nconst scale = (p: Point, by = 2): Point => ({ x: p.x * by })\nlet label = 'a'",
  );
  expect((await kernel.run("scale({ x: 3 }).x")).result).toBe("6");
  expect(await kernel.failure("scale({ y: 3 })")).toContain("'y' does not exist in type 'Point'. (TS2353)");
  expect(await kernel.failure("label = 5")).toContain(
    "Type 'number' is not assignable to type 'string'. (TS2322)",
  );
  expect((await kernel.run("label = 'b'; let label2 = label; label2")).result).toBe("'b'");
  expect((await kernel.run("let label = 5; label")).result).toBe("5");
  expect((await kernel.run("label + 1")).result).toBe("6");
  expect(await kernel.failure("scale = 5")).toContain(
    "Cannot assign to 'scale' because it is a constant. (TS2588)",
  );
});

test("a cell that did not run leaves no names", async () => {
  await kernel.execute("const ghost: number = 'x'");
  expect(await kernel.failure("ghost")).toContain("Cannot find name 'ghost'. (TS2304)");
});

test("types of packages, of local modules, of Node and of the runtime are known", async () => {
  expect(await kernel.failure("import { twice } from 'typed-package'; twice('x')")).toContain("(TS2345)");
  expect(await kernel.failure("import { half } from './local.ts'; half('x')")).toContain("(TS2345)");
  expect(await kernel.failure("process.pid.toUpperCase()")).toContain(
    "Property 'toUpperCase' does not exist on type 'number'",
  );
  expect(await kernel.failure("torch.relu(torch.ones([2])).noSuchMethod()")).toContain(
    "Property 'noSuchMethod' does not exist on type 'Tensor'",
  );
});

test("a magic's arguments are checked at their place, and what it binds has its type", async () => {
  await kernel.run("const activate = (x: Tensor) => torch.relu(x); const given = torch.ones([2])");
  expect(await kernel.failure("1\n%trace act = activate('x')")).toMatch(/TS2769[\s\S]*line 2, column 23/);
  await kernel.run("%trace act = activate(given)");
  expect(await kernel.failure("act('x')")).toContain("TS2345");
  expect(await kernel.failure("act(given).noSuchMethod()")).toContain("TS2339");
});

test("%check warn runs the cell and warns, %check off says nothing", async () => {
  await kernel.run("%check warn");
  const warned = await kernel.run("const loose: number = 'text'; loose");
  expect(warned.result).toBe("'text'");
  expect(stripVTControlCharacters(warned.stderr)).toContain(
    "Type 'string' is not assignable to type 'number'. (TS2322)",
  );
  await kernel.run("%check off");
  expect((await kernel.run("const looser: number = 'text'; looser")).stderr).toBe("");
  expect((await kernel.run("%check")).stdout).toBe("%check off\n");
  await kernel.run("%check strict");
  expect(await kernel.failure("const strict: number = 'text'")).toContain("TS2322");
  expect(await kernel.failure("%check sometimes")).toContain('expected strict, warn or off, got "sometimes"');
});

test("completion knows members, names of the session and of the runtime, with their kinds", async () => {
  await kernel.run("const someList = [1, 2]; function someFunction() {}");
  const members = await complete("someList.toSor");
  expect(members.matches).toEqual(["toSorted"]);
  expect(members.metadata._jupyter_types_experimental).toEqual([
    { text: "toSorted", type: "function", start: 9, end: 14 },
  ]);
  expect((await complete("some")).matches).toEqual(expect.arrayContaining(["someFunction", "someList"]));
  expect((await complete("torch.rel")).matches).toContain("relu");
  expect((await complete("jitT")).matches).toContain("jitTrace");
  expect((await complete("%time someList.fi")).matches).toEqual(
    expect.arrayContaining(["fill", "filter", "find"]),
  );
  expect((await complete("({ alpha: 1, beta: 2 }).al")).matches).toEqual(["alpha"]);
});

test("inspection shows type, documentation and signature", async () => {
  await kernel.run(
    "/** Adds one.\n * @param n what to add to */\nfunction addOne(n: number): number { return n + 1 }",
  );
  expect(await inspect("addOne")).toContain("function addOne(n: number): number");
  expect(await inspect("addOne")).toContain("Adds one.");
  expect(await inspect("addOne(")).toContain("addOne(n: number): number");
});

test("completion and inspection answer while a cell runs", async () => {
  await kernel.run("const whileBusy = 'text'");
  const id = kernel.begin("while (true) {}");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await complete("whileBusy.toUpper")).matches).toEqual(["toUpperCase"]);
  expect(await inspect("whileBusy")).toContain('const whileBusy: "text"');
  kernel.send("interrupt_request", {}, "control");
  await kernel.answered(id);
});

test("a language server that dies is replaced, and the session's types come back", async () => {
  await kernel.run("const survivor: string = 'x'");
  const servers = execFileSync("ps", ["-o", "pid=", "--ppid", String(kernel.process.pid)])
    .toString()
    .trim()
    .split("\n");
  for (const pid of servers) process.kill(Number(pid), "SIGKILL");
  expect((await kernel.run("1 + survivor.length")).result).toBe("2");
  await untilTyped();
  expect(await kernel.failure("survivor.noSuchMethod()")).toContain(
    "Property 'noSuchMethod' does not exist on type 'string'",
  );
});

test("a sketch needs no annotations: lists grow, functions take anything, a variable has its value later", async () => {
  const { result } = await kernel.run(
    "const losses = [];\nfor (let i = 0; i < 3; i++) losses.push(i / 2);\nlet last;\nfor (const loss of losses) last = loss;\nlast.toFixed(2)",
  );
  expect(result).toBe("'1.00'");
  expect((await kernel.run("losses.push(2); const twice = (a) => a * 2; losses.map(twice)")).result).toBe(
    "[ 0, 1, 2, 4 ]",
  );
  await kernel.run("let settle; const settled = new Promise((done) => { settle = done; }); settle(1);");
  expect(await kernel.failure("const texts = []; texts.push('a'); texts[0].toFixed()")).toContain(
    "on type 'string'",
  );
  expect(await kernel.failure("torch.ones([1]).grad.add(1)")).toContain("possibly 'null'");
});

test("a tsconfig.json beside the notebook is honoured", async () => {
  const strict = mkdtempSync(join(tmpdir(), "tracebook-tsconfig-"));
  writeFileSync(
    join(strict, "tsconfig.json"),
    '{ // with a comment\n  "compilerOptions": { "strict": true, "noUncheckedIndexedAccess": true } }',
  );
  const other = kernel;
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: strict });
  try {
    await untilTyped();
    expect(await kernel.failure("function untyped(x) { return x }")).toContain(
      "implicitly has an 'any' type",
    );
    expect(await kernel.failure("const first: number = [1][0]")).toContain(
      "Type 'number | undefined' is not assignable",
    );
  } finally {
    await kernel.stop();
    kernel = other;
    rmSync(strict, { recursive: true, force: true });
  }
});
