/** What PyTorch computes before it comes to a kernel: without elements, without dimensions, with numbers to be cut. */
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { sigmoidBackward } from "../../runtime/ops/activation-backward.ts";
import { channelShuffle } from "../../runtime/ops/pixel-shuffling.ts";
import { multilabelMarginLoss } from "../../runtime/ops/loss-margins.ts";
import { lstmCell } from "../../runtime/ops/recurrent-cells.ts";
import { maxUnpool2d } from "../../runtime/ops/max-unpooling.ts";
import { adaptiveAvgPool2dBackward } from "../../runtime/ops/averaging.ts";
import { _pdistForward } from "../../runtime/ops/distances.ts";
import { affineGridGenerator, gridSampler2d } from "../../runtime/ops/grid-sampling.ts";
import { _weightNorm } from "../../runtime/ops/weight-norm.ts";
import { _logSoftmaxBackwardData, _softmaxBackwardData } from "../../runtime/ops/softmax-backward.ts";

const { bfloat16, bool, float16, int16, int64, uint8 } = torch;

describe("a kernel without the dtype is not asked for nothing", () => {
  const none = (dtype: typeof bool, ...sizes: number[]) => torch.zeros(sizes, { dtype });

  test("sums, medians and draws", () => {
    expect(none(bool, 0, 2).cumsum(0, { dtype: bool }).shape).toEqual([0, 2]);
    expect(torch.tensor(true).cumprod(0, { dtype: bool }).item()).toBe(true);
    expect(torch.median(none(bool, 0)).item()).toBe(true);
    expect(torch.bernoulli(none(int64, 0, 4)).dtype).toBe(int64);
  });

  test("distances and gradients of softmax", () => {
    expect(torch.pdist(none(float16, 1, 1)).dtype).toBe(float16);
    expect(torch.cdist(none(bfloat16, 0, 2, 2), torch.zeros([0, 2, 2])).dtype).toBe(bfloat16);
    expect(() => _softmaxBackwardData(none(uint8, 2, 0), none(uint8, 2, 0), 2, uint8)).toThrow(
      "Dimension out of range (expected to be in range of [-2, 1], but got 2)",
    );
    expect(_softmaxBackwardData(none(uint8, 2, 0), torch.zeros([2, 0]), -1, uint8).dtype).toBe(uint8);
  });

  test("factors and products of matrices, whatever their shapes and dtypes", () => {
    expect(torch.cholesky(none(int16, 5, 0)).shape).toEqual([5, 0]);
    expect(torch.linalg.svdvals(none(float16, 0, 5, 5)).shape).toEqual([0, 5]);
    const product = torch.ones([2, 3, 1]).bmm(none(bfloat16, 2, 1, 0));
    expect([product.dtype, product.shape]).toEqual([bfloat16, [2, 3, 0]]);
  });

  test("windows, indices and channels", () => {
    expect(torch.adaptiveAvgPool2d(torch.ones([2, 3, 3], { dtype: int64 }), [0, 3]).shape).toEqual([2, 0, 3]);
    expect(torch.scatter(torch.ones([1, 2]), 1, none(bfloat16, 1, 0), 5).tolist()).toEqual([[1, 1]]);
    expect(channelShuffle(torch.zeros([1, 0, 10, 10]), 2).shape).toEqual([1, 0, 10, 10]);
    expect(torch.logsumexp(torch.zeros([0]), []).item()).toBe(Number.NEGATIVE_INFINITY);
  });

  test("strides may be negative where no second element is", () => {
    expect(torch.ops.aten.empty_strided.default([2, 0], [0, -1])).toHaveProperty("shape", [2, 0]);
    expect(() => torch.ops.aten.empty_strided.default([2, 3], [1, -1])).toThrow(
      "Storage size calculation overflowed",
    );
  });
});

test("a window over everything is a mean of the last dimensions of any tensor", () => {
  const x = torch.tensor([
    [1, 2],
    [3, 6],
  ]);
  expect(torch.adaptiveAvgPool2d(x, [1, 1]).tolist()).toEqual([[3]]);
  expect(() => torch.adaptiveAvgPool2d(x, [1, 2])).toThrow("Expected 3D or 4D tensor, but got [2, 2]");
});

test("powers of a number without dimensions are one row", () => {
  expect(torch.linalg.vander(torch.tensor(3n), { N: 4 }).tolist()).toEqual([[1, 3, 9, 27]]);
});

