/** Cells written out of habit, as in Python: each fails and says below it what to write instead. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
  await kernel.run(
    "let x = torch.tensor([1, 2]), y = torch.tensor([3, 4]);\nconst model = new nn.Linear(2, 1);",
  );
  await vi.waitFor(async () => expect(await kernel.failure("x.noSuchMethod;")).toContain("TS2339"), 30_000);
}, 60_000);
afterAll(() => kernel.stop());

/** What stands below the frame of the first error. */
const advice = async (code: string): Promise<string> => {
  const lines = (await kernel.failure(code)).split("\n");
  const frame = lines.findIndex((line) => line.startsWith("    |"));
  return lines.slice(frame + 1).find((line) => !/^ *>? *\d+ \|/.test(line)) ?? "";
};

test.each([
  ["import torch", "torch, nn, optim and data are there without an import"],
  ["import torch.nn as nn", "torch, nn, optim and data are there without an import"],
  ["def f(x):\n    return x", "a function is const f = (x: Tensor) => …, or function f(x: Tensor) { … }"],
  ["f = lambda x: x", "a function without a name is (x) => …"],
  ["with torch.no_grad():\n    x", "write torch.noGrad(() => { … })"],
  ["for i in range(3):\n    x", "write for (let i = 0; i < n; i++) { … }"],
  ["for row in x:\n    row", "write for (const item of list) { … }"],
  ["if x:\n    y", "write if (condition) { … }, while (condition) { … }"],
  ["class Net(nn.Module):\n    pass", "write class Net extends nn.Module { … }"],
  ["# a comment", "a comment begins with //"],
  ['f"{x}"', "a text with values in it is `loss $" + "{loss.item()}`"],
  ["x[0:1]", 'write x.index("0:2"), x.index([":", 1])'],
  ["x @ y", "write a.matmul(b)"],
  ["x and y", "write &&, || and !"],
])("Python: %j", async (code, say) => {
  expect(await kernel.failure(code)).toMatch(/^SyntaxError: /);
  expect(await advice(code)).toBe(say);
});

test.each([
  ["x + y", "operators compute with numbers; of tensors, write a.add(b)"],
  ["2 * x", "operators compute with numbers; of tensors, write a.mul(b)"],
  ["x ** 2", "operators compute with numbers; of tensors, write a.pow(b)"],
  ["x -= y", "operators compute with numbers; of tensors, write a.sub(b)"],
  ["if (x.sum() > 1) y", "operators compute with numbers; of tensors, write a.gt(b)"],
  ["model(x)", "a module is called by its forward: model.forward(x)"],
  ["x(0)", "write x.index(…)"],
  ["z = x", "a new name is declared: const z = …, or let z = … if it will change"],
  ["x.sum(dim=0)", "arguments have no names: give them in order, and options in braces, { dim: … }"],
  ["x.sum({ dim: 0 })", "write the value of dim alone, in its order, as in x.sum(1, true)"],
  ["x.mean(0, { keepdim: true })", "write the value of keepdim alone, in its order, as in x.sum(1, true)"],
  ["torch.cat(x, y)", "write a list of tensors: [a, b]"],
  [
    "class Net extends nn.Module { constructor() { super(); this.layer = model } }",
    "a field is declared in the class, outside of its functions: layer = …",
  ],
  [
    "class Log { items = []; add(item: number) { this.items.push(item); } }",
    "a list that begins empty here says what it will hold: items: number[] = [], or [] as number[]",
  ],
  ["x.grad.zero_()", "there is no gradient before backward(); where there is one, write x.grad!"],
  [
    "class Net extends nn.Module { override forward(x: Tensor) { return x.add(this.table) } }",
    "a field is declared in the class, one of registerBuffer as declare table: Tensor",
  ],
  ["print(x)", "write console.log(…), or the value as the last line of the cell"],
  ["x.requiresGrad = True", "write true"],
  ["torch.jit.trace(model, x)", "write jitTrace, jitSave, jitLoad"],
  ["x.numpy()", "write x.tolist(), or x.typedArray() for the numbers in a row"],
])("types: %s", async (code, say) => {
  expect(await kernel.failure(code)).toMatch(/^TypeCheckError: /);
  expect(await advice(code)).toBe(say);
});

test("advice is given once, and none where no tensor and no habit is at fault", async () => {
  expect((await kernel.failure("x * y")).match(/write a\.mul\(b\)/g)).toHaveLength(1);
  expect(await advice("const count: string = 5")).toBe("");
  expect(await advice('"text"(1)')).toBe("");
});

test("types are named as a notebook names them, not by the files they are in", async () => {
  expect((await kernel.failure("torch.ones_like(x)")).split("\n")[0]).toBe(
    "TypeCheckError: Property 'ones_like' does not exist on type 'torch'. Did you mean 'onesLike'? (TS2551)",
  );
  const untouched = await kernel.failure("(torch.ones([2]) as unknown as typeof torch) + x");
  expect(untouched).not.toContain("import(");
});

test("the package torch is said to be there, and importing shows nothing of Node's", async () => {
  const { reply, stderr } = await kernel.execute('import torch from "torch"');
  expect(reply.content.evalue).toMatch(/; torch, nn, optim and data are there without an import$/);
  expect(stderr).toBe("");
});

test("brackets on a tensor say what to write, where undefined would go on unseen", async () => {
  expect((await kernel.failure("x[0]")).split("\n")[0]).toBe(
    "TypeError: a tensor has no [0]: x.index(0) reads it, x.indexPut_(0, value) writes it",
  );
  expect((await kernel.failure("x[-1] = 5")).split("\n")[0]).toBe(
    "TypeError: a tensor has no [-1]: x.index(-1) reads it, x.indexPut_(-1, value) writes it",
  );
});
