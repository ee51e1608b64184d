/** Dtypes, shapes and numbers that single operators refuse or take as PyTorch does, found by random calls. */
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { avgPool2dBackward } from "../../runtime/ops/averaging.ts";
import { embeddingRenorm_ } from "../../runtime/ops/embedding.ts";
import { indexTensor } from "../../runtime/ops/indexing.ts";
import { binaryCrossEntropy } from "../../runtime/ops/loss.ts";
import { maxUnpool2d } from "../../runtime/ops/max-unpooling.ts";
import { _packPaddedSequence, _padPackedSequence } from "../../runtime/ops/packed-sequences.ts";
import { _upsampleBicubic2dAa, _upsampleBilinear2dAa } from "../../runtime/ops/upsampling.ts";
import { normExceptDim } from "../../runtime/ops/weight-norm.ts";

const { int8, int16, int32, int64, uint8, float16, float32 } = torch;

test("indices are int64 or int32", () => {
  const small = torch.tensor([0, 1], { dtype: int8 });
  const table = torch.ones([3, 2]);
  expect(() => indexTensor(table, [small])).toThrow(
    "tensors used as indices must be long, int, byte or bool tensors",
  );
  for (const pick of [() => torch.embedding(table, small), () => embeddingRenorm_(table, small, 1, 2)])
    expect(pick).toThrow("one of the following scalar types: Long, Int; but got torch.CharTensor instead");
  expect(indexTensor(table, [small.to(int32)]).shape).toEqual([2, 2]);
});

test("lengths of sequences are int64", () => {
  const data = torch.zeros([2, 2, 1]);
  const lengths = torch.tensor([2, 1], { dtype: int16 });
  const message = "'lengths' argument should be a 1D CPU int64 tensor, but got 1D cpu Short tensor";
  expect(() => _packPaddedSequence(data, lengths, true)).toThrow(message);
  expect(() => _padPackedSequence(data, lengths, true, 0, 0)).toThrow(message);
});

test("factors of sums of products must fit into integers", () => {
  const bytes = (...sizes: number[]) => torch.ones(sizes, { dtype: uint8 });
  expect(() => torch.addmv(bytes(1), bytes(5, 10), bytes(10), { alpha: -0.6 })).toThrow(
    "value cannot be converted to type uint8_t without overflow",
  );
  expect(torch.addmv(bytes(1), bytes(2, 10), bytes(10), { beta: 0.2, alpha: -6 }).tolist()).toEqual([
    196, 196,
  ]);
  const none = torch.zeros([0], { dtype: int64 });
  const whole = torch.zeros([1], { dtype: int32 });
  expect(() =>
    torch.indexAdd(whole, 0, none, torch.zeros([0], { dtype: int32 }), { alpha: Number.NaN }),
  ).toThrow("value cannot be converted to type int without overflow");
});

test("what is added to batches of products must fit also where its factor is 0", () => {
  const batch = torch.ones([5, 5, 5]);
  expect(() => torch.baddbmm(torch.ones([2, 1]), batch, batch, { beta: 0 })).toThrow("expanded size");
});

describe("dtypes of pooling and filters", () => {
  test("halves have no mean of volumes, integers are not put back", () => {
    expect(() => torch.avgPool3d(torch.ones([1, 2, 2, 2], { dtype: float16 }), 2)).toThrow(
      `"avg_pool3d_out_frame" not implemented for 'Half'`,
    );
    const places = torch.zeros([1, 1, 1], { dtype: int64 });
    expect(() => maxUnpool2d(torch.ones([1, 1, 1], { dtype: int32 }), places, [2, 2])).toThrow(
      `"max_unpool2d" not implemented for 'Int'`,
    );
    expect(maxUnpool2d(torch.ones([1, 1, 1]), places.add(7), [1, 0]).shape).toEqual([1, 1, 0]);
  });

  test("a filtered dimension that keeps its size stays as it is, whatever its scale and dtype", () => {
    const picture = torch.arange(16).view([1, 1, 4, 4]);
    expect(_upsampleBicubic2dAa(picture, [4, 4], false, 0.5, 0.5).equal(picture)).toBe(true);
    const narrowed = _upsampleBilinear2dAa(picture.to(float32), [4, 2], false, 0.5, 0.5);
    const [first, second] = narrowed.tolist<number[][][][]>()[0][0];
    expect(first[0]).toBeCloseTo(0.7143, 4);
    expect(second[1]).toBeCloseTo(6.2857, 4);
    expect(() => _upsampleBilinear2dAa(picture.to(float16), [2, 4], false)).toThrow(
      `"compute_index_ranges_weights" not implemented for 'Half'`,
    );
  });
});

