/** Rules of single operators that random calls found: what each computes in which dtype, and what overflows to. */
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { hardswishBackward } from "../../runtime/ops/activation-backward.ts";
import { threshold } from "../../runtime/ops/activation-units.ts";
import { adaptiveAvgPool2dBackward } from "../../runtime/ops/averaging.ts";
import { embeddingDenseBackward } from "../../runtime/ops/embedding-bag.ts";
import { gridSampler2d } from "../../runtime/ops/grid-sampling.ts";
import { unfoldBackward } from "../../runtime/ops/index-writing.ts";
import { smoothL1LossBackward } from "../../runtime/ops/loss-gradients.ts";
import { lstmCell } from "../../runtime/ops/recurrent-cells.ts";
import { _weightNorm } from "../../runtime/ops/weight-norm.ts";

const { int8, int16, int32, int64, uint8, float16, float64 } = torch;

describe("numbers in the dtype of the tensor", () => {
  const bytes = torch.tensor([2, 0, 255, 1], { dtype: uint8 });

  test("a threshold wraps around as the elements do", () => {
    expect(threshold(bytes, -4, -3).tolist()).toEqual([253, 253, 255, 253]);
  });

  test("limits are in the common dtype of all three", () => {
    const least = torch.tensor(-8n);
    expect(bytes.clamp(least, null).tolist()).toEqual([248, 248, 255, 248]);
    expect(bytes.clamp(least, torch.tensor(5.5)).tolist()).toEqual([2, 0, 5.5, 1]);
    expect(bytes.clamp(-8, 5.5).tolist()).toEqual([2, 0, 5.5, 1]);
  });

  test("an outer product is added in the dtype of a sum without dimensions, too", () => {
    const ones = torch.ones([2], { dtype: int32 });
    expect(torch.addr(torch.tensor(-8n), ones, ones).dtype).toBe(int64);
  });

  test("draws have the dtype of their mean or deviation", () => {
    const none = torch.zeros([0, 2], { dtype: int16 });
    expect(torch.normal(3.5, none).dtype).toBe(int16);
    expect(() => torch.normal(none, torch.zeros([0, 2]))).toThrow(
      "result type Float can't be cast to the desired output type Short",
    );
  });
});

describe("what overflows", () => {
  test("integers of up to 32 bits wrap around in products of matrices and least common multiples", () => {
    const large = torch.tensor([[-2147483647, 100001]], { dtype: int32 });
    expect(large.mm(torch.tensor([[2147483647], [100003]], { dtype: int32 })).item()).toBe(1410465410);
    const [a, b] = [torch.tensor([-8, 6], { dtype: int32 }), torch.tensor(1789736036, { dtype: int32 })];
    expect(torch.lcm(a, b).tolist()).toEqual([715495224, 1074240812]);
    expect(torch.lcm(torch.tensor([100], { dtype: int8 }), torch.tensor([99], { dtype: int8 })).item()).toBe(
      -84,
    );
  });

  test("halves are counted in the bins that their digits lead to", () => {
    const halves = torch
      .tensor([-0.7265625, 1.4375, -1.4453125, 0.01190185546875, 1.9453125, -5.25])
      .bfloat16();
    expect(torch.histc(halves).nonzero().reshape([-1]).tolist()).toEqual([0, 53, 63, 73, 93, 99]);
  });

  test("the least integer of a dtype keeps its sign in common divisors", () => {
    const bytes = (...values: number[]) => torch.tensor(values, { dtype: int8 });
    expect(torch.gcd(bytes(-128, -128, 0, 5, -128), bytes(0, 6, -128, -128, -96)).tolist()).toEqual([
      -128, -2, -128, -1, -32,
    ]);
    const least = torch.tensor([-32768], { dtype: int16 });
    expect(torch.gcd(least, torch.tensor([6], { dtype: int16 })).item()).toBe(-2);
  });

  test("logarithmic spacing ends at the least integer, or wraps around", () => {
    expect(torch.logspace(0, -3, 2, 0, { dtype: int32 }).tolist()).toEqual([1, -2147483648]);
    expect(torch.logspace(0, 3, 4, 20, { dtype: uint8 }).tolist()).toEqual([1, 20, 144, 64]);
  });

  test("a histogram has the greatest number in its first bin", () => {
    const counts = torch.histc(torch.tensor([-3, 0.5, 3e38]), 10).tolist<number[]>();
    expect(counts[0]).toBe(3);
  });
});

