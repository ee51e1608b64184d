/** The JavaScript executor: results equal the interpreter's bit for bit, and what is no loop runs interpreted. */
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";

/** Runs a function traced for `example` as a loop and by the interpreter on `inputs`, and expects equal bits. */
function expectSameBits(fn: (...xs: Tensor[]) => Tensor, ...inputs: Tensor[]): void {
  const traced = jitTrace(fn, ...inputs);
  traced.executor = "javascript";
  const looped = traced(...inputs);
  expect(traced.explain()).toMatchObject({ executor: "javascript", reason: "it was asked for" });
  traced.executor = "interpreter";
  const interpreted = traced(...inputs);
  expect(looped.dtype).toBe(interpreted.dtype);
  expect(looped.sizes).toEqual(interpreted.sizes);
  expect(torch.equal(looped.nanToNum(7), interpreted.nanToNum(7))).toBe(true);
}

const special = (): Tensor =>
  torch.tensor([0, -0, 1, -1, 0.1, -2.5, 1e-8, -30, 88, Number.NaN, Number.POSITIVE_INFINITY, -1e30]);

test.each([
  ["arithmetic with numbers", (x: Tensor) => x.mul(0.1).add(1, { alpha: 0.3 }).sub(0.7).div(3)],
  ["numbers on the left", (x: Tensor) => torch.rsub(x, 1.1).reciprocal()],
  ["activations", (x: Tensor) => x.relu().sigmoid().tanh().add(nn.functional.gelu(x))],
  ["leaky slopes", (x: Tensor) => nn.functional.leakyRelu(x, 0.2)],
  ["powers and roots", (x: Tensor) => x.abs().sqrt().pow(3).add(x.pow(2).neg())],
  ["comparisons and choices", (x: Tensor) => torch.where(x.gt(0.5), x.exp(), x.mul(2))],
  ["limits", (x: Tensor) => x.clamp(-0.3, 0.7).add(x.clamp({ min: 0.1 }))],
  ["masks", (x: Tensor) => x.maskedFill(x.lt(0), 0.3)],
] as const)("%s give the interpreter's bits", (_, fn) => {
  expectSameBits(fn, special());
  expectSameBits(fn, special().to(torch.float64));
});

test("loops of vectors give the interpreter's bits at every length", () => {
  const fn = (x: Tensor, y: Tensor): Tensor => {
    const z = x.mul(1.1).add(y).sub(0.1);
    const w = z.tanh().mul(z).sub(y.sigmoid()).neg();
    return torch.relu(w.exp().sqrt().add(z, { alpha: 0.3 }).div(x).add(w)).mul(nn.functional.silu(z));
  };
  const bits = (t: Tensor): Int32Array => new Int32Array(Float32Array.from(t.tolist<number[]>()).buffer);
  torch.manualSeed(2);
  for (const length of [1, 2, 3, 7, 31, 32, 33, 100, 1000, 16_384, 16_385]) {
    const [x, y] = [torch.randn([length]).mul(3), torch.randn([length])];
    const traced = jitTrace(fn, x, y);
    traced.executor = "javascript";
    expect(bits(traced(x, y)), `${length}`).toEqual(bits(fn(x, y)));
    expect(traced.explain().executor).toBe("javascript");
  }
});

test("several inputs, several results, and single numbers beside arrays", () => {
  const traced = jitTrace(
    (x: Tensor, y: Tensor, s: Tensor) => [x.add(y).mul(s), x.sub(y)] as const,
    torch.ones([2, 2]),
    torch.ones([2, 2]),
    torch.tensor(0.1),
  );
  traced.executor = "javascript";
  const [a, b] = traced(torch.full([2, 3], 0.5), torch.full([2, 3], 0.25), torch.tensor(2));
  expect([a.sizes, a.tolist(), b.tolist()]).toEqual([
    [2, 3],
    [
      [1.5, 1.5, 1.5],
      [1.5, 1.5, 1.5],
    ],
    [
      [0.25, 0.25, 0.25],
      [0.25, 0.25, 0.25],
    ],
  ]);
  expect(traced.explain().executor).toBe("javascript");
});

test("weights are read at each call", () => {
  class Scale extends nn.Module {
    weight = new nn.Parameter(torch.tensor([1, 2, 3]));
    override forward(x: Tensor): Tensor {
      return x.mul(this.weight);
    }
  }
  const scale = new Scale();
  const traced = jitTrace(scale, torch.ones([3]));
  traced.executor = "javascript";
  torch.noGrad(() => {
    expect((traced(torch.ones([3])) as Tensor).tolist()).toEqual([1, 2, 3]);
    scale.weight.mul_(2);
    expect((traced(torch.ones([3])) as Tensor).tolist()).toEqual([2, 4, 6]);
  });
  expect(traced.explain().executor).toBe("javascript");
});

test.each([
  ["a product of matrices", (x: Tensor) => x.matmul(x), torch.ones([2, 2]), "aten::matmul is not pointwise"],
  [
    "whole numbers",
    (x: Tensor) => x.add(1),
    torch.tensor([1], { dtype: torch.int64 }),
    "%x is of torch.int64, and loops compute with floats",
  ],
] as const)("%s has no loop, and the trace says why", (_, fn, x, reason) => {
  const traced = jitTrace(fn as (x: Tensor) => unknown, x);
  traced.executor = "javascript";
  traced(x);
  expect(traced.explain()).toMatchObject({ executor: "interpreter", reason });
});

test("inputs that are not contiguous, or broadcast, still give the right result", () => {
  const traced = jitTrace((x: Tensor, y: Tensor) => x.add(y), torch.ones([2, 3]), torch.ones([2, 3]));
  const x = torch.arange(6, { dtype: torch.float32 }).reshape([3, 2]).t();
  for (let i = 0; i < 50; i++) {
    expect((traced(x, torch.ones([1, 3])) as Tensor).tolist()).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
  }
});
