/** Completion and inspection: names, members, imports, paths, magics; kinds, signatures, documentation and source. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
const folder = mkdtempSync(join(tmpdir(), "tracebook-completion-"));

interface Match {
  readonly text: string;
  readonly type: string;
  readonly signature?: string;
}

/** The completions at `|`, or at the end. */
async function complete(marked: string): Promise<{ matches: Match[]; replaced: string }> {
  const [before, after = ""] = marked.split("|");
  const code = before + after;
  const { reply } = await kernel.request("complete_request", { code, cursor_pos: [...before].length });
  const { matches, metadata, cursor_start, cursor_end } = reply.content;
  const described = metadata._jupyter_types_experimental as Match[];
  expect(described.map(({ text }) => text)).toEqual(matches);
  return { matches: described, replaced: code.slice(cursor_start, cursor_end) };
}
const texts = async (marked: string): Promise<string[]> =>
  (await complete(marked)).matches.map(({ text }) => text);
/** Signatures come only if the server is not too busy: under load it is asked again. */
async function match(marked: string, text: string): Promise<Match | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const found = (await complete(marked)).matches.find((one) => one.text === text);
    if (found?.signature !== undefined || attempt === 20) return found && { ...found };
  }
}
const inspect = async (code: string, detail = 0, cursor = code.length): Promise<string> =>
  (await kernel.request("inspect_request", { code, cursor_pos: cursor, detail_level: detail })).reply.content
    .data["text/markdown"];

