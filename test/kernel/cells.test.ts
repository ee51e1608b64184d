/** What cells mean: names over cells, await, modules, TypeScript's own syntax, results and errors. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebackOf, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
const folder = mkdtempSync(join(tmpdir(), "tracebook-cells-"));

const result = async (code: string): Promise<string | undefined> => (await kernel.run(code)).result;

beforeAll(async () => {
  writeFileSync(
    join(folder, "local.ts"),
    "export enum Size { Small = 1, Large }\nexport function fail(): never {\n  throw new Error('local')\n}\n",
  );
  writeFileSync(
    join(folder, "uses.ts"),
    'import { torch } from "tracebook";\nimport { Size } from "./local";\nexport const same = torch;\nexport const size: number = Size.Large;\n',
  );
  writeFileSync(join(folder, "plain.js"), "export default 7;\n");
  mkdirSync(join(folder, "node_modules", "esm-package"), { recursive: true });
  writeFileSync(
    join(folder, "node_modules", "esm-package", "package.json"),
    '{"name":"esm-package","version":"1.0.0","type":"module","exports":{"import":"./index.js"}}',
  );
  writeFileSync(
    join(folder, "node_modules", "esm-package", "index.js"),
    'export const greet = (name) => "hello, " + name;\n',
  );
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ["1 + 1", "2"],
  ["'text'", "'text'"],
  ["10n ** 20n", "100000000000000000000n"],
  ["NaN", "NaN"],
  ["-0", "-0"],
  ["null", "null"],
  ["undefined", undefined],
  ["let notShown = 1", undefined],
  ["Symbol('s')", "Symbol(s)"],
  ["({ a: 1, b: [1, 2] })", "{ a: 1, b: [ 1, 2 ] }"],
  ["{ a: 1 }", "{ a: 1 }"],
  ["new Map([[1, { a: new Set([2]) }]])", "Map(1) { 1 => { a: Set(1) { 2 } } }"],
  ["if (true) { 42 }", "42"],
  ["Promise.resolve(42)", "42"],
  ["await new Promise((resolve) => setTimeout(() => resolve('later'), 5))", "'later'"],
  ["let sum = 0; for await (const x of [1, Promise.resolve(2)]) sum += x; sum", "3"],
  ["'😀'.length", "2"],
  ["({ then: (done: (value: number) => void) => done(1) })", "{ then: [Function: then] }"],
  ["new Proxy({}, { get() { throw new Error('asked') } })", "{}"],
  ["[__dirname, __filename].every((path) => path.startsWith(process.cwd()))", "true"],
])("%s gives %s", async (code, expected) => {
  expect(await result(code)).toBe(expected);
});

test("names may be declared again, in another way and with another type", async () => {
  for (const declaration of [
    "const again = 1",
    "let again = 'x'",
    "function again() { return 2 }",
    "class again {}",
    "var again = 3",
    "const [again] = [4]",
    "import { join as again } from 'node:path'",
  ]) {
    expect(await result(`${declaration}\ntypeof again`)).toMatch(/'(number|string|function)'/);
  }
  expect(await result("function first() { return 1 }\nfirst()")).toBe("1");
  expect(await result("const first = () => 2; first()")).toBe("2");
  expect(await result("class first { static x = 3 }\nfirst.x")).toBe("3");
});

test("closures of earlier cells see later values", async () => {
  await result("let seen = 1; const look = () => seen");
  expect(await result("seen = 2; look()")).toBe("2");
  expect(await result("let seen = 3; look()")).toBe("3");
});

test("a cell that fails keeps what it declared before", async () => {
  expect(
    (await kernel.execute("let kept = 5; throw new Error('x'); let lost = 6")).reply.content.status,
  ).toBe("error");
  expect(await result("kept")).toBe("5");
  expect(await result("let lost = 7; lost")).toBe("7");
});

test("TypeScript's own syntax runs", async () => {
  expect(await result("enum Color { Red, Green = 5 }\nColor.Green")).toBe("5");
  expect(await result("const enum Flag { On = 2 }\nFlag.On")).toBe("2");
  expect(await result("namespace Shapes { export const sides = 4 }\nShapes.sides")).toBe("4");
  expect(
    await result(
      "class Point { constructor(readonly x: number, private y = 2) {}\n  sum() { return this.x + this.y } }\nnew Point(1).sum()",
    ),
  ).toBe("3");
  expect(
    await result(
      "function twice(f: () => number, _context: ClassMethodDecoratorContext) { return function (this: unknown) { return f.call(this) * 2 } }\nclass Decorated { @twice value() { return 21 } }\nnew Decorated().value()",
    ),
  ).toBe("42");
  expect(
    await result(
      "interface Named<T> { name: T }\ntype Box<T> = { value: T }\nconst boxed: Box<Named<string>> = { value: { name: 'n' } }; boxed.value.name",
    ),
  ).toBe("'n'");
  expect(
    await result(
      "abstract class Base { abstract area(): number; protected label?: string }\nclass Square extends Base { constructor(private side: number) { super() }\n override area() { return this.side ** 2 } }\nnew Square(3).area()",
    ),
  ).toBe("9");
  expect(await result("const words = ['a', 'b'] as const satisfies readonly string[]; words!.length")).toBe(
    "2",
  );
  expect(
    (await kernel.execute("using handle = { [Symbol.dispose]() { console.log('disposed') } }; 1")).stdout,
  ).toBe("disposed\n");
});

test("modules are imported from the notebook's folder", async () => {
  expect(await result("import { greet } from 'esm-package'; greet('Ada')")).toBe("'hello, Ada'");
  expect(await result("import seven from './plain.js'; seven")).toBe("7");
  expect(await result("import { Size } from './local.ts'; Size.Large")).toBe("2");
  expect(
    await result(
      "import * as path from 'node:path'\npath.basename(import.meta.dirname) === path.basename(process.cwd())",
    ),
  ).toBe("true");
  expect(await result("(await import('node:os')).EOL")).toBe("'\\n'");
  expect(await result("require('node:path').sep")).toBe("'/'");
  expect(await result("path.posix.sep")).toBe("'/'");
});

test('"tracebook" is the runtime the cells have, in cells and in local modules', async () => {
  expect(await result("import { torch as imported } from 'tracebook'; imported === torch")).toBe("true");
  expect(await result("import { same, size } from './uses'; [same === torch, size]")).toBe("[ true, 2 ]");
});

test("a module that is not there, or a name it does not have, is said plainly", async () => {
  expect(await kernel.failure("1\nimport x from 'no-such-package'")).toContain(
    'cannot find the package "no-such-package"',
  );
  expect(await kernel.failure("import { jion } from 'node:path'; jion()")).toMatch(
    /Module '"node:path"' has no exported member 'jion'/,
  );
});

test("an error shows its cell, line and text", async () => {
  const { reply } = await kernel.execute(
    "interface Ignored {\n  x: number\n}\nfunction fail(x: number): never {\n  throw new TypeError('kaboom')\n}\nfail(1)",
  );
  const count = reply.content.execution_count;
  expect(reply.content).toMatchObject({ status: "error", ename: "TypeError", evalue: "kaboom" });
  expect(tracebackOf({ reply })).toBe(
    [
      "TypeError: kaboom",
      `Cell In[${count}], line 5, column 9`,
      "  3 | }",
      "  4 | function fail(x: number): never {",
      "> 5 |   throw new TypeError('kaboom')",
      "    |         ^",
      "  6 | }",
      "  7 | fail(1)",
      `    at fail (Cell In[${count}]:5:9)`,
      `    at Cell In[${count}]:7:1`,
    ].join("\n"),
  );
});

test("an error of an earlier cell's function names that cell, one of a transformed cell its own lines", async () => {
  const { reply } = await kernel.execute("const thrower = () => {\n  throw new RangeError('far')\n}");
  expect(await kernel.failure("\nthrower()")).toContain(
    `Cell In[${reply.content.execution_count}], line 2, column 9`,
  );
  expect(await kernel.failure("enum E { A }\n\nconst bad: any = null\nbad.x")).toContain("line 4, column 5");
  // A front end links a path; it could not open a file: address.
  expect(await kernel.failure("import { fail as failing } from './local.ts'\nfailing()")).toContain(
    `at fail (${join(realpathSync(folder), "local.ts")}:3:9)`,
  );
});

test("errors that are printed or shown name the cell's own lines and nothing of the kernel", async () => {
  const printed = await kernel.execute("1\nconsole.log(new Error('printed', { cause: new Error('why') }))");
  const cell = (line: number, column: number): string =>
    `    at Cell In[${printed.reply.content.execution_count}]:${line}:${column}`;
  expect(printed.stdout).toBe(
    `Error: printed\n${cell(2, 13)} {\n  [cause]: Error: why\n  ${cell(2, 43)}\n}\n`,
  );
  expect(await result("new Error('shown')")).toMatch(/^Error: shown\n {4}at Cell In\[\d+\]:1:1$/);
  expect(await result("Object.assign(new Error('shown'), { code: 5 })")).toMatch(
    /^Error: shown\n {4}at Cell In\[\d+\]:1:15 \{\n {2}code: 5\n\}$/,
  );
  expect((await kernel.execute("enum Transformed { A }\n\nconsole.trace('here')")).stderr).toMatch(
    /^Trace: here\n {4}at Cell In\[\d+\]:3:9\n$/,
  );
  expect((await kernel.execute("console.log('    at cell-1.ts is no frame')")).stdout).toBe(
    "    at cell-1.ts is no frame\n",
  );
});

test("an import() that fails is marked where it stands", async () => {
  expect(await kernel.failure("\nawait import('./not-there.ts')")).toMatch(
    /Cannot find module .*not-there.ts[\s\S]*line 2, column 7/,
  );
});

test("causes, aggregates and thrown values are shown", async () => {
  const text = await kernel.failure("throw new Error('outer', { cause: new RangeError('inner') })");
  expect(text).toContain("caused by\nRangeError: inner");
  expect(await kernel.failure("await Promise.any([Promise.reject(new Error('one'))])")).toContain(
    "error 1 of 1\nError: one",
  );
  expect(await kernel.failure("throw { code: 5 }")).toContain("{ code: 5 }");
});

test("of a deep stack the innermost frames are shown", async () => {
  await result(
    "const fall = (n: number): number => {\n  if (n === 0) throw new Error('deep');\n  return fall(n - 1);\n}",
  );
  const lines = (await kernel.failure("fall(19)")).split("\n");
  expect(lines.filter((line) => line.includes("at fall")).length).toBe(10);
  expect(lines.at(-1)).toBe("    and 11 more");
});

test("a syntax error shows where it is and leaves the kernel usable", async () => {
  expect(await kernel.failure("let ok = 1\nlet = =")).toContain("line 2");
  expect(await kernel.failure("let double = 1; let double = 2")).toContain(
    "Cannot redeclare block-scoped variable 'double'. (TS2451)",
  );
  expect(await result("1 + 1")).toBe("2");
});

test("process.exit ends the cell only", async () => {
  expect(await kernel.failure("process.exit(1)")).toContain("process.exit(1) ends only this cell");
  expect(await result("1 + 1")).toBe("2");
});

test("an unhandled rejection and a throw in a timer are shown and kill nothing", async () => {
  const id = kernel.begin(
    "Promise.reject(new Error('unhandled')); setTimeout(() => { throw new Error('in timer') }, 1); 1",
  );
  const shown = (word: string) =>
    kernel.wait(
      (message) =>
        message.type === "stream" && message.parent["msg_id"] === id && message.content.text.includes(word),
    );
  await shown("unhandled");
  await shown("in timer");
  expect(await result("1 + 1")).toBe("2");
});
