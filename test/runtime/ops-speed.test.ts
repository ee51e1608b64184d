/** The quick ways through kernels give what the plain ones give. */
import { expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";

/** The same in double precision, which takes the host's plain loops. */
const inDoubles = (run: (...tensors: Tensor[]) => Tensor, ...tensors: Tensor[]): Tensor =>
  run(...tensors.map((tensor) => tensor.double())).float();

const closeTo = (actual: Tensor, expected: Tensor): boolean =>
  torch.allclose(actual, expected, 1e-4, 1e-4) && actual.shape.join() === expected.shape.join();

test("large products come out right however their operands lie in memory", () => {
  torch.manualSeed(1);
  const [a, b] = [torch.randn([40, 50]), torch.randn([50, 60])];
  const product = (x: Tensor, y: Tensor): Tensor => x.matmul(y);
  const expected = inDoubles(product, a, b);

  expect(closeTo(product(a, b), expected)).toBe(true);
  expect(closeTo(product(a.t().contiguous().t(), b), expected)).toBe(true);
  expect(closeTo(product(a, b.t().contiguous().t()), expected)).toBe(true);
  const wide = torch.zeros([40, 100]);
  const view = wide.slice(1, 0, 100, 2).copy_(a);
  expect(closeTo(product(view, b), expected)).toBe(true);
});

test("batches of large products come out right, transposed ones too", () => {
  torch.manualSeed(2);
  const [a, b] = [torch.randn([3, 30, 40]), torch.randn([3, 30, 40])];
  const scores = (x: Tensor, y: Tensor): Tensor => x.bmm(y.transpose(1, 2));
  expect(closeTo(scores(a, b), inDoubles(scores, a, b))).toBe(true);
});

test("long arrays are added, subtracted, multiplied and divided as short ones are", () => {
  torch.manualSeed(3);
  const [a, b] = [torch.randn([40_003]), torch.randn([40_003])];
  const two = torch.tensor(2.5);
  for (const name of ["add", "sub", "mul", "div"] as const) {
    const call = (x: Tensor, y: Tensor): Tensor => (torch[name] as (a: Tensor, b: Tensor) => Tensor)(x, y);
    const inParts = (x: Tensor, y: Tensor): Tensor =>
      torch.cat([
        call(x.slice(0, 0, 100), y.ndim === 0 ? y : y.slice(0, 0, 100)),
        call(x.slice(0, 100), y.ndim === 0 ? y : y.slice(0, 100)),
      ]);
    expect(torch.equal(call(a, b), inParts(a, b)), name).toBe(true);
    expect(torch.equal(call(a, two), inParts(a, two)), `${name} with a number`).toBe(true);
    expect(
      torch.equal(call(a, b).slice(0, -3), inDoubles(call, a.slice(0, -3), b.slice(0, -3))),
      `${name} exactly`,
    ).toBe(true);
  }
});

test("square roots of long arrays are exact, NaN below 0 and the sign of 0 among them", () => {
  torch.manualSeed(6);
  const x = torch.randn([40_003]);
  x.index([1]).fill_(-0);
  const elements = x.tolist<number[]>();
  const found = x.sqrt().tolist<number[]>();
  const expected = elements.map((element) => Math.fround(Math.sqrt(element)));
  expect(found.filter((root, i) => !Object.is(root, expected[i]))).toEqual([]);
});

test("relu and its gradient are the same for long arrays, NaN and zeros among them", () => {
  torch.manualSeed(4);
  const x = torch.randn([40_003]);
  for (const [i, value] of [Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].entries())
    x.index([i]).fill_(value);
  const slope = torch.randn([40_003]);
  const inParts = (run: (x: Tensor, slope: Tensor) => Tensor): Tensor =>
    torch.cat([run(x.slice(0, 0, 100), slope.slice(0, 0, 100)), run(x.slice(0, 100), slope.slice(0, 100))]);
  const alike = (a: Tensor, b: Tensor): boolean => {
    const others = b.tolist<number[]>();
    return a.tolist<number[]>().every((value, i) => Object.is(value, others[i]));
  };

  expect(
    alike(
      x.relu(),
      inParts((part) => part.double().relu().float()),
    ),
  ).toBe(true);
  const gradient = (self: Tensor, arrived: Tensor): Tensor => {
    const leaf = self.clone().requiresGrad_();
    leaf.relu().backward(arrived);
    return leaf.grad as Tensor;
  };
  const slow = inParts((part, arrived) => gradient(part.double(), arrived.double()).float());
  expect(alike(gradient(x, slope), slow)).toBe(true);
});

test("large views are copied element by element, however they are turned", () => {
  const [n, c, h, w] = [3, 5, 37, 41];
  const x = torch
    .arange(n * c * h * w)
    .reshape([n, c, h, w])
    .float();
  const at = (...index: number[]): number => x.index(index).item();
  for (const order of [
    [0, 2, 3, 1],
    [3, 2, 1, 0],
    [1, 0, 2, 3],
    [0, 1, 3, 2],
    [2, 0, 3, 1],
  ]) {
    const turned = x.permute(order).contiguous();
    expect(turned.shape).toEqual(order.map((dim) => [n, c, h, w][dim]));
    const place = [2, 4, 36, 7];
    expect(turned.index(order.map((dim) => place[dim])).item(), `${order}`).toBe(at(...place));
    const back = order.map((_, dim) => order.indexOf(dim));
    expect(torch.equal(turned.permute(back).contiguous(), x), `${order} and back`).toBe(true);
  }
  const steps = x.slice(3, 1, w, 2).transpose(2, 3).contiguous();
  expect(steps.index([1, 2, 3, 4]).item()).toBe(at(1, 2, 4, 7));
});

test("the gradient of a large max pool goes where the greatest elements are", () => {
  torch.manualSeed(5);
  const x = torch.randn([4, 8, 33, 31]);
  const gradient = (self: Tensor): Tensor => {
    const leaf = self.clone().requiresGrad_();
    nn.functional.maxPool2d(leaf, 3, 2, 1).square().sum().backward();
    return leaf.grad as Tensor;
  };
  // The same from the definition: each window's greatest element is known by its place.
  const [values, places] = torch.maxPool2dWithIndices(x, [3, 3], [2, 2], [1, 1]);
  const flat = torch.zeros([4, 8, 33 * 31]);
  const expected = flat.scatterAdd(2, places.flatten(2), values.flatten(2).mul(2)).reshape(x.shape);
  expect(closeTo(gradient(x), expected)).toBe(true);
  const everyPlace = x.flatten(2).gather(2, places.flatten(2)).reshape(values.shape);
  expect(torch.equal(everyPlace, values)).toBe(true);
});

test("small tensors made one after the other do not share memory", () => {
  const made = Array.from({ length: 200 }, (_, i) => torch.zeros([40]).add(i));
  made[7].fill_(-1);
  expect(made.every((tensor, i) => torch.equal(tensor, torch.full([40], i === 7 ? -1 : i)))).toBe(true);
});

test("batch norm's gradients are those of its formula, which gradients of gradients are taken of", () => {
  torch.manualSeed(6);
  const [x, weight, bias] = [torch.randn([4, 3, 5, 6]), torch.rand([3]), torch.randn([3])];
  const slope = torch.randn([4, 3, 5, 6]);
  for (const training of [true, false]) {
    const gradients = (createGraph: boolean): readonly Tensor[] => {
      const inputs = [x, weight, bias].map((tensor) => tensor.clone().requiresGrad_());
      const [runningMean, runningVar] = [torch.full([3], 0.1), torch.full([3], 0.7)];
      const [input, scale, shift] = inputs;
      const result = nn.functional.batchNorm(input, runningMean, runningVar, scale, shift, training);
      return torch.autograd.grad(result, inputs, { gradOutputs: slope, createGraph });
    };
    const composed = gradients(true);
    gradients(false).forEach((gradient, i) => {
      expect(closeTo(gradient, composed[i].detach()), `${i}, training ${training}`).toBe(true);
    });
  }
});

test("layer norm's gradients are those of its formula too", () => {
  torch.manualSeed(7);
  const [x, weight, bias] = [torch.randn([5, 4, 6]), torch.rand([4, 6]), torch.randn([4, 6])];
  const slope = torch.randn([5, 4, 6]);
  const gradients = (createGraph: boolean): readonly Tensor[] => {
    const inputs = [x, weight, bias].map((tensor) => tensor.clone().requiresGrad_());
    const result = torch.layerNorm(inputs[0], [4, 6], inputs[1], inputs[2]);
    return torch.autograd.grad(result, inputs, { gradOutputs: slope, createGraph });
  };
  const composed = gradients(true);
  gradients(false).forEach((gradient, i) => {
    expect(closeTo(gradient, composed[i].detach()), `${i}`).toBe(true);
  });
});
