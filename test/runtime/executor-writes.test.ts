/** Traced functions that write to what they are given run whole, by session and by loop: memory is written to, views see it, results are the inputs themselves. */
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";

const executors = ["compiled", "javascript", "interpreter"] as const;

test.each(executors)(
  "an input that is written to is the result, and its views see the values (%s)",
  (executor) => {
    const traced = jitTrace((x: Tensor) => x.mul_(2).add_(1), torch.ones([2, 3]));
    traced.executor = executor;
    const x = torch.arange(6, { dtype: torch.float32 }).reshape([2, 3]);
    const [row, version] = [x.select(0, 1), x.storage.version];
    expect(traced(x)).toBe(x);
    expect(traced.explain().executor).toBe(executor);
    expect(row.tolist()).toEqual([7, 9, 11]);
    expect(x.storage.version).toBeGreaterThan(version);
  },
);

test.each(["compiled", "interpreter"] as const)(
  "parts of inputs, and views as inputs, are written to (%s)",
  (executor) => {
    const traced = jitTrace(
      (x: Tensor, y: Tensor) => {
        x.select(0, 0).copy_(y);
        x.narrow(0, 1, 1).zero_();
        return x.sum();
      },
      torch.ones([3, 2]),
      torch.ones([2]),
    );
    traced.executor = executor;
    const whole = torch.ones([2, 3]);
    expect(traced(whole.t(), torch.tensor([5, 6])).item()).toBe(13);
    expect(whole.tolist()).toEqual([
      [5, 0, 1],
      [6, 0, 1],
    ]);
    expect(traced.explain().executor).toBe(executor);
  },
);

class Counter extends nn.Module {
  declare total: Tensor;

  constructor() {
    super();
    this.registerBuffer("total", torch.zeros([2]));
  }

  override forward(x: Tensor): Tensor {
    this.total.add_(x);
    return this.total.mul(10);
  }
}

test.each(executors)("buffers that are written to keep their values from call to call (%s)", (executor) => {
  const counter = new Counter();
  const traced = jitTrace(counter, torch.zeros([2]));
  traced.executor = executor;
  for (let i = 1; i <= 3; i++) expect(traced(torch.tensor([1, 2])).tolist()).toEqual([10 * i, 20 * i]);
  expect(counter.buffers()[0].tolist()).toEqual([3, 6]);
  expect(traced.explain().executor).toBe(executor);
});

test.each([true, false])("running statistics are kept, recording gradients or not (%s)", (recording) => {
  torch.manualSeed(4);
  const make = () => new nn.Sequential(new nn.Conv2d(2, 3, 3), new nn.BatchNorm2d(3), new nn.ReLU());
  const [own, plain] = [make(), make()];
  plain.loadStateDict(own.stateDict());
  const traced = jitTrace(own, torch.randn([2, 2, 5, 5]));
  plain.loadStateDict(own.stateDict());
  traced.executor = "compiled";
  torch.setGradEnabled(recording, () => {
    for (let i = 0; i < 3; i++) {
      const x = torch.randn([2, 2, 5, 5]);
      const [found, expected] = [traced(x), plain.forward(x)] as [Tensor, Tensor];
      expect(torch.allclose(found, expected, 1e-4, 1e-5)).toBe(true);
      if (recording) for (const result of [found, expected]) result.sum().backward();
    }
  });
  expect(traced.explain()).toMatchObject({ executor: "compiled", reason: "it was asked for" });
  const expected = plain.stateDict();
  for (const [name, tensor] of Object.entries(own.stateDict()))
    expect(torch.allclose(tensor, expected[name], 1e-4, 1e-5), name).toBe(true);
  if (recording)
    for (const [i, parameter] of own.parameters().entries())
      expect(torch.allclose(parameter.grad as Tensor, plain.parameters()[i].grad as Tensor, 1e-3, 1e-5)).toBe(
        true,
      );
});

test("memory that is written to and given twice is the interpreter's", () => {
  const traced = jitTrace((x: Tensor, y: Tensor) => x.add_(1).add(y), torch.ones([2]), torch.ones([2]));
  traced.executor = "compiled";
  const x = torch.tensor([1, 2]);
  expect(traced(x, x).tolist()).toEqual([4, 6]);
  expect(traced.explain()).toMatchObject({
    executor: "interpreter",
    reason: "memory that it writes to is given to it twice",
  });
});

test("a leaf that requires a gradient is not written to while gradients are recorded, compiled or not", () => {
  const leaf = torch.ones([2]).requiresGrad_();
  const traced = jitTrace((x: Tensor) => x.mul_(2), torch.ones([2]));
  for (const executor of executors) {
    traced.executor = executor;
    expect(() => traced(leaf)).toThrow(
      "a leaf Variable that requires grad is being used in an in-place operation.",
    );
    expect(leaf.tolist()).toEqual([1, 1]);
  }
  traced.executor = "compiled";
  torch.noGrad(() => traced(leaf));
  expect(leaf.tolist()).toEqual([2, 2]);
});

test("a session that fails leaves the error to the interpreter, in torch's words", () => {
  const traced = jitTrace((x: Tensor, y: Tensor) => x.mm(y), torch.ones([2, 3]), torch.ones([3, 2]));
  traced.executor = "compiled";
  expect(() => traced(torch.ones([2, 3]), torch.ones([2, 2]))).toThrow(
    "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x2)",
  );
  expect(traced(torch.ones([1, 2]), torch.ones([2, 1])).tolist()).toEqual([[2]]);
  expect(traced.explain().executor).toBe("compiled");
});
