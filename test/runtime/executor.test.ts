/** The executors of a trace: each gives the interpreter's results, the choice is explained, and what cannot be compiled still runs. */
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";

const close = (a: Tensor, b: Tensor): boolean => torch.allclose(a, b, 1e-5, 1e-6);

test("a compiled module gives what the interpreter gives, at other sizes too", () => {
  torch.manualSeed(1);
  const net = new nn.Sequential(
    new nn.Conv2d(1, 3, 3),
    new nn.BatchNorm2d(3),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(12, 2),
  );
  const traced = jitTrace(net.eval(), torch.randn([2, 1, 4, 4]));
  traced.executor = "compiled";
  for (const batch of [1, 2, 7]) {
    const x = torch.randn([batch, 1, 4, 4]);
    torch.noGrad(() => expect(close(traced(x) as Tensor, net.forward(x) as Tensor)).toBe(true));
  }
  expect(traced.explain().executor).toBe("compiled");
});

test("a trace that is called once is never compiled", () => {
  const traced = jitTrace((x: Tensor) => x.add(1).tanh(), torch.ones([3]));
  traced(torch.ones([3]));
  expect(traced.explain()).toMatchObject({ executor: "interpreter", buildTime: null });
});

test("after some calls the faster of session and interpreter is chosen, and both were measured", () => {
  const traced = jitTrace((x: Tensor) => x.add(1).sum(0), torch.ones([3, 3]));
  for (let i = 0; i < 20; i++) traced(torch.ones([3, 3]));
  const { executor, reason, measured } = traced.explain();
  expect(reason).toBe("it measured faster");
  const [chosen, other] =
    executor === "compiled"
      ? [measured.compiled, measured.interpreter]
      : [measured.interpreter, measured.compiled];
  expect(chosen as number).toBeLessThanOrEqual(other as number);
});

test("a few pointwise operators on a few elements run as a loop of JavaScript, and no session is built", () => {
  const traced = jitTrace((x: Tensor) => x.mul(2).relu(), torch.ones([3]));
  for (let i = 0; i < 100; i++) traced(torch.tensor([-1, 0, 2]));
  expect((traced(torch.tensor([-1, 0, 2])) as Tensor).tolist()).toEqual([0, 0, 4]);
  expect(traced.explain()).toMatchObject({
    executor: "javascript",
    buildTime: null,
    measured: { compiled: null },
    refused: { javascript: null, compiled: null },
  });
});

test("where a gradient is needed a loop of JavaScript records none, so the interpreter does", () => {
  const linear = new nn.Linear(3, 1);
  const traced = jitTrace(linear, torch.ones([2, 3]));
  traced.executor = "javascript";
  (traced(torch.ones([2, 3])) as Tensor).sum().backward();
  expect(traced.explain()).toMatchObject({ executor: "interpreter", reason: "a gradient is recorded" });
  expect(linear.weight.grad?.tolist()).toEqual([[2, 2, 2]]);
});

test("weights changed in place, or replaced, are seen by the next call", () => {
  const linear = new nn.Linear(2, 1, { bias: false });
  const traced = jitTrace(linear, torch.ones([1, 2]));
  traced.executor = "compiled";
  torch.noGrad(() => {
    traced(torch.ones([1, 2]));
    linear.weight.fill_(3);
    expect((traced(torch.ones([1, 2])) as Tensor).item()).toBe(6);
    linear.weight = new nn.Parameter(torch.full([1, 2], 5, { dtype: torch.float32 }));
    expect((traced(torch.ones([1, 2])) as Tensor).item()).toBe(10);
  });
});

test("what ONNX has no words for runs interpreted, with the operator named", () => {
  const traced = jitTrace((x: Tensor) => x.sort()[0], torch.tensor([3, 1, 2]));
  traced.executor = "compiled";
  expect((traced(torch.tensor([3, 1, 2])) as Tensor).tolist()).toEqual([1, 2, 3]);
  expect(traced.explain()).toMatchObject({
    executor: "interpreter",
    reason: "there is no exact ONNX form of aten::sort",
  });
});

test("a result that is a view of the input stays one", () => {
  const traced = jitTrace((x: Tensor) => x.t(), torch.ones([2, 3]));
  traced.executor = "compiled";
  const x = torch.zeros([2, 3]);
  const view = traced(x) as Tensor;
  x.fill_(4);
  expect(view.tolist()).toEqual([
    [4, 4],
    [4, 4],
    [4, 4],
  ]);
  expect(traced.explain().reason).toBe("a result is a view of an input or a weight");
});

test("a trace that gives its inputs back is not compiled", () => {
  const traced = jitTrace((x: Tensor) => [x, x], torch.ones([2]));
  const x = torch.zeros([2]);
  for (let i = 0; i < 3; i++) expect((traced(x) as Tensor[])[1]).toBe(x);
  expect(traced.explain().refused.compiled).toBe("it gives its inputs back, there is nothing to compute");
});

test("other ranks and dtypes than the trace's are compiled for their own sizes", () => {
  const traced = jitTrace((x: Tensor) => x.add(1), torch.ones([2]));
  traced.executor = "compiled";
  expect((traced(torch.ones([2, 2])) as Tensor).tolist()).toEqual([
    [2, 2],
    [2, 2],
  ]);
  expect((traced(torch.tensor([1n, 2n])) as Tensor).tolist()).toEqual([2, 3]);
  expect(traced.explain().executor).toBe("compiled");
  traced.executor = "javascript";
  traced(torch.ones([2, 2]));
  expect(traced.explain().reason).toBe("the ranks or dtypes are not those of the trace");
});

test("tuples come back as tuples", () => {
  const traced = jitTrace((x: Tensor) => [x.add(1), [x.mul(2)]] as const, torch.ones([2]));
  traced.executor = "compiled";
  const [a, [b]] = traced(torch.tensor([1, 2]));
  expect([a.tolist(), b.tolist()]).toEqual([
    [2, 3],
    [2, 4],
  ]);
  expect(traced.explain().executor).toBe("compiled");
});