test("factors of sums of integers are cut to whole ones", () => {
  const [a, b, c] = [1n, 5n, 2n].map((value) => torch.tensor([value]));
  expect(torch.addcmul(a, b, c, { value: -1.7 }).tolist()).toEqual([-9]);
  expect(() => torch.addcmul(a, b, c, { value: Number.NaN })).toThrow(
    "value cannot be converted to type int64_t",
  );
});

test("a weight without dimensions is brought to the dtype of what it lies between", () => {
  const [low, high] = [torch.tensor([1, 2]), torch.tensor([3, 6])];
  expect(torch.lerp(low, high, torch.tensor(2n)).tolist()).toEqual([5, 10]);
  expect(() => torch.lerp(low, high, torch.tensor([2n]))).toThrow("expected dtype float for `weight`");
});

test("gradients and grids are computed in their common or own dtype", () => {
  expect(sigmoidBackward(torch.tensor([2]), torch.tensor([true])).tolist()).toEqual([0]);
  const theta = torch.arange(6).to(int64).view([1, 2, 3]);
  expect(affineGridGenerator(theta, [1, 1, 2, 2], false).view([4, 2]).tolist()).toEqual([
    [2, 5],
    [2, 5],
    [2, 5],
    [2, 5],
  ]);
});

test("a border may leave one dimension of several empty", () => {
  const volume = torch.ones([4, 4, 2, 1]);
  expect(torch.replicationPad3d(volume, [-2, 1, 1, 0, 2, 1]).shape).toEqual([4, 7, 3, 0]);
  expect(() => torch.replicationPad1d(torch.ones([4, 1]), [-2, 1])).toThrow("Calculated output W: 0");
});

test("a mask beside the causal one is for the fused kernel alone", () => {
  const x = torch.arange(12).view([1, 1, 3, 4]).div(10);
  const mask = torch.tensor([
    [true, true, false],
    [true, true, true],
    [true, false, true],
  ]);
  const attend = (allowed: typeof mask, isCausal: boolean, of = x) =>
    torch.nn.functional.scaledDotProductAttention(of, of, of, allowed, 0, isCausal);
  const both = attend(mask.logicalAnd(torch.ones([3, 3]).tril().to(bool)), false);
  expect(torch.allclose(attend(mask, true), both)).toBe(true);
  expect(() => attend(mask, true, x.squeeze(0))).toThrow("Explicit attn_mask should not be set");
});

describe("nothing", () => {
  test("has a determinant, a solution and running extremes in any dtype and dimension", () => {
    const none = torch.zeros([2, 0, 0], { dtype: float16 });
    expect(torch.det(none).tolist()).toEqual([1, 1]);
    expect(torch.linalg.solve(none, none).sizes).toEqual([2, 0, 0]);
    expect(torch.zeros([4, 0]).cummin(-3)[0].sizes).toEqual([4, 0]);
  });

  test("is pooled and put back in any dtype, and put together along any dimension", () => {
    const bytes = torch.zeros([0, 8, 8], { dtype: uint8 });
    expect(torch.adaptiveAvgPool1d(bytes, [5]).sizes).toEqual([0, 8, 5]);
    const places = torch.zeros([0, 3, 3], { dtype: int64 });
    expect(maxUnpool2d(places, places, [1, 1]).sizes).toEqual([0, 1, 1]);
    expect(torch.cat([torch.zeros([0]), torch.zeros([0])], 7).sizes).toEqual([0]);
  });

  test("arrives as no gradient of a pool", () => {
    expect(() => adaptiveAvgPool2dBackward(torch.zeros([8, 0, 5]), torch.zeros([8, 1, 8]))).toThrow(
      "Expected grad_output to have non-zero size for non-batch dimensions, but grad_output has sizes [8, 0, 5] with dimension 1 being empty",
    );
  });

  test("is drawn from no spread without a width", () => {
    expect(() => torch.zeros([0]).logNormal_(0.5, Number.NaN)).toThrow("log_normal_ expects std > 0.0");
  });

  test("is repeated to nothing, whatever size is announced", () => {
    const none = torch.zeros([0], { dtype: int64 });
    const repeated = torch.ops.aten.repeat_interleave.Tensor(none, { output_size: 6 }) as Tensor;
    expect(repeated.sizes).toEqual([0]);
  });

  test("of a batch passes no gradient through a pool", () => {
    const x = torch.zeros([0, 4]).requiresGrad_();
    const [pooled] = torch.ops.aten.adaptive_max_pool1d(x, [3]) as readonly Tensor[];
    pooled.sum().backward();
    expect(x.grad?.sizes).toEqual([0, 4]);
  });

  test("is no picture to read from, no scores and no slice to copy", () => {
    const grid = torch.zeros([1, 2, 2, 2]);
    expect(() => gridSampler2d(torch.zeros([1, 1, 0, 5]), grid, 0, 0, false)).toThrow(
      "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes [1, 1, 0, 5] with dimension 2 being empty",
    );
    expect(() => torch.ops.aten._ctc_loss(torch.zeros([3, 0, 1]), grid, [], [])).toThrow(
      "log_probs tensor must not be empty",
    );
    expect(() => torch.zeros([4, 2]).indexCopy(0, torch.tensor(1n), torch.tensor(3.5))).toThrow(
      "Source/destination tensor must have same slice shapes. Destination slice shape: 2 at dimension 0 and source slice shape:  at dimension 0.",
    );
  });

  test("is refused in a dtype without the kernel where it stands beside something", () => {
    const [some, other] = [torch.zeros([3, 1], { dtype: bool }), torch.zeros([3, 0], { dtype: bool })];
    expect(() => _logSoftmaxBackwardData(other, some, 1, uint8)).toThrow(
      "\"log_softmax_backward_lastdim_kernel_impl\" not implemented for 'Bool'",
    );
    expect(() => _pdistForward(torch.zeros([2, 2, 0], { dtype: float16 }))).toThrow(
      "\"pdist\" not implemented for 'Half'",
    );
  });
});

