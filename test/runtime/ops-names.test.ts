/** Names under which Python has operators: second names, `torch.linalg`, `torch.unique`. */
import { expect, test } from "vitest";
import { torch } from "../../runtime/index.ts";

test("second names are the operators themselves", () => {
  const x = torch.tensor([-1, 2]);
  expect(String(x.absolute().multiply(2).greater(3))).toBe(String(x.abs().mul(2).gt(3)));
});

test("torch.linalg has the operators of linear algebra", () => {
  const a = torch.tensor([
    [2, 0],
    [1, 4],
  ]);
  expect(torch.linalg.det(a).item()).toBe(8);
  expect(torch.linalg.inv(a).matmul(a).allclose(torch.eye(2))).toBe(true);
  expect(torch.linalg.vectorNorm(torch.tensor([3, 4])).item()).toBe(5);
});

test("unique gives what was asked for", () => {
  const x = torch.tensor([3, 1, 1, 2]);
  expect(torch.unique(x).tolist()).toEqual([1, 2, 3]);
  const [values, counts] = x.unique({ returnCounts: true });
  expect([values.tolist(), counts.tolist()]).toEqual([
    [1, 2, 3],
    [2, 1, 1],
  ]);
  const [, inverse, counted] = torch.unique(x, { returnInverse: true, returnCounts: true });
  expect([inverse.tolist(), counted.tolist()]).toEqual([
    [2, 0, 0, 1],
    [2, 1, 1],
  ]);
  const rows = torch.tensor([
    [1, 2],
    [0, 1],
    [1, 2],
  ]);
  expect(rows.unique({ dim: 0 }).tolist()).toEqual([
    [0, 1],
    [1, 2],
  ]);
});
