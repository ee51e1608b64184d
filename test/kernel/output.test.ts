/** What cells print and display reaches the front end whole, in order and while they run. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

test("console and process.stdout go to their streams in order", async () => {
  const { stdout, stderr } = await kernel.execute(
    "console.log('a', 1, { b: [1] }); process.stdout.write('raw\\n'); console.error('bad'); console.table([{ x: 1 }]); console.group('g'); console.log('in'); console.groupEnd()",
  );
  expect(stdout).toBe(
    "a 1 { b: [ 1 ] }\nraw\n┌─────────┬───┐\n│ (index) │ x │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘\ng\n  in\n",
  );
  expect(stderr).toBe("bad\n");
});

test("%colors colours what is inspected, in results and in the console", async () => {
  const shown = async (code: string) => {
    const { stdout, result } = await kernel.execute(code);
    return stdout === "" ? result : stdout;
  };
  expect(await shown("%colors")).toBe("%colors off\n");
  await kernel.execute("%colors on");
  expect(await shown("({ a: 1, b: 'text' })")).toBe(
    "{ a: \u001b[33m1\u001b[39m, b: \u001b[32m'text'\u001b[39m }",
  );
  expect(await shown("console.log('plain', [true])")).toBe("plain [ \u001b[33mtrue\u001b[39m ]\n");
  await kernel.execute("%colors off");
  expect(await shown("console.log({ a: 1 })")).toBe("{ a: 1 }\n");
});

test("100,000 lines arrive whole, in few messages", async () => {
  const { stdout, outputs } = await kernel.execute(
    "for (let i = 0; i < 100000; i++) console.log('line ' + i)",
  );
  expect(stdout).toBe(Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join(""));
  expect(outputs.length).toBeLessThan(1000);
});

test("a busy loop's lines are seen while it runs", async () => {
  const id = kernel.begin(
    "const end = Date.now() + 800; console.log('first'); while (Date.now() < end) {}; console.log('second')",
  );
  const isOurs = (text: string) =>
    kernel.wait(
      (message) =>
        message.type === "stream" && message.parent["msg_id"] === id && message.content.text.includes(text),
    );
  const first = await isOurs("first");
  const second = await isOurs("second");
  await kernel.answered(id);
  expect(second.at - first.at).toBeGreaterThan(500);
});

test("display sends bundles, values and updates", async () => {
  const { outputs, result } = await kernel.execute(
    "const shown = display({ 'text/html': '<b>x</b>', 'application/json': { a: 1 } }, { id: 'one', metadata: { m: 1 } }); shown.update({ 'text/html': 'y' }); display(42)",
  );
  expect(outputs.slice(1).map(({ type, content }) => [type, content.data, content.metadata])).toEqual([
    ["display_data", { "text/html": "<b>x</b>", "application/json": { a: 1 } }, { m: 1 }],
    ["update_display_data", { "text/html": "y" }, {}],
    ["display_data", { "text/plain": "42" }, {}],
  ]);
  expect(outputs[1].content.transient).toEqual({ display_id: "one" });
  expect(outputs[2].content.transient).toEqual({ display_id: "one" });
  expect(result).toBeUndefined();
});

test("a value's own Jupyter.display method wins, synchronous or not; binary data becomes base64", async () => {
  const { outputs } = await kernel.execute(
    "({ async [Symbol.for('Jupyter.display')]() { return { 'text/plain': 'own', 'image/png': new Uint8Array([1, 2, 3]) } } })",
  );
  expect(outputs.at(-1)?.content.data).toEqual({ "text/plain": "own", "image/png": "AQID" });
});

test("text and displays keep their order", async () => {
  const { outputs } = await kernel.execute(
    "console.log('one'); display({ 'text/plain': 'two' }); console.log('three')",
  );
  expect(outputs.slice(1).map(({ content }) => content.text ?? content.data["text/plain"])).toEqual([
    "one\n",
    "two",
    "three\n",
  ]);
});

test("a displayed tensor keeps its place among printed lines", async () => {
  await kernel.execute("torch.ones([1])");
  const { outputs } = await kernel.execute(
    "for (let i = 0; i < 2; i++) { console.log('step', i); display(torch.full([1], i)) }",
  );
  const texts = outputs.slice(1).map(({ content }) => content.text ?? content.data["text/plain"]);
  expect(texts).toEqual([
    "step 0\n",
    "torch_tensor\n 0\n[ CPULongType{1} ]",
    "step 1\n",
    "torch_tensor\n 1\n[ CPULongType{1} ]",
  ]);
});

test("clearOutput sends clear_output", async () => {
  const { outputs } = await kernel.execute("clearOutput({ wait: true }); clearOutput()");
  expect(outputs.slice(1).map(({ type, content }) => [type, content])).toEqual([
    ["clear_output", { wait: true }],
    ["clear_output", { wait: false }],
  ]);
});

test("a tensor is printed as torch prints it", async () => {
  const { result } = await kernel.execute("torch.tensor([-1, 0, 1])");
  expect(result).toBe("torch_tensor\n-1\n 0\n 1\n[ CPUFloatType{3} ]");
});
