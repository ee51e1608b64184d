/** The quick ways through kernels give what the plain ones give. */
import { expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";

/** The same in double precision, which takes the host's plain loops. */
const inDoubles = (run: (...tensors: Tensor[]) => Tensor, ...tensors: Tensor[]): Tensor =>
  run(...tensors.map((tensor) => tensor.double())).float();

const closeTo = (actual: Tensor, expected: Tensor): boolean =>
  torch.allclose(actual, expected, 1e-4, 1e-4) && actual.shape.join() === expected.shape.join();

test("large products come out right however their operands lie in memory", () => {
  torch.manualSeed(1);
  const [a, b] = [torch.randn([40, 50]), torch.randn([50, 60])];
  const product = (x: Tensor, y: Tensor): Tensor => x.matmul(y);
  const expected = inDoubles(product, a, b);

  expect(closeTo(product(a, b), expected)).toBe(true);
  expect(closeTo(product(a.t().contiguous().t(), b), expected)).toBe(true);
  expect(closeTo(product(a, b.t().contiguous().t()), expected)).toBe(true);
  const wide = torch.zeros([40, 100]);
  const view = wide.slice(1, 0, 100, 2).copy_(a);
  expect(closeTo(product(view, b), expected)).toBe(true);
});

test("batches of large products come out right, transposed ones too", () => {
  torch.manualSeed(2);
  const [a, b] = [torch.randn([3, 30, 40]), torch.randn([3, 30, 40])];
  const scores = (x: Tensor, y: Tensor): Tensor => x.bmm(y.transpose(1, 2));
  expect(closeTo(scores(a, b), inDoubles(scores, a, b))).toBe(true);
});

test("long arrays are added, subtracted, multiplied and divided as short ones are", () => {
  torch.manualSeed(3);
  const [a, b] = [torch.randn([40_003]), torch.randn([40_003])];
  const two = torch.tensor(2.5);
  for (const name of ["add", "sub", "mul", "div"] as const) {
    const call = (x: Tensor, y: Tensor): Tensor => (torch[name] as (a: Tensor, b: Tensor) => Tensor)(x, y);
    const inParts = (x: Tensor, y: Tensor): Tensor =>
      torch.cat([
        call(x.slice(0, 0, 100), y.ndim === 0 ? y : y.slice(0, 0, 100)),
        call(x.slice(0, 100), y.ndim === 0 ? y : y.slice(0, 100)),
      ]);
    expect(torch.equal(call(a, b), inParts(a, b)), name).toBe(true);
    expect(torch.equal(call(a, two), inParts(a, two)), `${name} with a number`).toBe(true);
    expect(
      torch.equal(call(a, b).slice(0, -3), inDoubles(call, a.slice(0, -3), b.slice(0, -3))),
      `${name} exactly`,
    ).toBe(true);
  }
});

test("small tensors made one after the other do not share memory", () => {
  const made = Array.from({ length: 200 }, (_, i) => torch.zeros([40]).add(i));
  made[7].fill_(-1);
  expect(made.every((tensor, i) => torch.equal(tensor, torch.full([40], i === 7 ? -1 : i)))).toBe(true);
});