describe("the precision of torch's kernels", () => {
  test("the point is moved in float32", () => {
    expect(torch.round(torch.tensor([1.135]), { decimals: 2 }).item<number>()).toBeCloseTo(1.14, 6);
    expect(torch.round(torch.tensor([1.13499999], { dtype: float64 }), { decimals: 2 }).item()).toBe(1.13);
  });

  test("at its poles the slope of digamma is what rounding makes it", () => {
    expect(torch.polygamma(1, torch.tensor([-3, -1])).tolist()).toEqual([
      17351287771234304, 1291369695936512,
    ]);
    expect(torch.polygamma(1, torch.tensor([2.5])).item<number>()).toBeCloseTo(0.4903577, 6);
  });

  test("the norm of a single element is its size, a distance goes by way of powers", () => {
    const x = torch.tensor([-2.26475596]);
    expect(x.norm(1e-5).item()).toBe(Math.fround(2.26475596));
    const [a, b] = [torch.tensor([[0]]), torch.tensor([[4.36]])].map((of) => of.to(torch.float32));
    expect(torch.cdist(a, b, 1e-5).item()).not.toBe(Math.fround(4.36));
  });

  test("running sums of exponentials have a gradient in halves", () => {
    const x = torch.tensor([0, 0], { dtype: float16, requiresGrad: true });
    torch.logcumsumexp(x, 0).sum().backward();
    expect(x.grad?.tolist()).toEqual([1.5, 0.5]);
  });
});

test("uses are counted of rows of the table alone", () => {
  const grad = torch.tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(embeddingDenseBackward(grad, torch.tensor([0n, 7n]), 1, -1, true).tolist()).toEqual([[1, 2]]);
  expect(embeddingDenseBackward(grad, torch.tensor([7n, 7n]), 1, -1, true).tolist()).toEqual([[0, 0]]);
});

test("of elements promised to differ, all but the last of equal ones are found", () => {
  const x = torch.tensor([3, -1, -2, -1, -2]);
  const among = torch.tensor([0, -1, 50, ...Array.from({ length: 17 }, (_, i) => -3 - i)]);
  const found = torch.isin(x, among, { assumeUnique: true });
  expect(found.tolist()).toEqual([false, true, true, true, false]);
});

test("sequences have three dimensions at most", () => {
  const lstm = new torch.nn.LSTM(3, 2);
  const weights = [...lstm.parameters()];
  const first = torch.zeros([1, 2, 2]);
  expect(() =>
    torch.ops.aten.lstm.input(
      torch.zeros([3, 3, 2, 3]),
      [first, first],
      weights,
      true,
      1,
      0,
      false,
      false,
      false,
    ),
  ).toThrow("input must have 3 dimensions, got 4");
});

