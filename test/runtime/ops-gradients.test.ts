/** Gradients of single operators where PyTorch's are no plain consequence of what they compute. */
import { expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { embeddingDenseBackward } from "../../runtime/ops/embedding-bag.ts";

test("a power of two passes gradients on as whole a number as its exponent is", () => {
  const gradients = (exponents: Tensor): unknown[] => {
    const x = torch.tensor([1, 2, 3]).requiresGrad_();
    const inputs = exponents.isFloatingPoint() ? [x, exponents.requiresGrad_()] : [x];
    return torch.autograd.grad(torch.ldexp(x, exponents).sum(), inputs).map((gradient) => gradient.tolist());
  };
  expect(gradients(torch.tensor([-1, 0, 2], { dtype: torch.int8 }))).toEqual([[0, 1, 4]]);
  const [byValue, byExponent] = gradients(torch.tensor([-1, 0, 2]));
  expect(byValue).toEqual([0.5, 1, 4]);
  expect((byExponent as number[]).map((x) => x.toFixed(5))).toEqual(["0.34657", "1.38629", "8.31777"]);
});

test("quantiles depend on their share where they are between two elements only", () => {
  const share = torch.tensor([0.3]).requiresGrad_();
  const by = (interpolation: "linear" | "midpoint" | "nearest"): Tensor | null =>
    torch.autograd.grad(
      torch.quantile(torch.tensor([1, 2, 4]).requiresGrad_(), share, null, false, { interpolation }).sum(),
      [share],
      {
        allowUnused: true,
      },
    )[0];
  expect(by("linear")?.tolist()).toEqual([2]);
  expect([by("midpoint"), by("nearest")]).toEqual([null, null]);
});

test("shares of whole gradients of a table are one or nothing", () => {
  const grad = torch.tensor(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    { dtype: torch.int64 },
  );
  const rows = torch.tensor([0, 0, 1], { dtype: torch.int64 });
  expect(embeddingDenseBackward(grad, rows, 3, -1, true).tolist()).toEqual([
    [0, 0],
    [5, 6],
    [0, 0],
  ]);
});
