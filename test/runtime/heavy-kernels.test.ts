/** What is long enough to be given to a backend comes out as the host's own loops have it, odd numbers included. */
import { afterAll, expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";
import { loadBackend } from "../../runtime/kernels/backend.ts";

afterAll(() => loadBackend());

/** The same computation by ONNX Runtime and by the host. */
async function byBoth<T>(compute: () => T): Promise<readonly [T, T]> {
  await loadBackend(["onnxruntime"]);
  expect(torch.backend().name).toBe("onnxruntime");
  const heavy = compute();
  await loadBackend([]);
  expect(torch.backend().name).toBe("host");
  return [heavy, compute()];
}

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-42];

/** Random numbers, some of them odd. */
function oddNumbers(sizes: readonly number[]): Tensor {
  const x = torch.randn([...sizes]);
  const data = x.storage.data as Float32Array;
  for (let i = 0; i < data.length; i += 97) data[i] = odd[(i / 97) % odd.length];
  return x;
}

const bits = (x: Tensor): Int32Array => new Int32Array((x.storage.data as Float32Array).slice().buffer);

test.each<[string, (x: Tensor, y: Tensor) => Tensor]>([
  ["x + y", (x, y) => x.add(y)],
  ["x - y", (x, y) => x.sub(y)],
  ["x * y", (x, y) => x.mul(y)],
  ["x / y", (x, y) => x.div(y)],
  // Of two zeros either is the greater one.
  ["max(x, y)", (x, y) => torch.maximum(x, y).add(0)],
  ["min(x, y)", (x, y) => torch.minimum(x, y).add(0)],
  ["x between -1 and 1", (x) => x.clamp(-1, 1).add(0)],
  ["x + 2", (x) => x.add(2)],
  ["1 - x", (x) => torch.rsub(x, 1)],
  ["x / 3", (x) => x.div(3)],
  ["sqrt(|x|)", (x) => x.abs().sqrt()],
  ["relu(x)", (x) => torch.relu(x)],
])("%s of long arrays has the host's numbers, to the bit", async (_, f) => {
  torch.manualSeed(1);
  for (const sizes of [[30_000], [300, 500]]) {
    const [x, y] = [oddNumbers(sizes), oddNumbers(sizes).flip([0])];
    const [heavy, host] = await byBoth(() => f(x, y));
    expect(heavy.sizes).toEqual(host.sizes);
    // Any NaN is as good as another.
    expect(bits(torch.nanToNum(heavy, 77))).toEqual(bits(torch.nanToNum(host, 77)));
  }
});

test("operands that are broadcast have the host's numbers", async () => {
  torch.manualSeed(5);
  const shapes = [
    [[300, 200], [200]],
    [
      [300, 200],
      [300, 1],
    ],
    [
      [40, 8, 100],
      [8, 1],
    ],
    [
      [40, 8, 100],
      [40, 1, 100],
    ],
    [
      [1, 300, 100],
      [3, 1, 100],
    ],
    [[4000, 10], [10]],
  ];
  for (const [a, b] of shapes) {
    const [x, y] = [oddNumbers(a), torch.randn(b)];
    for (const f of [() => x.add(y), () => y.sub(x), () => x.mul(y), () => y.div(x)]) {
      const [heavy, host] = await byBoth(f);
      expect(heavy.sizes).toEqual(host.sizes);
      expect(bits(torch.nanToNum(heavy, 77))).toEqual(bits(torch.nanToNum(host, 77)));
    }
  }
  const rows = torch.randn([30, 1, 1]).expand([30, 20, 100]);
  const [heavy, host] = await byBoth(() => rows.mul(rows.add(torch.randn([30, 20, 1]).mul(0))));
  expect(torch.equal(heavy, host)).toBe(true);
});

test("sums along the last dimensions, along others and of everything are the host's", async () => {
  torch.manualSeed(2);
  const x = torch.randn([16, 8, 28, 28]);
  for (const dims of [[0, 2, 3], [3], [2, 3], [0], [1, 3], [0, 1, 2, 3], []]) {
    for (const keepdim of [false, true]) {
      const [heavy, host] = await byBoth(() => torch.sum(x, dims, keepdim));
      expect(heavy.sizes).toEqual(host.sizes);
      expect(torch.allclose(heavy, host, 1e-5, 1e-3)).toBe(true);
    }
  }
  const ones = torch.ones([2 ** 21]);
  const [heavy, host] = await byBoth(() => [ones.sum().item(), ones.mean().item()]);
  expect(heavy).toEqual([2 ** 21, 1]);
  expect(heavy).toEqual(host);
});

