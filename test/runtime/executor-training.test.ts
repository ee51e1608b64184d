/**
 * Training through a trace: gradients of the compiled backward pass equal the interpreter's on many graphs, hooks and graphs of gradients
 * see what they would see after an interpreted run, and what is not compiled says why.
 */
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";

type Fn = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

const { functional } = nn;

const draw = (sizes: readonly number[], dtype = torch.float32): Tensor => torch.randn(sizes, { dtype });

/** Each a function and the sizes of its inputs, all of which require a gradient. */
const graphs: Readonly<Record<string, readonly [Fn, ...(readonly number[])[]]>> = {
  pointwise: [(x, y) => x.mul(y).tanh().add(x.sigmoid()).sub(y.exp().neg()), [3, 4], [3, 4]],
  broadcasting: [(x, y) => x.mul(y).add(y.pow(2)).div(x.mul(x).add(1)), [3, 4], [4]],
  activations: [
    (x) => [functional.gelu(x), functional.silu(x), functional.leakyRelu(x, 0.1), functional.softplus(x)],
    [3, 4],
  ],
  limits: [(x) => [x.clamp(-1, 1), x.clamp(null, 0.5)], [3, 4]],
  "a product of matrices": [(x, y) => x.mm(y).t().relu(), [3, 4], [4, 2]],
  "products of batches": [(x, y) => x.matmul(y).softmax(-1), [2, 3, 4], [2, 4, 3]],
  "linear layers": [
    (x, w, b) => functional.linear(functional.linear(x, w, b).relu(), w),
    [5, 4],
    [4, 4],
    [4],
  ],
  "a linear layer on a batch": [(x, w, b) => functional.linear(x, w, b), [2, 3, 4], [5, 4], [5]],
  convolution: [(x, w, b) => functional.conv2d(x, w, b, 2, 1), [2, 3, 7, 8], [4, 3, 3, 3], [4]],
  "a dilated convolution": [(x, w) => functional.conv2d(x, w, null, 1, 0, 2), [2, 3, 7, 8], [4, 3, 3, 3]],
  "a convolution in one dimension": [
    (x, w, b) => functional.conv1d(x, w, b, 1, 2),
    [2, 3, 9],
    [4, 3, 3],
    [4],
  ],
  "a convolution of many places": [
    (x, w) => functional.conv2d(x, w, null, 1, [1, 0]),
    [4, 9, 24, 24],
    [8, 9, 3, 2],
  ],
  "a convolution in groups": [
    (x, w, b) => functional.conv2d(x, w, b, 1, 1, 1, 2),
    [2, 4, 5, 6],
    [6, 2, 3, 3],
    [6],
  ],
  "max pooling of separate windows with a border": [
    (x) => functional.maxPool2d(torch.relu(x), 2, 3, 1) as Tensor,
    [2, 3, 7, 9],
  ],
  "max pooling twice": [
    (x) => functional.maxPool2d(functional.maxPool2d(torch.relu(x), 2) as Tensor, 2) as Tensor,
    [2, 3, 8, 8],
  ],
  "max pooling": [(x) => functional.maxPool2d(x.tanh(), 2) as Tensor, [2, 3, 6, 6]],
  "max pooling of dilated windows, which overlap": [
    (x) => functional.maxPool2d(x, 2, 2, 0, 2) as Tensor,
    [2, 3, 9, 9],
  ],
  "max pooling with overlap": [(x) => functional.maxPool2d(x, 3, 2, 1) as Tensor, [2, 3, 7, 7]],
  reductions: [(x) => [x.sum(0), x.mean(1, true), x.sum(), x.mean([0, 1]), x.var(1), x.std(0)], [3, 4]],
  "greater and smaller ones": [(x, y) => [torch.maximum(x, y), torch.where(x.gt(0), x, y)], [3, 4], [3, 4]],
  "softmax and its logarithm": [(x) => [x.logSoftmax(1), x.softmax(0)], [3, 4]],
  views: [(x) => [x.t().reshape([2, 6]).mul(2), x.unsqueeze(0).expand([2, 3, 4]).mul(3)], [3, 4]],
  parts: [
    (x) => {
      const [a, b] = x.chunk(2, 1);
      return [
        torch.cat([b, a.mul(2)], 1),
        torch.stack([a, b]),
        x.narrow(1, 1, 2).exp(),
        x.select(0, 1).sin(),
      ];
    },
    [3, 4],
  ],
  joins: [(x, y) => [torch.cat([x, y.mul(2)], 1), torch.stack([x, y])], [3, 4], [3, 4]],
  "normalised batches": [(x, w, b) => functional.batchNorm(x, null, null, w, b, true), [4, 3, 2], [3], [3]],
  "layer norm": [(x, w, b) => functional.layerNorm(x, [4], w, b), [3, 4], [4], [4]],
  attention: [
    (q, k, v) => functional.scaledDotProductAttention(q, k, v),
    [1, 2, 5, 4],
    [1, 2, 5, 4],
    [1, 2, 5, 4],
  ],
  "a loss of numbers": [(x, y) => functional.mseLoss(x, y), [3, 4], [3, 4]],
  "in-place operators on new tensors": [(x) => x.mul(2).add_(1).relu_(), [3, 4]],
  "a value used often": [
    (x) => {
      let y = x;
      for (let i = 0; i < 5; i++) y = y.mul(x).add(y);
      return y;
    },
    [3],
  ],
};