test("nothing is unpooled to, judged, spaced, normalised", () => {
  const bytes = torch.zeros([4, 4, 3], { dtype: torch.int8 });
  expect(maxUnpool2d(bytes, bytes.to(int64), [0, 3]).shape).toEqual([4, 0, 3]);
  const none = torch.zeros([0, 1]);
  expect(multilabelMarginLoss(none, none.to(int64), 0).shape).toEqual([0]);
  expect(multilabelMarginLoss(none, none.to(int64), 2).item()).toBe(0);
  expect(torch.linspace(torch.tensor(1), torch.tensor(-300), 0, { dtype: uint8 }).shape).toEqual([0]);
  expect(() => _weightNorm(torch.ones([1, 0, 3]), torch.ones([1, 0, 1]), 1)).toThrow(
    "cannot reshape tensor of 0 elements into shape [0, -1] because the unspecified dimension size -1 can be any value and is ambiguous",
  );
  const two = torch.ones([2]);
  expect(() => torch.instanceNorm(torch.zeros([0, 2, 4]), two, two, two, two, true, 0.1, 1e-5, true)).toThrow(
    "select(): index 0 out of range for tensor of size [0] at dimension 0",
  );
  expect(
    torch.instanceNorm(torch.zeros([0, 2, 4]), null, null, two, two, false, 0.1, 1e-5, true).shape,
  ).toEqual([0, 2, 4]);
});

test("spacing looks at the bounds that it uses, and rows without categories are no distribution", () => {
  expect(torch.linspace(-2, 900, 1, { dtype: uint8 }).tolist()).toEqual([254]);
  expect(torch.logspace(1.5, 5, 1, 10, { dtype: torch.int32 }).tolist()).toEqual([31]);
  expect(() => torch.logspace(3, 5, 1, 10, { dtype: uint8 })).toThrow(
    "value cannot be converted to type uint8_t without overflow",
  );
  expect(() => torch.multinomial(torch.ones([2, 0]), 2, true)).toThrow(
    "invalid multinomial distribution (sum of probabilities <= 0)",
  );
  expect(torch.multinomial(torch.ones([0, 3]), 1, true).shape).toEqual([0, 1]);
});

test("shapes of nothing: contiguous in any memory, counted with any weights, pooled unless channels are missing", () => {
  expect(torch.emptyStrided([2, 0, 3, 3], [12, 12, 4, 1]).isContiguous()).toBe(true);
  const none = torch.zeros([0], { dtype: torch.int64 });
  expect(torch.bincount(none, torch.ones([10])).tolist()).toEqual([]);
  expect(() => torch.nn.functional.adaptiveAvgPool3d(torch.ones([2, 0, 4, 3, 5]), [3, 2, 4])).toThrow(
    "Expected input to have non-zero size for non-batch dimensions, but input has sizes [2, 0, 4, 3, 5] with dimension 1 being empty",
  );
  expect(() =>
    lstmCell(
      torch.ones([2, 3]),
      [torch.ones([2, 2]), torch.ones([3, 2, 2])],
      torch.ones([8, 3]),
      torch.ones([8, 2]),
    ),
  ).toThrow("Input batch size 2 doesn't match hidden1 batch size 3");
});