describe("tensors without elements", () => {
  test("are convolved only without batch or channels", () => {
    expect(() => torch.convTranspose1d(torch.zeros([2, 2, 0]), torch.ones([2, 2, 3]))).toThrow(
      "Only zero batch or zero channel inputs are supported, but got input shape: [2, 2, 1, 0]",
    );
    expect(torch.conv1d(torch.zeros([0, 2, 4]), torch.ones([2, 2, 3])).shape).toEqual([0, 2, 2]);
  });

  test("have no slice to fill", () => {
    const none = torch.zeros([0, 2], { dtype: float32 });
    const first = torch.tensor([0n]);
    expect(() => torch.indexFill(none, 0, first, 1)).toThrow(
      "setStorage: sizes [1, 2], strides [0, 1], storage offset 0, and itemsize 4 requiring a storage size of 8 are out of bounds for storage of size 0",
    );
    expect(torch.indexFill(none, 1, first, 1).shape).toEqual([0, 2]);
  });

  test("are not drawn with a rate of 0 or repeated less than never", () => {
    expect(() => torch.zeros([0]).exponential_(0)).toThrow("exponential_ expects lambda > 0.0");
    expect(() => torch.repeatInterleave(torch.zeros([0]), -1)).toThrow("Repeats must be non-negative");
  });
});

test("norms of slices are those of rows of floats", () => {
  const v = torch.tensor([
    [3, 4],
    [6, 8],
  ]);
  expect(normExceptDim(v, 2, 0).tolist()).toEqual([[5], [10]]);
  expect(normExceptDim(v, 1, 1).tolist()).toEqual([[9, 12]]);
  expect(normExceptDim(torch.ones([2, 2, 2]), 2, 1).tolist()).toEqual([[[2], [2]]]);
  expect(() => normExceptDim(torch.tensor(2))).toThrow(
    "Dimension specified as 0 but tensor has no dimensions",
  );
  expect(() => normExceptDim(torch.tensor([1n]))).toThrow(
    "norm(): input dtype should be either floating point or complex. Got Long instead.",
  );
});

test("a root mean square is of dimensions that the input has", () => {
  const x = torch.ones([2, 3]);
  expect(() => torch.rmsNorm(x, [])).toThrow("Expected normalized_shape to be at least 1-dimensional");
  expect(() => torch.rmsNorm(x, [2, 2, 3])).toThrow(
    "Input tensor must have at least 3 dimensions, but got 2",
  );
});

test("cross-entropy of probabilities broadcasts without the dimensions of size 1, and keeps as many losses as scores", () => {
  const row = torch.tensor([[0.1, 0.2, 0.3]]);
  const targets = torch.tensor([
    [0, 0, 0],
    [1, 1, 1],
  ]);
  const losses = binaryCrossEntropy(row, targets, null, 0);
  expect(losses.shape).toEqual([1, 3]);
  expect(losses.tolist<number[][]>()[0][2]).toBeCloseTo(-Math.log(0.7), 6);
  expect(binaryCrossEntropy(row.view([3, 1]), row, null, 0).shape).toEqual([3, 1]);
  expect(() => binaryCrossEntropy(row, row, torch.ones([2, 3]))).toThrow(
    "output with shape [1, 3] doesn't match the broadcast shape [2, 3]",
  );
});

