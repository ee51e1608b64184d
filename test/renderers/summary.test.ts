/** The summary of a trace: in its text, and as the caption below its diagram. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mimeBundle, showGraph } from "../../renderers/index.ts";
import { jitTrace, jitTuple, nn, type Tensor, torch } from "../../runtime/index.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

interface Text {
  readonly text: string;
  readonly tooltip?: unknown;
  readonly y: number;
}

/** The text marks on the diagram's own level, those of the caption among them, and the height of the whole. */
async function shown(value: object): Promise<{ texts: readonly Text[]; height: number; plain: string }> {
  const bundle = (await mimeBundle(value))!;
  const spec = bundle["application/vnd.vega.v5+json"] as {
    height: number;
    marks: { type: string; encode: { enter: Record<string, { value: unknown }> } }[];
  };
  const texts = spec.marks
    .filter(({ type, encode }) => type === "text" && typeof encode.enter["text"]?.value === "string")
    .map(({ encode: { enter } }) => ({
      text: String(enter["text"]!.value),
      tooltip: enter["tooltip"]?.value,
      y: Number(enter["y"]!.value),
    }));
  return { texts, height: spec.height, plain: String(bundle["text/plain"]) };
}

test("a module's summary counts its parameters and operators", async () => {
  const model = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 2));
  const { texts, plain } = await shown(jitTrace(model, torch.ones([3, 64])));
  const summary =
    "inputs      input 3×64 f32\noutputs     3×2 f32\nparameters  4,290 in 4 tensors\noperators   linear ×2, relu";
  expect(plain.endsWith(`\n\n${summary}`)).toBe(true);
  expect(texts.at(-1)!.text).toBe(
    "input 3×64 f32 → 3×2 f32  ·  4,290 parameters in 4 tensors  ·  linear ×2, relu",
  );
});

test("results have the names of keys and variables; long lists are cut", async () => {
  const many = (x: Tensor) =>
    x.sin().cos().tan().exp().relu().neg().abs().sqrt().floor().mul(2).add(1).sub(1).log().mul(3);
  const record = (x: Tensor, y: Tensor) => {
    const sum = x.add(y);
    return { sum, list: sum.neg() };
  };
  const named = jitTrace(record, torch.ones([4]), torch.ones([4]), { strict: false });
  expect((await shown(named)).plain).toContain("\noutputs     sum 4 f32, list 4 f32\noperators   add, neg");
  const tuple = jitTrace(
    (x: Tensor) => jitTuple([x.relu(), jitTuple([x.chunk(2)[0]!, x.neg()])]),
    torch.ones([4]),
  );
  expect((await shown(tuple)).plain).toContain("\noutputs     4 f32, (2 f32, 4 f32)\n");
  const { plain, texts, height } = await shown(jitTrace(many, torch.ones([4])));
  expect(plain).toMatch(/\noperators {3}mul ×2, sin, .*, floor, add, sub, and 1 more$/);
  expect(texts.at(-1)!.y).toBeLessThan(height);
});

test("warnings stand below the diagram once each, whole in the tooltip, the first three of them", async () => {
  const reading = (x: Tensor) => {
    for (let i = 0; i < 2; i += 1) x = x.mul(Number(x.sum().item()));
    return x;
  };
  const { texts, plain } = await shown(jitTrace(reading, torch.ones([2])));
  const warning = texts.filter(({ tooltip }) => tooltip !== undefined);
  expect(warning.map(({ text }) => text).join(" ")).toMatch(
    /^⚠ summary\.test\.ts, line \d+: Converting a tensor to a JavaScript number might cause the trace to be incorrect\. Instead: keep the value a tensor: write x\.mul\(t\) instead of x\.mul\(t\.item\(\)\)$/,
  );
  expect(warning).toHaveLength(2);
  expect(warning[0]!.tooltip).toMatchObject({
    title: expect.stringMatching(/^summary\.test\.ts, line \d+$/),
    warning: expect.stringContaining("the trace might not generalize to other inputs!"),
    instead: expect.stringContaining("x.mul(t)"),
  });
  expect(plain).toMatch(/\nwarnings {4}1\n {2}⚠ summary\.test\.ts, line \d+: Converting/);
  const four = (x: Tensor) => {
    const a = x.item();
    const b = x.tolist();
    const c = x.sizes.length > 5 ? 1 : Number(x);
    const d = [...x.unsqueeze(0)].length;
    return x.mul(Number(a) + Number(b) + c + d);
  };
  const lines = (await shown(jitTrace(four, torch.tensor(2)))).texts.filter(({ text }) =>
    text.startsWith("⚠"),
  );
  expect(lines.map(({ text }) => text).at(-1)).toBe("⚠ and 1 more, on the boxes marked ⚠");
  expect(lines).toHaveLength(4);
});

test("a plain graph has the caption as well, and only its own text", async () => {
  const { graph } = jitTrace((x: Tensor) => x.relu(), torch.ones([2]));
  const { texts, plain } = await shown(showGraph(graph));
  expect(plain).toBe(String(graph));
  expect(texts.at(-1)!.text).toBe("x 2 f32 → 2 f32  ·  relu");
});
