/**
 * What R torch's own tests of its jit expect (test-trace.R, test-trace-module, test-script_module.R, test-jit-ops.R), as
 * behaviour here. Not here: devices other than the CPU, and the lite interpreter's files.
 */
import { describe, expect, test } from "vitest";
import {
  jitOps,
  jitTrace,
  jitTraceModule,
  jitTuple,
  nn,
  ScriptModule,
  type Tensor,
  torch,
} from "../../runtime/index.ts";

const F = nn.functional;
const { tensor } = torch;

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 4, 3);
  conv2 = new nn.Conv2d(4, 8, 3);
  dropout1 = new nn.Dropout2d(0.25);
  dropout2 = new nn.Dropout(0.5);
  fc1 = new nn.Linear(32, 16);
  fc2 = new nn.Linear(16, 10);
  override forward(x: Tensor): Tensor {
    let h = F.relu(this.conv1.forward(x));
    h = F.maxPool2d(F.relu(this.conv2.forward(h)), 2);
    h = torch.flatten(this.dropout1.forward(h), 1);
    h = this.dropout2.forward(F.relu(this.fc1.forward(h)));
    return F.logSoftmax(this.fc2.forward(h), 1);
  }
}

describe("test-trace", () => {
  test("a convolutional net and its trace are equivalent", () => {
    const net = new Net().eval();
    const x = torch.randn(5, 1, 8, 8);
    expect(jitTrace(net, x)(x).tolist()).toEqual(net.forward(x).tolist());
  });

  test("a module generator cannot be traced, an instance can", () => {
    const generator = Net as unknown as () => Tensor;
    expect(() => jitTrace(generator)).toThrow(/expected a module instance, but got the class Net/);
  });

  test("a module inside of a function is traced if its parameters are detached", () => {
    const net = new nn.Linear(2, 1).requiresGrad_(false);
    const x = torch.ones(3, 2);
    expect(jitTrace((y: Tensor) => net.forward(y), x)(x).tolist()).toEqual(net.forward(x).tolist());
  });

  test("a tuple that was traced wants a tuple", () => {
    const traced = jitTrace(
      (pair: [Tensor, Tensor]) => pair[0].add(pair[1]),
      jitTuple([tensor([1]), tensor([2])]),
    );
    expect(traced([tensor([3]), tensor([4])]).tolist()).toEqual([7]);
    const wrong = { a: tensor([1]), b: tensor([2]) } as unknown as [Tensor, Tensor];
    expect(() => traced(wrong)).toThrow(/instead found type 'Object'/);
  });

  test("named lists are dictionaries", () => {
    const traced = jitTrace((x: { a: Tensor; b: Tensor }) => x.a.add(x.b), {
      a: tensor([1]),
      b: tensor([2]),
    });
    expect(traced({ a: tensor([5]), b: tensor([6]) }).tolist()).toEqual([11]);
  });

  test("an error in the function reaches the caller", () => {
    const stop = (_: Tensor): Tensor => {
      throw new Error("what is going on?");
    };
    expect(() => jitTrace(stop, tensor([1]))).toThrow(new Error("what is going on?"));
  });
});

describe("test-trace-module", () => {
  test("respects the mode: each has its own result", () => {
    const net = new Net().eval();
    const x = torch.randn(3, 1, 8, 8);
    const traced = jitTraceModule(net, { forward: x });
    expect(traced.training).toBe(false);
    expect(traced(x).tolist()).toEqual(traced(x).tolist());
    traced.train();
    expect(traced(x).tolist()).not.toEqual(traced(x).tolist());
    traced.eval();
    expect(torch.allclose(traced(x), net.forward(x))).toBe(true);
  });

  test("gives a method for each name", () => {
    class Pair extends nn.Module {
      fc1 = new nn.Linear(10, 10);
      fc2 = new nn.Linear(10, 10);
      override forward(x: Tensor): Tensor {
        return this.fc2.forward(this.fc1.forward(x));
      }
      first(x: Tensor): Tensor {
        return this.fc1.forward(x);
      }
    }
    const pair = new Pair();
    const x = torch.randn(2, 10);
    const traced = jitTraceModule(pair, { forward: [x], first: [x] });
    expect(traced.first(x).tolist()).toEqual(pair.first(x).tolist());
    expect(() => jitTraceModule(pair, { second: [x] })).toThrow("Pair has no method second");
  });
});