describe("numbers that do not fit", () => {
  const inf = Number.POSITIVE_INFINITY;

  test("into the dtype they are meant for", () => {
    const none = torch.zeros([0], { dtype: uint8 });
    expect(() => torch.normal(-0.5, none)).toThrow(
      "value cannot be converted to type uint8_t without overflow",
    );
    expect(() => torch.indexFill(none, 0, torch.zeros([0], { dtype: int64 }), torch.tensor(-0.5))).toThrow(
      "value cannot be converted to type uint8_t without overflow",
    );
    expect(() => torch.arange(0, 2, inf, { dtype: uint8 })).toThrow(
      "value cannot be converted to type int64_t without overflow",
    );
    const whole = torch.ones([1, 2, 2], { dtype: int64 });
    expect(() => torch.baddbmm(whole, whole, whole, { alpha: Number.NaN })).toThrow(
      "value cannot be converted to type int64_t without overflow",
    );
    expect(() => torch.nn.functional.softshrink(torch.ones([1]), inf)).toThrow(
      "lambda must be in range [0, 3.40282e+38] for input dtype Float, but found inf",
    );
  });

  test("where nothing is multiplied, a sum of integers is not scaled by a fraction", () => {
    const [sum, left, right] = [
      [2, 3],
      [2, 0],
      [0, 3],
    ].map((sizes) => torch.ones(sizes, { dtype: int64 }));
    expect(() => torch.addmm(sum, left, right, { beta: 1.5 })).toThrow(
      "result type Float can't be cast to the desired output type Long",
    );
    expect(torch.addmm(sum, left, right, { beta: 2 }).tolist()).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
  });
});

test("a cell's states have one batch and one size", () => {
  const [x, h] = [torch.ones([2, 3]), torch.ones([2, 2])];
  const weights = [torch.ones([8, 3]), torch.ones([8, 2])] as const;
  expect(() => lstmCell(x, [h, torch.ones([2, 1])], ...weights)).toThrow(
    "hidden1 has inconsistent hidden_size: got 1, expected 2",
  );
  expect(() => lstmCell(x, [h, torch.ones([1, 2])], ...weights)).toThrow(
    "Input batch size 2 doesn't match hidden1 batch size 1",
  );
});

test("pictures without channels are not resized, and no convolution pads more than a step can reach", () => {
  expect(() => torch.upsampleNearest2d(torch.ones([2, 0, 3, 3]), [6, 6])).toThrow(
    "Non-empty 4D data tensor expected but got a tensor with sizes [2, 0, 3, 3]",
  );
  expect(() =>
    torch.convTranspose2d(torch.ones([1, 2, 3, 4]), torch.ones([2, 2, 3, 2]), null, 2, 0, 2, 2),
  ).toThrow("output padding must be smaller than either stride or dilation");
});

test("equal numbers have no spread, and running products of integers wrap around", () => {
  const x = torch.full([3], 0.1, { dtype: float64, requiresGrad: true });
  const spread = x.std();
  spread.backward();
  expect(spread.item()).toBe(0);
  expect(x.grad?.ne(0).any().item()).toBe(false);
  const large = torch.tensor([2147483629, 2147483587, 3], { dtype: int32 });
  expect(large.cumprod(0, { dtype: int32 }).tolist()).toEqual([2147483629, 1159, 3477]);
});

describe("halves", () => {
  const x = torch.tensor([3.69921875, 1.25], { dtype: float16 });

  test("meet a number rounded to a half, but are multiplied and divided by it as it is", () => {
    expect(x.sub(3.7).tolist()).toEqual([0, -2.44921875]);
    expect(x.eq(3.7).tolist()).toEqual([true, false]);
    expect(torch.fmod(x, 3.7).tolist()).toEqual([0, 1.25]);
    expect(torch.add(x, 3.7, { alpha: 2 }).tolist()).toEqual([11.09375, 8.6484375]);
    expect(x.mul(3.7).tolist()).toEqual([13.6875, 4.625]);
  });

  test("have the next half, not the next float", () => {
    const half = torch.tensor([1, 0, Number.NEGATIVE_INFINITY, 65504], { dtype: float16 });
    expect(torch.nextafter(half, torch.full([4], 2, { dtype: float16 })).tolist()).toEqual([
      1 + 2 ** -10,
      2 ** -24,
      -65504,
      65472,
    ]);
    const brain = half.to(torch.bfloat16).narrow(0, 0, 1);
    expect(torch.nextafter(brain, brain.mul(-1)).item()).toBe(1 - 2 ** -8);
  });
});

