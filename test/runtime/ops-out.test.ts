/** Results written to a tensor named `out`: its memory, its size and its dtype are torch's. */
import { expect, test } from "vitest";
import { jitTrace, torch } from "../../runtime/index.ts";

const a = torch.tensor([
  [1, 2],
  [3, 4],
]);

test("`out` gets the result and is what the call returns", () => {
  const z = torch.zeros([2, 2]);
  expect(torch.add(a, a, { alpha: 2, out: z })).toBe(z);
  expect(z.tolist()).toEqual([
    [3, 6],
    [9, 12],
  ]);
  expect(torch.exp(torch.zeros([2]), { out: torch.zeros([2]) }).tolist()).toEqual([1, 1]);
});

test("`out` may be a strided view, whose gaps stay as they are", () => {
  const wide = torch.zeros([4, 2]).sub(1);
  torch.mul(a, a, { out: wide.slice(0, 0, 4, 2) });
  expect(wide.tolist()).toEqual([
    [1, 4],
    [-1, -1],
    [9, 16],
    [-1, -1],
  ]);
});

test("`out` takes the result's shape and keeps its own dtype", () => {
  const z = torch.empty([0], { dtype: torch.float64 });
  torch.matmul(a, a, { out: z });
  expect([...z.shape]).toEqual([2, 2]);
  expect(z.dtype).toBe(torch.float64);
  expect(z.tolist()).toEqual([
    [7, 10],
    [15, 22],
  ]);
});

test("an `out` that cannot hold the result, or that would need a gradient, is refused", () => {
  expect(() => torch.add(a, a, { out: torch.zeros([2, 2], { dtype: torch.int64 }) })).toThrow(
    "result type Float can't be cast to the desired output type Long",
  );
  const needy = torch.ones([2, 2]).requiresGrad_();
  const message =
    "add(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.";
  expect(() => torch.add(needy, a, { out: torch.zeros([2, 2]) })).toThrow(message);
  expect(() => torch.add(a, a, { out: needy })).toThrow(message);
  expect(() => torch.add(a, a, { out: 3 as never })).toThrow("add(): argument 'out' must be Tensor, not int");
});

test("a trace records a call with `out` under its own overload", () => {
  const traced = jitTrace((x: typeof a) => torch.add(x, x, { out: torch.zeros([2, 2]) }), a);
  expect(String(traced.graph)).toMatch(/aten::add\(%x(\.\d+)?, %x(\.\d+)?, %\d+, %\d+\)/);
  expect((traced(a.mul(2)) as typeof a).tolist()).toEqual([
    [4, 8],
    [12, 16],
  ]);
});
