/** Operands that repeat one number, as gradients that came through a sum, count as that number and lead to no other result. */
import { expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";

const seven = (sizes: readonly number[], dtype = torch.float32): Tensor =>
  torch.tensor([1, 7], { dtype }).narrow(0, 1, 1).expand(sizes);

test.each(["float32", "float64", "int64", "uint8"] as const)("of %s, on either side", (name) => {
  const dtype = torch[name];
  const x = torch.arange(6, { dtype }).reshape([2, 3]);
  const repeated = seven([2, 3], dtype);
  expect(x.mul(repeated).tolist()).toEqual(x.mul(7).tolist());
  expect(repeated.sub(x).tolist()).toEqual([
    [7, 6, 5],
    [4, 3, 2],
  ]);
  expect(repeated.gt(x.mul(2)).tolist()).toEqual([
    [true, true, true],
    [true, false, false],
  ]);
  expect(repeated.add(repeated).tolist()).toEqual([
    [14, 14, 14],
    [14, 14, 14],
  ]);
});

test("with other sizes, that broadcast", () => {
  const x = torch.tensor([1, 2, 3]);
  expect(x.add(seven([2, 3])).tolist()).toEqual([
    [8, 9, 10],
    [8, 9, 10],
  ]);
  expect(seven([2, 1]).add(x).sizes).toEqual([2, 3]);
  expect(
    x
      .reshape([3, 1])
      .add(seven([1]))
      .tolist(),
  ).toEqual([[8], [9], [10]]);
  expect(torch.ones([2, 0]).mul(seven([2, 1])).sizes).toEqual([2, 0]);
  expect(() => torch.ones([2, 3]).add(seven([2, 4]))).toThrow(
    "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
  );
});

test("of long and of transposed tensors", () => {
  const x = torch.randn([200, 300]);
  expect(torch.equal(x.mul(seven([200, 300])), x.mul(7))).toBe(true);
  expect(torch.equal(seven([300, 200]).div(x.t()), torch.full([300, 200], 7).div(x.t().contiguous()))).toBe(
    true,
  );
});