test("a deviation may be in range where its square is not", () => {
  const far = torch.tensor([3e30, -3e30]);
  expect(far.var().item()).toBe(Number.POSITIVE_INFINITY);
  expect(far.std().item<number>() / 4.2426e30).toBeCloseTo(1, 4);
});

test("the slope of a smooth loss without a smooth part is -1 at zero", () => {
  const [one, x] = [torch.tensor(1), torch.tensor([-2, 0, 3])];
  expect(smoothL1LossBackward(one, x, torch.zeros([3]), 2, 0).tolist()).toEqual([-1, -1, 1]);
  expect(smoothL1LossBackward(one, x, torch.zeros([3]), 2, 4).tolist()).toEqual([-0.5, 0, 0.75]);
});

describe("where PyTorch's kernels would read other memory", () => {
  test("modes of sampling that do not exist are refused", () => {
    const [picture, grid] = [torch.ones([1, 1, 2, 2]), torch.zeros([1, 1, 1, 2])];
    expect(() => gridSampler2d(picture, grid, 3, 0, true)).toThrow(
      "expected interpolation_mode to be 0, 1 or 2, but got 3",
    );
    expect(() => gridSampler2d(picture, grid, 0, -1, true)).toThrow("expected padding_mode to be 0, 1 or 2");
    expect(gridSampler2d(picture, grid.fill_(Number.NaN), 0, 0, true).item()).toBeNaN();
    expect(gridSampler2d(picture, grid, 1, 0, true).item()).toBe(0);
  });

  test("so are lengths and planes that do not fit, and steps of 0", () => {
    expect(() => _weightNorm(torch.ones([2, 3]), torch.tensor(1), 0)).toThrow("expected 2 lengths for v");
    expect(_weightNorm(torch.ones([2, 4]), torch.tensor([2, 4]).view([1, 2, 1]), 0).tolist()).toEqual([
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]);
    const cube = torch.ones([2, 4, 4]);
    expect(
      _weightNorm(cube, torch.ones([2, 1, 1]), -3)
        .unique()
        .tolist(),
    ).toEqual([0.25]);
    expect(() => adaptiveAvgPool2dBackward(torch.ones([1, 2, 2]), torch.ones([2, 4, 4]))).toThrow(
      "Expected as many planes",
    );
    expect(() => unfoldBackward(torch.ones([1, 2]), [4], 0, 2, 0)).toThrow("step is 0 but must be > 0");
  });
});

