/** `%trace` and `%%trace`: what their flags print and write, and what the tracer warns of. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, tracebackOf, tracebookArgv } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "tracebook-trace-"));
let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
  await kernel.run(
    "const scale = (x: Tensor, by: Tensor) => x.mul(by).relu();\nconst x = torch.tensor([-1, 2]), by = torch.tensor(3);",
  );
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

const code = `def scale(x: Tensor,
    by: Tensor) -> Tensor:
  return torch.relu(torch.mul(x, by))
`;

test("--code, --graph and --check print below the diagram, the flags before or behind the call", async () => {
  const before = await kernel.run("%trace --code --check g = scale(x, by)");
  const kinds = before.outputs.map(({ type }) => type).filter((type) => /display|stream/.test(type));
  expect([...new Set(kinds)]).toEqual(["display_data", "stream"]);
  expect(before.stdout).toBe(`${code}check: run again, the trace gives what scale gives\n`);
  expect((await kernel.run("%trace g = scale(x, by) --code")).stdout).toBe(code);
  expect((await kernel.run("%trace scale(x, by) --graph")).stdout).toMatch(
    /^graph\(%x : Float\(2, [^\n]*,\n {6}%by : Float\([^\n]*\n[^\n]*aten::mul\(%x, %by\)[^\n]*\n[^\n]*aten::relu/,
  );
});

test("--check tells of results that differ, with the tracer's warnings", async () => {
  await kernel.run("let runs = 0; const counting = (x: Tensor) => x.add((runs += 1))");
  expect(await kernel.failure("%trace --check counting(x)")).toContain("Tracing failed sanity checks!");
  await kernel.run("const later = (x: Tensor) => (runs > 100 ? x : x.mul(torch.rand([2])))");
  const { stdout, stderr } = await kernel.run("%trace later(x) --check");
  expect(stdout).toBe("check: 1 of the results of the trace is not what later gives; see the warnings\n");
  expect(stderr).toContain("Trace had nondeterministic nodes.");
});

test("--time compares the call with its trace, by a chosen executor too, and evaluates arguments once", async () => {
  const { stdout } = await kernel.run("%trace --time --executor interpreter timed = scale(x, by)");
  expect(stdout).toMatch(
    /^ {13}median {3}fastest {2}run by\nuntraced +\S+ [mµn]?s +\S+ [mµn]?s {2}the operators, one by one\ntraced +\S+ [mµn]?s +\S+ [mµn]?s {2}interpreter: it was asked for\nthe trace (is \S+ times as fast|takes \S+ times as long)\n$/,
  );
  expect((await kernel.run("[timed.executor, timed(x, by).tolist()]")).result).toBe(
    "[ 'interpreter', [ 0, 6 ] ]",
  );
  await kernel.run("let made = 0; const make = () => { made += 1; return x }");
  await kernel.run("%trace scale(make(), by) --time --executor javascript");
  expect((await kernel.run("made")).result).toBe("1");
  expect(await kernel.failure("%trace --time timed = scale(x, 'by')")).toContain("TS2769");
  expect(
    (await kernel.run("const pair: [Tensor, Tensor] = [x, by]\n%trace scale(...pair) --time")).stdout,
  ).toContain("traced");
  expect((await kernel.run("const net = new nn.Linear(2, 1)\n%trace net(x) --time")).stdout).toContain(
    "untraced",
  );
});

test("--save and --onnx write beside the notebook and say where, how many bytes", async () => {
  const { stdout } = await kernel.run('%trace scale(x, by) --save scale.pt --onnx="my scale.onnx"');
  const [pt, onnx] = ["scale.pt", "my scale.onnx"].map((name) => join(folder, name));
  expect(stdout).toBe(
    [pt, onnx]
      .map((path) => `wrote ${path}, ${readFileSync(path).length.toLocaleString("en")} bytes\n`)
      .join(""),
  );
  expect((await kernel.run('jitLoad("scale.pt")(x, by).tolist()')).result).toBe("[ 0, 6 ]");
});

test("--no-strict allows records; the result keeps the type of the function", async () => {
  await kernel.run("const both = (x: Tensor) => ({ more: x.add(1), less: x.sub(1) })");
  expect(await kernel.failure("%trace both(x)")).toContain("Encountering a dict at the output of the tracer");
  await kernel.run("%trace --no-strict pairs = both(x)");
  expect((await kernel.run("pairs(by).less.item()")).result).toBe("2");
  expect(await kernel.failure("pairs(by).none")).toContain("TS2339");
});

test("%%trace takes the flags and names the inputs as the session does", async () => {
  const { stdout } = await kernel.run("%%trace --code --check --save cell.pt sum\nconst total = x.add(by)");
  expect(stdout).toContain(
    "def sum(x: Tensor,\n    by: Tensor) -> Tensor:\n  return torch.add(x, by)\ncheck: run again",
  );
  expect(existsSync(join(folder, "cell.pt"))).toBe(true);
  expect((await kernel.run("%%trace --time\ntorch.relu(x)")).stdout).toContain("median");
});

test("a trace that fails is drawn up to the operator that threw, before its error with the user's lines", async () => {
  await kernel.run("const narrow = (x: Tensor) =>\n  x.relu().view([7]).exp();");
  const error =
    /^RuntimeError: shape '\[7\]' is invalid for input of size 2\nCell In\[\d+\], line 2, column 12\n[\s\S]*view\(\[7\]\)/;
  for (const code of [
    "%trace g = narrow(x)",
    "%trace --time --check narrow(await x)",
    "%%trace g\nnarrow(x)",
  ]) {
    const { outputs, reply } = await kernel.execute(code);
    const seen = outputs.filter(({ type }) => /display|error/.test(type));
    expect(seen.map(({ type }) => type)).toEqual(["display_data", "error"]);
    const { data } = seen[0].content;
    expect(data["text/plain"]).toMatch(/aten::relu\(%x\)[\s\S]*aten::view\(/);
    expect(data["image/svg+xml"]).toContain(">⚠ view</text>");
    expect(tracebackOf({ reply })).toMatch(error);
  }
  expect(
    (await kernel.execute("%trace g = narrow(x.reshape([9]))")).outputs.map(({ type }) => type),
  ).not.toContain("display_data");
});

test("errors in types stand where they were typed, with --time too", async () => {
  expect(await kernel.failure("%trace --time timed = scale(x, 'by')")).toMatch(
    /TS2769[\s\S]*line 1, column 29\n/,
  );
  expect(await kernel.failure("%trace scale(x)")).toContain("Source has 1 element(s) but target requires");
  expect(await kernel.failure("%trace --time scale()")).toContain(
    "Source has 0 element(s) but target requires",
  );
});

test("unknown flags, missing and unfit values are errors at their place", async () => {
  expect(await kernel.failure("%trace --cod scale(x, by)")).toContain(
    "UsageError: %trace: there is no flag --cod; did you mean --code?\nCell In",
  );
  expect(await kernel.failure("%trace scale(x, by) --verbose")).toContain(
    "there is no flag --verbose; there are --code,",
  );
  expect(await kernel.failure("%trace scale(x, by) --executor fast")).toContain(
    '--executor expected auto, interpreter, compiled or javascript, got "fast"',
  );
  expect(await kernel.failure("%trace scale(x, by) --executor compild")).toContain("did you mean compiled?");
  expect(await kernel.failure("%trace scale(x, by) --save")).toContain("expected --save FILE, got no value");
  expect(await kernel.failure("%trace --code=yes scale(x, by)")).toContain("--code takes no value");
  expect(await kernel.failure("%trace scale(x, by) --code now")).toMatch(
    /expected a flag, got "now"\nCell In\[\d+\], line 1, column 28\n/,
  );
});

test("flags and the words of --executor are completed", async () => {
  const complete = async (code: string) => {
    const { reply } = await kernel.request("complete_request", { code, cursor_pos: code.length });
    return reply.content.matches;
  };
  expect(await complete("%trace --co")).toEqual(["--code"]);
  expect(await complete("%trace scale(x, by) --")).toContain("--onnx");
  expect(await complete("%%trace -")).toContain("--save");
  expect(await complete("%trace --executor co")).toEqual(["compiled"]);
  expect(await complete("%trace sca")).toContain("scale");
});