test("a gradient of means of integers is cut to whole numbers in each window", () => {
  const grad = torch.tensor([
    [
      [
        [-3n, 5n, 1n],
        [7n, -9n, 4n],
      ],
    ],
  ]);
  const x = torch.zeros([1, 1, 3, 3], { dtype: torch.int64 });
  expect(avgPool2dBackward(grad, x, [2, 1], [1, 1], [0, 0], false, true, null).tolist()).toEqual([
    [
      [
        [-1, 2, 0],
        [2, -2, 2],
        [3, -4, 2],
      ],
    ],
  ]);
});

test("frequencies are counts, no truths", () => {
  const truths = torch.tensor([true, true, false]);
  expect(() => torch.cov(torch.tensor([1n, 2n, 3n]), { fweights: truths })).toThrow(
    "cov(): expected fweights to have integral dtype but got fweights with Bool dtype",
  );
});

test("cosines and weights of bags go by the dtypes alone", () => {
  const [one, halves] = [torch.tensor(1.5), torch.ones([3]).half()];
  expect(torch.cosineSimilarity(one, halves, -1, 1).dtype).toBe(torch.float32);
  const places = torch.tensor([0n, 1n, 0n]);
  expect(() =>
    torch.ops.aten._embedding_bag(torch.ones([3, 2]), places, torch.tensor([0n]), false, 0, false, halves),
  ).toThrow("but type torch.FloatTensor does not equal torch.HalfTensor");
});

test("a convolution of integers starts with its bias, cut to whole numbers", () => {
  const ones = (...sizes: number[]) => torch.ones(sizes, { dtype: torch.int64 });
  const bias = torch.tensor([1.75, -1.75, -7.5]);
  const found = torch.ops.aten.conv1d.padding(ones(1, 2, 3), ones(3, 2, 3), bias, [1], "valid") as Tensor;
  expect([found.dtype, found.reshape([-1]).tolist()]).toEqual([torch.int64, [7, 5, -1]]);
  expect(() =>
    torch.ops.aten.convolution(ones(1, 3, 3), ones(3, 3, 3), bias, [1], [0], [1], true, [0], 1),
  ).toThrow("result type Float can't be cast to the desired output type Long");
});

test("vectors of two dtypes are normalised each in its own", () => {
  const half = torch.tensor([[1, 2, 3]], { dtype: float16 });
  const single = torch.tensor([[1, -1, 0.5]]);
  expect(torch.cosineSimilarity(half, single).item()).toBe(0.08902996778488159);
  const double = single.to(torch.float64);
  expect(torch.cosineSimilarity(torch.tensor([[1.1, 2.2, 3.3]]), double).item()).toBeCloseTo(
    0.08908706903457642,
    14,
  );
});

test("what is padded with is a number with a fraction: none below 0 for bytes, if anything is padded", () => {
  const bytes = torch.ones([1, 2], { dtype: uint8 });
  expect(() => torch.nn.functional.pad(bytes, [1, 0], "constant", -1)).toThrow(
    "value cannot be converted to type uint8_t without overflow",
  );
  expect(torch.nn.functional.pad(bytes, [-1, 0], "constant", -1).tolist()).toEqual([[1]]);
  expect(torch.constantPadNd(bytes, [1, 0], -1).tolist()).toEqual([[255, 1, 1]]);
});

test("truths are not searched in, with a sorter neither; of one alone the least is it", () => {
  const [truths, order] = [torch.tensor([false, true]), torch.tensor([0, 1], { dtype: int64 })];
  expect(() => torch.searchsorted(truths, torch.tensor([true]), { sorter: order })).toThrow(
    "\"searchsorted_out_cpu\" not implemented for 'Bool'",
  );
  expect(torch.searchsorted(torch.tensor([1, 2]), torch.tensor(true)).item()).toBe(0);
  expect(torch.kthvalue(torch.tensor(true), 1)[0].item()).toBe(true);
  expect(() => torch.kthvalue(torch.tensor([true]), 1)).toThrow(
    "\"kthvalue_cpu\" not implemented for 'Bool'",
  );
});
