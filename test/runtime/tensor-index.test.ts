/** Indexing reads and writes what Python's brackets do; the expected values and errors are PyTorch 2.13's. */
import { describe, expect, test } from "vitest";
import { type IndexArgument, type Tensor, torch } from "../../runtime/index.ts";
import { message } from "./error-text.ts";

const cube = (): Tensor => torch.arange(24).view(2, 3, 4);
const ints = (...values: number[]): Tensor => torch.tensor(values, { dtype: torch.int64 });

function seen(indices: IndexArgument): [readonly number[], unknown[]] {
  const result = cube().index(indices);
  return [result.sizes, result.reshape(-1).tolist<unknown[]>().slice(0, 12)];
}

describe("x.index", () => {
  test("picks, slices and adds dimensions, as views", () => {
    expect(seen(0)).toEqual([
      [3, 4],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    ]);
    expect(seen([":", null, "1:3", "...", -1])).toEqual([
      [2, 1, 2],
      [7, 11, 19, 23],
    ]);
    expect(seen(":, None, 1:3, ..., -1")).toEqual(seen([":", null, torch.slice(1, 3), "...", -1]));
    expect(seen([0, torch.slice(1, null, 2), "::3"])).toEqual([
      [1, 2],
      [4, 7],
    ]);
    const x = cube();
    x.index([1, "0:2", 3]).fill_(-1);
    expect([x.index("1, :, 3").tolist(), x.index("...").storage === x.storage]).toEqual([[-1, -1, 23], true]);
  });

  test("picks by tensors, lists and typed arrays, adjacent ones in place, others in front", () => {
    expect(seen([ints(0, 1), ":", ints(1, 2)])).toEqual([
      [2, 3],
      [1, 5, 9, 14, 18, 22],
    ]);
    expect(seen([0, ":", [1, 2]])).toEqual([
      [3, 2],
      [1, 2, 5, 6, 9, 10],
    ]);
    expect(seen([":", 0, new Int32Array([1, 2])])).toEqual([
      [2, 2],
      [1, 2, 13, 14],
    ]);
    expect(
      seen([
        [0, 1],
        [1, 2],
      ]),
    ).toEqual([
      [2, 4],
      [4, 5, 6, 7, 20, 21, 22, 23],
    ]);
    expect(
      seen([
        ":",
        [
          [0, 1],
          [1, 2],
        ],
        null,
      ]),
    ).toEqual([
      [2, 2, 2, 1, 4],
      [0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7],
    ]);
    expect(seen(torch.tensor(1, { dtype: torch.int64 }))).toEqual([
      [3, 4],
      [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
    ]);
  });

  test("picks by masks of one or all dimensions, and by booleans", () => {
    expect(seen(cube().gt(5))).toEqual([[18], [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]]);
    expect(seen([":", torch.tensor([true, false, true]), 0])).toEqual([
      [2, 2],
      [0, 8, 12, 20],
    ]);
    expect(seen(true)[0]).toEqual([1, 2, 3, 4]);
    expect(seen([false, 0])).toEqual([[0, 3, 4], []]);
  });

  test("sends gradients back to what was picked", () => {
    const x = torch.arange(4, { dtype: torch.float32, requiresGrad: true });
    x.index([[0, 0, 3]])
      .sum()
      .add(x.index("1:3").mul(5).sum())
      .backward();
    expect(x.grad?.tolist()).toEqual([2, 5, 5, 1]);
  });

  test("refuses what PyTorch refuses, in its words", () => {
    const fails = (indices: IndexArgument): string => message(() => cube().index(indices));
    expect(fails(5)).toBe("IndexError: index 5 is out of bounds for dimension 0 with size 2");
    expect(fails([0, 0, 0, 0])).toBe("IndexError: too many indices for tensor of dimension 3");
    expect(fails("::-1")).toBe("ValueError: step must be greater than zero");
    expect(fails(1.5)).toBe(
      "IndexError: only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)",
    );
    expect(fails(torch.tensor(0.5))).toBe(
      "IndexError: tensors used as indices must be long, int, byte or bool tensors",
    );
    expect(fails(ints(0, 5))).toBe("IndexError: index 5 is out of bounds for dimension 0 with size 2");
    expect(fails([torch.tensor([true, true, true])])).toBe(
      "IndexError: The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3, 4] at index 0",
    );
    expect(message(() => torch.tensor(5).index(0))).toBe(
      "IndexError: invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
    );
    expect(fails("1:b")).toBe(
      'IndexError: cannot read the index "1:b": expected a whole number, a slice such as "1:3" or "::2", "...", or "None"',
    );
  });
});

describe("x.indexPut_", () => {
  const written = (indices: IndexArgument, value: Parameters<Tensor["indexPut_"]>[1], accumulate = false) =>
    cube().indexPut_(indices, value, accumulate).reshape(-1).tolist<number[]>().slice(0, 12);

  test("writes numbers and broadcast tensors through views, indices and masks", () => {
    expect(written([0, "1:"], 7)).toEqual([0, 1, 2, 3, 7, 7, 7, 7, 7, 7, 7, 7]);
    expect(written([0, ":", [1, 2]], 9)).toEqual([0, 9, 9, 3, 4, 9, 9, 7, 8, 9, 9, 11]);
    expect(written(["...", 1], torch.tensor([1.5, 2.5, 3.5]))).toEqual([
      0, 1, 2, 3, 4, 2, 6, 7, 8, 3, 10, 11,
    ]);
    expect(written(cube().gt(5), -1)).toEqual([0, 1, 2, 3, 4, 5, -1, -1, -1, -1, -1, -1]);
    expect(written("0, 0", torch.ones([1, 1, 4], { dtype: torch.int64 }))).toEqual([
      1, 1, 1, 1, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
  });

  test("adds with accumulate, each time an index comes up", () => {
    expect(written([[0, 0], 0, 0], 5, true)[0]).toBe(10);
    expect(written([0, 0], 1, true)).toEqual([1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test("refuses values that do not fit, in PyTorch's words", () => {
    const fails = (indices: IndexArgument, value: Tensor): string =>
      message(() => cube().indexPut_(indices, value));
    expect(fails(0, torch.ones([5], { dtype: torch.int64 }))).toContain("(5)");
    expect(fails([[0, 1]], torch.ones([7], { dtype: torch.int64 }))).toBe(
      "RuntimeError: shape mismatch: value tensor of shape [7] cannot be broadcast to indexing result of shape [2, 3, 4]",
    );
    expect(fails([[0, 1]], torch.ones(4))).toBe(
      "RuntimeError: Index put requires the source and destination dtypes match, got Long for the destination and Float for the source.",
    );
  });

  test("is seen by gradients", () => {
    const v = torch.tensor([3, 4], { requiresGrad: true });
    const x = torch.zeros(2, 3);
    x.indexPut_([":", 1], v);
    x.mul(torch.arange(6).view(2, 3)).sum().backward();
    expect(v.grad?.tolist()).toEqual([1, 4]);
  });
});
