/** Operators that write over their input: the values and gradients are those of the operators they are named after. */
import { expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";

const gradientOf = (f: (x: Tensor) => Tensor): string => {
  const x = torch.tensor([0.25, 0.5, 0.75]).requiresGrad_();
  const [gradient] = torch.autograd.grad([f(x.mul(1)).sum()], [x]);
  return String(gradient);
};

const pairs: readonly (readonly [string, (x: Tensor) => Tensor, (x: Tensor) => Tensor])[] = [
  ["cos_", (x) => x.cos_(), (x) => x.cos()],
  ["log1p_", (x) => x.log1p_(), (x) => x.log1p()],
  ["cumsum_", (x) => x.cumsum_(0), (x) => x.cumsum(0)],
  ["square_, a composition", (x) => x.square_(), (x) => x.square()],
  ["selu_, a composition", (x) => x.selu_(), (x) => x.selu()],
  ["clip_, a composition", (x) => x.clip_(0.3, 0.6), (x) => x.clip(0.3, 0.6)],
];

test.each(pairs)("%s", (_, inPlace, functional) => {
  const x = torch.tensor([0.25, 0.5, 0.75]);
  expect(String(inPlace(x.clone()))).toBe(String(functional(x)));
  expect(gradientOf(inPlace)).toBe(gradientOf(functional));
});

test("a leaf that requires a gradient refuses compositions too", () => {
  const x = torch.tensor([1, 2]).requiresGrad_();
  expect(() => x.square_()).toThrow(
    "a leaf Variable that requires grad is being used in an in-place operation.",
  );
});

test("whole numbers beyond 2^53 count as floats", () => {
  const x = torch.tensor([1, -2]);
  expect(x.maskedFill(x.lt(0), -1e30).tolist()).toEqual([1, Math.fround(-1e30)]);
  expect(x.mul(1e20).dtype).toBe(torch.float32);
});

test("integers beyond 2^53 become floats", () => {
  const x = torch.tensor([-(2n ** 63n), 2n ** 53n + 1n, -1n]);
  expect(x.to(torch.float64).tolist()).toEqual([-(2 ** 63), 2 ** 53, -1]);
  expect(x.reshape([3, 1]).t().to(torch.float32).tolist()).toEqual([[-(2 ** 63), 2 ** 53, -1]]);
});
