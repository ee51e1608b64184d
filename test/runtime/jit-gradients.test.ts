/** Traces of functions that compute gradients: the gradient's operators are nodes, and a whole training step is one graph that runs compiled. */
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";

const kinds = ({ nodes }: { readonly nodes: readonly { readonly kind: string }[] }): string[] =>
  nodes.map(({ kind }) => kind).filter((kind) => kind.startsWith("aten::"));

test("a gradient is recorded as the operators of its formulas", () => {
  const fn = (x: Tensor): Tensor => torch.autograd.grad(x.sin().sum(), x)[0];
  const traced = jitTrace(fn, torch.ones([3]).requiresGrad_());
  expect(kinds(traced.graph)).toEqual([
    "aten::sin",
    "aten::sum",
    "aten::ones_like",
    "aten::expand",
    "aten::cos",
    "aten::mul",
  ]);
  const x = torch.tensor([0, 1, 2]);
  expect(torch.allclose(traced(x), x.cos())).toBe(true);
});

test("a gradient takes up what operators made on their way, and nothing that was seen changes its place", () => {
  const fn = (x: Tensor, w: Tensor, y: Tensor): readonly Tensor[] => {
    const loss = nn.functional.crossEntropy(nn.functional.linear(x, w), y);
    return [loss, ...torch.autograd.grad(loss, w)];
  };
  const draw = (): readonly [Tensor, Tensor, Tensor] => [
    torch.randn([4, 3]),
    torch.randn([2, 3]).requiresGrad_(),
    torch.randint(0, 2, [4]),
  ];
  const traced = jitTrace(fn, ...draw());
  expect(kinds(traced.graph).slice(0, 2)).toEqual(["aten::linear", "aten::cross_entropy_loss"]);
  expect(kinds(traced.graph)).toContain("aten::log_softmax");
  for (const executor of ["interpreter", "compiled"] as const) {
    traced.executor = executor;
    const inputs = draw();
    const expected = fn(...inputs);
    const found = torch.noGrad(() => traced(...inputs));
    for (const [i, tensor] of found.entries())
      expect(torch.allclose(tensor, expected[i], 1e-5, 1e-6)).toBe(true);
    expect(traced.explain()).toMatchObject({
      executor,
      reason: "it was asked for",
    });
  }
});

class Classifier extends nn.Module {
  first = new nn.Linear(6, 8);
  second = new nn.Linear(8, 3);

  override forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x).relu());
  }
}

/** Forward, loss, backward and the update of the parameters. */
class Step extends nn.Module {
  net = new Classifier();

  override forward(x: Tensor, target: Tensor): Tensor {
    const loss = nn.functional.crossEntropy(this.net.forward(x), target);
    const parameters = this.net.parameters();
    const gradients = torch.autograd.grad(loss, parameters);
    torch.noGrad(() => {
      for (const [i, parameter] of parameters.entries()) parameter.sub_(gradients[i], { alpha: 0.5 });
    });
    return loss.detach();
  }
}

function losses(executor: "compiled" | "interpreter" | null): number[] {
  torch.manualSeed(8);
  const step = new Step();
  const state = Object.entries(step.stateDict()).map(([name, tensor]) => [name, tensor.clone()] as const);
  const [x, target] = [torch.randn([16, 6]), torch.randint(0, 3, [16])];
  const traced = executor === null ? null : jitTrace(step, x, target);
  // Tracing took a step already.
  step.loadStateDict(Object.fromEntries(state));
  if (traced === null) return Array.from({ length: 10 }, () => step.forward(x, target).item());
  traced.executor = executor as "compiled";
  const found = torch.noGrad(() => Array.from({ length: 10 }, () => traced(x, target).item()));
  expect(traced.explain()).toMatchObject({ executor, reason: "it was asked for" });
  return found;
}

test("a whole training step is one graph: compiled and interpreted it goes the way of the function", () => {
  const plain = losses(null);
  expect(plain[9]).toBeLessThan(plain[0] * 0.8);
  for (const executor of ["interpreter", "compiled"] as const)
    for (const [i, loss] of losses(executor).entries()) expect(loss).toBeCloseTo(plain[i], 4);
});