test("there are two approximations of gelu, and few elements are looked for one by one", () => {
  const { gelu } = torch.ops.aten;
  expect(() => gelu.default(torch.ones([2]), { approximate: "bogus" })).toThrow(
    "approximate argument must be either none or tanh.",
  );
  const strided = torch.ones([3, 2, 4]).transpose(0, 2).narrow(0, 0, 2);
  expect(torch.isin(torch.tensor([0, 1, 2, 3, 4, 5]), strided).tolist()).toEqual([
    false,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("a tensor without dimensions is its own greatest element, asked for none too", () => {
  for (const k of [0, 1]) {
    const [values, indices] = torch.topk(torch.tensor(5), k);
    expect([values.tolist(), indices.tolist()]).toEqual([5, 0]);
  }
  expect(() => torch.topk(torch.tensor(5), 2)).toThrow("selected index k out of range");
});

test("gradients of operators are computed in the wider dtype of what they are given", () => {
  const { silu_backward: siluBackward, gelu_backward: geluBackward } = torch.ops.aten;
  const [grad, x] = [torch.ones([2], { dtype: torch.float64 }), torch.tensor([0.3, 0.4])];
  for (const backward of [siluBackward, geluBackward]) {
    const wide = backward.default(grad, x.to(torch.float64)) as Tensor;
    expect((backward.default(grad, x) as Tensor).tolist()).toEqual(wide.tolist());
  }
});

test("a choice by bytes has gradients", () => {
  const x = torch.tensor([1, 2, 3]).requiresGrad_(true);
  torch
    .where(torch.tensor([1, 0, 2], { dtype: torch.uint8 }), x, x.mul(10))
    .sum()
    .backward();
  expect(x.grad?.tolist()).toEqual([1, 10, 1]);
});

test("the gradient of softmax turns no floats into halves, and a single power keeps its exponent", () => {
  const { _log_softmax_backward_data: backward } = torch.ops.aten;
  const ones = torch.ones([2, 3]);
  expect(() => backward.default(ones, ones, 1, torch.float16)).toThrow(
    "expected scalar type Float but found Half",
  );
  expect(torch.logspace(0.7, 2, 1, 10, { dtype: torch.int64 }).tolist()).toEqual([5]);
  expect(torch.logspace(0.7, 2, 3, 10, { dtype: torch.int64 }).tolist()).toEqual([1, 10, 100]);
});

test("the bins around a single number have bounds in its dtype", () => {
  const bins = (value: number): number[] =>
    torch.histc(torch.tensor(value)).nonzero().flatten().tolist() as number[];
  expect([0.3, 1, -2.5, 7.1, 0].map(bins)).toEqual([[50], [50], [50], [49], [50]]);
});

test("a product with an empty matrix leaves what it is added to as it is", () => {
  const three = torch.tensor(3);
  expect(torch.addmv(three, torch.ones([2, 0]), torch.ones([0]), { beta: 2 }).tolist()).toBe(6);
  expect(torch.addmv(torch.ones([1]), torch.ones([0, 3]), torch.ones([3])).tolist()).toEqual([1]);
  expect(torch.addmv(three, torch.ones([0, 3]), torch.ones([3]), { beta: 0 }).sizes).toEqual([0]);
});

test("the greatest common divisor of the least int32 is what PyTorch's steps leave", () => {
  const gcd = (x: number, y: number) =>
    torch.gcd(torch.tensor([x], { dtype: torch.int32 }), torch.tensor([y], { dtype: torch.int32 })).item();
  const least = -(2 ** 31);
  expect([6, -1, 0, least, 3, -64, 100].map((y) => gcd(least, y))).toEqual([-2, 1, least, least, 1, 64, 4]);
  expect([gcd(-12, 18), gcd(0, -5), gcd(0, 0)]).toEqual([6, 5, 0]);
});

test("a gradient of a view is shared among the elements that lie in one place", () => {
  const rows = torch.tensor([1, 2]).asStrided([2, 2], [1, 0]).detach().requiresGrad_();
  const shown = rows.asStrided([3, 2], [0, 1]);
  shown.backward(
    torch.tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  );
  expect(rows.grad?.tolist()).toEqual([
    [4.5, 4.5],
    [6, 6],
  ]);
  const crossed = torch.tensor([0, 1, 2]).asStrided([2, 2], [1, 1]).detach().requiresGrad_();
  crossed.asStrided([3], [1]).backward(torch.tensor([1, 2, 4]));
  expect(crossed.grad?.tolist()).toEqual([
    [1, 1],
    [1, 4],
  ]);
});

test("hardswish passes a gradient on where its input is no number", () => {
  expect(hardswishBackward(torch.tensor([2, 3]), torch.tensor([Number.NaN, 1])).tolist()).toEqual([2, 2.5]);
});

test("weights are normalised along a dimension counted from the end with the lengths broadcast", () => {
  const [v, g] = [
    torch.tensor([
      [3, 4],
      [6, 8],
    ]),
    torch.tensor([1, 2]),
  ];
  const rounded = (x: Tensor): unknown => x.mul(10).round().tolist();
  expect(rounded(_weightNorm(v, g, 0))).toEqual([
    [6, 8],
    [12, 16],
  ]);
  expect(rounded(_weightNorm(v, g, -2))).toEqual([
    [6, 16],
    [6, 16],
  ]);
});