/** Results and the gradients of their weighted sum. */
function gradientsOf(run: Fn, inputs: readonly Tensor[]): Tensor[] {
  const results = [run(...inputs)].flat();
  torch.manualSeed(99);
  const weighed = results
    .filter((result) => result.requiresGrad)
    .map((result) => result.mul(torch.randn(result.sizes)).sum());
  const gradients = torch.autograd.grad(weighed, inputs, { allowUnused: true });
  return [...results, ...gradients.map((gradient) => gradient ?? torch.tensor([404]))];
}

test.each(Object.keys(graphs))("%s: results and gradients compiled equal the interpreter's", (name) => {
  const [fn, ...shapes] = graphs[name];
  torch.manualSeed(5);
  const inputs = (): Tensor[] => shapes.map((sizes) => draw(sizes).requiresGrad_());
  const traced = (jitTrace as (...args: unknown[]) => Fn & { executor: string; explain(): unknown })(
    fn,
    ...inputs(),
  );
  traced.executor = "compiled";
  for (let round = 0; round < 2; round++) {
    const given = inputs();
    const found = gradientsOf(traced, given);
    expect(traced.explain()).toMatchObject({ executor: "compiled", reason: "it was asked for" });
    const expected = gradientsOf(fn, given);
    for (const [i, tensor] of found.entries())
      expect(torch.allclose(tensor, expected[i], 1e-4, 1e-5, true), `tensor ${i}`).toBe(true);
  }
});

test("a transposed convolution whose result has places that no input gave is interpreted, with PyTorch's gradients", () => {
  const f: Fn = (x, w) => functional.convTranspose1d(x, w, null, 1, 0, 1, 1, 2);
  const inputs = [torch.tensor([[[1, 2]]]), torch.tensor([[[3, 5]]])].map((x) => x.requiresGrad_());
  const traced = jitTrace(f, ...inputs);
  traced.executor = "compiled";
  const result = traced(...inputs) as Tensor;
  expect(traced.explain().executor).toBe("interpreter");
  expect(result.tolist()).toEqual([[[3, 6, 5, 10, 0]]]);
  const gradients = torch.autograd.grad(result.mul(torch.arange(1, 6)).sum(), inputs);
  expect(gradients.map((gradient) => gradient.tolist())).toEqual([[[[18, 26]]], [[[5, 11]]]]);
});

/** A classifier with its loss. */
class Classifier extends nn.Module {
  first = new nn.Linear(6, 8);
  second = new nn.Linear(8, 3);

  override forward(x: Tensor, target: Tensor): Tensor {
    return functional.crossEntropy(this.second.forward(this.first.forward(x).relu()), target);
  }
}