test("sums know NaN and infinity, and stay exact enough over a million numbers", async () => {
  torch.manualSeed(3);
  const x = torch.rand([1_000_000]);
  const [heavy, host] = await byBoth(() => x.sum().item());
  expect(Math.abs(heavy - host) / host).toBeLessThan(1e-6);
  const [odds] = await byBoth(() => [oddNumbers([40_000]).sum().item(), x.div(0).sum().item()]);
  expect(odds).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
});

test.each<
  [string, readonly number[], { stride?: number; padding?: number; dilation?: number; ceilMode?: boolean }]
>([
  ["windows side by side", [8, 4, 28, 28], {}],
  ["windows that overlap", [8, 4, 28, 28], { stride: 1 }],
  ["a border", [8, 4, 27, 28], { padding: 1 }],
  ["dilated windows", [8, 4, 28, 29], { dilation: 2, padding: 1 }],
  ["windows over the end", [8, 4, 27, 27], { ceilMode: true }],
  ["no batch", [8, 64, 64], {}],
])("the greatest of %s and their places are the host's", async (_, sizes, options) => {
  torch.manualSeed(4);
  const rounded = torch
    .randn([...sizes])
    .mul(2)
    .round();
  const nan = oddNumbers(sizes);
  const least = torch.full([...sizes], Number.NEGATIVE_INFINITY);
  for (const x of [rounded, nan, least]) {
    const pool = new nn.MaxPool2d(3, { ...options, returnIndices: true });
    const [heavy, host] = await byBoth(() => pool.forward(x) as unknown as readonly [Tensor, Tensor]);
    expect(heavy[0].sizes).toEqual(host[0].sizes);
    expect(heavy[1].tolist()).toEqual(host[1].tolist());
    expect(heavy[0].tolist()).toEqual(host[0].tolist());
  }
});

test.each<[string, (x: Tensor, w: Tensor) => Tensor, number[], number[]]>([
  ["of a convolution", (x, w) => nn.functional.conv2d(x, w, null, [2, 1], 1), [4, 8, 24, 24], [16, 8, 3, 3]],
  [
    "of a convolution in groups",
    (x, w) => nn.functional.conv2d(x, w, null, 1, 2, 2, 2),
    [4, 8, 24, 24],
    [16, 4, 3, 3],
  ],
  ["of one in one dimension", (x, w) => nn.functional.conv1d(x, w, null, 2, 1), [4, 16, 300], [32, 16, 5]],
  ["of one in three", (x, w) => nn.functional.conv3d(x, w, null, 1, 1), [2, 4, 9, 9, 9], [8, 4, 3, 3, 3]],
  [
    "of a transposed one",
    (x, w) => nn.functional.convTranspose2d(x, w, null, 2, 1, 1),
    [4, 16, 12, 12],
    [16, 8, 3, 3],
  ],
  [
    "of one whose result has places that no input gave",
    (x, w) => nn.functional.convTranspose2d(x, w, null, 2, 1, 2, 1, 3),
    [4, 16, 12, 12],
    [16, 8, 3, 3],
  ],
])("the weight's gradient %s is the host's", async (_, f, xSizes, wSizes) => {
  torch.manualSeed(3);
  const [x, weight] = [torch.randn(xSizes), torch.randn(wSizes)];
  const gradient = (): Tensor => {
    const w = weight.clone().requiresGrad_();
    const result = f(x, w);
    return torch.autograd.grad(
      result.mul(torch.linspace(-1, 1, result.elements).reshape(result.sizes)).sum(),
      [w],
    )[0];
  };
  const [heavy, host] = await byBoth(gradient);
  expect(heavy.sizes).toEqual(wSizes);
  expect(heavy.sub(host).abs().max().item<number>() / host.abs().max().item<number>()).toBeLessThan(1e-5);
});

test("an infinity in the input of a convolution is none in gradients of weights that did not see it", async () => {
  const x = torch.zeros([4, 8, 24, 24]);
  x.index([0, 0, 0, 0]).fill_(Number.POSITIVE_INFINITY);
  const gradient = (): Tensor => {
    const w = torch.ones([16, 8, 3, 3]).requiresGrad_();
    return torch.autograd.grad(nn.functional.conv2d(x, w).sum(), [w])[0];
  };
  const [heavy, host] = await byBoth(gradient);
  expect(heavy.index([0, 0]).tolist()).toEqual([
    [Number.POSITIVE_INFINITY, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(heavy.tolist()).toEqual(host.tolist());
});
