/** The tensor core: creation, views, in-place writes, promotion and broadcasting behave as PyTorch's. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { message } from "./error-text.ts";

const dtypeOf = (data: Parameters<typeof torch.tensor>[0]): string => torch.tensor(data).dtype.name;

describe("creation from data", () => {
  test("numbers become float32, bigints int64, booleans bool", () => {
    expect([dtypeOf(1), dtypeOf([1, 2.5]), dtypeOf([1n]), dtypeOf([[true], [false]])]).toEqual([
      "float32",
      "float32",
      "int64",
      "bool",
    ]);
    expect(dtypeOf([])).toBe("float32");
  });

  test("typed arrays keep their dtype and are copied", () => {
    const data = new Int16Array([1, 2, 3]);
    const tensor = torch.tensor(data);
    data[0] = 9;
    expect([tensor.dtype.name, tensor.tolist()]).toEqual(["int16", [1, 2, 3]]);
    expect(
      [new Float64Array(1), new Int32Array(1), new Uint8Array(1), new Int8Array(1), new BigInt64Array(1)].map(
        dtypeOf,
      ),
    ).toEqual(["float64", "int32", "uint8", "int8", "int64"]);
  });

  test("the default dtype is taken for numbers where none is named", () => {
    torch.setDefaultDtype(torch.float64);
    try {
      expect([dtypeOf([1]), torch.zeros(2).dtype.name, torch.arange(2).dtype.name]).toEqual([
        "float64",
        "float64",
        "int64",
      ]);
    } finally {
      torch.setDefaultDtype(torch.float32);
    }
  });

  test("whole numbers given as scalars count as ints, fractions as floats", () => {
    const ints = torch.tensor([1n, 2n]);
    expect(ints.add(1).dtype).toBe(torch.int64);
    expect(ints.add(1.5).dtype).toBe(torch.float32);
    expect(ints.add(torch.scalar(1, "float")).dtype).toBe(torch.float32);
    expect(torch.full([2], 3).dtype).toBe(torch.int64);
    expect(torch.arange(0, 1, 0.5).tolist()).toEqual([0, 0.5]);
  });

  test("every factory takes requiresGrad", () => {
    const made = [torch.zeros([1], { requiresGrad: true }), torch.randn([2], { requiresGrad: true })];
    made.push(torch.onesLike(made[0], { requiresGrad: true }), torch.full([1], 0.5, { requiresGrad: true }));
    expect(made.map((tensor) => [tensor.requiresGrad, tensor.isLeaf])).toEqual(
      new Array(4).fill([true, true]),
    );
    expect(torch.zeros([1], { requiresGrad: false, dtype: torch.int64 }).requiresGrad).toBe(false);
  });

  test("ragged data and whole numbers that int64 cannot hold exactly are refused", () => {
    expect(message(() => torch.tensor([[1, 2], [3]]))).toBe(
      "ValueError: expected sequence of length 2 at dim 1 (got 1)",
    );
    expect(message(() => torch.tensor([[1, 2], 3]))).toBe(
      "ValueError: expected every element at dim 0 to have shape [2], but element 1 has shape []",
    );
    expect(message(() => torch.tensor([1e17], { dtype: torch.int64 }))).toBe(
      "ValueError: 100000000000000000 cannot be a torch.int64 exactly: pass whole numbers beyond 2^53 as bigints, as in 9007199254740993n",
    );
    expect(torch.tensor([9007199254740993n]).tolist()).toEqual([9007199254740993n]);
  });
});

describe("views", () => {
  test("share memory with their base, in both directions", () => {
    const x = torch.arange(6).view(2, 3);
    const column = x.select(1, 1);
    const transposed = x.t();
    column.fill_(9);
    expect(x.tolist()).toEqual([
      [0, 9, 2],
      [3, 9, 5],
    ]);
    x.select(0, 0).zero_();
    expect(transposed.tolist()).toEqual([
      [0, 3],
      [0, 9],
      [0, 5],
    ]);
    expect([column.sizes, column.strides, column.offset]).toEqual([[2], [3], 1]);
  });

  test("an in-place write through a view counts a version of the memory both show", () => {
    const x = torch.zeros(2, 2);
    const y = x.slice(0, 1);
    const before = x.storage.version;
    y.add_(1);
    expect(x.storage.version).toBe(before + 1);
    expect(y.storage).toBe(x.storage);
    expect(x.tolist()).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test("in-place arithmetic on overlapping steps writes only what the view shows", () => {
    const x = torch.arange(10);
    x.slice(0, 1, null, 3).mul_(-1);
    expect(x.tolist()).toEqual([0, -1, 2, 3, -4, 5, 6, -7, 8, 9]);
  });

  test("reshape copies where no view is possible, view refuses", () => {
    const t = torch.arange(6).view(2, 3).t();
    const flat = t.reshape(6);
    expect(flat.tolist()).toEqual([0, 3, 1, 4, 2, 5]);
    expect(flat.storage).not.toBe(t.storage);
    expect(message(() => t.view(6))).toBe(
      "RuntimeError: view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
    );
    expect(message(() => torch.ones(2, 3).view(4))).toBe(
      "RuntimeError: shape '[4]' is invalid for input of size 6",
    );
  });

  test("tolist gives the numbers of every dtype", () => {
    const { float16, bfloat16, int64, bool } = torch;
    const lists = [float16, bfloat16, int64, bool].map((dtype) =>
      torch
        .tensor([[1, 0]], { dtype })
        .t()
        .tolist(),
    );
    expect(lists).toEqual([
      [[1], [0]],
      [[1], [0]],
      [[1], [0]],
      [[true], [false]],
    ]);
  });

  test("typedArray shows a contiguous tensor's own memory", () => {
    const x = torch.zeros(2, 2);
    x.typedArray()[3] = 7;
    expect(x.tolist()).toEqual([
      [0, 0],
      [0, 7],
    ]);
  });
});

describe("errors in torch's words", () => {
  const ones = (...sizes: number[]): Tensor => torch.ones(sizes);

  test("shapes that do not broadcast", () => {
    expect(message(() => ones(2, 3).add(ones(2, 4)))).toBe(
      "RuntimeError: The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
    );
    expect(message(() => ones(2, 3).expand(3, 3))).toBe(
      "RuntimeError: The expanded size of the tensor (3) must match the existing size (2) at non-singleton dimension 0.  Target sizes: [3, 3].  Tensor sizes: [2, 3]",
    );
    expect(message(() => ones(2, 3).add_(ones(3, 2, 3)))).toBe(
      "RuntimeError: output with shape [2, 3] doesn't match the broadcast shape [3, 2, 3]",
    );
    expect(message(() => ones(2, 3).matmul(ones(2, 3)))).toBe(
      "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    );
  });

  test("dimensions and indices out of range", () => {
    expect(message(() => ones(2, 3).select(2, 0))).toBe(
      "IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)",
    );
    expect(message(() => ones(2, 3).select(0, 5))).toBe(
      "IndexError: select(): index 5 out of range for tensor of size [2, 3] at dimension 0",
    );
  });

  test("results that in-place operations cannot store, and tensors that are no number", () => {
    expect(message(() => torch.tensor([1n]).add_(0.5))).toBe(
      "RuntimeError: result type Float can't be cast to the desired output type Long",
    );
    expect(message(() => ones(2).item())).toBe(
      "RuntimeError: a Tensor with 2 elements cannot be converted to Scalar",
    );
    expect(message(() => [...torch.tensor(5)])).toBe("TypeError: iteration over a 0-d tensor");
  });
});

test("casts are named after dtypes", () => {
  const x = torch.tensor([1.7, -1.2]);
  const casts = [x.half(), x.bfloat16(), x.double(), x.long(), x.int(), x.short(), x.char(), x.bool()];
  expect(casts.map(({ dtype }) => dtype.name)).toEqual([
    "float16",
    "bfloat16",
    "float64",
    "int64",
    "int32",
    "int16",
    "int8",
    "bool",
  ]);
  expect(x.short().tolist()).toEqual([1, -1]);
  expect(torch.tensor([300]).byte().tolist()).toEqual([44]);
});

test("T reverses the dimensions, mT swaps the last two", () => {
  const x = torch.arange(6).view(1, 2, 3);
  expect([x.T.sizes, x.mT.sizes, x.mT.storage === x.storage]).toEqual([[3, 2, 1], [1, 3, 2], true]);
  expect(message(() => torch.ones(2).mT)).toBe(
    "RuntimeError: tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.",
  );
});

test("finfo and iinfo tell the limits of dtypes", () => {
  expect(torch.finfo(torch.float32)).toMatchObject({
    bits: 32,
    eps: 1.1920928955078125e-7,
    max: 3.4028234663852886e38,
    tiny: 1.1754943508222875e-38,
    resolution: 1e-6,
  });
  expect([torch.finfo(torch.float64).max, torch.finfo(torch.float64).tiny]).toEqual([
    Number.MAX_VALUE,
    2.2250738585072014e-308,
  ]);
  expect([torch.finfo(torch.float16).max, torch.finfo(torch.bfloat16).eps]).toEqual([65504, 0.0078125]);
  expect([torch.iinfo(torch.int8).min, torch.iinfo(torch.uint8).max, torch.iinfo(torch.int64).max]).toEqual([
    -128,
    255,
    9223372036854775807n,
  ]);
  expect(() => torch.finfo(torch.int8)).toThrow("torch.finfo() requires a floating point input type");
});

interface Promotion {
  readonly pairs: Readonly<Record<string, string>>;
  readonly operands: Readonly<Record<string, string>>;
}

describe("type promotion", () => {
  // Made by fixtures/promotion.py.
  const expected = JSON.parse(
    readFileSync(new URL("fixtures/promotion.json", import.meta.url), "utf8"),
  ) as Promotion;
  const dtype = (name: string) => torch[name as "float32"];

  test("of each two dtypes is PyTorch's", () => {
    const actual = Object.keys(expected.pairs).map((pair) => {
      const [a, b] = pair.split(" ");
      return [pair, torch.promoteTypes(dtype(a), dtype(b)).name];
    });
    expect(actual).toHaveLength(100);
    expect(Object.fromEntries(actual)).toEqual(expected.pairs);
  });

  test("lets vectors outweigh 0-d tensors and these outweigh numbers, as PyTorch does", () => {
    const operand = (text: string): Tensor | number | boolean => {
      const [kind, name] = text.split(":");
      if (name === undefined) return JSON.parse(text) as number | boolean;
      return torch.zeros(kind === "v" ? [1] : [], { dtype: dtype(name) });
    };
    const actual = Object.keys(expected.operands).map((key) => {
      const [a, b] = key.split(" ").map(operand);
      return [key, (a as Tensor).add(b).dtype.name];
    });
    expect(actual).toHaveLength(260);
    expect(Object.fromEntries(actual)).toEqual(expected.operands);
  });
});