beforeAll(async () => {
  const typed = join(folder, "node_modules", "typed-package");
  mkdirSync(typed, { recursive: true });
  mkdirSync(join(folder, "data"));
  writeFileSync(
    join(typed, "package.json"),
    '{"name":"typed-package","version":"1.0.0","types":"./index.d.ts"}',
  );
  writeFileSync(join(typed, "index.d.ts"), "export declare function twiceOver(x: number): number;\n");
  writeFileSync(join(folder, "local-module.ts"), "export const half = (x: number): number => x / 2;\n");
  writeFileSync(join(folder, "data", "table.csv"), "a,b\n");
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
  while (!(await inspect("parseInt"))?.includes("function parseInt(string: string"))
    await new Promise((resolve) => setTimeout(resolve, 100));
  await kernel.execute(
    "interface Settings {\n  /** How fast. */\n  speed: number;\n  mode: 'slow' | 'fast';\n}\n" +
      "/** Adds up.\n * @param a the first */\nfunction addUp(a: number, b = 2): number {\n  return a + b;\n}\n" +
      "const someObject = { alpha: 1, 'two words': 2 }",
  );
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("functions, methods and operators come with kind and signature", async () => {
  const callable = (marked: string, text: string) =>
    match(marked, text).then((found) => [found?.type, found?.signature]);
  expect(await callable("addU", "addUp")).toEqual(["function", "(a: number, b?: number): number"]);
  expect(await callable("'text'.toUpperC", "toUpperCase")).toEqual(["function", "(): string"]);
  expect(await callable("torch.relu", "relu")).toEqual(["function", "(self: Tensor) => Tensor"]);
  const kinds = async (marked: string): Promise<(string | undefined)[]> =>
    (await complete(marked)).matches.slice(0, 1).map(({ type }) => type);
  expect(await kinds("someObject")).toEqual(["instance"]);
  expect(await kinds("let x: Settin")).toEqual(["class"]);
  expect(await kinds("someObject.alp")).toEqual(["property"]);
});

test("an object's keys are completed, in literals, behind a dot and in brackets", async () => {
  expect(await texts("const s: Settings = { ")).toEqual(["mode", "speed"]);
  expect(await texts("const s: Settings = { sp")).toEqual(["speed"]);
  expect(await texts("const s: Settings = { mode: '")).toEqual(["fast", "slow"]);
  expect(await texts("someObject.")).toEqual(["alpha"]);
  expect(await texts("someObject['")).toEqual(["alpha", "two words"]);
});

test("modules and what they export are completed in imports", async () => {
  expect(await complete("import x from 'node:perf")).toMatchObject({
    matches: [{ text: "node:perf_hooks", type: "module" }],
    replaced: "node:perf",
  });
  expect(await texts("import x from 'typed-p")).toEqual(["typed-package"]);
  expect(await texts("import { readFileS| } from 'node:fs'")).toEqual(["readFileSync"]);
  expect(await texts("import { twice| } from 'typed-package'")).toEqual(["twiceOver"]);
});

test("a name that only an import would bring is completed with its import", async () => {
  expect(await texts("readFileSy")).toEqual(['import { readFileSync } from "node:fs";\nreadFileSync']);
  expect(await texts("const text = readFileSy")).toEqual(['(await import("node:fs")).readFileSync']);
  expect(await texts("const read = () => readFileSy")).toEqual([]);
  expect(await texts("twiceOv")).toEqual(['import { twiceOver } from "typed-package";\ntwiceOver']);
  expect(await texts("import { readFileSync } from 'node:fs'\nreadFileSy")).toEqual(["readFileSync"]);
});

test.each([
  ["import { half } from './lo", ["local-module.ts"]],
  ["require('./da", ["data/"]],
  ["readFileSync('data/", ["table.csv"]],
  ["const path = './data/ta", ["table.csv"]],
  ["%load lo", ["local-module.ts"]],
  ["%cd ", ["data/", "node_modules/"]],
  ["!wc -l data/t", ["table.csv"]],
])("paths are completed in %s", async (marked, expected) => {
  expect(await texts(marked)).toEqual(expected);
});

test.each([
  ["%ti", ["%time", "%timeit"]],
  ["%%ti", ["%%time"]],
  ["%check ", ["strict", "warn", "off"]],
  ["%timeit -", ["-n", "-r", "--chart"]],
  ["%timeit addU", ["addUp"]],
  ["%env PAT", ["PATH"]],
])("magics and their arguments are completed in %s", async (marked, expected) => {
  expect(await texts(marked)).toEqual(expected);
});

test("inspection shows documentation, and signatures anywhere in a call", async () => {
  expect(await inspect("addUp")).toBe(
    "```typescript\nfunction addUp(a: number, b?: number): number\n```\nAdds up.\n\n*@param* `a` — the first" +
      "\n\n```text\naddUp: function\n[Function: addUp]\n```",
  );
  const signature = "```typescript\naddUp(a: number, b?: number): number\n```\nAdds up.";
  expect(await inspect("addUp(1, ")).toContain(signature);
  expect(await inspect("addUp(")).toContain(signature);
  expect(await inspect("addUp(someObject.alpha, ")).toContain(signature);
  expect(await inspect("Settings")).toBe("```typescript\ninterface Settings\n```");
  expect(await inspect("const s: Settings = null!; s.speed")).toContain("How fast.");
  expect(await inspect("%timeit")).toContain("-n LOOPS");
});

test("operators and methods of tensors show their arguments, documentation and schemas", async () => {
  expect(await inspect("torch.softmax")).toBe(
    "```typescript\nconst softmax: (self: Tensor, dim: number, dtype?: DType | {\n    dtype?: DType;\n}) => Tensor\n```\n" +
      "Exponentials along `dim` that sum to 1.\n\n" +
      "*@example*\n```tsx\ntorch.softmax(torch.tensor([[0, 0]]), 1) // [[0.5, 0.5]]\n```\n\n" +
      "```text\ntorch.softmax: function\naten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor\n```",
  );
  expect(await inspect("torch.tensor")).toContain("A tensor with a copy of `data`");
  expect(await inspect("torch.ones([2]).maskedFill")).toContain(
    "(property) maskedFill: (mask: Tensor, value: Tensor | Scalar) => Tensor\n```\n`value` where `mask` is true, else the element.",
  );
  await kernel.execute("const someTensor = torch.ones([2])");
  expect(await inspect("someTensor.cumsum")).toMatch(
    /^```text\nsomeTensor\.cumsum: function\naten::cumsum\(Tensor self, int dim, \*, ScalarType\? dtype=None\) -> Tensor\n```$/m,
  );
});

test("inspection shows the arguments of a call whose type has a name, and of a class", async () => {
  const convolution =
    /^conv2d\(input: Tensor, weight: Tensor, bias\?: Tensor \| null, stride\?: .*, groups\?: number\): Tensor$/m;
  expect(await inspect("torch.conv2d")).toMatch(convolution);
  expect(await inspect("nn.functional.crossEntropy")).toContain("(input: Tensor, target: Tensor, options?: ");
  const linear = "Linear(inFeatures: number, outFeatures: number, ";
  expect(await inspect("nn.Linear")).toContain(`class Linear\n${linear}`);
  expect(await inspect("const layer = new nn.Linear")).toContain(`constructor ${linear}`);
  expect(await inspect("torch.linalg.inv")).toContain(
    "(A: Tensor) => Tensor\n```\nThe inverse of square matrices.",
  );
});

test("inspection shows an example once", async () => {
  expect((await inspect("jitTrace")).match(/@example/g)).toHaveLength(1);
});

test("the second level of detail shows the source, of cells and of packages", async () => {
  expect(await inspect("addUp", 1)).toContain(
    "```typescript\n// Cell In[1], line 8\nfunction addUp(a: number, b = 2): number {\n  return a + b;\n}\n```",
  );
  expect(await inspect("import { twiceOver } from 'typed-package'; twiceOver", 1)).toMatch(
    /index\.d\.ts, line 1\nexport declare function twiceOver\(x: number\): number;/,
  );
});
