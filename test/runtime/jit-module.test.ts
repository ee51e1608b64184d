/** jitTrace on modules: their state, their scopes in the graph, and the modes. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { jitTrace, nn, ScriptModule, type Tensor, torch } from "../../runtime/index.ts";

const tensor = torch.tensor;

class Net extends nn.Module {
  fc = new nn.Linear(2, 2);
  out = new nn.Sequential(new nn.Linear(2, 1), new nn.ReLU());
  override forward(x: Tensor): Tensor {
    return this.out.forward(torch.tanh(this.fc.forward(x)));
  }
}

describe("a traced module", () => {
  test("gives what the module gives and has the type of its forward", () => {
    const net = new Net();
    const traced = jitTrace(net, torch.ones(3, 2));
    const x = torch.randn(4, 2);
    expect(traced(x).tolist()).toEqual(net.forward(x).tolist());
    expect(traced.forward(x).tolist()).toEqual(net.forward(x).tolist());
    expect(traced).toBeInstanceOf(ScriptModule);
    expectTypeOf(traced.forward).toEqualTypeOf<Net["forward"]>();
    expectTypeOf(traced).toExtend<(x: Tensor) => Tensor>();
  });

  test("shares its weights with the source, and learns", () => {
    const layer = new nn.Linear(2, 1);
    const traced = jitTrace(layer, torch.ones(1, 2));
    expect(traced.parameters()[0]).toBe(layer.weight);
    torch.noGrad(() => {
      layer.weight.fill_(2);
      layer.bias?.fill_(1);
    });
    expect(traced(tensor([[1, 1]])).tolist()).toEqual([[5]]);
    traced(tensor([[1, 1]]))
      .sum()
      .backward();
    expect(layer.weight.grad?.tolist()).toEqual([[1, 1]]);
  });

  test("has a scope for each submodule", () => {
    const scopes = new Set(
      jitTrace(new Net(), torch.ones(3, 2)).inlinedGraph.nodes.map((node) => node.scope),
    );
    expect([...scopes]).toEqual(
      expect.arrayContaining(["__module.fc", "__module.out/__module.out.0", "__module.out/__module.out.1"]),
    );
  });

  test("may be traced twice", () => {
    const net = new Net();
    const [one, two] = [jitTrace(net, torch.ones(3, 2)), jitTrace(net, torch.ones(3, 2))];
    expect(one.graph.nodes.map((node) => node.kind)).toEqual(two.graph.nodes.map((node) => node.kind));
    expect(one(torch.ones(1, 2)).tolist()).toEqual(two(torch.ones(1, 2)).tolist());
  });

  test("must be an instance: the class is an error", () => {
    expect(() => (jitTrace as unknown as (...args: unknown[]) => void)(nn.Linear, torch.ones(1, 2))).toThrow(
      "jitTrace() expected a module instance, but got the class Linear: make one first, as in new Linear(...)",
    );
  });

  test("passes errors of forward on, and is left as it was", () => {
    class Broken extends nn.Module {
      fc = new nn.Linear(2, 2);
      override forward(x: Tensor): Tensor {
        this.fc.forward(x);
        throw new RangeError("out of ideas");
      }
    }
    const broken = new Broken();
    expect(() => jitTrace(broken, torch.ones(1, 2))).toThrow(new RangeError("out of ideas"));
    expect(broken.training).toBe(true);
    expect(broken.fc.forward(torch.ones(1, 2)).sizes).toEqual([1, 2]);
  });
});