describe("test-script_module", () => {
  const make = () => jitTrace(new nn.Linear(10, 10), torch.randn(10, 10));

  test("parameters have names and can be changed in place", () => {
    const traced = make();
    expect(traced.namedParameters().map(([name, { sizes }]) => [name, sizes])).toEqual([
      ["weight", [10, 10]],
      ["bias", [10]],
    ]);
    torch.noGrad(() => traced.parameters()[0].zero_());
    expect(traced.parameters()[0].sum().item()).toBe(0);
    expect(traced(torch.randn(1, 10)).sizes).toEqual([1, 10]);
  });

  test("train switches the mode", () => {
    const traced = make();
    expect([true, false, true].map((mode) => traced.train(mode).training)).toEqual([true, false, true]);
  });

  test("parameters and buffers can be registered", () => {
    const traced = make();
    traced.registerParameter("hello", new nn.Parameter(tensor([1])));
    traced.registerBuffer("there", tensor([2]));
    expect(traced.namedParameters().map(([name]) => name)).toEqual(["weight", "bias", "hello"]);
    expect(traced.namedBuffers().map(([name, value]) => [name, value.tolist()])).toEqual([["there", [2]]]);
  });

  test("modules are script modules that can be called", () => {
    const traced = make();
    const [module, ...others] = traced.modules();
    expect(others).toEqual([]);
    expect(module).toBeInstanceOf(ScriptModule);
    const x = torch.randn(10, 10);
    expect((module as unknown as typeof traced)(x).tolist()).toEqual(traced(x).tolist());
  });

  test("the state can be taken, changed and loaded", () => {
    const traced = make();
    const state = { ...traced.stateDict() };
    expect(Object.keys(state)).toEqual(["weight", "bias"]);
    traced.loadStateDict({ ...state, weight: torch.zeros(10, 10) });
    expect(traced.parameters()[0].tolist()).toEqual(torch.zeros(10, 10).tolist());
  });

  test("the graph prints", () => {
    expect(String(make().graph).replace(/ # .*/g, "")).toBe(
      [
        "graph(%self : __torch__.torch.nn.modules.linear.Linear,",
        "      %input : Float(10, 10, strides=[10, 1], requires_grad=0, device=cpu)):",
        '  %bias : Tensor = prim::GetAttr[name="bias"](%self)',
        '  %weight : Tensor = prim::GetAttr[name="weight"](%self)',
        "  %6 : Float(10, 10, strides=[10, 1], requires_grad=1, device=cpu) = aten::linear(%input, %weight, %bias)",
        "  return (%6)",
        "",
      ].join("\n"),
    );
  });
});

describe("test-jit-ops", () => {
  test("operators are called by name with arguments in schema order", () => {
    const x = torch.tensor([
      [1, 2],
      [3, 4],
    ]);
    expect((jitOps.aten.matmul(x, torch.eye(2)) as Tensor).tolist()).toEqual(x.tolist());
    expect((jitOps.aten.add(x, x, 2) as Tensor).tolist()).toEqual(x.mul(3).tolist());
    expect((jitOps.aten.split(x, [1, 1], 0) as Tensor[]).map((part) => part.tolist())).toEqual([
      [[1, 2]],
      [[3, 4]],
    ]);
  });

  test("a name that is no operator is not there", () => {
    expect(jitOps.aten.frobnicate).toBeUndefined();
    expect("relu" in jitOps.aten).toBe(true);
  });
});