/** The losses of some steps of training; the trace runs by the executor, the module itself without one. */
function train(executor: "compiled" | "interpreter" | null): number[] {
  torch.manualSeed(3);
  const net = new Classifier();
  const x = torch.randn([16, 6]);
  const target = torch.randint(0, 3, [16]);
  const traced = jitTrace(net, x, target);
  if (executor !== null) traced.executor = executor;
  const optimizer = new torch.optim.SGD(net.parameters(), { lr: 0.5, momentum: 0.9 });
  return Array.from({ length: 12 }, () => {
    optimizer.zeroGrad();
    const loss = executor === null ? net.forward(x, target) : traced(x, target);
    loss.backward();
    optimizer.step();
    if (executor !== null) expect(traced.explain().executor).toBe(executor);
    return Number(loss.item());
  });
}

test("a classifier trained through its trace goes the same way compiled, interpreted, and without a trace", () => {
  const plain = train(null);
  expect(plain[11]).toBeLessThan(plain[0] / 2);
  for (const executor of ["compiled", "interpreter"] as const)
    for (const [i, loss] of train(executor).entries()) expect(loss).toBeCloseTo(plain[i], 4);
});

test("class weights, ignored classes and every reduction of the loss are compiled", () => {
  torch.manualSeed(2);
  const weight = torch.tensor([0.5, 2, 1]);
  const target = torch.tensor([0n, 2n, -100n, 1n]);
  for (const reduction of ["none", "sum", "mean"] as const) {
    const loss = (x: Tensor, y: Tensor): Tensor => functional.crossEntropy(x, y, { weight, reduction });
    const x = torch.randn([4, 3]).requiresGrad_();
    const traced = jitTrace(loss, x, target);
    traced.executor = "compiled";
    const [found, expected] = [traced, loss].map((run) => {
      const value = run(x, target);
      return [value, ...torch.autograd.grad(value.sum(), x)];
    });
    expect(traced.explain().executor).toBe("compiled");
    for (const [i, tensor] of found.entries())
      expect(torch.allclose(tensor, expected[i], 1e-5, 1e-6)).toBe(true);
  }
});

const square = (x: Tensor): Tensor => x.mul(x).sum();

test("gradients of compiled gradients come from the interpreter", () => {
  const traced = jitTrace(square, torch.ones([3]).requiresGrad_());
  traced.executor = "compiled";
  const x = torch.tensor([1, 2, 3]).requiresGrad_();
  const [dx] = torch.autograd.grad(traced(x), x, { createGraph: true });
  expect(traced.explain().executor).toBe("compiled");
  const [ddx] = torch.autograd.grad(dx.pow(2).sum(), x);
  expect([dx.tolist(), ddx.tolist()]).toEqual([
    [2, 4, 6],
    [8, 16, 24],
  ]);
});

test("gradients flow on into what the inputs come from, hooks see them, and leaves add them up", () => {
  const traced = jitTrace(square, torch.ones([2]).requiresGrad_());
  traced.executor = "compiled";
  const leaf = torch.tensor([1, 2]).requiresGrad_();
  const seen: unknown[] = [];
  const inner = leaf.mul(3);
  inner.registerHook((gradient) => {
    seen.push(gradient.tolist());
  });
  traced(inner).backward();
  traced(leaf.mul(3)).backward();
  expect(seen).toEqual([[6, 12]]);
  expect(leaf.grad?.tolist()).toEqual([36, 72]);
});

test("gradients of a loss are scaled by what arrives at it, in later passes through the same graph too", () => {
  const traced = jitTrace(square, torch.ones([2]).requiresGrad_());
  traced.executor = "compiled";
  const gradientOf = (loss: (x: Tensor) => Tensor): unknown => {
    const x = torch.tensor([1, 2]).requiresGrad_();
    loss(x).backward();
    return x.grad?.tolist();
  };
  expect(gradientOf((x) => traced(x).mul(3))).toEqual([6, 12]);
  expect(gradientOf((x) => traced(x).add(traced(x)))).toEqual([4, 8]);
  const x = torch.tensor([1, 2]).requiresGrad_();
  const loss = traced(x);
  for (const times of [1, 2, 3]) {
    loss.backward(null, { retainGraph: true });
    expect(x.grad?.tolist()).toEqual([2 * times, 4 * times]);
  }
});

