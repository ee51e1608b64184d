/** Modules that were loaded and functions that were compiled have all that traced ones have: executors, explanations, profiles. */
import { afterEach, expect, test, vi } from "vitest";
import {
  jitCompile,
  jitFreeze,
  jitOptimizeForInference,
  jitSerialize,
  jitTrace,
  jitUnserialize,
  nn,
  type Tensor,
  torch,
} from "../../runtime/index.ts";
import { openPackedSet } from "../golden/files.ts";
import { runArchives } from "../golden/trace.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const close = (a: Tensor, b: Tensor): boolean => torch.allclose(a, b, 1e-5, 1e-6);

class Net extends nn.Module {
  body = new nn.Sequential(new nn.Conv2d(1, 3, 3), new nn.BatchNorm2d(3), new nn.ReLU());
  head = new nn.Linear(12, 2);
  override forward(x: Tensor): Tensor {
    return this.head.forward(this.body.forward(x).flatten(1));
  }
}

function loadedNet(): { net: Net; loaded: ReturnType<typeof jitUnserialize> } {
  torch.manualSeed(1);
  const net = new Net();
  net.eval();
  return { net, loaded: jitUnserialize(jitSerialize(jitTrace(net, torch.randn([2, 1, 4, 4])))) };
}

test.each(["trace", "script"])("every archive of the set %s gives PyTorch's outputs compiled", (set) => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const failed = runArchives(openPackedSet(set), {}, "compiled").filter(({ status }) => status === "failed");
  expect(failed.map(({ name, detail }) => `${name}\n${detail}`).join("\n\n")).toBe("");
});

test("every traced archive gives PyTorch's outputs without gradients, as a session and as a loop", () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const failed = (["compiled", "javascript"] as const).flatMap((executor) =>
    torch
      .noGrad(() => runArchives(openPackedSet("trace"), {}, executor))
      .filter(({ status }) => status === "failed"),
  );
  expect(failed.map(({ name, detail }) => `${name}\n${detail}`).join("\n\n")).toBe("");
});

test("a loaded module runs compiled, at other sizes too, and its executor is chosen as a trace's is", () => {
  const { net, loaded } = loadedNet();
  torch.noGrad(() => {
    for (const batch of [1, 2, 7, 2, 2, 2, 2, 2, 2, 2]) {
      const x = torch.randn([batch, 1, 4, 4]);
      expect(close(loaded(x), net.forward(x))).toBe(true);
    }
    expect(loaded.explain().measured.compiled).not.toBeNull();
    loaded.executor = "compiled";
    loaded(torch.randn([3, 1, 4, 4]));
  });
  expect(loaded.explain()).toMatchObject({ executor: "compiled", reason: "it was asked for" });
});

test("graphFor, profile, inspect, runAsync and dispose tell of a loaded module as of a trace", async () => {
  const { net, loaded } = loadedNet();
  const x = torch.randn([2, 1, 4, 4]);
  const expected = net.forward(x);
  expect(loaded.graphFor(x).nodes.map(({ kind }) => kind)).toContain("aten::_convolution");
  const { nodes, traced } = loaded.profile(x);
  expect(nodes.map(({ operator }) => operator)).toContain("aten::batch_norm");
  expect(traced).toBe(loaded);
  expect(close([...loaded.inspect(x).values()].at(-1) as Tensor, expected)).toBe(true);
  expect(close((await loaded.runAsync(x)) as Tensor, expected)).toBe(true);
  loaded.dispose();
  expect(close(loaded(x), expected)).toBe(true);
});

test("freezing and optimizing a loaded module give a function of its own constants", () => {
  const { net, loaded } = loadedNet();
  const x = torch.randn([3, 1, 4, 4]);
  const expected = net.forward(x);
  const frozen = jitFreeze(loaded);
  const fast = jitOptimizeForInference(loaded);
  torch.noGrad(() => loaded.parameters()[0].fill_(0));
  for (const fn of [frozen, fast])
    for (const executor of ["interpreter", "compiled"] as const) {
      fn.executor = executor;
      expect(close(fn(x), expected)).toBe(true);
      expect(fn.explain().executor).toBe(executor);
    }
  expect(frozen.graph.nodes.every(({ kind }) => kind !== "prim::GetAttr")).toBe(true);
});

