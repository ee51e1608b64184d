/** Calls that torch refuses are refused in its words, and the first of several faults is torch's. */
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { maxUnpool2d } from "../../runtime/ops/max-unpooling.ts";

describe("writing to memory that is met twice", () => {
  const overlapping =
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.";

  test("an expanded tensor is not computed into", () => {
    const row = torch.tensor([1.5, 2]).expand([3, 2]);
    expect(() => row.add_(1)).toThrow(overlapping);
    expect(() => row.copy_(torch.ones([3, 2]))).toThrow(overlapping);
    expect(row.fill_(4).tolist()).toEqual([
      [4, 4],
      [4, 4],
      [4, 4],
    ]);
  });

  test("integers that are numbers already are not written to", () => {
    const shared = torch.ones([1], { dtype: torch.int16 }).expand([3]);
    expect(shared.nanToNum_().tolist()).toEqual([1, 1, 1]);
    expect(() => torch.ones([1]).expand([3]).nanToNum_()).toThrow(
      "more than one element of the written-to tensor",
    );
  });

  test("an input may be the written tensor, but not lie partly in it", () => {
    const x = torch.tensor([1, 2, 3, 4.5]);
    expect(() => x.narrow(0, 1, 3).add_(x.narrow(0, 0, 3))).toThrow(
      "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location.",
    );
    expect(x.add_(x).tolist()).toEqual([2, 4, 6, 9]);
  });
});

test("shapes that do not fit are named before a dtype that is not implemented", () => {
  const [a, b] = [torch.ones([2, 3], { dtype: torch.float32 }), torch.ones([4, 3], { dtype: torch.float32 })];
  const { bitwise_and } = torch.ops.aten;
  expect(() => bitwise_and.Tensor(a, b)).toThrow(
    "The size of tensor a (2) must match the size of tensor b (4) at non-singleton dimension 0",
  );
  expect(() => bitwise_and.Tensor(a, a)).toThrow(`"bitwise_and_cpu" not implemented for 'Float'`);
});

test("an in-place result that cannot be stored is named before a dtype that is not implemented", () => {
  const x = torch.tensor([1, 2], { dtype: torch.int64 });
  expect(() => torch.ops.aten.bitwise_or_.Tensor(x, torch.tensor([1.5, 2]))).toThrow(
    "result type Float can't be cast to the desired output type Long",
  );
  expect(x.tolist()).toEqual([1, 2]);
});

test("numbers are cut to integers, and refused where the dtype has no room for them", () => {
  const bytes = torch.zeros([2], { dtype: torch.uint8 });
  expect(bytes.fill_(1.75).tolist()).toEqual([1, 1]);
  expect(bytes.fill_(-1).tolist()).toEqual([255, 255]);
  expect(() => bytes.fill_(300)).toThrow("value cannot be converted to type uint8_t without overflow");
  expect(() => bytes.fill_(-1.5)).toThrow("value cannot be converted to type uint8_t without overflow");
  expect(() => torch.full([1], 1e6, { dtype: torch.float16 })).toThrow(
    "value cannot be converted to type c10::Half without overflow",
  );
});

test("there is no pinned memory", () => {
  expect(() => torch.ops.aten.zeros.default([2], { pin_memory: true })).toThrow(
    "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on this system.",
  );
});

test("an int64 beyond 2^53 is an error, narrower integers wrap around", () => {
  const long = torch.tensor([2 ** 40, 3 ** 30], { dtype: torch.int64 });
  expect(() => long.mul(long)).toThrow("int64 value 1.2089258196146292e+24 cannot be computed with");
  expect(() => long.pow(3)).toThrow("cannot be computed with");
  const int = torch.tensor([2 ** 30, 3 ** 19], { dtype: torch.int32 });
  expect(int.mul(int).tolist()).toEqual([0, -400556711]);
  expect(int.pow(3).tolist()).toEqual([0, 886634019]);
  const exponents = torch.tensor([-1, -1, -3, -2], { dtype: torch.int64 });
  expect(torch.tensor([0, 2, -1, 1], { dtype: torch.int64 }).pow(exponents).tolist()).toEqual([0, 0, -1, 1]);
});