test("calls that no backward pass follows are forward passes only, and one may still follow", () => {
  const traced = jitTrace(square, torch.ones([2]).requiresGrad_());
  traced.executor = "compiled";
  const x = torch.tensor([1, 2]).requiresGrad_();
  const losses = [traced(x), traced(x), traced(x)];
  expect(losses.map((loss) => loss.item())).toEqual([5, 5, 5]);
  for (const [i, loss] of losses.toReversed().entries()) {
    loss.backward();
    expect(x.grad?.tolist()).toEqual([2 * (i + 1), 4 * (i + 1)]);
  }
  traced(x).backward();
  expect(x.grad?.tolist()).toEqual([8, 16]);
});

test("inputs changed before the backward pass are an error, as they are to the interpreter", () => {
  const traced = jitTrace(square, torch.ones([2]).requiresGrad_());
  traced.executor = "compiled";
  const leaf = torch.tensor([1, 2]).requiresGrad_();
  const inner = leaf.mul(1);
  const loss = traced(inner);
  torch.noGrad(() => inner.add_(1));
  expect(() => loss.backward()).toThrow("modified by an inplace operation");
});

test("of several results those without a gradient get none, and the others know their gradient node", () => {
  const fn = (x: Tensor): Tensor[] => [x.exp(), x.detach().mul(2), x.gt(0), x.sin()];
  const traced = jitTrace(fn, torch.ones([2]).requiresGrad_());
  traced.executor = "compiled";
  const results = traced(torch.zeros([2]).requiresGrad_());
  expect(traced.explain().executor).toBe("compiled");
  expect(results.map(({ requiresGrad }) => requiresGrad)).toEqual([true, false, false, true]);
  expect(results.map(({ gradFn }) => String(gradFn))).toEqual([
    "<ExpBackward0>",
    "null",
    "null",
    "<SinBackward0>",
  ]);
});

test("a backward pass after dispose is the interpreter's", () => {
  const traced = jitTrace(square, torch.ones([2]).requiresGrad_());
  traced.executor = "compiled";
  const x = torch.tensor([1, 2]).requiresGrad_();
  const loss = traced(x);
  traced.dispose();
  loss.backward();
  expect(x.grad?.tolist()).toEqual([2, 4]);
});

test("the first calls are interpreted, and the choice made after them is explained", () => {
  const net = new Classifier();
  const [x, target] = [torch.randn([16, 6]), torch.randint(0, 3, [16])];
  const traced = jitTrace(net, x, target);
  traced(x, target);
  expect(traced.explain()).toMatchObject({
    executor: "interpreter",
    reason: "it is the first call",
    buildTime: null,
  });
  for (let i = 0; i < 3; i++) traced(x, target);
  expect(traced.explain()).toMatchObject({
    executor: "interpreter",
    reason: "a gradient is recorded for the first times",
  });
  traced(x, target);
  const { executor, reason, buildTime, measured, nodes } = traced.explain();
  expect(buildTime).toBeGreaterThan(0);
  const faster = (measured.compiled as number) < (measured.interpreter as number);
  expect([executor, reason]).toEqual(
    faster ? ["compiled", "it measured faster"] : ["interpreter", "the interpreter measured faster"],
  );
  expect(faster ? nodes.backward : 1).toBeGreaterThan(0);
});

test("what is computed past the operators, or chosen while it runs, is interpreted with the reason", () => {
  const traced = jitTrace((x: Tensor) => functional.dropout(x, 0.5).sum(), torch.ones([8]).requiresGrad_(), {
    checkTrace: false,
  });
  traced.executor = "compiled";
  torch.manualSeed(1);
  const found = traced(torch.ones([8]).requiresGrad_());
  torch.manualSeed(1);
  expect(found.item()).toBe(
    functional
      .dropout(torch.ones([8]), 0.5)
      .sum()
      .item(),
  );
  expect(traced.explain()).toMatchObject({
    executor: "interpreter",
    reason: "aten::mul is given a tensor that was computed past the operators",
  });
});
