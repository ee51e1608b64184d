/** Magics: what each does in a session, and what wrong use is answered with. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebookArgv } from "./client.ts";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv });
});
afterAll(() => kernel.stop());

test("%lsmagic lists every magic with its usage", async () => {
  const { stdout } = await kernel.run("%lsmagic");
  for (const name of ["%backend", "%lsmagic", "%reset", "%time", "%timeit", "%trace", "%who", "%whos"]) {
    expect(stdout).toMatch(new RegExp(`^${name}\\b.* {2}\\S`, "m"));
  }
});

test("%backend says which library does the heavy work", async () => {
  expect((await kernel.run("%backend")).stdout).toMatch(/onnxruntime/);
  expect((await kernel.run("torch.backend().name")).result).toBe("'onnxruntime'");
});

test("%time times an expression and gives its value, or declares, or times the cell", async () => {
  const expression = await kernel.run("%time 6 * 7");
  expect(expression.result).toBe("42");
  expect(expression.stdout).toMatch(/^wall [\d.]+ (ns|µs|ms|s), processor [\d.]+ (ns|µs|ms|s)\n$/);
  expect((await kernel.run("%time const timed: number = 5\ntimed")).result).toBe("5");
  const cell = await kernel.run("%%time\nlet total = 0\nfor (let i = 0; i < 10; i++) total += i\ntotal");
  expect(cell.result).toBe("45");
  expect(cell.stdout).toMatch(/^wall /);
});

test("%timeit repeats an expression", async () => {
  const { stdout } = await kernel.run("%timeit -n 10 -r 3 Math.sqrt(2)");
  expect(stdout).toMatch(
    /^[\d.]+ \S+ ± [\d.]+ \S+ per loop \(mean ± standard deviation of 3 runs, 10 loops each\)\n$/,
  );
  expect((await kernel.run("%timeit -n 2 -r 1 await null")).stdout).toContain("2 loops each");
});

test("%timeit --chart draws the runs below their mean", async () => {
  const { stdout, outputs } = await kernel.run("%timeit -n 10 --chart -r 3 Math.sqrt(2)");
  expect(stdout).toContain("3 runs, 10 loops each");
  const { data } = outputs.find(({ type }) => type === "display_data")!.content;
  expect(data["text/plain"]).toMatch(/^vega-lite chart: 3 runs from \S+ \S+ to \S+ \S+, mean \S+ \S+$/);
  const [runs, mean] = data["application/vnd.vegalite.v5+json"].layer;
  expect([runs.data.values.length, mean.data.values.length]).toEqual([3, 1]);
  expect(data["image/svg+xml"]).toContain("per loop");
});

test("%trace binds the traced function, shows its graph, and the function keeps working", async () => {
  await kernel.run(
    "const double = (x: Tensor, y: Tensor) => torch.relu(x).add(y)\nconst x = torch.tensor([-1, 2]), y = torch.tensor([1, 1])",
  );
  const { outputs } = await kernel.run("%trace g = double(x, y)");
  const shown = outputs.find(({ type }) => type === "display_data");
  expect(shown?.content.data["text/plain"]).toContain("aten::relu");
  expect((await kernel.run("g(torch.tensor([3, -3]), y)")).result).toBe(
    (await kernel.run("torch.tensor([4, 1])")).result,
  );
  expect((await kernel.run("String(g.graph).includes('aten::add')")).result).toBe("true");
});

test("%graph draws a traced function, or the difference of two, and writes the picture where --save says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-graph-"));
  await kernel.run(
    "const halve = jitTrace((x: Tensor) => x.div(2).relu(), x); const third = jitTrace((x: Tensor) => x.div(3), x);",
  );
  const shown = async (code: string) => {
    const { outputs, stdout } = await kernel.run(code);
    const [display] = outputs.filter(({ type }) => type === "display_data");
    return { data: display.content.data, stdout };
  };

  const one = await shown(`%graph --depth all --save ${join(folder, "halve.html")} halve`);
  expect(one.data["text/plain"]).toContain("aten::relu");
  expect(one.stdout).toMatch(/^wrote .*halve\.html, [\d,]+ bytes\n$/);
  expect(readFileSync(join(folder, "halve.html"), "utf8")).toMatch(/^<!doctype html>/i);

  const two = await shown("%graph halve, third");
  expect(JSON.stringify(two.data["application/vnd.vega.v5+json"])).toContain("removed");

  expect(await kernel.failure("%graph")).toContain(
    "expected a traced function, or two with a comma between them",
  );
  expect(await kernel.failure("%graph --save picture.gif halve")).toContain(".svg, .png or .html");
  expect(await kernel.failure("%graph 3")).toContain("not assignable");
});

test("tensors and traces draw themselves", async () => {
  expect((await kernel.run("torch.ones([2, 2]).show({ title: 'ones' })")).result).toContain("ones");
  expect((await kernel.run("(await halve.toSVG()).slice(0, 4)")).result).toBe("'<svg'");
  expect((await kernel.run("halve.show()")).result).toContain("aten::div");
});

test("%trace without a name only shows the graph; a method keeps its object", async () => {
  const { outputs, result } = await kernel.run("%trace double(x, y)");
  expect(outputs.filter(({ type }) => type === "display_data")).toHaveLength(1);
  expect(result).toBeUndefined();
  await kernel.run(
    "const scaler = { by: torch.tensor([10, 10]), scale(x: Tensor) { return x.mul(this.by) } }",
  );
  await kernel.run("%trace s = scaler.scale(x)");
  expect((await kernel.run("s(x)")).result).toBe((await kernel.run("torch.tensor([-10, 20])")).result);
});

test("%%trace records a cell: tensors it reads go in, tensors it declares come out and are bound", async () => {
  const { outputs } = await kernel.run(
    "%%trace h\nconst sum: Tensor = x.add(y)\nconst clipped = torch.relu(sum)",
  );
  expect(outputs.some(({ type }) => type === "display_data")).toBe(true);
  expect((await kernel.run("clipped")).result).toBe((await kernel.run("torch.tensor([0, 3])")).result);
  expect((await kernel.run("const { clipped: again } = h(y, y); again")).result).toBe(
    (await kernel.run("torch.tensor([2, 2])")).result,
  );
  await kernel.run("%%trace last\ntorch.relu(x)");
  expect((await kernel.run("last(y)")).result).toBe((await kernel.run("y")).result);
});

test("%who and %whos list the variables, %reset empties them", async () => {
  await kernel.run("let alpha = 1; const beta = { b: 2 }; function gamma() {}");
  expect((await kernel.run("%who")).stdout).toMatch(/\balpha {2}beta\b.*\bgamma\b/);
  expect((await kernel.run("%whos")).stdout).toMatch(/^beta +Object +\{ b: 2 \}$/m);
  expect((await kernel.run("%reset alpha")).stdout).toBe("1 variable reset\n");
  expect((await kernel.run("[alpha, beta.b]")).result).toBe("[ undefined, 2 ]");
});

test("%NAME? shows a magic's help, NAME? what a variable is", async () => {
  const help = await kernel.run("%trace?");
  expect(help.reply.content.payload).toMatchObject([{ source: "page", start: 0 }]);
  expect(help.reply.content.payload[0].data["text/plain"]).toContain("%trace [FLAGS] g = f(x, y)");
  await kernel.run("const known = { answer: 42 }");
  expect((await kernel.run("known?")).reply.content.payload[0].data["text/plain"]).toContain("answer: 42");
  expect(await kernel.failure("unknownName?")).toContain("unknownName?: there is no value of this name");
});

test("unknown magics and wrong use say what was expected, where", async () => {
  const text = await kernel.failure("1\n%trce f(x)");
  expect(text).toContain("there is no magic %trce; did you mean %trace? (%lsmagic lists all)");
  expect(text).toContain("line 2, column 1");
  expect(await kernel.failure("%trace x")).toContain('expected a call such as f(x) or g = f(x), got "x"\n');
  expect(await kernel.failure("%trace")).toContain("got nothing");
  expect(await kernel.failure("%trace g = f(x")).toContain("usage: %trace [FLAGS] f(x)");
  expect(await kernel.failure("%%who\n1")).toContain("who is a line magic: write it with one %");
  expect(await kernel.failure("%%trace\nlet n = 1")).toContain(
    "expected lines that use a tensor of the session",
  );
});

test("an error inside a magic's expression shows the user's own line and column", async () => {
  expect(await kernel.failure("let before = 1\n%time missing")).toContain("line 2, column 7");
});

test("a remainder at the start of a line is TypeScript, not a magic", async () => {
  expect((await kernel.run("let time = 7, left = 9\nleft\n%time")).result).toBe("2");
  expect((await kernel.run("let unfinished = 1\n%who")).stdout).toContain("unfinished");
});
