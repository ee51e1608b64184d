/** Conditions that are tensors: where a cell asks whether a value is true, and what a trace says when types tell that it is a tensor. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { askedValues } from "../../kernel/cell/conditions.ts";
import { parse } from "../../kernel/cell/syntax-tree.ts";
import { type Answered, KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
  await kernel.run("const x = torch.tensor([-1, 2])");
  // On a busy machine the type service takes its time to start, and the first traces do not wait for it for long.
  await vi.waitFor(
    async () => {
      const { reply } = await kernel.execute("x.noSuchMethod;");
      expect(reply.content.ename).toBe("TypeCheckError");
    },
    { timeout: 30_000 },
  );
}, 60_000);
afterAll(() => kernel.stop());

const cellOf = ({ reply }: Answered): string => `cell-${reply.content.execution_count}.ts`;

/** Place and text of the conditions that the last trace warns of. */
const warned = ({ stderr }: { readonly stderr: string }): readonly string[] =>
  [
    ...stderr.matchAll(
      /^TracerWarning: (\S+): Converting a tensor to a JavaScript boolean might cause the trace to be incorrect\. .* Instead: (`.*?`) is a tensor, and so true/gm,
    ),
  ].map(([, place, text]) => `${place} ${text}`);

test("if, loops, ?:, &&, ||, ! and Boolean() ask whether a value is true; comparisons and literals are left out", () => {
  const asked = (text: string) =>
    askedValues(parse(text).body).map(({ value }) => text.slice(value.start, value.end));
  expect(
    asked("const f = (a, b) => { if (a && !(b.c || d())) { while (e) {} do {} while (g); for (; h; ) {} } }"),
  ).toEqual(["a", "b.c", "d()", "e", "g", "h"]);
  expect(asked("function f() { return Boolean(a) ? b && c : d ?? e }")).toEqual(["Boolean(a)", "a", "b"]);
  expect(asked("() => (a > 0 || typeof b === 'x' || 1 ? (c as Tensor) ? 1 : 2 : 3)")).toEqual([
    "c as Tensor",
  ]);
  expect(asked("if (outside) inside()")).toEqual([]);
});

test("a trace warns of each condition that is a tensor, in the cell that has it", async () => {
  const declared = cellOf(
    await kernel.run(
      "const choose = (x: Tensor) => {\n  if (x.sum().gt(0)) return x.relu();\n  return !x ? x : x.neg();\n};",
    ),
  );
  const traced = await kernel.run("const g = jitTrace(choose, x)");
  expect(warned(traced)).toEqual([`${declared}:2:7 \`x.sum().gt(0)\``, `${declared}:3:11 \`x\``]);
  expect((await kernel.run("g.warnings.length")).result).toBe("2");
  const line = await kernel.run("let kept = x\n%trace ((t) => t.relu() && t)(x)");
  expect(warned(line).map((text) => text.replace(/\d+ /, ""))).toEqual([`${cellOf(line)}:2:\`t.relu()\``]);
  const body = await kernel.run("%%trace\nconst y = x.mul(2)\nconst z = y ? y.add(1) : x");
  expect(warned(body)).toEqual([`${cellOf(body)}:3:11 \`y\``]);
});

test("values that may be undefined, flags and comparisons are questions a program may ask", async () => {
  await kernel.run(
    "const masked = (x: Tensor, mask?: Tensor, options: { flag?: boolean; list?: Tensor[] } = {}) => {\n" +
      "  const found: Tensor | null = mask ?? null;\n" +
      "  if (mask && !options.flag) return x.mul(mask);\n" +
      "  if (options.list?.length || found || x === mask || x.sizes.length > 3) return x;\n" +
      "  return options.flag ? x : x.relu();\n};",
  );
  const { stderr } = await kernel.run("%trace masked(x)");
  expect(stderr).toBe("");
});

test("methods of modules are looked into, functions that the trace does not run are not", async () => {
  const declared = await kernel.run(
    "class Gate extends nn.Module {\n  fc = new nn.Linear(2, 2);\n  forward(x: Tensor) {\n    const y = this.fc.forward(x);\n    while (y.max()) break;\n    return y;\n  }\n}\n" +
      "const never = (x: Tensor) => (x ? x.relu() : x);",
  );
  expect(warned(await kernel.run("%trace new Gate().forward(x)"))).toEqual([
    `${cellOf(declared)}:5:12 \`y.max()\``,
  ]);
  expect((await kernel.run("never(x).tolist()")).stderr).toBe("");
});

test("nodes and warnings name the lines as typed, in cells that magics or esbuild rewrite too", async () => {
  const declared = await kernel.run(
    "enum Kind {\n  Left,\n  Right,\n}\nclass Scale extends nn.Module {\n  constructor(private readonly by: number) { super(); }\n" +
      "  forward(x: Tensor) {\n    const y = x.mul(this.by);\n    if (y.sum()) return y.mul(Number(y.max().item()));\n    return y;\n  }\n}",
  );
  const traced = await kernel.run(
    "const t = jitTrace(new Scale(3), x);\nString(t.graph).match(/cell-.*/)?.[0]",
  );
  expect(traced.result).toBe(`'${cellOf(declared)}:8:17'`);
  expect(warned(traced)).toEqual([`${cellOf(declared)}:9:9 \`y.sum()\``]);
  expect(traced.stderr).toContain(
    `${cellOf(declared)}:9:46: Converting a tensor to a JavaScript number might cause`,
  );
  const line = await kernel.run("let before = 1\n%trace g = ((t: Tensor) => t.relu())(x)");
  expect((await kernel.run("String(g.graph).match(/cell-.*/)?.[0]")).result).toBe(`'${cellOf(line)}:2:30'`);
});
