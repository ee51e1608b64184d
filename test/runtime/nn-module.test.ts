/** Modules: names and loading of state, printing, hooks and modes are torch's. */
import { describe, expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";
import { message } from "./error-text.ts";

class Net extends nn.Module {
  conv = new nn.Conv2d(1, 3, 3, { padding: 1 });
  bn = new nn.BatchNorm2d(3);
  body = new nn.Sequential(new nn.Linear(4, 2), new nn.ReLU(), new nn.Dropout(0.2));
  scale = new nn.Parameter(torch.ones(2));
  constructor() {
    super();
    this.registerBuffer("table", torch.zeros(2));
    this.registerBuffer("cache", torch.zeros(1), { persistent: false });
  }
  override forward(x: Tensor): Tensor {
    return this.bn.forward(this.conv.forward(x));
  }
}

describe("state", () => {
  test("is named and ordered as torch names and orders it", () => {
    const net = new Net();
    expect(Object.keys(net.stateDict())).toEqual([
      "scale",
      "table",
      "conv.weight",
      "conv.bias",
      "bn.weight",
      "bn.bias",
      "bn.running_mean",
      "bn.running_var",
      "bn.num_batches_tracked",
      "body.0.weight",
      "body.0.bias",
    ]);
    expect(net.namedParameters().map(([name]) => name)).toEqual([
      "scale",
      "conv.weight",
      "conv.bias",
      "bn.weight",
      "bn.bias",
      "body.0.weight",
      "body.0.bias",
    ]);
    expect(net.namedBuffers().map(([name]) => name)).toEqual([
      "table",
      "cache",
      "bn.running_mean",
      "bn.running_var",
      "bn.num_batches_tracked",
    ]);
    expect(net.namedModules().map(([name]) => name)).toEqual([
      "",
      "conv",
      "bn",
      "body",
      "body.0",
      "body.1",
      "body.2",
    ]);
  });

  test("shares memory with the module, and is copied when loaded", () => {
    const [a, b] = [new nn.Linear(2, 1), new nn.Linear(2, 1)];
    const { weight } = b;
    b.loadStateDict(a.stateDict());
    expect(b.weight).toBe(weight);
    expect(b.weight.tolist()).toEqual(a.weight.tolist());
    torch.noGrad(() => a.weight.fill_(7));
    expect(a.stateDict()["weight"].tolist()).toEqual([[7, 7]]);
    expect(b.weight.tolist()).not.toEqual([[7, 7]]);
  });

  test("that does not fit is refused in torch's words", () => {
    const linear = new nn.Linear(2, 3);
    expect(message(() => linear.loadStateDict({ weight: torch.ones(2, 2) }))).toBe(
      'RuntimeError: Error(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: "bias". \n\tsize mismatch for weight: copying a param with shape torch.Size([2, 2]) from checkpoint, the shape in current model is torch.Size([3, 2]).',
    );
    const weight = torch.ones(3, 2);
    expect(message(() => linear.loadStateDict({ weight, bias: torch.ones(3), x: torch.ones(1) }))).toBe(
      'RuntimeError: Error(s) in loading state_dict for Linear:\n\tUnexpected key(s) in state_dict: "x". ',
    );
    expect(linear.loadStateDict({ weight }, { strict: false })).toEqual({
      missingKeys: ["bias"],
      unexpectedKeys: [],
    });
    expect(message(() => new nn.Module().forward())).toBe(
      'NotImplementedError: Module [Module] is missing the required "forward" function',
    );
  });
});

test("a module prints as torch prints it", () => {
  expect(new Net().toString()).toBe(`Net(
  (conv): Conv2d(1, 3, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
  (bn): BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
  (body): Sequential(
    (0): Linear(in_features=4, out_features=2, bias=True)
    (1): ReLU()
    (2): Dropout(p=0.2, inplace=False)
  )
)`);
  expect(new nn.ModuleList([new nn.ReLU(), new nn.Tanh()]).toString()).toBe(
    "ModuleList(\n  (0): ReLU()\n  (1): Tanh()\n)",
  );
});

describe("hooks", () => {
  test("see and replace what goes in and comes out", () => {
    const layer = new nn.Identity();
    const seen: unknown[] = [];
    const before = layer.registerForwardPreHook((_, [x]) => [(x as Tensor).add(1)]);
    const after = layer.registerForwardHook((module, [x], output) => {
      seen.push(module === layer, (x as Tensor).tolist());
      return (output as Tensor).mul(10);
    });
    expect(layer.forward(torch.tensor([1, 2])).tolist()).toEqual([20, 30]);
    before.remove();
    after.remove();
    expect(layer.forward(torch.tensor([1, 2])).tolist()).toEqual([1, 2]);
    expect(seen).toEqual([true, [2, 3]]);
  });
});

test("a copy has parameters of its own, whatever happens to the original", () => {
  const net = new Net();
  const copy = net.clone();
  expect(Object.keys(copy.stateDict())).toEqual(Object.keys(net.stateDict()));
  expect(copy.toString()).toBe(net.toString());
  torch.noGrad(() => net.conv.weight.zero_());
  expect(copy.conv.weight.abs().sum().item()).toBeGreaterThan(0);
  expect(copy.namedBuffers().map(([name]) => name)).toEqual(net.namedBuffers().map(([name]) => name));
  const x = torch.ones(2, 1, 4, 4);
  copy.eval();
  expect(copy.forward(x).sizes).toEqual([2, 3, 4, 4]);
});

test("gradients keep flowing to parameters that were converted", () => {
  const layer = new nn.Linear(2, 1);
  layer.forward(torch.ones(1, 2)).sum().backward();
  layer.double();
  layer
    .forward(torch.ones([1, 2], { dtype: torch.float64 }))
    .sum()
    .backward();
  expect([layer.weight.grad?.dtype.name, layer.weight.grad?.tolist()]).toEqual(["float64", [[2, 2]]]);
});

test("backward hooks see the gradient of the result", () => {
  const layer = new nn.Identity();
  const seen: unknown[] = [];
  layer.registerFullBackwardPreHook((module, grad) => {
    seen.push(module === layer, grad.tolist());
    return grad.mul(3);
  });
  const x = torch.ones([2], { requiresGrad: true });
  layer.forward(x.mul(1)).sum().backward();
  expect([seen, x.grad?.tolist()]).toEqual([
    [true, [1, 1]],
    [3, 3],
  ]);
});

test("train, eval, apply, requiresGrad_, zeroGrad and to reach every module below", () => {
  const net = new Net();
  net.eval();
  expect(net.modules().map((module) => module.training)).toEqual(new Array(7).fill(false));
  net.train();
  const visited: string[] = [];
  net.apply((module) => visited.push(module.constructor.name));
  expect(visited).toEqual(["Conv2d", "BatchNorm2d", "Linear", "ReLU", "Dropout", "Sequential", "Net"]);
  net
    .forward(torch.ones(2, 1, 4, 4))
    .sum()
    .backward();
  expect(net.conv.weight.grad).not.toBeNull();
  net.zeroGrad();
  expect(net.parameters().every((parameter) => parameter.grad === null)).toBe(true);
  net.requiresGrad_(false);
  expect(net.parameters().some((parameter) => parameter.requiresGrad)).toBe(false);
  const { weight } = net.conv;
  net.to(torch.float64);
  expect([net.conv.weight === weight, weight.dtype.name]).toEqual([true, "float64"]);
  expect([...new Set(net.parameters().map((parameter) => parameter.dtype.name))]).toEqual(["float64"]);
  expect(net.bn.num_batches_tracked?.dtype.name).toBe("int64");
  expect(message(() => net.to(torch.int64))).toBe(
    "TypeError: nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.int64",
  );
});
