/** %autoreload: edited local modules are there in the next cell, with their types; without it they stay as they were loaded. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
const folder = mkdtempSync(join(tmpdir(), "tracebook-autoreload-"));
let edits = 0;

/** Writes a file with a time of change that is another each time. */
function write(name: string, text: string): void {
  edits += 1;
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), edits, edits);
}

const result = async (code: string): Promise<string | undefined> => (await kernel.run(code)).result;

beforeAll(async () => {
  write("unit.ts", "export const unit = 'm';\n");
  write(
    "length.ts",
    "import { unit } from './unit';\nexport const show = (n: number) => n + ' ' + unit;\nexport const scale = 1;\n",
  );
  write("counter.ts", "let count = 0;\nexport const next = () => ++count;\n");
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
  await kernel.run(
    "import { show, scale } from './length.ts'; import * as length from './length.ts'; import { next } from './counter.ts'; next()",
  );
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("without %autoreload a module stays as it was loaded", async () => {
  write("unit.ts", "export const unit = 'km';\n");
  expect(await result("show(1)")).toBe("'1 m'");
  expect(await result("import { show as again } from './length.ts'; again(1)")).toBe("'1 m'");
});

test("an edit, also of a file that the module imports, is there in the next cell; other modules keep their state", async () => {
  expect((await kernel.run("%autoreload")).stdout).toBe("%autoreload on\n");
  expect(await result("[show(1), length.show(2), next()]")).toBe("[ '1 km', '2 km', 2 ]");
  write("unit.ts", "export const unit = 'mm';\n");
  expect(await result("[show(1), length.show(2), next()]")).toBe("[ '1 mm', '2 mm', 3 ]");
});

test("a name that a cell has given another value keeps it", async () => {
  await kernel.run("let scale = 50");
  write("length.ts", "export const show = (n: number) => String(n);\nexport const scale = 2;\n");
  expect(await result("[show(1), scale, length.scale]")).toBe("[ '1', 50, 2 ]");
});

test("types follow the edits", async () => {
  write(
    "length.ts",
    "export const show = (n: string) => n.toUpperCase();\nexport const scale = 2;\nexport const added = true;\n",
  );
  let seen = "";
  // The type checker may still be starting, and then lets everything pass.
  while (!seen.includes("TS2345"))
    seen = (await kernel.execute("show(1 as number)")).reply.content.evalue ?? "";
  expect(await result("import { added } from './length.ts'; [show('x'), added]")).toBe("[ 'X', true ]");
});

test("an edit that cannot be loaded is said once, and cells go on with what was there", async () => {
  write("length.ts", "export const scale = 2;\nexport const show = (");
  const first = await kernel.run("length.scale");
  expect([first.result, first.stderr]).toEqual(["2", expect.stringContaining("%autoreload: ./length.ts: ")]);
  expect((await kernel.run("length.scale")).stderr).toBe("");
  write("length.ts", "export const show = () => 'whole';\nexport const scale = 3;\n");
  expect(await result("[show(), length.scale]")).toBe("[ 'whole', 3 ]");
});

test("%autoreload off ends it", async () => {
  await kernel.run("%autoreload off");
  write("length.ts", "export const show = () => 'new';\nexport const scale = 4;\n");
  expect(await result("length.scale")).toBe("3");
  expect((await kernel.execute("%autoreload maybe")).reply.content.evalue).toContain(
    'expected on or off, got "maybe"',
  );
});
