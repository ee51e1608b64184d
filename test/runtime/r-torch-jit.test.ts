/**
 * What R torch's own tests expect of its jit (tests/testthat/test-trace.R, test-script_module.R, test-jit-compile.R,
 * test-jit-ops.R), as behaviour in TypeScript. What holds differently here, and why, stands at the end of the file.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  jitCompile,
  jitLoad,
  jitOps,
  jitSave,
  jitTrace,
  jitTraceModule,
  jitTuple,
  nn,
  ScriptModule,
  type Tensor,
  torch,
} from "../../runtime/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tracebook-r-"));
afterAll(() => rmSync(folder, { recursive: true }));

const relu = (x: Tensor): Tensor => torch.relu(x);
const same = (a: unknown, b: unknown, tolerance = 0): boolean =>
  torch.allclose(a as Tensor, b as Tensor, tolerance, tolerance);

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 8, 3);
  conv2 = new nn.Conv2d(8, 16, 3);
  dropout1 = new nn.Dropout(0.25);
  dropout2 = new nn.Dropout(0.5);
  fc1 = new nn.Linear(16 * 4 * 4, 32);
  fc2 = new nn.Linear(32, 10);

  override forward(x: Tensor): Tensor {
    let y = torch.relu(this.conv1.forward(x));
    y = nn.functional.maxPool2d(torch.relu(this.conv2.forward(y)), 2);
    y = torch.flatten(this.dropout1.forward(y), 1);
    y = this.dropout2.forward(torch.relu(this.fc1.forward(y)));
    return nn.functional.logSoftmax(this.fc2.forward(y), 1);
  }
}

class TestModule extends nn.Module {
  linear = new nn.Linear(10, 10);
  norm = new nn.BatchNorm1d(10);
  par = new nn.Parameter(torch.tensor(2));
  constant = 1;
  hello = [torch.tensor(1), torch.tensor(2)];

  constructor() {
    super();
    this.registerBuffer("buff", torch.randn([10, 5]));
  }

  override forward(x: Tensor): Tensor {
    return this.par.mul(x);
  }

  testing(x: Tensor): Tensor {
    return this.linear.forward(x);
  }

  testConstant(x: Tensor): Tensor {
    return x.add(this.constant).add(this.hello[1]);
  }
}

const tracedTestModule = (module: TestModule) =>
  jitTraceModule(module, {
    forward: torch.randn([1]),
    testing: [torch.randn([10, 10])],
    testConstant: [torch.tensor(1)],
  });

describe("tracing functions", () => {
  const input = torch.tensor([-1, 0, 1]);

  test("a traced function gives what the function gives", () => {
    expect(same(jitTrace(relu, input)(input), relu(input))).toBe(true);
  });

  test("the graph prints", () => {
    expect(String(jitTrace(relu, input).graph)).toMatch(/^graph\(/);
  });

  test("a function around a module whose parameters are detached is equivalent to it", () => {
    const net = new Net().eval();
    net.requiresGrad_(false);
    const x = torch.randn([4, 1, 12, 12]);
    const fn = (given: Tensor): Tensor => net.forward(given);
    expect(same(jitTrace(fn, x)(x), fn(x), 1e-6)).toBe(true);
  });

  test("it can be saved and loaded", () => {
    const path = join(folder, "function.pt");
    jitSave(jitTrace(relu, input), path);
    expect(existsSync(path)).toBe(true);
    const loaded = jitLoad(path) as unknown as (x: Tensor) => Tensor;
    expect(same(loaded(input), relu(input))).toBe(true);
  });

  test("inputs that are no tensors are an error", () => {
    expect(() => jitTrace(relu, "a" as unknown as Tensor)).toThrow("cannot be traced");
  });

  test("lists of tensors go in", () => {
    const fn = (x: Tensor[]): Tensor => torch.stack(x);
    const x = [torch.tensor(1), torch.tensor(2)];
    expect(same(jitTrace(fn, x)(x), fn(x))).toBe(true);
  });

  test("lists of tensors come out", () => {
    const traced = jitTrace((x: Tensor) => [x, x.add(1)] as const, torch.tensor(1));
    expect(traced(torch.tensor(1)).map((part) => part.item())).toEqual([1, 2]);
  });

  test("several arguments are taken in order", () => {
    const traced = jitTrace(
      (x: Tensor, y: Tensor) => [x, x.add(y)] as const,
      torch.tensor(1),
      torch.tensor(2),
    );
    expect(traced(torch.tensor(1), torch.tensor(2)).map((part) => part.item())).toEqual([1, 3]);
  });

  test("named inputs and outputs keep their names", () => {
    const fn = (x: { t1: Tensor; t2: Tensor }) => ({ x: x.t1, y: x.t2 });
    const x = { t1: torch.tensor(1), t2: torch.tensor(2) };
    const result = jitTrace(fn, x, { strict: false })(x);
    expect({ x: result.x.item(), y: result.y.item() }).toEqual({ x: 1, y: 2 });
  });

  test("a tuple keeps its parts", () => {
    const fn = (y: readonly [Tensor, Tensor]) => jitTuple([y[0], y[1]] as const);
    const traced = jitTrace(fn, jitTuple([torch.tensor(1), torch.tensor(2)] as const));
    expect(traced(jitTuple([torch.tensor(3), torch.tensor(4)] as const)).map((part) => part.item())).toEqual([
      3, 4,
    ]);
    expect(traced([torch.tensor(5), torch.tensor(6)]).map((part) => part.item())).toEqual([5, 6]);
  });

  test("a tuple that was traced wants a tuple", () => {
    const traced = jitTrace(
      (pair: [Tensor, Tensor]) => pair[0].add(pair[1]),
      jitTuple([torch.tensor(1), torch.tensor(2)]),
    );
    const wrong = { a: torch.tensor(1), b: torch.tensor(2) } as unknown as [Tensor, Tensor];
    expect(() => traced(wrong)).toThrow(/instead found type 'Object'/);
  });

  test("named lists are dictionaries", () => {
    const example = { a: torch.tensor(1), b: torch.tensor(2) };
    const traced = jitTrace((x: { a: Tensor; b: Tensor }) => x.a.add(x.b), example);
    expect(traced({ a: torch.tensor(5), b: torch.tensor(6) }).item()).toBe(11);
  });

  test("an error in the function reaches the caller", () => {
    const stop = (_: Tensor): Tensor => {
      throw new Error("what is going on?");
    };
    expect(() => jitTrace(stop, torch.tensor(1))).toThrow(new Error("what is going on?"));
  });
});

describe("tracing modules", () => {
  test("several methods are traced, and share weights with the module", () => {
    const module = new TestModule();
    const traced = tracedTestModule(module) as unknown as TestModule & ((x: Tensor) => Tensor);
    expect(traced.parameters()).toHaveLength(5);
    expect(traced.buffers()).toHaveLength(4);
    expect(traced(torch.tensor(2)).item()).toBe(4);
    torch.noGrad(() => traced.par.zero_());
    expect(traced(torch.tensor(2)).item()).toBe(0);

    const x = torch.randn([10, 10]);
    expect(same(traced.testing(x), module.testing(x))).toBe(true);
    torch.noGrad(() => module.linear.weight.fill_(1));
    expect(same(traced.testing(x), module.testing(x))).toBe(true);
    expect(traced.testConstant(torch.tensor(2)).item()).toBe(5);
  });

  test("a traced module with several methods is saved and loaded", () => {
    const module = new TestModule();
    const path = join(folder, "module.pt");
    jitSave(tracedTestModule(module), path);
    const loaded = jitLoad(path) as unknown as TestModule & ((x: Tensor) => Tensor);
    expect(loaded.parameters()).toHaveLength(5);
    expect(loaded.buffers()).toHaveLength(4);
    expect(loaded(torch.tensor(2)).item()).toBe(4);
    torch.noGrad(() => {
      for (const parameter of loaded.parameters()) parameter.zero_();
    });
    expect(loaded(torch.tensor(2)).item()).toBe(0);
    expect(loaded.testConstant(torch.tensor(2)).item()).toBe(5);
  });

  test("a whole network is equivalent to its trace", () => {
    const net = new Net().eval();
    const x = torch.randn([4, 1, 12, 12]);
    expect(same(jitTrace(net, x)(x), net.forward(x), 1e-6)).toBe(true);
  });

  test("training and evaluation each have their own result", () => {
    const net = new Net().eval();
    const x = torch.randn([3, 1, 12, 12]);
    const traced = jitTraceModule(net, { forward: x });
    expect(traced.training).toBe(false);
    expect(same(traced(x), traced(x))).toBe(true);
    traced.train();
    expect(same(traced(x), traced(x))).toBe(false);
    traced.eval();
    expect(same(traced(x), net.forward(x), 1e-6)).toBe(true);
  });

  test("a name that is no method of the module is an error", () => {
    expect(() => jitTraceModule(new TestModule(), { second: [torch.ones([1])] })).toThrow(
      "TestModule has no method second",
    );
  });

  test("a module's own error reaches the caller", () => {
    class Failing extends nn.Module {
      override forward(_x: Tensor): Tensor {
        throw new Error("The error abcde");
      }
    }
    expect(() => jitTrace(new Failing(), torch.tensor(1))).toThrow("The error abcde");
  });

  test("a class in place of a module, and a number, are errors that say so", () => {
    expect(() => jitTrace(Net as unknown as () => Tensor)).toThrow(
      "expected a module instance, but got the class Net",
    );
    expect(() => jitTrace(1 as unknown as () => Tensor)).toThrow(
      "expected a function or an nn.Module to trace",
    );
  });

  test("a result that is no tensor is an error", () => {
    class One extends nn.Module {
      linear = new nn.Linear(10, 10);
      override forward(x: Tensor): number {
        this.linear.forward(x);
        return 1;
      }
    }
    expect(() => jitTrace(new One(), torch.randn([10, 10]))).toThrow(
      "Only tensors, lists, tuples of tensors",
    );
  });
});

describe("script modules", () => {
  const linear = () => jitTrace(new nn.Linear(10, 10), torch.randn([2, 10]));

  test("parameters have names and shapes, and can be changed in place", () => {
    const module = linear();
    expect(module.namedParameters().map(([name, { sizes }]) => [name, sizes])).toEqual([
      ["weight", [10, 10]],
      ["bias", [10]],
    ]);
    torch.noGrad(() => module.parameters()[0].zero_());
    expect(same(module.parameters()[0], torch.zeros([10, 10]))).toBe(true);
    expect(module(torch.randn([1, 10])).sizes).toEqual([1, 10]);
  });

  test("train and eval switch the mode", () => {
    const module = linear();
    expect([true, false, true].map((mode) => module.train(mode).training)).toEqual([true, false, true]);
    expect(module.eval().training).toBe(false);
  });

  test("the state dict goes out and in", () => {
    const module = linear();
    expect(Object.keys(module.stateDict())).toEqual(["weight", "bias"]);
    module.loadStateDict({ ...module.stateDict(), weight: torch.zeros([10, 10]) });
    expect(same(module.parameters()[0], torch.zeros([10, 10]))).toBe(true);
  });

  test("parameters and buffers can be registered", () => {
    const module = linear();
    module.registerParameter("hello", new nn.Parameter(torch.tensor([1])));
    module.registerBuffer("there", torch.tensor([2]));
    expect(module.namedParameters().map(([name]) => name)).toEqual(["weight", "bias", "hello"]);
    expect(module.namedBuffers().map(([name, value]) => [name, value.tolist()])).toEqual([["there", [2]]]);
  });

  test("modules are script modules that can be called", () => {
    const traced = linear();
    const [module, ...others] = traced.modules();
    expect(others).toEqual([]);
    expect(module).toBeInstanceOf(ScriptModule);
    const x = torch.randn([10, 10]);
    expect(same((module as unknown as typeof traced)(x), traced(x))).toBe(true);
  });

  test("the graph prints", () => {
    expect(String(linear().graph).replace(/ # .*/g, "")).toBe(
      [
        "graph(%self : __torch__.torch.nn.modules.linear.Linear,",
        "      %input : Float(2, 10, strides=[10, 1], requires_grad=0, device=cpu)):",
        '  %bias : Tensor = prim::GetAttr[name="bias"](%self)',
        '  %weight : Tensor = prim::GetAttr[name="weight"](%self)',
        "  %6 : Float(2, 10, strides=[10, 1], requires_grad=1, device=cpu) = aten::linear(%input, %weight, %bias)",
        "  return (%6)",
        "",
      ].join("\n"),
    );
  });
});