test("a numerical range is checked before numbers are drawn", () => {
  const x = torch.zeros([2]);
  expect(() => x.uniform_(0, Number.POSITIVE_INFINITY)).toThrow("to is out of bounds for float");
  expect(() => x.uniform_(Number.NaN, 1)).toThrow("from is out of bounds for float");
  expect(() => x.normal_(0, -1)).toThrow("normal expects std >= 0.0, but found std -1");
  expect(() => torch.nn.functional.rrelu(x, 0.5, 0.25)).toThrow(
    "Lower bound should be less than or equal to the upper bound",
  );
});

test("what has no elements is done before its dtype is looked at", () => {
  const none = torch.zeros([2, 0], { dtype: torch.bool });
  expect(none.mm(torch.zeros([0, 1], { dtype: torch.bool })).tolist()).toEqual([[false], [false]]);
  expect(none.to(torch.int64).normal_().shape).toEqual([2, 0]);
  expect(() =>
    torch.zeros([1, 1], { dtype: torch.bool }).mm(torch.zeros([1, 1], { dtype: torch.bool })),
  ).toThrow(`"addmm_impl_cpu_" not implemented for 'Bool'`);
});

test("integers are inverted, spaced and integrated in their own dtype", () => {
  const wide = torch.tensor([2n ** 40n, -1n]);
  expect(wide.bitwiseNot().tolist()).toEqual([-(2 ** 40) - 1, 0]);
  expect(torch.linspace(-1, 50, 4, { dtype: torch.uint8 }).tolist()).toEqual([255, 186, 118, 50]);
  expect(torch.trapezoid(torch.zeros([0, 2], { dtype: torch.int64 }), { dim: 0 }).dtype).toBe(torch.int64);
});

test("products of narrow integers wrap around in the dtype asked for", () => {
  const x = torch.tensor([2n ** 31n + 7n, 2n ** 33n + 9n, 1000003n, 1000003n]);
  expect(x.prod({ dtype: torch.uint8 }).item()).toBe(183);
});

test("places along a dimension are taken around its end", () => {
  const x = torch.tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(torch.takeAlongDim(x, torch.tensor([[0n, -1n, 5n]]), 0).tolist()).toEqual([[1, 5, 6]]);
});

test("the pseudo-inverse has a batch for each tolerance", () => {
  const x = torch.tensor([
    [2, 0],
    [0, 0.5],
  ]);
  const inverses = torch.linalg.pinv(x, { atol: torch.tensor([0, 1]) });
  expect(inverses.tolist()).toEqual([
    [
      [0.5, 0],
      [0, 2],
    ],
    [
      [0.5, 0],
      [0, 0],
    ],
  ]);
});

test("a transposed convolution without an output, or padded beyond its steps, is refused", () => {
  const [x, weight] = [torch.ones([1, 2, 3, 4]), torch.ones([2, 2, 3, 2])];
  expect(() => torch.convTranspose2d(x, weight, null, [2, 1], [1, 100])).toThrow(
    "Given input size per channel: (3 x 4). Calculated output size per channel: (5 x -195). Output size is too small",
  );
  expect(() => torch.convTranspose2d(x, weight, null, [2, 1], [1, 0], [1, 1])).toThrow(
    "output padding must be smaller than either stride or dilation, but got output_padding_height: 1 output_padding_width: 1 stride_height: 2 stride_width: 1 dilation_height: 1 dilation_width: 1",
  );
});

test("what overflows in float32 has an infinite norm", () => {
  const huge = torch.tensor([3e38, 3e38]);
  expect(torch.linalg.norm(huge).item()).toBe(Number.POSITIVE_INFINITY);
  expect(torch.linalg.norm(huge.to(torch.float64)).item()).toBeCloseTo(4.2426407e38, -32);
});

test("a tensor is laid out with its channels last where that is asked for", () => {
  const x = torch.arange(24).view([1, 2, 3, 4]);
  const last = torch.ops.aten.to.dtype(x, torch.float32, false, false, "channels_last") as typeof x;
  expect(last.stride()).toEqual([24, 1, 8, 2]);
  expect(last.tolist()).toEqual(x.to(torch.float32).tolist());
});