test("a compiled loaded module follows train() and eval(), and learns as an interpreted one", () => {
  torch.manualSeed(2);
  const net = new nn.Sequential(new nn.Linear(3, 8), new nn.BatchNorm1d(8), new nn.Linear(8, 1));
  const x = torch.randn([16, 3]);
  const bytes = jitSerialize(jitTrace(net, x));
  const learned = (["interpreter", "compiled"] as const).map((executor) => {
    const loaded = jitUnserialize(bytes);
    loaded.executor = executor;
    const optimizer = new torch.optim.SGD(loaded.parameters(), { lr: 0.1 });
    for (let step = 0; step < 5; step++) {
      optimizer.zeroGrad();
      loaded(x).square().mean().backward();
      optimizer.step();
    }
    expect(loaded.explain().executor).toBe(executor);
    loaded.eval();
    const result = torch.noGrad(() => loaded(x));
    expect(loaded.explain().executor).toBe(executor);
    return [result, ...loaded.parameters(), ...loaded.buffers()];
  });
  for (const [i, tensor] of learned[0].entries())
    expect(torch.allclose(learned[1][i], tensor, 1e-4, 1e-5)).toBe(true);
});

test("compiled text runs as a loop or a session where it is straight, and says why where it is not", () => {
  const { straight, branching } = jitCompile(`
def scaled(x, y):
  return torch.mul(x, y) + 1
def straight(x, y):
  return torch.relu(scaled(x, y))
def branching(x, y):
  if bool(x.sum() > 0):
    return x
  return y
`);
  const inputs = [torch.tensor([-1, 2]), torch.tensor([3, 4])];
  for (const executor of ["javascript", "compiled"] as const) {
    straight.executor = executor;
    expect((straight(...inputs) as Tensor).tolist()).toEqual([0, 9]);
    expect(straight.explain().executor).toBe(executor);
  }
  branching(...inputs);
  expect((branching(...inputs) as Tensor).tolist()).toEqual([-1, 2]);
  expect(branching.explain()).toMatchObject({
    executor: "interpreter",
    reason: "prim::If decides while it runs what is computed",
  });
});

test("code that calls itself, or changes lists, or prints, is interpreted", () => {
  const { countdown, listed, printing } = jitCompile(`
def countdown(x) -> Tensor:
  if bool(x > 0):
    return countdown(x - 1)
  return x
def listed(x):
  parts = [x]
  parts.append(x + 1)
  return torch.stack(parts)
def printing(x):
  print("called")
  return x + 1
`);
  const reasons = [countdown, listed, printing].map((fn) => {
    for (let i = 0; i < 3; i++) fn(torch.tensor(2));
    return fn.explain().reason;
  });
  expect((countdown(torch.tensor(3)) as Tensor).item()).toBe(0);
  expect(reasons).toEqual([
    "prim::If decides while it runs what is computed",
    "aten::append changes a list or dict",
    "prim::Print does something besides computing",
  ]);
});

test("nested inputs are taken apart for the executors; other nestings than the trace's are the interpreter's", () => {
  type Nested = { readonly pair: readonly [Tensor, Tensor]; readonly other: readonly [Tensor, Tensor] };
  const fn = (list: readonly Tensor[], { pair, other }: Nested): Tensor =>
    list[0].matmul(list[1]).add(pair[0]).mul(pair[1]).sub(other[0]);
  const draw = (n: number): [Tensor[], Nested] => {
    const one = (): Tensor => torch.randn([n, n]);
    return [[one(), one()], { pair: [one(), one()], other: [one(), one()] }];
  };
  const traced = jitTrace(fn as (...args: never[]) => unknown, ...(draw(2) as unknown as never[]));
  const loaded = jitUnserialize(jitSerialize(traced as never));
  for (const call of [traced, loaded] as unknown as (typeof loaded)[]) {
    call.executor = "compiled";
    for (const n of [2, 3]) {
      const inputs = draw(n);
      expect(close(call(...inputs), fn(...inputs))).toBe(true);
      expect(call.explain().executor).toBe("compiled");
    }
    const [list, record] = draw(2);
    expect(() => call([...list, list[0]], record)).toThrow("Expected 2 elements in a list but found 3");
  }
});