describe("compiled text and operators by name", () => {
  test("functions of a compilation unit are called by name", () => {
    const unit = jitCompile(`
def fn(x):
  return torch.abs(x)

def foo(x):
  return torch.sum(x)
`) as unknown as Record<string, (x: Tensor) => Tensor>;
    expect(unit.fn(torch.tensor(-1)).item()).toBe(1);
    expect(unit.foo(torch.tensor([1, 2, 3])).item()).toBe(6);
  });

  test("operators are called by namespace and name", () => {
    const ops = jitOps as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>;
    expect((ops.aten.matmul(torch.ones([5, 4]), torch.rand([4, 5])) as Tensor).sizes).toEqual([5, 5]);
    const parts = ops.aten.split(torch.arange(0, 4), 2, 0) as Tensor[];
    expect(parts.map((part) => part.tolist())).toEqual([
      [0, 1],
      [2, 3],
    ]);
    const x = torch.tensor([
      [1, 2],
      [3, 4],
    ]);
    expect((ops.aten.matmul(x, torch.eye(2)) as Tensor).tolist()).toEqual(x.tolist());
    expect((ops.aten.add(x, x, 2) as Tensor).tolist()).toEqual(x.mul(3).tolist());
    expect((ops.aten.split(x, [1, 1], 0) as Tensor[]).map((part) => part.tolist())).toEqual([
      [[1, 2]],
      [[3, 4]],
    ]);
  });

  test("a name that is no operator is not there", () => {
    expect(jitOps.aten.frobnicate).toBeUndefined();
    expect("relu" in jitOps.aten).toBe(true);
  });
});

/*
 * Different here:
 * - `jit_trace(fn, x = x, y = y)` is an error in R; TypeScript has no named arguments, and a trailing record is an input or the options.
 * - A list where a tuple was traced is an error in R; JavaScript has arrays for both, so a list of the right length is taken.
 * - Named tuples lose their names in R; here a record is a Dict, and jitTuple takes arrays.
 * - Devices other than the CPU, which R's tests move modules to, do not exist here.
 * - `jit_save_for_mobile`: PyTorch's mobile bytecode is deprecated; the files `jitSave` writes load everywhere else.
 */