test("a margin loss of halves is not implemented, and indices have the dtype of their counts", () => {
  const scores = torch.ones([2, 3]).half();
  expect(() => torch.ops.aten.multi_margin_loss(scores, torch.tensor([1, 0]))).toThrow(
    `"multi_margin_loss_cpu_kernel" not implemented for 'Half'`,
  );
  expect(torch.repeatInterleave(torch.tensor([1, 2], { dtype: torch.int32 })).dtype).toBe(torch.int32);
});

test("attention names the dtypes that differ as C++ does", () => {
  const query = torch.ones([1, 2, 4]);
  const key = query.to(torch.bfloat16);
  expect(() => torch.nn.functional.scaledDotProductAttention(query, key, query)).toThrow(
    "Expected query, key, and value to have the same dtype, but got query.dtype: float key.dtype: c10::BFloat16 and value.dtype: float instead.",
  );
});

test("a step that is no number is none, and a weight may be a truth", () => {
  expect(() => torch.arange(0, 5, Number.NaN)).toThrow("step must be nonzero");
  const x = torch.tensor([1]).requiresGrad_();
  torch
    .lerp(x, torch.tensor([3]), true)
    .sum()
    .backward();
  expect(x.grad?.tolist()).toEqual([0]);
});

test("a picture is not put back into fewer than no rows", () => {
  const [values, places] = [torch.ones([2, 1, 2]), torch.zeros([2, 1, 2], { dtype: torch.int64 })];
  expect(() => maxUnpool2d(values, places, [-2, 2])).toThrow(
    "max_unpooling2d(): output_size must contain non-negative spatial dimensions, but got output_size=(-2, 2)",
  );
});

test("a bound of slopes is finite, drawn or not", () => {
  expect(() => torch.rrelu(torch.ones([3]), -1, Number.POSITIVE_INFINITY)).toThrow(
    "rrelu: upper bound must be finite, got inf",
  );
});

test("the power 0 of truths is one", () => {
  const truths = torch.ones([2, 2], { dtype: torch.bool });
  expect(torch.linalg.matrixPower(truths, 0).tolist()).toEqual([
    [true, false],
    [false, true],
  ]);
});

test("a sum of truths is a truth", () => {
  const x = torch.tensor([
    [1, -1],
    [0, 0],
  ]);
  expect(x.sum(1, false, { dtype: torch.bool }).tolist()).toEqual([true, false]);
  expect(x.sum({ dtype: torch.bool }).item()).toBe(true);
});

test("what torch itself ends or fails by is named", () => {
  const [x, two] = [torch.ones([1, 2, 3]), torch.ones([2])];
  const norm = (mean: Tensor | null, variance: Tensor | null) =>
    torch.ops.aten.native_batch_norm(x, null, null, mean, variance, false, 0.1, 0.1);
  expect(() => norm(null, null)).toThrow("running_mean and running_var must be defined in evaluation mode");
  expect(() => norm(two, null)).toThrow(
    "running_mean and running_var must either both be None or neither be None",
  );
  expect(() => x.tensorSplit(torch.tensor(910389302235n), 0)).toThrow("no list holds 910389302235 sections");
  const many = torch.tensor([910389302235n]);
  expect(() => torch.ones([1]).repeatInterleave(many, 0, { outputSize: 6 })).toThrow(
    "allocated size does not match required size",
  );
  expect(() => torch.ones([1]).repeatInterleave(many)).toThrow("no memory holds 910389302235 repetitions");
});

test("offsets of bags count rows of indices", () => {
  const [weight, row] = [torch.ones([5, 3]), torch.zeros([1, 9], { dtype: torch.int64 })];
  expect(() => torch.ops.aten._embedding_bag(weight, row, torch.tensor([0n, 3n]))).toThrow(
    "offsets[-1] can not be greater than input's length 1 but got offsets[-1] of 3",
  );
});

test("what shares memory is not filled from a tensor", () => {
  const twice = torch.ones([1]).expand([2]);
  expect(() => twice.fill_(torch.tensor(2))).toThrow("more than one element of the written-to tensor");
  expect(twice.fill_(2).tolist()).toEqual([2, 2]);
});
